/**
 * Which trial comes next, where time is what a run was told: the one by which most promises are decided a minute. Pure:
 * the same promises, offers and time left give the same answer.
 */
import type {Parameters} from '../../harness/types.ts';
import {type Odds, oddsOf, type Prospect} from './prospect.ts';

/** A bound that is not decided, and what speaks for it. */
export interface OpenTarget {
  id: string;
  scenarios: readonly string[];
  /** Profiles that speak for it; with two of them it is a comparison of pairs. */
  profiles: readonly string[];
  compares: boolean;
  prospect: Prospect;
  /** Something speaks against `met` that further trials do not take away. */
  barred: boolean;
}

/** A promise that is not decided: missed by any one bound, met by all of them. */
export interface OpenClaim {
  id: string;
  targets: readonly OpenTarget[];
}

/** A scenario that can be tried. */
export interface Offer {
  scenario: string;
  parameters: Parameters;
  /** A trial with all that is around it, but for a change of profile. */
  seconds: number;
  /** The longest that one is reckoned to take. */
  atMostSeconds: number;
}

export interface Standing {
  claims: readonly OpenClaim[];
  /** In the order in which those of equal worth are taken: seeded. */
  offers: readonly Offer[];
  profiles: readonly string[];
  inForce?: string;
  /** Of each scenario: pairs that began with the first profile, less those that began with the second. */
  leads: Readonly<Record<string, number>>;
  /** Until everything must be over. */
  leftSeconds: number;
}

/** Trials that belong together: one, or a pair of profiles. */
export interface Round {
  scenario: string;
  parameters: Parameters;
  trials: readonly {profile: string; seconds: number}[];
  /** Promises that it may decide, the likeliest first. */
  serves: readonly string[];
}

/** Seconds a change of profile costs. */
export const switchSeconds = 25;
/** So many rounds ahead are looked at. */
const ahead = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50, 59, 75, 100, 150, 200, 300] as const;
/** Less than this chance of a promise in all that is left of the window is not worth a fault. */
const leastChance = 0.005;

interface Way {
  offer: Offer;
  profiles: readonly string[];
}

/** The next round; undefined where nothing that fits could decide anything. */
export function whatNext(standing: Standing): Round | undefined {
  let best: {way: Way; worth: number} | undefined;
  for (const way of waysOf(standing)) {
    if (atMostSeconds(way, standing) > standing.leftSeconds) continue;
    const worth = worthOf(way, standing);
    if (worth > (best?.worth ?? 0)) best = {way, worth};
  }
  return best === undefined ? undefined : roundOf(best.way, standing);
}

function waysOf({offers, profiles}: Standing): readonly Way[] {
  return offers.flatMap(offer => [
    ...profiles.map(profile => ({offer, profiles: [profile]})),
    ...(profiles.length === 2 ? [{offer, profiles}] : []),
  ]);
}

function switches({profiles}: Way, {inForce}: Standing): number {
  return profiles.length - 1 + (profiles.length === 1 && profiles[0] !== inForce ? 1 : 0);
}

/** A pair may also begin with a change. */
function atMostSeconds(way: Way, standing: Standing): number {
  const changes = Math.max(switches(way, standing), way.profiles.length === 2 ? 2 : 0);
  return way.profiles.length * way.offer.atMostSeconds + changes * switchSeconds;
}

/** Promises decided a second, at the best of all numbers of rounds that fit. */
function worthOf(way: Way, standing: Standing): number {
  const round = way.profiles.length * way.offer.seconds;
  const between = (way.profiles.length - 1) * switchSeconds;
  const first = (switches(way, standing) - (way.profiles.length - 1)) * switchSeconds;
  const most = Math.floor((standing.leftSeconds - first) / (round + between));
  const serves = servedBy(way, standing.claims);
  if (serves.length === 0 || most < 1) return 0;
  let best = 0;
  for (const rounds of new Set([...ahead.filter(count => count <= most), ...cleanRuns(serves, most), most])) {
    const decided = serves.reduce((sum, {claim, targets}) => sum + chanceOf(claim, targets, rounds), 0);
    if (decided >= leastChance) best = Math.max(best, decided / (first + rounds * (round + between)));
  }
  return best;
}

/** Where "every time" would be met. */
function cleanRuns(serves: readonly Served[], most: number): readonly number[] {
  return serves.flatMap(({targets}) =>
    targets.flatMap(({prospect}) => {
      if (prospect.kind !== 'every') return [];
      const more = prospect.needed - prospect.clean;
      return more > 0 && more <= most ? [more] : [];
    }),
  );
}

interface Served {
  claim: OpenClaim;
  targets: readonly OpenTarget[];
}

function servedBy({offer, profiles}: Way, claims: readonly OpenClaim[]): readonly Served[] {
  return claims.flatMap(claim => {
    const targets = claim.targets.filter(
      target =>
        target.scenarios.includes(offer.scenario) &&
        (target.compares
          ? target.profiles.every(profile => profiles.includes(profile))
          : target.profiles.some(profile => profiles.includes(profile))),
    );
    return targets.length === 0 ? [] : [{claim, targets}];
  });
}

/**
 * The chance that so many rounds decide a promise. Of one that further scenarios must speak for as well, the part that
 * this one settles counts.
 */
function chanceOf(claim: OpenClaim, targets: readonly OpenTarget[], rounds: number): number {
  const odds = targets.map(target => oddsOf(target.prospect, rounds));
  const product = (of: (each: Odds, index: number) => number) =>
    odds.reduce((all, each, index) => all * of(each, index), 1);
  const missed = 1 - product(each => 1 - each.missed);
  const met = product((each, index) => (targets[index]?.barred ? 0 : each.met));
  return missed + met * (targets.length / claim.targets.length);
}

/**
 * A B then B A within each scenario, so that a drift falls on both alike; where it has as many of the one as of the
 * other, its pair begins with the profile that the scenario before it has left in force.
 */
function orderOf(scenario: string, {profiles, leads, inForce}: Standing): readonly string[] {
  const lead = leads[scenario] ?? 0;
  const reversed = lead === 0 ? inForce === profiles[1] : lead > 0;
  return reversed ? [...profiles].reverse() : profiles;
}

function roundOf(way: Way, standing: Standing): Round {
  const {offer, profiles} = way;
  const order = profiles.length === 2 ? orderOf(offer.scenario, standing) : profiles;
  let {inForce} = standing;
  const trials = order.map(profile => {
    const seconds = offer.seconds + (profile === inForce ? 0 : switchSeconds);
    inForce = profile;
    return {profile, seconds: Math.ceil(seconds)};
  });
  const serves = servedBy(way, standing.claims)
    .map(({claim, targets}) => ({id: claim.id, chance: chanceOf(claim, targets, 200)}))
    .sort((a, b) => b.chance - a.chance)
    .map(({id}) => id);
  return {scenario: offer.scenario, parameters: offer.parameters, trials, serves};
}
