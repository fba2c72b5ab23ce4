/**
 * A capacity run: rounds of sweeps, each an ordinary run in a folder of its own, the cluster whole and with a node lost
 * in turns. What a round taught decides the loads of the next.
 */
import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {readRun} from '../../../harness/run/store.ts';
import type {Parameters, Plan, PlannedTrial, Profile, Sample, StoredRun} from '../../../harness/types.ts';
import type {CapacityAim} from '../../../reports/capacity/limit.ts';
import {type Condition, type Load, loadsOf, type Tried} from '../../../reports/capacity/loads.ts';
import {type LoadWanted, nextLoads, type Search} from '../../../reports/capacity/next-loads.ts';
import type {Round} from '../../../reports/capacity/report.ts';
import {repeatsAmong, runPiece} from '../../../reports/judge/counted-once.ts';
import {damageSentence} from '../../../reports/run/build.ts';
import type {Report} from '../../../reports/run/report.ts';
import {random as randomOf} from '../../../reports/stats/random.ts';
import {loadsTried, sweep} from '../../../suites/capacity/sweep.ts';
import {scenarios} from '../../../suites/index.ts';
import type {ClusterChoice} from '../kit/cluster-options.ts';
import {CommandError} from '../kit/command-error.ts';
import type {Interrupt} from '../kit/interrupt.ts';
import {judgeRun} from '../kit/judge-run.ts';
import type {Leave} from '../kit/permit.ts';
import type {Watch} from '../kit/progress.ts';
import {claimFolder, type Opened, onOpened, runSuiteOn} from '../kit/run-suite.ts';

export interface CapacityAsked {
  choice: ClusterChoice;
  target: CapacityAim;
  search: Search;
  /** In the order of the first round; the next round turns it round. */
  conditions: readonly Condition[];
  /** Of the sweep, without its loads and condition. */
  parameters: Parameters;
  profile: Profile;
  /** Rounds at most. */
  rounds: number;
  quick: boolean;
  seed: number;
  leave: Leave;
  /** Folder of the capacity run. */
  folder: string;
  id: string;
}

/** What is known so far: everything a report needs. */
export interface Measured {
  loads: readonly Load[];
  rounds: readonly Round[];
  /** Why no limit may be called found, one sentence each: damage, copies, rounds that are gone. */
  damage: readonly string[];
}

/** Why the measuring ended. */
export interface CapacityDone {
  measured: Measured;
  reason: string;
  /** The cluster was not healed, or somebody interrupted. */
  cutOff: boolean;
}

/** Nothing here is a promise: a round's own report judges no claim. */
const noClaims = {claims: [], text: 'claims: []\n', file: 'claims.yaml'};

export async function runCapacity(asked: CapacityAsked, watch: Watch, interrupt: Interrupt): Promise<CapacityDone> {
  const giveUpFolder = await claimFolder(asked.folder);
  try {
    return await onOpened(asked.choice, watch, interrupt, opened => roundsOn(opened, asked, watch, interrupt));
  } finally {
    await giveUpFolder();
  }
}

async function roundsOn(
  opened: Opened,
  asked: CapacityAsked,
  watch: Watch,
  interrupt: Interrupt,
): Promise<CapacityDone> {
  const {choice, profile, folder, quick} = asked;
  for (let round = 1; round <= asked.rounds; round++) {
    const measured = await readRounds(folder);
    const {plan, why} = planRound(asked, measured.loads, round);
    if (plan.trials.length === 0) return {measured, reason: why, cutOff: false};
    watch.say(`round ${round} of at most ${asked.rounds}: ${why}`);
    const name = roundName(round);
    const spec = {
      choice,
      suite: {name: 'capacity', purpose: sweep.purpose, profiles: [profile.name], scenarios: []},
      profiles: [profile],
      register: noClaims,
      plan,
      quick,
      only: undefined,
      leave: asked.leave,
      folder: join(folder, name),
      id: `${asked.id}-${name}`,
    };
    const giveUpFolder = await claimFolder(spec.folder);
    const {report} = await runSuiteOn(opened, spec, watch, interrupt).finally(giveUpFolder);
    if (report.exitCode === 4) return {measured: await readRounds(folder), reason: report.ended.reason, cutOff: true};
  }
  return {measured: await readRounds(folder), reason: `${asked.rounds} rounds are over`, cutOff: false};
}

