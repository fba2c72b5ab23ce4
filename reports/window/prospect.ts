/**
 * How likely further trials are to decide a bound: from what has been seen of it so far, and where nothing has, from a
 * prior that takes every answer for possible and a clear one for likely. It says which trial is worth its minutes;
 * no verdict rests on it.
 */
import {anytimeT, logShareEvidence} from '../stats/anytime.ts';
import {betaQuantile, lnGamma, normalQuantile} from '../stats/distributions.ts';

/** What was seen of one bound, as far as it tells what further trials will do. */
export type Prospect =
  /** Every trial must keep the bound: `clean` of `needed` have. */
  | {kind: 'every'; clean: number; needed: number}
  /**
   * `kept` of `n` values on the good side; decided when that is no share of `share` any longer. Of trials that depend
   * on each other, or that drift, `n` is what they are worth, and `worth` what a further one will be (0…1).
   */
  | {kind: 'share'; kept: number; n: number; worth: number; share: number; confidence: number}
  /** Pairs: how many deviations their mean lies on the good side of the bound; absent below two. */
  | {kind: 'effect'; n: number; worth: number; effect?: number; confidence: number}
  /** One look is enough, where it shows anything. */
  | {kind: 'once'};

export interface Odds {
  met: number;
  missed: number;
}

const none: Odds = {met: 0, missed: 0};
/** What a look shows of which nothing is known: one way or the other, or nothing, each as likely as the others. */
export const ofLook: Odds = {met: 1 / 3, missed: 1 / 3};
/** Points that stand for a distribution, at equal distances of chance. */
const points = Array.from({length: 12}, (_, index) => (index + 0.5) / 12);
/** Deviations: how far away a bound is expected to lie before anything was measured. */
const usualEffect = 2;

/** The chances that `more` trials decide it, one way or the other. */
export function oddsOf(prospect: Prospect, more: number): Odds {
  if (more <= 0) return none;
  switch (prospect.kind) {
    case 'once':
      return ofLook;
    case 'every': {
      const clean = chanceClean(prospect.clean, more);
      return {met: prospect.clean + more >= prospect.needed ? clean : 0, missed: 1 - clean};
    }
    default:
      return known(prospect, more);
  }
}

/** What is asked again and again while a run is planned. */
const asked = new Map<string, Odds>();
const mostAsked = 100_000;

function known(prospect: Extract<Prospect, {kind: 'share' | 'effect'}>, more: number): Odds {
  const key = JSON.stringify([prospect, more]);
  const before = asked.get(key);
  if (before !== undefined) return before;
  const truths = truthsOf(prospect);
  const sides = truths.map(truth => sideAfter(prospect, truth, more));
  const share = (wanted: 'met' | 'missed') => sides.filter(side => side === wanted).length / sides.length;
  const odds = {met: share('met'), missed: share('missed')};
  if (asked.size > mostAsked) asked.clear();
  asked.set(key, odds);
  return odds;
}

/**
 * Beta prior of the rate at which "every time" is broken: nearly two of three promises like that get through 59 trials,
 * and one of eleven breaks at the first.
 */
export const failures = {a: 0.1, b: 1} as const;

/** `more` clean trials after `clean` of them and no other. */
function chanceClean(clean: number, more: number): number {
  const of = (n: number) => lnGamma(failures.b + n) - lnGamma(failures.a + failures.b + n);
  return Math.exp(of(clean + more) - of(clean));
}

/** Truths that what was seen speaks for, each as likely as the others. */
export function truthsOf(prospect: Extract<Prospect, {kind: 'share' | 'effect'}>): readonly number[] {
  if (prospect.kind === 'share') {
    const {kept, n} = prospect;
    return points.map(point => betaQuantile(point, kept + 0.5, n - kept + 0.5));
  }
  const {n, effect} = prospect;
  return effect === undefined
    ? points.map(point => usualEffect * normalQuantile(point))
    : points.map(point => effect + normalQuantile(point) / Math.sqrt(n));
}

/** What `more` trials that go as the truth says come to. */
export function sideAfter(
  prospect: Extract<Prospect, {kind: 'share' | 'effect'}>,
  truth: number,
  more: number,
): 'met' | 'missed' | undefined {
  const added = more * prospect.worth;
  if (prospect.kind === 'effect') {
    const n = prospect.n + added;
    const seen = ((prospect.effect ?? truth) * prospect.n + truth * added) / n;
    if (Math.abs(seen) * Math.sqrt(n) < anytimeT(n, prospect.confidence)) return undefined;
    return seen > 0 ? 'met' : 'missed';
  }
  const n = prospect.n + added;
  const kept = prospect.kept + truth * added;
  const enough = Math.log(2 / (1 - prospect.confidence));
  if (logShareEvidence(kept, n, prospect.share) >= enough) return 'met';
  return logShareEvidence(n - kept, n, 1 - prospect.share) >= enough ? 'missed' : undefined;
}

type Counted = Extract<Prospect, {kind: 'share' | 'effect'}>;

/** Trials worth less than this are not waited for. */
const leastWorth = 0.01;

/**
 * Trials that are many enough and decided nothing depend on each other, or drift: all of them are worth less, those to
 * come as well. So much less that it is still open, and until `needed` of them, where the verdict says how many.
 */
export function stillOpen<One extends Counted>(prospect: One, needed: number | undefined): One {
  if (prospect.n === 0) return prospect;
  let worth = 1;
  const decidedAt = (n: number) => sideAfter(grown(prospect, n, worth), 0, 0) !== undefined;
  const until = Math.max(prospect.n, (needed ?? 0) - 1);
  while (worth > leastWorth && decidedAt(until)) worth *= 0.9;
  return {...grown(prospect, prospect.n, worth), worth};
}

/** The same shares or effect, of `n` trials of that worth. */
function grown<One extends Counted>(prospect: One, n: number, worth: number): One {
  const scale = (n / prospect.n) * worth;
  if (prospect.kind === 'share') return {...prospect, kept: prospect.kept * scale, n: n * worth};
  return {...prospect, n: n * worth};
}
