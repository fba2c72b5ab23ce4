/**
 * The other way round: how short and how sure recovery must be to keep a promise, and how many more failovers would
 * show it.
 */
import {clopperPearson} from '../stats/clopper-pearson.ts';
import type {MeasuredWait} from './recovery.ts';

export interface Proof {
  /** Seconds a year that the promise leaves. */
  budget: number;
  /** Recoveries of one VM in a year, and the seconds of downtime that their length does not change. */
  hits: number;
  rest: number;
  /** Mean response of the operator, seconds. */
  operator: number;
  /** Failovers by kind: each kind must show by itself what is needed. */
  kinds: readonly {name: string; waits: readonly MeasuredWait[]}[];
  confidence: number;
  /** Upper end of the downtime a year once so many more failovers came back as those measured did. */
  upperDowntime(more: number): number;
}

export interface Requirement {
  /** Recovery within so many seconds … */
  within: number;
  /** … for so large a share of the faults; the rest needs the operator. */
  share: number;
  /** Trials of all kinds, and those of them that kept it. */
  trials: number;
  kept: number;
  /**
   * Further trials, all kept, after which the one-sided Clopper–Pearson bound of every kind shows the share: their sum;
   * absent beyond a hundred thousand.
   */
  more?: number;
}

export interface Needed {
  /** The longest recovery that keeps the promise when every fault recovers; ≤ 0: no recovery is short enough. */
  longest: number;
  hits: number;
  rest: number;
  requirements: readonly Requirement[];
  /**
   * Further trials of each kind, clean and like those measured, that would make the verdict `met`; absent where no
   * number would.
   */
  moreForVerdict?: number;
  /** In one sentence. */
  says: string;
}

const most = 100_000;
/** The guide's own figure for a switch. */
export const guideSwitchSeconds = 15;

export function neededFor(proof: Proof): Needed {
  const longest = proof.hits > 0 ? (proof.budget - proof.rest) / proof.hits : Number.POSITIVE_INFINITY;
  const ended = proof.kinds
    .flatMap(({waits}) => waits)
    .filter(wait => wait.ended)
    .map(wait => wait.time);
  const slowest = ended.length > 0 ? Math.max(...ended) : undefined;
  const candidates = [guideSwitchSeconds, ...(slowest === undefined ? [] : [slowest]), longest / 2]
    .filter(within => within > 0 && within < longest && Number.isFinite(within))
    .map(within => Number((Math.ceil(within * 10) / 10).toPrecision(6)));
  const requirements = [...new Set(candidates)]
    .sort((a, b) => a - b)
    .flatMap(within => (within < longest ? [requirement(proof, longest, within)] : []));
  const moreForVerdict = fewestMore(more => proof.upperDowntime(more) <= proof.budget);
  return {
    longest,
    hits: proof.hits,
    rest: proof.rest,
    requirements,
    ...(moreForVerdict === undefined ? {} : {moreForVerdict}),
    says: saying(longest, requirements, slowest, proof),
  };
}

function requirement(proof: Proof, longest: number, within: number): Requirement {
  // hits · (within + (1 − share) · operator) may use up what the rest leaves.
  const share = Math.min(1, Math.max(0, 1 - (longest - within) / proof.operator));
  let trials = 0;
  let kept = 0;
  let more: number | undefined = 0;
  for (const {waits} of proof.kinds) {
    const byTrial = new Map<string, boolean>();
    for (const {trial, ended, time} of waits)
      byTrial.set(trial, (byTrial.get(trial) ?? true) && ended && time <= within);
    const good = [...byTrial.values()].filter(Boolean).length;
    const further = fewestMore(count => {
      const bound = clopperPearson(good + count, Math.max(1, byTrial.size + count), proof.confidence, true);
      return bound.ok && bound.value.low >= share;
    });
    trials += byTrial.size;
    kept += good;
    more = more === undefined || further === undefined ? undefined : more + further;
  }
  return {within, share, trials, kept, ...(more === undefined ? {} : {more})};
}

/**
 * The smallest whole number from 0 to a hundred thousand that will do, where more always does as well; by doubling and
 * halving.
 */
function fewestMore(enough: (more: number) => boolean): number | undefined {
  if (enough(0)) return 0;
  if (!enough(most)) return undefined;
  let high = 1;
  while (high < most && !enough(high)) high = Math.min(most, high * 2);
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function saying(longest: number, list: readonly Requirement[], slowest: number | undefined, proof: Proof): string {
  if (!(longest > 0)) {
    return `With these assumptions no recovery is short enough: what it does not change costs ${seconds(proof.rest)} a year, and the promise leaves ${seconds(proof.budget)}.`;
  }
  // The pace that was measured, where that is enough; otherwise the slowest that is.
  const chosen = list.find(one => slowest !== undefined && one.within >= slowest) ?? list.at(-1);
  if (chosen === undefined) return `With these assumptions every recovery must be under ${seconds(longest)}.`;
  const proved =
    chosen.more === undefined
      ? 'a hundred thousand more failovers would not prove it'
      : chosen.more === 0
        ? `the ${chosen.trials} failovers there are prove it`
        : `${chosen.more} more ${chosen.more === 1 ? 'failover' : 'failovers'} without a miss${proof.kinds.length > 1 ? `, over ${proof.kinds.map(({name}) => name).join(' and ')},` : ''} would prove it`;
  return `With these assumptions recovery must be under ${seconds(chosen.within)} for ${percent(chosen.share)} of faults (or under ${seconds(longest)} for all of them); ${proved}.`;
}

function seconds(value: number): string {
  if (value < 600) return `${Number(value.toPrecision(3))} s`;
  return value < 6000 ? `${Number((value / 60).toPrecision(3))} min` : `${Number((value / 3600).toPrecision(3))} h`;
}

/** Rounded up, never down: a share that must be reached. */
function percent(share: number): string {
  return `${Number((Math.ceil(share * 1e4 - 1e-9) / 100).toFixed(2))} %`;
}
