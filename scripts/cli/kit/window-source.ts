/**
 * Draws the trials of a run that is told time: after each round the promises are judged on all there is, and what
 * decides most of them a minute comes next.
 */
import {openTrials} from '../../../harness/run/resume.ts';
import type {Source, Upcoming} from '../../../harness/run/source.ts';
import {type Closing, spendableSeconds} from '../../../harness/run/stop.ts';
import type {
  Claim,
  Measured,
  Plan,
  PlannedTrial,
  Progress,
  StoredRun,
  StoredTrial,
  Unruled,
} from '../../../harness/types.ts';
import {type Pool, pooledRun} from '../../../reports/pool/pooled.ts';
import {standingOfRun} from '../../../reports/run/build.ts';
import {median} from '../../../reports/stats/numbers.ts';
import {random} from '../../../reports/stats/random.ts';
import {type Offer, type Round, type Standing, switchSeconds, whatNext} from '../../../reports/window/next.ts';
import {openClaims, type Possible, triable} from '../../../reports/window/standing.ts';
import {formatDuration} from '../../../reports/words/units.ts';
import {plural} from '../../../reports/words/words.ts';
import {scenarios} from '../../../suites/index.ts';
import {inputOf, measuredIn, providesOf} from './judge-run.ts';

export interface WindowSpec {
  /** The run as far as it has come: at first no more than its plan. */
  run: StoredRun;
  claims: readonly Claim[];
  closings: readonly Closing[];
  /** Runs before it that are evidence of the same. */
  earlier: readonly StoredRun[];
  unruled: Unruled;
  tell(event: Progress): void;
}

/** What is known of a run that has tried nothing yet. */
export type Beginning = Pick<WindowSpec, 'run' | 'claims' | 'earlier' | 'unruled'>;

/** A scenario that gave nothing so often in a row is not drawn again. */
const mostFailures = 2;

/** The longest that is reckoned with for a trial of which none was tried yet. */
const untriedSeconds = (estimatedSeconds: number) => 2 * estimatedSeconds + 30;

/** Of all that may be drawn, what can begin in the shortest time; undefined where nothing may be. */
export function shortestTrial({window}: Plan): {scenario: string; seconds: number} | undefined {
  const first = window?.offers.toSorted((a, b) => a.estimatedSeconds - b.estimatedSeconds)[0];
  return first && {scenario: first.scenario, seconds: untriedSeconds(first.estimatedSeconds) + switchSeconds};
}

type Promised = Pick<WindowSpec, 'claims' | 'unruled'>;

interface Progressing {
  run: StoredRun;
  measured: Record<number, Measured>;
}

export function windowSource({run, claims, closings, earlier, unruled, tell}: WindowSpec): Source {
  const input = inputOf(run, claims, scenarios);
  const before = beforeOf(earlier, claims);
  const state: Progressing = {run, measured: {...input.measured}};
  let open = run.plan.trials.length === 0 ? [] : openTrials(run);
  return {
    next() {
      if (open.length > 0) {
        const trials = open;
        open = [];
        return {trials};
      }
      return drawn({...state, claims, before, unruled}, closings, tell, trials => {
        state.run = {...state.run, plan: {...state.run.plan, trials: [...state.run.plan.trials, ...trials]}};
      });
    },
    took(trial) {
      const {slot} = trial.record.planned;
      const measured = measuredIn(trial, scenarios);
      if (measured !== undefined) state.measured[slot] = measured;
      const trials = [...state.run.trials.filter(one => one.record.planned.slot !== slot), withoutText(trial)];
      state.run = {...state.run, trials};
    },
  };
}

/** Where it stands, by what earlier ones have shown. */
export function standingAtStart({run, claims, earlier, unruled}: Beginning, leftSeconds: number): Standing {
  const all = together({run, measured: {}}, beforeOf(earlier, claims));
  return standingNow({...all, claims, unruled}, leftSeconds).standing;
}

/** What earlier runs measured, by their slots in a pool. */
interface Before {
  runs: readonly StoredRun[];
  measured: Readonly<Record<number, Measured>>;
  slots: number;
}

function beforeOf(earlier: readonly StoredRun[], claims: readonly Claim[]): Before {
  const [first, ...more] = earlier;
  if (first === undefined) return {runs: [], measured: {}, slots: 0};
  const {run, blocks} = pooledRun([first, ...more]);
  const slim = (one: StoredRun): StoredRun => ({...one, trials: one.trials.map(withoutText)});
  return {runs: earlier.map(slim), measured: inputOf(run, claims, scenarios).measured, slots: blocks.at(-1)?.last ?? 0};
}

/** All nights as one run; this one is the last of them. */
function together({run, measured}: Progressing, {runs, measured: earlier, slots}: Before): Progressing & {pool?: Pool} {
  if (runs.length === 0) return {run, measured};
  const pooled = pooledRun([run, ...runs]);
  const own = Object.entries(measured).map(([slot, value]) => [slots + Number(slot), value] as const);
  return {
    run: pooled.run,
    measured: {...earlier, ...Object.fromEntries(own)},
    pool: {runs: pooled.blocks, leftOut: []},
  };
}

/** Its values are known, and what hundreds of trials have printed fills a memory. */
function withoutText(trial: StoredTrial): StoredTrial {
  const {folder} = trial;
  const error = {artefact: folder, path: '', expected: 'an artefact that is kept in memory', found: 'one on disk'};
  return {...trial, artefacts: {names: trial.artefacts.names, text: () => ({ok: false, error})}};
}

