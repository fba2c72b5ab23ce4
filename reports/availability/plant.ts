/** Nodes, racks, feeds and switches: what is down, and what goes down with it. */
import type {FollowedVms} from './followed-vms.ts';
import type {Model} from './model.ts';
import {int} from './numbers.ts';
import type {Replicas} from './replicas.ts';

export class Plant {
  /** Nodes that are down, and how many of them have a vote. */
  down = 0;
  votesDown = 0;
  /** Nodes that fell since `forget`, and the followed VMs they carried. */
  struckNodes = 0;
  struckVms = 0;
  readonly #model: Model;
  readonly #replicas: Replicas;
  readonly #vms: FollowedVms;
  readonly #nodeDown: Int32Array;
  readonly #rackFault: Uint8Array;
  readonly #rackDark: Uint8Array;
  readonly #feedDown: Uint8Array;
  readonly #switchDown: Uint8Array;

  constructor(model: Model, replicas: Replicas, vms: FollowedVms) {
    this.#model = model;
    this.#replicas = replicas;
    this.#vms = vms;
    this.#nodeDown = new Int32Array(model.nodes);
    this.#rackFault = new Uint8Array(model.racks);
    this.#rackDark = new Uint8Array(model.racks);
    this.#feedDown = new Uint8Array(model.feeds);
    this.#switchDown = new Uint8Array(model.racks * model.switchesPerRack);
  }

  clear(): void {
    this.down = 0;
    this.votesDown = 0;
    this.forget();
    for (const state of [this.#nodeDown, this.#rackFault, this.#rackDark, this.#feedDown, this.#switchDown]) {
      state.fill(0);
    }
  }

  forget(): void {
    this.struckNodes = 0;
    this.struckVms = 0;
  }

  isUp(node: number): boolean {
    return int(this.#nodeDown, node) === 0;
  }

  /** Takes a node away; nothing is rebuilt elsewhere while it is only maintained. */
  nodeFalls(node: number, since: number, now: number, planned = false): void {
    this.#nodeDown[node] = int(this.#nodeDown, node) + 1;
    if (int(this.#nodeDown, node) > 1) return;
    this.down++;
    this.votesDown += this.#model.voter[node] ?? 0;
    this.struckNodes++;
    this.struckVms |= this.#vms.on(node);
    if (this.#replicas.onNodes) this.#replicas.away(node, since, now, planned);
  }

  nodeRises(node: number): void {
    this.#nodeDown[node] = int(this.#nodeDown, node) - 1;
    if (int(this.#nodeDown, node) > 0) return;
    this.down--;
    this.votesDown -= this.#model.voter[node] ?? 0;
    if (this.#replicas.onNodes) this.#replicas.back(node);
  }

  /** Each of these gives false where the unit was down already. */
  rackFails(rack: number, since: number, now: number): boolean {
    if (this.#rackFault[rack] === 1) return false;
    this.#rackFault[rack] = 1;
    this.#settleRack(rack, since, now);
    return true;
  }

  feedFails(feed: number, since: number, now: number): boolean {
    if (this.#feedDown[feed] === 1) return false;
    this.#feedDown[feed] = 1;
    for (let rack = 0; rack < this.#model.racks; rack++) this.#settleRack(rack, since, now);
    return true;
  }

  switchFails(unit: number, since: number, now: number): boolean {
    if (this.#switchDown[unit] === 1) return false;
    this.#switchDown[unit] = 1;
    this.#settleRack(Math.floor(unit / this.#model.switchesPerRack), since, now);
    return true;
  }

  rackMended(rack: number, now: number): void {
    this.#rackFault[rack] = 0;
    this.#settleRack(rack, now, now);
  }

  feedMended(feed: number, now: number): void {
    this.#feedDown[feed] = 0;
    for (let rack = 0; rack < this.#model.racks; rack++) this.#settleRack(rack, now, now);
  }

  switchMended(unit: number, now: number): void {
    this.#switchDown[unit] = 0;
    this.#settleRack(Math.floor(unit / this.#model.switchesPerRack), now, now);
  }

  #isDark(rack: number): boolean {
    if (this.#rackFault[rack] === 1) return true;
    const {feedStart, feedOf, switchesPerRack} = this.#model;
    const lastFeed = int(feedStart, rack + 1);
    let i = int(feedStart, rack);
    if (lastFeed > i) {
      while (i < lastFeed && this.#feedDown[int(feedOf, i)] === 1) i++;
      if (i === lastFeed) return true;
    }
    if (switchesPerRack === 0) return false;
    const first = rack * switchesPerRack;
    for (let s = first; s < first + switchesPerRack; s++) if (this.#switchDown[s] === 0) return false;
    return true;
  }

  /** Brings a rack's nodes in line with its faults, feeds and switches. */
  #settleRack(rack: number, since: number, now: number): void {
    const dark = this.#isDark(rack);
    if (dark === (this.#rackDark[rack] === 1)) return;
    this.#rackDark[rack] = dark ? 1 : 0;
    const model = this.#model;
    const replicas = this.#replicas;
    const end = int(model.rackStart, rack + 1);
    for (let node = int(model.rackStart, rack); node < end; node++) {
      if (dark) this.nodeFalls(node, since, now);
      else this.nodeRises(node);
    }
    if (replicas.onNodes) return;
    for (let member = rack; member < replicas.members; member += model.racks) {
      if (dark) replicas.away(member, since, now, false);
      else replicas.back(member);
    }
  }
}