/** The trials of a round; none when every condition has been searched to its end. */
export function planRound(
  {conditions, target, search, parameters, profile, seed}: Omit<CapacityAsked, 'choice' | 'leave'>,
  loads: readonly Load[],
  round: number,
): {plan: Plan; why: string} {
  const random = randomOf(seed + round);
  const inTurns = round % 2 === 1 ? conditions : [...conditions].reverse();
  const trials: PlannedTrial[] = [];
  const reasons: string[] = [];
  for (const condition of inTurns) {
    const next = nextLoads(
      loads.filter(load => load.condition === condition && load.pattern === parameters.pattern),
      target,
      search,
    );
    reasons.push(`${condition}: ${next.why}`);
    if (next.done) continue;
    const all = {...parameters, condition, loads: shuffled(next.loads, random).map(asText)};
    trials.push({
      slot: trials.length + 1,
      scenario: sweep.name,
      profile: profile.name,
      repetition: round,
      parameters: all,
      estimatedSeconds: Math.ceil(sweep.estimateSeconds(all)) + aroundTrialSeconds,
    });
  }
  return {plan: {seed, profiles: [profile.name], trials, notApplicable: []}, why: reasons.join('; ')};
}

/** Audit, read-back and healing around a trial. */
const aroundTrialSeconds = 10;

function asText({loop, amount}: LoadWanted): string {
  return `${loop}:${amount}`;
}

/** In another order each round: a load that comes last every time would meet a warmer cluster. */
function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map(item => ({item, key: random()}))
    .sort((a, b) => a.key - b.key)
    .map(({item}) => item);
}

function roundName(round: number): string {
  return `round-${String(round).padStart(2, '0')}`;
}

/**
 * Everything the rounds of a capacity run hold; a round that was cut off gives what its whole trials hold, one that is
 * a copy of another gives nothing.
 */
export async function readRounds(folder: string): Promise<Measured> {
  const names = existsSync(folder)
    ? readdirSync(folder)
        .filter(name => /^round-\d+$/.test(name))
        .sort()
    : [];
  const read: {name: string; round: Round; report: Report; tried: readonly Tried[]}[] = [];
  for (const name of names) {
    const run = await readRun(join(folder, name));
    if (!run.ok) {
      const {artefact, path, found} = run.error;
      throw new CommandError(
        `${name} in ${folder} cannot be read: ${artefact} ${path}: ${found}`,
        'Take that folder away.',
      );
    }
    const {header, ended} = run.value;
    const reason = ended?.reason ?? 'the harness ended before the round did';
    read.push({
      name,
      round: {folder: name, header, status: ended?.status ?? 'aborted', reason},
      report: judgeRun(run.value, [], scenarios),
      tried: triedIn(run.value, name),
    });
  }
  const copies = repeatsAmong(read.map(({name, report}) => ({...runPiece(report), name})));
  const counted = read.filter((_, index) => copies.every(copy => copy.index !== index));
  return {
    loads: loadsOf(
      counted.flatMap(({name, report}) => report.samples.map(sample => ofRound(sample, name))),
      counted.flatMap(({tried}) => tried),
    ),
    rounds: read.map(({round}) => round),
    damage: [
      ...read.flatMap(({name, report}) => report.damage.map(error => `${name} is damaged: ${damageSentence(error)}.`)),
      ...copies.map(({name, reason}) => `${name} ${reason}: it was left out.`),
      ...names
        .flatMap((name, index) => (name === roundName(index + 1) ? [] : [`${roundName(index + 1)} is missing.`]))
        .slice(0, 1),
    ],
  };
}

/** What the trials of a round tried; one that was interrupted failed at nothing. */
function triedIn({trials}: StoredRun, round: string): readonly Tried[] {
  return trials.flatMap(({record, artefacts}) => {
    if (record.status === 'aborted') return [];
    const loads = loadsTried(record.planned.parameters, record.status === 'done' ? undefined : artefacts);
    return loads.map(load => ({...load, trial: `${round}/${record.planned.slot}`}));
  });
}

function ofRound(sample: Sample, round: string): Sample {
  return {
    ...sample,
    labels: {...sample.labels, trial: `${round}/${sample.labels.trial}`},
    from: {...sample.from, artefact: `${round}/${sample.from.artefact}`},
  };
}
