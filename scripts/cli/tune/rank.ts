/** Which settings of a profile made the difference. */
import type {Command} from 'commander';
import {didYouMean} from '../../../harness/config/nearest.ts';
import {mulberry32} from '../../../harness/random.ts';
import {restartingSettings} from '../../../harness/settings/apply.ts';
import type {PlacedSetting} from '../../../harness/types.ts';
import {metrics} from '../../../reports/metrics.ts';
import {rankingDocument} from '../../../reports/tuning/document.ts';
import {type Ranking, rank} from '../../../reports/tuning/rank.ts';
import {formatDuration} from '../../../reports/words/units.ts';
import {CommandError, exitCodes} from '../kit/command-error.ts';
import {deliver, formatOf} from '../kit/output-options.ts';
import {permit} from '../kit/permit.ts';
import {printed} from '../kit/print-document.ts';
import {tunings} from '../kit/tunings.ts';
import {watched} from '../kit/watched.ts';
import {type Design, designOf, foundName, roundsWithin, settingGroups} from './design.ts';
import {formats, type RankFlags} from './flags.ts';
import {type Asked, askedFor, endOf, foreseen, type InForce, measured, planFor} from './measure.ts';

const usualReps = 3;
/** Beyond it a screening is no longer one. */
const mostReps = 60;
/** Below it nothing has an interval. */
const fewestReps = 2;

export async function rankProfile(named: string, flags: RankFlags, command: Command): Promise<void> {
  const asked = askedFor(named, flags, command);
  knownMetrics(flags.metric ?? []);
  // Until the machines have been asked, every setting that they may have counts as one that differs.
  const most = designFor(asked, flags, {
    found: [],
    differing: new Set(asked.profile.settings.filter(each => fits(asked, each)).map(({id}) => id)),
  });
  const upTo = plannedFor(asked, flags, most);
  if (flags.dryRun) {
    process.stdout.write(foreseen(asked, upTo, most.states, flags.json ?? false));
    return;
  }
  const leave = await permit(asked.choice, {plan: upTo, profiles: most.states}, flags);
  await watched(async (watch, interrupt) => {
    let design = most;
    const report = await measured(
      asked,
      {leave, folder: flags.run},
      inForce => {
        design = designFor(asked, flags, inForce);
        return {plan: plannedFor(asked, flags, design), states: design.states};
      },
      watch,
      interrupt,
    );
    watch.close();
    const done = new Set(report.trials.filter(({status}) => status === 'done').map(({slot}) => String(slot)));
    const sound = report.samples.filter(({labels}) => done.has(labels.trial ?? ''));
    const ranking = rank(sound, [foundName, asked.profile.name], design.factors, flags.metric);
    process.exitCode = endOf(report, shows(ranking) ? exitCodes.met : exitCodes.undecided);
    const document = rankingDocument(ranking, report, asked.profile.name);
    await deliver(await printed(document, formatOf(flags, formats), flags.out), flags.out);
  });
}

function fits({described}: Asked, {needs}: PlacedSetting): boolean {
  return needs === undefined || needs === described.storage;
}

function designFor(asked: Asked, {settings}: RankFlags, {found, differing}: InForce): Design {
  const {profile, described, seed} = asked;
  const bundles = new Map(tunings.settings.map(({id, bundle}) => [id, bundle]));
  const all = settingGroups(profile, differing, id => bundles.get(id));
  const groups = settings === undefined ? all : all.filter(({name}) => settings.includes(name));
  const stranger = settings?.find(name => !profile.settings.some(({id}) => name === (bundles.get(id) ?? id)));
  if (stranger !== undefined) {
    const names = [...new Set(profile.settings.map(({id}) => bundles.get(id) ?? id))];
    throw new CommandError(
      `--settings ${stranger}: ${profile.name} has no such setting or bundle; ${didYouMean(stranger, names)}`,
      `It has ${names.join(', ')}.`,
    );
  }
  if (groups.length < 2) {
    throw new CommandError(
      `${groups.length === 0 ? 'no setting' : `only ${groups[0]?.name}`} of ${profile.name} differs from what is in force`,
      'To compare two states, say: seatrial tune try.',
    );
  }
  const restarts = new Set(restartingSettings(described, profile).map(({id}) => id));
  return designOf(profile, found, groups, restarts, mulberry32(seed));
}

function plannedFor(asked: Asked, flags: RankFlags, {states}: Design) {
  const compared = [foundName, asked.profile.name] as const;
  const planWith = (reps: number) => planFor(asked, states, reps, compared);
  if (flags.for === undefined) return planWith(flags.reps ?? usualReps);
  const round = planWith(1).trials.reduce((sum, trial) => sum + trial.estimatedSeconds, 0);
  const reps = roundsWithin(flags.for, round, flags.reps ?? mostReps);
  if (reps >= fewestReps) return planWith(reps);
  throw new CommandError(
    `one round of ${states.length} states takes about ${formatDuration(round)}, and an interval needs ${fewestReps} rounds`,
    'Give more time with --for, or take less with --settings, --only or --quick.',
  );
}

function shows({series}: Ranking): boolean {
  return series.some(({factors}) => factors.some(({difference}) => difference !== 'none' && difference !== 'not-told'));
}

function knownMetrics(names: readonly string[]): void {
  const all = metrics.map(({name}) => name);
  const wrong = names.find(name => !all.includes(name));
  if (wrong === undefined) return;
  throw new CommandError(
    `--metric ${wrong}: no such metric; ${didYouMean(wrong, all)}`,
    'See: seatrial claims --metrics',
  );
}
