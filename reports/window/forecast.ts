/**
 * What a window is likely to decide: the same choice of trials played through against truths drawn from what is known,
 * seeded. Pure.
 */
import type {PromiseForecast, WindowForecast} from '../../harness/types.ts';
import {betaQuantile} from '../stats/distributions.ts';
import {mean, median} from '../stats/numbers.ts';
import {random} from '../stats/random.ts';
import {type OpenClaim, type OpenTarget, type Standing, whatNext} from './next.ts';
import {failures, ofLook, type Prospect, sideAfter, truthsOf} from './prospect.ts';

const draws = 24;
/** No play goes on for longer than this: 40 days. */
const longestSeconds = 40 * 86_400;
const mostRounds = 3000;
/** So many rounds of a choice are taken at once where nothing comes of them. */
const atOnce = 6;

export function forecastWindow(
  standing: Omit<Standing, 'leftSeconds'>,
  windowSeconds: number,
  seed: number,
  runs: readonly string[] = [],
): WindowForecast {
  const next = random(seed);
  const plays = Array.from({length: draws}, () => play(standing, next));
  const decidedBy = (seconds: number) =>
    mean(plays.map(times => [...times.values()].filter(one => one.seconds <= seconds).length));
  const promises = standing.claims.map(({id}): PromiseForecast => {
    const decided = plays.flatMap(times => times.get(id) ?? []);
    const inTime = decided.filter(({seconds}) => seconds <= windowSeconds).length;
    return {
      id,
      chance: inTime / plays.length,
      ...(decided.length === 0
        ? {}
        : {trials: median(decided.map(one => one.trials)), seconds: median(decided.map(one => one.seconds))}),
    };
  });
  const allSeconds = median(plays.map(times => Math.max(0, ...[...times.values()].map(one => one.seconds))));
  const end = Number.isFinite(windowSeconds) ? windowSeconds : allSeconds;
  const over = Array.from({length: 25}, (_, index) => (index / 24) * end);
  return {
    ...(Number.isFinite(windowSeconds) ? {windowSeconds} : {}),
    decided: decidedBy(windowSeconds),
    open: standing.claims.length,
    allSeconds,
    all: Math.round(decidedBy(Number.POSITIVE_INFINITY)),
    promises,
    over: over.map(seconds => ({seconds, decided: decidedBy(seconds)})),
    runs,
  };
}

type Times = ReadonlyMap<string, {seconds: number; trials: number}>;

/** One way that it may go: when each promise is decided. */
function play(standing: Omit<Standing, 'leftSeconds'>, next: () => number): Times {
  const times = new Map<string, {seconds: number; trials: number}>();
  const truths = new Map(standing.claims.flatMap(({targets}) => targets.map(each => [each.id, truthOf(each, next)])));
  const spoken = new Map<string, number>();
  let {claims, inForce, leads} = standing;
  let seconds = 0;
  for (let round = 0; round < mostRounds && seconds < longestSeconds && claims.length > 0; round++) {
    const chosen = whatNext({
      ...standing,
      claims,
      leads,
      leftSeconds: longestSeconds,
      ...(inForce === undefined ? {} : {inForce}),
    });
    if (chosen === undefined) break;
    const profiles = chosen.trials.map(({profile}) => profile);
    // A pair that is ahead is made up for by the next one of its scenario.
    const leadAfter = (lead: number) => (lead === 0 ? (profiles[0] === standing.profiles[0] ? 1 : -1) : 0);
    for (let again = 0; again < atOnce; again++) {
      seconds += chosen.trials.reduce((sum, trial) => sum + trial.seconds, 0);
      if (profiles.length === 2) leads = {...leads, [chosen.scenario]: leadAfter(leads[chosen.scenario] ?? 0)};
      inForce = profiles.at(-1);
      const before = claims;
      claims = claims.flatMap(claim => {
        const speaks = (target: OpenTarget) => servesTarget(target, chosen.scenario, profiles);
        if (!claim.targets.some(speaks)) return [claim];
        spoken.set(claim.id, (spoken.get(claim.id) ?? 0) + profiles.length);
        const after = afterRound(claim, speaks, truths, next);
        if (after === undefined) times.set(claim.id, {seconds, trials: spoken.get(claim.id) ?? 0});
        return after ?? [];
      });
      if (openTargets(claims) < openTargets(before)) break;
    }
  }
  return times;
}

/** Bounds that anything more can be tried for. */
function openTargets(claims: readonly OpenClaim[]): number {
  return claims.flatMap(({targets}) => targets.filter(({scenarios}) => scenarios.length > 0)).length;
}

function servesTarget(
  {scenarios, profiles, compares}: OpenTarget,
  scenario: string,
  tried: readonly string[],
): boolean {
  if (!scenarios.includes(scenario)) return false;
  return compares ? profiles.every(each => tried.includes(each)) : profiles.some(each => tried.includes(each));
}

/** The promise with what the round has shown; undefined where it is decided. */
function afterRound(
  claim: OpenClaim,
  speaks: (target: OpenTarget) => boolean,
  truths: ReadonlyMap<string, number>,
  next: () => number,
): OpenClaim | undefined {
  const targets: OpenTarget[] = [];
  let silent = false;
  for (const target of claim.targets) {
    if (!speaks(target)) {
      targets.push(target);
      continue;
    }
    const {prospect, side} = observed(target.prospect, truths.get(target.id) ?? 0.5, next);
    if (side === 'missed') return undefined;
    silent ||= side === 'silent';
    if (side === undefined) targets.push({...target, prospect});
    // What cannot be met and is not missed goes on.
    else if (side === 'silent' || target.barred) targets.push({...target, scenarios: [], prospect});
  }
  if (targets.length === 0) return undefined;
  // What one bound was not shown for can only be missed.
  return {...claim, targets: silent ? targets.map(each => ({...each, barred: true})) : targets};
}

/** A rate of failures, a share, an effect; or any number from 0 to 1. */
function truthOf({prospect}: OpenTarget, next: () => number): number {
  if (prospect.kind === 'once') return next();
  if (prospect.kind === 'every') return betaQuantile(Math.max(1e-6, next()), failures.a, failures.b + prospect.clean);
  const truths = truthsOf(prospect);
  return truths[Math.floor(next() * truths.length)] ?? 0.5;
}

function observed(
  prospect: Prospect,
  truth: number,
  next: () => number,
): {prospect: Prospect; side: 'met' | 'missed' | 'silent' | undefined} {
  switch (prospect.kind) {
    case 'once':
      if (truth < ofLook.met) return {prospect, side: 'met'};
      return {prospect, side: truth < ofLook.met + ofLook.missed ? 'missed' : 'silent'};
    case 'every': {
      if (next() < truth) return {prospect, side: 'missed'};
      const clean = prospect.clean + 1;
      return {prospect: {...prospect, clean}, side: clean >= prospect.needed ? 'met' : undefined};
    }
    case 'share': {
      const kept = prospect.kept + (next() < truth ? 1 : 0);
      const after = {...prospect, kept, n: prospect.n + 1};
      return {prospect: after, side: sideAfter(after, 0, 0)};
    }
    case 'effect': {
      const n = prospect.n + 1;
      const after = {...prospect, n, ...(n < 2 ? {} : {effect: truth})};
      return {prospect: after, side: n < 2 ? undefined : sideAfter(after, truth, 0)};
    }
  }
}
