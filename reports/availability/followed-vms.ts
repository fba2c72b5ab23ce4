/** A few VMs that are followed by place, to know what one VM sees in a year. */
import {int, num} from './numbers.ts';

export const followed = 4;
export const allFollowed = (1 << followed) - 1;

export class FollowedVms {
  /** Seconds of downtime in the year, by VM. */
  readonly downtime = new Float64Array(followed);
  readonly #node = new Int32Array(followed);
  /** By node: which of the followed VMs it carries, a bit each. */
  readonly #at: Uint8Array;
  readonly #upAgain = new Float64Array(followed);
  #lastUpAgain = Number.NEGATIVE_INFINITY;

  constructor(nodes: number) {
    this.#at = new Uint8Array(nodes);
  }

  clear(someNode: () => number): void {
    this.downtime.fill(0);
    this.#at.fill(0);
    this.#upAgain.fill(Number.NEGATIVE_INFINITY);
    this.#lastUpAgain = Number.NEGATIVE_INFINITY;
    for (let vm = 0; vm < followed; vm++) this.#placeVm(vm, someNode());
  }

  /** The VMs on a node, a bit each. */
  on(node: number): number {
    return this.#at[node] ?? 0;
  }

  /** The VMs of `bits` start on other nodes. */
  placeVms(bits: number, someNode: () => number): void {
    for (let vm = 0; vm < followed; vm++) {
      if ((bits & (1 << vm)) === 0) continue;
      const node = int(this.#node, vm);
      this.#at[node] = this.on(node) & ~(1 << vm);
      this.#placeVm(vm, someNode());
    }
  }

  /** The VMs of `bits` are down until `end`; `anew` also those that were down already. */
  takeDown(bits: number, now: number, end: number, anew: boolean): void {
    for (let vm = 0; vm < followed; vm++) {
      if ((bits & (1 << vm)) === 0 || (!anew && num(this.#upAgain, vm) > now)) continue;
      this.#upAgain[vm] = end;
      if (end > this.#lastUpAgain) this.#lastUpAgain = end;
    }
  }

  /** Time passes while the share `waiting` of all VMs waits. */
  pass(from: number, to: number, waiting: number): void {
    if (waiting === 0 && this.#lastUpAgain <= from) return;
    for (let vm = 0; vm < followed; vm++) {
      const recovering = Math.max(0, Math.min(to, num(this.#upAgain, vm)) - from);
      this.downtime[vm] = num(this.downtime, vm) + waiting * (to - from) + (1 - waiting) * recovering;
    }
  }

  #placeVm(vm: number, node: number): void {
    this.#node[vm] = node;
    this.#at[node] = this.on(node) | (1 << vm);
  }
}
