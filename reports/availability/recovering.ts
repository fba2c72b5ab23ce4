/**
 * VMs that are on their way back, in groups that come back together: the share of those that do not wait for anything.
 * A VM is in at most one group, so that the share is 0…1 whatever the faults and however long they take.
 */
import {num} from './numbers.ts';

export class Recovering {
  groups = 0;
  /** Of the VMs that do not wait, 0…1. */
  share = 0;
  /** When the first group is back; infinite without one. */
  earliest = Number.POSITIVE_INFINITY;
  #ends = new Float64Array(16);
  #shares = new Float64Array(16);

  clear(): void {
    this.groups = 0;
    this.share = 0;
    this.earliest = Number.POSITIVE_INFINITY;
  }

  /** A group of running VMs, as a share of those that do not wait; they are back at `end`. */
  add(share: number, end: number): void {
    const room = Math.min(share, 1 - this.share);
    if (!(room > 0)) return;
    if (this.groups === this.#ends.length) this.#grow();
    this.#ends[this.groups] = end;
    this.#shares[this.groups] = room;
    this.groups++;
    this.share += room;
    if (end < this.earliest) this.earliest = end;
  }

  /** More VMs ceased to wait: the groups are a smaller share of them. */
  dilute(factor: number): void {
    if (factor <= 0) {
      this.clear();
      return;
    }
    for (let i = 0; i < this.groups; i++) this.#shares[i] = num(this.#shares, i) * factor;
    this.share *= factor;
  }

  /** Takes away the groups that are back by `now`. */
  back(now: number): void {
    let kept = 0;
    this.share = 0;
    this.earliest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.groups; i++) {
      const end = num(this.#ends, i);
      if (end <= now) continue;
      const share = num(this.#shares, i);
      this.#ends[kept] = end;
      this.#shares[kept] = share;
      kept++;
      this.share += share;
      if (end < this.earliest) this.earliest = end;
    }
    this.groups = kept;
  }

  #grow(): void {
    const ends = new Float64Array(2 * this.#ends.length);
    const shares = new Float64Array(2 * this.#ends.length);
    ends.set(this.#ends);
    shares.set(this.#shares);
    this.#ends = ends;
    this.#shares = shares;
  }
}
