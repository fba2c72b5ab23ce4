/**
 * When the next fault comes, and of which class: one Poisson stream, dealt to the classes. Joint failures are rare, so
 * they are forced: while something is under repair, the next fault is made to come before that repair with a small
 * chance that makes such years common; the year then counts with its likelihood ratio (Lewis & Böhm 1984; balanced over
 * the classes, Shahabuddin 1994). The forced law is a mixture with the true one, which bounds the weights. A fence that
 * cannot be confirmed is forced likewise.
 */
import type {Clock} from './clock.ts';
import type {Model} from './model.ts';
import {num} from './numbers.ts';
import {meanOf, yearSeconds} from './quantities.ts';

/** Joint failures a year that are wanted at each depth, and the most that a single window is forced with. */
const forcedPerYear = 0.4;
const mostForced = 0.5;
const deepest = 4;

export class Arrivals {
  nextFault = Number.NaN;
  nextClass = 0;
  readonly #clock: Clock;
  readonly #next: () => number;
  readonly #nextFence: () => number;
  readonly #forced: boolean;
  /** Faults a second of all classes. */
  readonly #all: number;
  readonly #share: Float64Array;
  readonly #cumulative: Float64Array;
  /** By how much is under repair, and by the cause that came last: chance to force a fault into the window. */
  readonly #forcing: Float64Array;
  readonly #bmcUnavailable: number;
  readonly #fenceForced: number;

  /** `rates` in faults a second by class. */
  constructor(
    model: Model,
    rates: readonly number[],
    forced: boolean,
    clock: Clock,
    next: () => number,
    nextFence: () => number,
  ) {
    this.#clock = clock;
    this.#next = next;
    this.#nextFence = nextFence;
    this.#forced = forced;
    this.#all = rates.reduce((sum, rate) => sum + rate, 0);
    this.#share = Float64Array.from(rates, rate => rate / this.#all);
    let sum = 0;
    this.#cumulative = this.#share.map(share => {
      sum += share;
      return sum;
    });
    this.#forcing = forcingOf(model, rates);
    this.#bmcUnavailable = model.bmcUnavailable;
    this.#fenceForced =
      model.bmcUnavailable === 0
        ? 0
        : Math.max(model.bmcUnavailable, Math.min(0.2, forcedPerYear / 2 / yearSeconds / Math.max(this.#all, 1e-300)));
  }

  /** The chance to force a fault after one of `cause`, while `depth` repairs are outstanding; never in the warm-up. */
  chance(depth: number, cause: number): number {
    if (!this.#forced || depth === 0 || !this.#clock.counts) return 0;
    return num(this.#forcing, Math.min(depth, deepest) * (this.#share.length + 1) + cause);
  }

  /**
   * Draws the next fault after one of `cause` (a class, or maintenance after them). While `depth` repairs are
   * outstanding, the first ending at `earliest`, its coming is forced.
   */
  draw(depth: number, cause: number, earliest: number): void {
    const next = this.#next;
    const {now} = this.#clock;
    const p = this.chance(depth, cause);
    // Three numbers each time, whichever way it goes: models that differ in one input stay in step.
    const natural = -Math.log(1 - next()) / this.#all;
    const chosen = next();
    const dealt = next();
    const window = earliest - now;
    if (!(p > 0 && window > 0)) {
      this.nextFault = now + natural;
      this.nextClass = this.#classAt(dealt);
      return;
    }
    const q = -Math.expm1(-this.#all * window);
    const isForced = chosen < p;
    const classes = this.#share.length;
    // What is left of a number that decided is uniform again.
    const after = isForced ? -Math.log1p((-chosen / p) * q) / this.#all : natural;
    let c = this.#classAt(isForced ? 2 * dealt - 1 : dealt);
    if (isForced && dealt < 0.5) c = Math.floor(2 * dealt * classes);
    const inside = after < window ? (p / q) * (0.5 + 0.5 / (classes * num(this.#share, c))) : 0;
    this.#clock.weight /= 1 - p + inside;
    this.nextFault = now + after;
    this.nextClass = c;
  }

  /** Whether a node's fence goes through, on a node whose BMC has power and network. */
  fenced(): boolean {
    const u = this.#bmcUnavailable;
    if (!this.#clock.counts || !this.#forced) return this.#nextFence() >= u;
    if (this.#nextFence() < this.#fenceForced) {
      this.#clock.weight *= u / this.#fenceForced;
      return false;
    }
    this.#clock.weight *= (1 - u) / (1 - this.#fenceForced);
    return true;
  }

  #classAt(u: number): number {
    const last = this.#cumulative.length - 1;
    for (let c = 0; c < last; c++) if (u < num(this.#cumulative, c)) return c;
    return last;
  }
}

/**
 * Chance to force a fault into a window, by how much is under repair and what came last: 0 where about `forcedPerYear`
 * come by themselves. Every cause has the same part in them, so that long windows that open rarely are not left to
 * windows that are short and many.
 */
function forcingOf(model: Model, rates: readonly number[]): Float64Array {
  const {maintenance} = model;
  const lasting = model.classes.map(({repair}) => (repair ? meanOf(repair) : 0));
  const perYear = rates.map(rate => rate * yearSeconds);
  lasting.push(maintenance ? meanOf(maintenance.lasts) : 0);
  perYear.push(maintenance ? (model.nodes * yearSeconds) / maintenance.everySeconds : 0);
  const causes = perYear.length;
  const busy = perYear.reduce((sum, each, i) => sum + (each / yearSeconds) * (lasting[i] ?? 0), 0);
  const arrivals = perYear.reduce((sum, each, i) => sum + ((lasting[i] ?? 0) > 0 ? each : 0), 0);
  const active = perYear.filter(each => each > 0).length;
  const forcing = new Float64Array((deepest + 1) * causes);
  // How many are under repair is about Poisson; windows that open at depth d begin where d − 1 were.
  let chance = Math.exp(-busy);
  for (let depth = 1; depth <= deepest; depth++) {
    const before = chance;
    chance *= busy / depth;
    const wanted = Math.max(0, forcedPerYear - arrivals * chance) / active;
    for (const [i, each] of perYear.entries()) {
      // Deeper windows are opened by forced faults, too; what needs no repair opens none, but meets those that are
      // open.
      const windows =
        (lasting[i] ?? 0) > 0 ? each * before + (depth === 1 ? 0 : forcedPerYear / active) : each * chance;
      forcing[depth * causes + i] = Math.min(mostForced, wanted / Math.max(windows, 1e-9));
    }
  }
  return forcing;
}
