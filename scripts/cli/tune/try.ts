/** One profile against the cluster as found. */
import type {Command} from 'commander';
import {triedDocument, triedOf} from '../../../reports/tuning/document.ts';
import {exitCodes} from '../kit/command-error.ts';
import {deliver, formatOf} from '../kit/output-options.ts';
import {permit} from '../kit/permit.ts';
import {printed} from '../kit/print-document.ts';
import {watched} from '../kit/watched.ts';
import {foundName, foundProfile} from './design.ts';
import {formats, type TuneFlags} from './flags.ts';
import {askedFor, endOf, foreseen, measured, planFor} from './measure.ts';

const usualReps = 3;

export async function tryProfile(named: string, flags: TuneFlags, command: Command): Promise<void> {
  const asked = askedFor(named, flags, command);
  const {profile} = asked;
  const reps = flags.reps ?? usualReps;
  const compared = [foundName, profile.name] as const;
  const unread = [foundProfile(profile, []), profile];
  const plan = planFor(asked, unread, reps, compared);
  if (flags.dryRun) {
    process.stdout.write(foreseen(asked, plan, unread, flags.json ?? false));
    return;
  }
  const leave = await permit(asked.choice, {plan, profiles: unread}, flags);
  await watched(async (watch, interrupt) => {
    const report = await measured(
      asked,
      {leave, folder: flags.run},
      ({found}) => ({plan, states: [foundProfile(profile, found), profile]}),
      watch,
      interrupt,
    );
    watch.close();
    const tried = triedOf(report, profile.name);
    const code = {'none-worse': exitCodes.met, worse: exitCodes.missed, undecided: exitCodes.undecided}[tried.verdict];
    process.exitCode = endOf(report, code);
    await deliver(await printed(triedDocument(tried), formatOf(flags, formats), flags.out), flags.out);
  });
}
