/**
 * What VMs see: which share of them waits until something is mended and whose doing that is, which share is on its way
 * back, and the seconds of both.
 */
import {at, type Layout, levels} from './accumulator.ts';
import type {Clock} from './clock.ts';
import {allFollowed, type FollowedVms, followed} from './followed-vms.ts';
import type {Model} from './model.ts';
import {num} from './numbers.ts';
import type {Plant} from './plant.ts';
import {yearSeconds} from './quantities.ts';
import {Recovering} from './recovering.ts';
import type {Replicas} from './replicas.ts';

const [capacity, quorum, data, whole] = levels.map((_, index) => index);

/** The parts of a simulated cluster that the service of its VMs depends on. */
export interface Parts {
  clock: Clock;
  plant: Plant;
  replicas: Replicas;
  vms: FollowedVms;
  next: () => number;
}

export class Service {
  /** Share of all VMs that wait until something is mended, 0…1. */
  waiting = 0;
  wholeDown = false;
  readonly #model: Model;
  readonly #layout: Layout;
  readonly #parts: Parts;
  /** Counts of the year. */
  readonly #year: Float64Array;
  readonly #recovering = new Recovering();
  readonly #drawRestart: () => number;
  #kind = 0;
  /**
   * Places in a table of cause × the cause before it: of what VMs wait for, of the quorum that is lost, of data that
   * are unavailable.
   */
  #pair = 0;
  #quorumPair = 0;
  #dataPair = 0;
  #quorumOut = false;
  #dataOut = false;
  /** Share of the VMs that fell while a lost quorum lets nothing start. */
  #frozen = 0;
  #lastCause = 0;
  #otherCause = 0;

  constructor(model: Model, layout: Layout, parts: Parts, year: Float64Array, drawRestart: () => number) {
    this.#model = model;
    this.#layout = layout;
    this.#parts = parts;
    this.#year = year;
    this.#drawRestart = drawRestart;
  }

  clear(): void {
    this.waiting = 0;
    this.wholeDown = false;
    this.#recovering.clear();
    this.#kind = 0;
    this.#quorumOut = false;
    this.#dataOut = false;
    this.#frozen = 0;
    this.forgetCauses();
  }

  /** What comes next is the doing of `cause`, on top of what came before it when that is not mended yet. */
  blame(cause: number, onTop: boolean): void {
    this.#otherCause = onTop ? this.#lastCause : this.#layout.nothing;
    this.#lastCause = cause;
  }

  forgetCauses(): void {
    this.#lastCause = this.#layout.nothing;
    this.#otherCause = this.#layout.nothing;
  }

  /**
   * After any change: what keeps VMs waiting now. `fallen` is the share of all VMs that ran on nodes that just fell;
   * the share of them that does not wait, and so starts elsewhere, is given back.
   */
  settle(fallen: number): number {
    const before = this.waiting;
    const pairBefore = this.#pair;
    const pair = this.#lastCause * this.#layout.causes + this.#otherCause;
    this.#watchQuorum(pair, fallen);
    this.#watchData(pair);
    const kind = this.#level();
    const value = this.waiting;
    if (value > before || (value > 0 && kind !== this.#kind)) this.#pair = pair;
    this.#kind = kind;
    if (value < before) this.#startAgain(before - value, pairBefore);
    return fallen > 0 && value < 1 ? Math.max(0, fallen - Math.max(0, value - before)) : 0;
  }

  /**
   * A share of the VMs that do not wait is hit, in so far as it is not down already, and back after `seconds`; of the
   * followed ones those of `bits`.
   */
  takeDown(share: number, seconds: number, bits: number): void {
    if (!(seconds > 0)) return;
    const {now} = this.#parts.clock;
    this.#recovering.add((1 - this.#recovering.share) * share, now + seconds);
    if (bits !== 0) this.#parts.vms.takeDown(bits, now, now + seconds, false);
  }

  /** Time passes, at most up to the end of the year. */
  pass(until: number): void {
    const recovering = this.#recovering;
    while (recovering.earliest <= until) {
      const end = recovering.earliest;
      this.#span(end);
      recovering.back(end);
    }
    this.#span(until);
  }

  #count(place: number, value: number): void {
    this.#year[place] = num(this.#year, place) + value;
  }

  #watchQuorum(pair: number, fallen: number): void {
    const {plant, clock} = this.#parts;
    const lost = plant.votesDown > this.#model.votesSpare;
    if (lost !== this.#quorumOut) {
      this.#quorumOut = lost;
      this.#frozen = 0;
      if (lost) {
        this.#quorumPair = pair;
        if (clock.counts) this.#count(at.quorumLosses, 1);
      }
    }
    if (lost && !this.#model.stopsWithoutQuorum) this.#frozen = Math.min(1, this.#frozen + fallen);
  }

  #watchData(pair: number): void {
    const {replicas, clock} = this.#parts;
    if (replicas.out === this.#dataOut) return;
    this.#dataOut = replicas.out;
    if (!replicas.out) return;
    this.#dataPair = pair;
    if (clock.counts) this.#count(at.dataLosses, 1);
  }

  /** Sets the share that waits, and says what for: a place in `levels`. */
  #level(): number {
    const model = this.#model;
    const stopped = this.#quorumOut && model.stopsWithoutQuorum;
    if (this.wholeDown || stopped || this.#dataOut) {
      this.waiting = 1;
      return (this.wholeDown ? whole : stopped ? quorum : data) ?? 0;
    }
    const room = Math.max(0, (this.#parts.plant.down - model.standby) / (model.nodes - model.standby));
    this.waiting = Math.max(room, this.#frozen);
    // Frozen: what runs runs on, what fell is not started.
    return (this.#quorumOut ? quorum : capacity) ?? 0;
  }

  /** VMs have what they waited for: they start, which takes its time. */
  #startAgain(share: number, pair: number): void {
    const {clock, vms, next} = this.#parts;
    const ofRunning = share / (1 - this.waiting);
    this.#recovering.dilute(1 - ofRunning);
    if (clock.counts) this.#count(this.#layout.restarts + pair, share);
    const seconds = this.#drawRestart();
    if (!(seconds > 0)) return;
    this.#recovering.add(ofRunning, clock.now + seconds);
    let bits = allFollowed;
    if (ofRunning < 1) {
      bits = 0;
      for (let vm = 0; vm < followed; vm++) if (next() < ofRunning) bits |= 1 << vm;
    }
    vms.takeDown(bits, clock.now, clock.now + seconds, true);
  }

  #span(to: number): void {
    const {clock, vms} = this.#parts;
    const from = Math.max(clock.now, 0);
    clock.now = to;
    const waiting = this.waiting;
    const back = this.#recovering.share;
    if (to <= from || (waiting === 0 && back === 0 && !this.#quorumOut)) return;
    const seconds = Math.min(to, yearSeconds) - from;
    if (waiting > 0 || back > 0) {
      if (waiting > 0) {
        const {waits, causes} = this.#layout;
        this.#count(waits + this.#kind * causes * causes + this.#pair, waiting * seconds);
      }
      this.#count(at.service, (waiting + (1 - waiting) * back) * seconds);
      this.#count(at.any, seconds);
      vms.pass(from, from + seconds, waiting);
    }
    if (this.#quorumOut) {
      this.#count(this.#layout.quorum + this.#quorumPair, seconds);
      this.#count(at.quorum, seconds);
    }
    if (this.#dataOut) {
      this.#count(this.#layout.data + this.#dataPair, seconds);
      this.#count(at.data, seconds);
    }
  }
}