function drawn(
  state: Progressing & Promised & {before: Before},
  closings: readonly Closing[],
  tell: WindowSpec['tell'],
  plan: (trials: readonly PlannedTrial[]) => void,
): Upcoming {
  const leftSeconds = spendableSeconds(closings);
  const {claims, unruled} = state;
  const {standing, of, decided} = standingNow({...together(state, state.before), claims, unruled}, leftSeconds);
  const round = whatNext(standing);
  if (round === undefined) return {over: whyOver(standing, decided, of)};
  const trials = plannedOf(round, state.run);
  const left = Number.isFinite(leftSeconds) ? `, ${formatDuration(leftSeconds)} left for trials` : '';
  const next = `${round.scenario} ${round.trials.map(({profile}) => profile).join(' and ')}`;
  const after = state.run.trials.at(-1)?.record.planned.slot ?? 0;
  tell({
    kind: 'standing',
    text: `${decided} of ${plural(of, 'promise')} decided after ${plural(after, 'trial')}; next ${next}, for ${round.serves.slice(0, 3).join(', ')}${left}`,
  });
  plan(trials);
  return {trials};
}

function whyOver({claims, offers, leftSeconds}: Standing, decided: number, of: number): string {
  const told = `${decided} of ${plural(of, 'promise')} decided`;
  if (claims.length === 0) return `${told}: ${decided === of ? 'all' : 'all that more trials could decide'}`;
  const names = new Set(claims.flatMap(({targets}) => targets.flatMap(target => target.scenarios)));
  const least = Math.min(...offers.filter(({scenario}) => names.has(scenario)).map(offer => offer.atMostSeconds));
  return least > leftSeconds
    ? `${told}: no trial of what is left would have ended in time`
    : `${told}: nothing that fits into the time would decide more`;
}

/** The promises as they stand; `of`: how many anything can be tried of, `decided`: how many of these are. */
function standingNow(
  {run, measured, claims, unruled, pool}: Progressing & Promised & {pool?: Pool},
  leftSeconds: number,
): {standing: Standing; of: number; decided: number} {
  const {plan} = run;
  const offers = offersOf(run, measured);
  const possible: Possible = {
    offers,
    profiles: plan.profiles,
    provides: providesOf(scenarios),
    unruled,
  };
  const found = standingOfRun({
    run,
    measured,
    claims,
    provides: possible.provides,
    ...(pool === undefined ? {} : {pool}),
  });
  const names = new Set(triable(claims, {...possible, offers: plan.window?.offers ?? []}));
  const inForce = run.trials.at(-1)?.record.planned.profile;
  const profiles = random(plan.seed)() < 0.5 ? plan.profiles : [...plan.profiles].reverse();
  return {
    standing: {
      claims: openClaims(found, possible),
      offers,
      profiles,
      ...(inForce === undefined ? {} : {inForce}),
      leads: leadsOf(plan.trials, profiles),
      leftSeconds,
    },
    of: names.size,
    decided: found.claims.filter(
      ({verdict: {claim, kind}}) => names.has(claim.id) && (kind === 'met' || kind === 'missed'),
    ).length,
  };
}

/** What can be drawn, with what it takes as far as it was measured; in an order that the seed decides. */
function offersOf({plan, trials}: StoredRun, measured: Readonly<Record<number, Measured>>): readonly Offer[] {
  const next = random(plan.seed + 1);
  return (plan.window?.offers ?? [])
    .flatMap(({scenario, parameters, estimatedSeconds}) => {
      const own = trials.filter(({record}) => record.planned.scenario === scenario);
      const gave = ({record}: StoredTrial) =>
        record.status === 'done' && (measured[record.planned.slot]?.samples.length ?? 0) > 0;
      const last = own.slice(-mostFailures);
      if (last.length === mostFailures && !last.some(gave)) return [];
      const took = own.filter(({record}) => record.status === 'done').map(({record}) => record.durationSeconds);
      const seconds = took.length === 0 ? estimatedSeconds : median(took);
      const atMostSeconds = took.length === 0 ? untriedSeconds(estimatedSeconds) : 1.15 * Math.max(...took) + 10;
      return [{place: next(), offer: {scenario, parameters, seconds, atMostSeconds}}];
    })
    .sort((a, b) => a.place - b.place)
    .map(({offer}) => offer);
}

/** Pairs begun with the first profile count for it, those begun with another against it. */
function leadsOf(trials: readonly PlannedTrial[], profiles: readonly string[]): Readonly<Record<string, number>> {
  const leads: Record<string, number> = {};
  for (const [index, {scenario, repetition}] of trials.entries()) {
    const before = trials[index - 1];
    if (before?.scenario !== scenario || before.repetition !== repetition) continue;
    leads[scenario] = (leads[scenario] ?? 0) + (before.profile === profiles[0] ? 1 : -1);
  }
  return leads;
}

function plannedOf({scenario, parameters, trials}: Round, {plan}: StoredRun): readonly PlannedTrial[] {
  const before = plan.trials.filter(trial => trial.scenario === scenario).map(({repetition}) => repetition);
  const repetition = Math.max(0, ...before) + 1;
  return trials.map(({profile, seconds}, index) => ({
    slot: plan.trials.length + 1 + index,
    scenario,
    profile,
    repetition,
    parameters,
    estimatedSeconds: seconds,
  }));
}
