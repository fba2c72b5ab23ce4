/**
 * Simulated years of a cluster, event by event over its parts (never over its VMs): faults arrive as one Poisson stream
 * that is dealt to classes and units, a unit that is already down is not struck again, repairs wait in a heap. The cost
 * is per fault, whatever the number of VMs. A year begins in equilibrium: what is under repair then, and for how much
 * longer, is drawn from the stationary law of each unit.
 */
import {addYear, at, type Layout, layoutOf} from './accumulator.ts';
import {Arrivals} from './arrivals.ts';
import {Clock} from './clock.ts';
import {EventQueue} from './event-queue.ts';
import {FollowedVms, followed} from './followed-vms.ts';
import {bmcUnreachable, kindOf, type Model, type ModelClass, strikes} from './model.ts';
import {num} from './numbers.ts';
import {Plant} from './plant.ts';
import {drawSpread, drawUnderWay, meanOf, yearSeconds} from './quantities.ts';
import {asMeasured, drawOutage, type Outage, rateFactor} from './recovery.ts';
import {Replicas} from './replicas.ts';
import {Service} from './service.ts';
import {restartable, stream} from './stream.ts';

export interface Block {
  index: number;
  years: number;
  seed: number;
  /** The measured recoveries and stated rates as they are, or one draw of what they leave possible at worst. */
  kind: 'as-measured' | 'possible';
  /** False simulates without forcing: for comparison. */
  forced: boolean;
}

const [nodeKind, rackKind, feedKind, switchKind] = [kindOf.node, kindOf.rack, kindOf.feed, kindOf.switch];
const [storageKind, vmKind] = [kindOf.storage, kindOf.vm];

/** An event's code: what ends, and for which unit. The first kinds are those of the faults. */
const rebuildEnds = strikes.length;
const maintenanceEnds = strikes.length + 1;
const unitBits = 24;
const unitMask = (1 << unitBits) - 1;

/** The sums of one block, laid out by `layoutOf`. The same model and block give the same numbers. */
export function simulateBlock(model: Model, block: Block): Float64Array {
  const layout = layoutOf(model);
  const total = new Float64Array(layout.length);
  const next = stream(block.seed, block.index);
  const possible = block.kind === 'possible';
  const outages = model.recoveries.map(one => (possible ? drawOutage(one, next) : asMeasured(one)));
  const factors = model.classes.map(one => (possible ? rateFactor(one, next) : 1));
  const cluster = new SimulatedCluster(model, layout, {block, outages, factors});
  for (let y = 0; y < block.years; y++) cluster.year(y, total);
  total[at.events] = cluster.events;
  for (const [c, factor] of factors.entries()) total[layout.factors + c] = factor;
  return total;
}

/** Years of a block that have numbers of their own. */
const mostYears = 1 << 20;

/**
 * Random numbers by what they decide, begun anew each year: a model that differs in one input then meets the same
 * faults, and repairs of the same luck (common random numbers), so that the difference is the input's.
 */
class Luck {
  readonly beginning = restartable();
  readonly faults = restartable();
  readonly repairs = restartable();
  readonly rest = restartable();

  year(seed: number, year: number): void {
    for (const [i, one] of [this.beginning, this.faults, this.repairs, this.rest].entries()) {
      one.restart(seed ^ Math.imul(i + 1, 0x2545f491), year);
    }
  }
}

interface Taken {
  block: Block;
  /** What the block takes as true: how long VMs are down, by recovery, and factors on the rates, by class. */
  outages: readonly Outage[];
  factors: readonly number[];
}

class SimulatedCluster {
  events = 0;
  readonly #model: Model;
  readonly #layout: Layout;
  readonly #block: Block;
  readonly #luck = new Luck();
  readonly #next = this.#luck.rest.next;
  readonly #year: Float64Array;
  readonly #clock = new Clock();
  readonly #queue: EventQueue;
  readonly #vms: FollowedVms;
  readonly #replicas: Replicas;
  readonly #plant: Plant;
  readonly #service: Service;
  readonly #arrivals: Arrivals;
  readonly #outages: readonly {times: Float64Array; cumulative: Float64Array; waited: number}[];
  /** Faults a second of all units, by class. */
  readonly #rates: readonly number[];
  readonly #maintenanceGap: number;
  readonly #someNode = () => Math.floor(this.#next() * this.#model.nodes);
  readonly #someNodeUp = () => {
    for (let tries = 0; tries < 1000; tries++) {
      const node = this.#someNode();
      if (this.#plant.isUp(node)) return node;
    }
    return this.#someNode();
  };
  /** Repairs and maintenance that have not ended. */
  #outstanding = 0;
  #nextMaintenance = Number.POSITIVE_INFINITY;
  #maintenanceNode = 0;

  constructor(model: Model, layout: Layout, {block, outages, factors}: Taken) {
    const {classes, storage, maintenance} = model;
    this.#model = model;
    this.#layout = layout;
    this.#block = block;
    const next = this.#next;
    this.#year = new Float64Array(layout.length);
    this.#queue = new EventQueue(1024);
    this.#vms = new FollowedVms(model.nodes);
    this.#replicas = new Replicas(storage, next, this.#queue, rebuildEnds * (1 << unitBits));
    this.#plant = new Plant(model, this.#replicas, this.#vms);
    const parts = {clock: this.#clock, plant: this.#plant, replicas: this.#replicas, vms: this.#vms, next};
    const restart = () => this.#drawOutage(model.restart);
    this.#service = new Service(model, layout, parts, this.#year, restart);
    this.#outages = outages.map(cumulativeOf);
    this.#rates = classes.map((one, c) => (one.units * one.rate.perYear * (factors[c] ?? 1)) / yearSeconds);
    this.#arrivals = new Arrivals(model, this.#rates, block.forced, this.#clock, this.#luck.faults.next, next);
    this.#maintenanceGap = maintenance ? maintenance.everySeconds / model.nodes : Number.POSITIVE_INFINITY;
  }

  /** Simulates the block's year of that index and adds it to `total`. */
  year(index: number, total: Float64Array): void {
    this.#luck.year(this.#block.seed, this.#block.index * mostYears + index);
    this.#begin();
    const arrivals = this.#arrivals;
    const queue = this.#queue;
    arrivals.draw(0, 0, queue.earliest());
    for (;;) {
      const ending = queue.earliest();
      const until = Math.min(arrivals.nextFault, this.#nextMaintenance, ending);
      if (until >= yearSeconds) break;
      this.#service.pass(until);
      this.events++;
      if (until === ending) this.#ends(queue.pop());
      else if (until === this.#nextMaintenance) {
        this.#maintain();
        // The coming fault stays as it was drawn, unless it is to be forced: it has no memory.
        const cause = this.#layout.maintenance;
        if (arrivals.chance(this.#outstanding, cause) > 0) arrivals.draw(this.#outstanding, cause, queue.earliest());
      } else {
        const cause = arrivals.nextClass;
        this.#fault(cause);
        arrivals.draw(this.#outstanding, cause, queue.earliest());
      }
    }
    this.#service.pass(yearSeconds);
    const {layout, budget, weight} = {layout: this.#layout, budget: this.#model.budget, weight: this.#clock.weight};
    addYear(total, this.#year, this.#vms.downtime, {layout, budget, weight});
  }

  #begin(): void {
    const {maintenance, warmUp} = this.#model;
    this.#queue.clear();
    this.#replicas.clear();
    this.#plant.clear();
    this.#service.clear();
    this.#year.fill(0);
    this.#outstanding = 0;
    this.#clock.now = -warmUp;
    this.#clock.weight = 1;
    this.#vms.clear(this.#someNode);
    this.#nextMaintenance = maintenance ? -warmUp + this.#next() * this.#maintenanceGap : Number.POSITIVE_INFINITY;
    this.#maintenanceNode = this.#someNode();
    for (let kind = 0; kind < strikes.length; kind++) if (kind !== vmKind) this.#strikeAtBeginning(kind);
    this.#service.settle(0);
  }

  /** Each unit of a kind is down with its stationary share λm ÷ (1 + λm), by one of the classes that strike it. */
  #strikeAtBeginning(kind: number): void {
    const {next} = this.#luck.beginning;
    const loads = this.#model.classes.map((one, c) =>
      one.kind === kind && one.repair ? ((this.#rates[c] ?? 0) / one.units) * meanOf(one.repair) : 0,
    );
    const load = loads.reduce((sum, each) => sum + each, 0);
    const units = this.#model.classes.find(one => one.kind === kind)?.units ?? 0;
    if (!(load > 0)) return;
    const upLn = -Math.log1p(load);
    // From one that is down to the next: a geometric number of units that are up lies between them.
    const skip = () => Math.floor(Math.log(1 - next()) / upLn);
    for (let unit = skip(); unit < units; unit += 1 + skip()) {
      const c = drawIndex(loads, next() * load);
      const repair = this.#model.classes[c]?.repair;
      if (repair === undefined) continue;
      const whole = drawUnderWay(repair, next);
      const left = next() * whole;
      this.#plant.forget();
      const running = (1 - this.#service.waiting) / Math.max(1, this.#model.nodes - this.#plant.down);
      if (!this.#strike(c, kind, unit, this.#clock.now - (whole - left), left)) continue;
      this.#service.settle(Math.min(1, running * this.#plant.struckNodes));
      if (this.#plant.struckVms !== 0) this.#vms.placeVms(this.#plant.struckVms, this.#someNodeUp);
    }
  }

  /** A unit goes down, struck at `since`, for `lasts` more seconds; false where it is down already. */
  #strike(c: number, kind: number, unit: number, since: number, lasts: number): boolean {
    const plant = this.#plant;
    const {now} = this.#clock;
    if (kind === nodeKind) {
      if (!plant.isUp(unit)) return false;
      plant.nodeFalls(unit, since, now);
    } else if (kind === rackKind) {
      if (!plant.rackFails(unit, since, now)) return false;
    } else if (kind === feedKind) {
      if (!plant.feedFails(unit, since, now)) return false;
    } else if (kind === switchKind) {
      if (!plant.switchFails(unit, since, now)) return false;
    } else if (kind === storageKind) {
      if (this.#replicas.isDown(unit)) return false;
      this.#replicas.away(unit, since, now, false);
    } else {
      if (this.#service.wholeDown) return false;
      this.#service.wholeDown = true;
    }
    this.#service.blame(c, this.#outstanding > 0);
    this.#later(now + lasts, kind, unit);
    return true;
  }

  #later(time: number, kind: number, unit: number): void {
    this.#outstanding++;
    this.#queue.push(time, kind * (1 << unitBits) + unit);
  }

  #fault(c: number): void {
    const {classes, nodes, vms} = this.#model;
    const one = classes[c];
    if (one === undefined) return;
    const {kind} = one;
    const unit = Math.floor(this.#luck.faults.next() * one.units);
    const running = 1 - this.#service.waiting;
    if (kind === vmKind) {
      // The followed VMs are `followed` of all of them.
      const which = Math.floor(this.#next() * Math.max(followed, vms));
      this.#hit(one, c, {share: running / vms, ofRunning: 1 / vms, unfenced: false}, which < followed ? 1 << which : 0);
      return;
    }
    const plant = this.#plant;
    const up = nodes - plant.down;
    plant.forget();
    const lasts = one.repair ? drawSpread(one.repair, this.#luck.repairs.next) : 0;
    if (!this.#strike(c, kind, unit, this.#clock.now, lasts)) return;
    const struck = plant.struckNodes;
    const fallen = struck > 0 ? (running * struck) / up : 0;
    const share = this.#service.settle(fallen);
    const bits = plant.struckVms;
    // VMs that wait for something are counted there.
    if (share > 1e-12) {
      const unfenced = bmcUnreachable(this.#model, kind) || !this.#arrivals.fenced();
      const starting = share < fallen ? this.#someOf(bits, share / fallen) : bits;
      this.#hit(one, c, {share, ofRunning: Math.min(1, share / (1 - this.#service.waiting)), unfenced}, starting);
    }
    if (bits !== 0) this.#vms.placeVms(bits, this.#someNodeUp);
  }

  /** Each of the VMs of `bits` with that chance. */
  #someOf(bits: number, chance: number): number {
    let some = 0;
    for (let vm = 0; vm < followed; vm++) if (bits & (1 << vm) && this.#next() < chance) some |= 1 << vm;
    return some;
  }

  #hit(one: ModelClass, c: number, of: {share: number; ofRunning: number; unfenced: boolean}, bits: number): void {
    if (this.#clock.counts) {
      const place = (of.unfenced ? this.#layout.unfenced : this.#layout.hits) + c;
      this.#year[place] = num(this.#year, place) + of.share;
    }
    const waits = of.unfenced ? drawSpread(this.#model.operator, this.#next) : 0;
    this.#service.takeDown(of.ofRunning, waits + this.#drawOutage(one.recovery), bits);
  }

  #ends(code: number): void {
    const kind = code >>> unitBits;
    const unit = code & unitMask;
    const plant = this.#plant;
    const {now} = this.#clock;
    if (kind === rebuildEnds) this.#replicas.rebuilt(unit, now);
    else {
      this.#outstanding--;
      if (kind === nodeKind || kind === maintenanceEnds) plant.nodeRises(unit);
      else if (kind === rackKind) plant.rackMended(unit, now);
      else if (kind === feedKind) plant.feedMended(unit, now);
      else if (kind === switchKind) plant.switchMended(unit, now);
      else if (kind === storageKind) this.#replicas.back(unit);
      else this.#service.wholeDown = false;
      if (this.#outstanding === 0) this.#service.forgetCauses();
    }
    this.#service.settle(0);
  }

  /** The next node in turn is emptied and taken down, unless the cluster could not do without it now. */
  #maintain(): void {
    const {maintenance, nodes, standby, voter, votesSpare} = this.#model;
    if (!maintenance) return;
    const plant = this.#plant;
    this.#nextMaintenance += this.#maintenanceGap;
    const node = this.#maintenanceNode;
    this.#maintenanceNode = (node + 1) % nodes;
    if (!plant.isUp(node) || plant.down >= standby || this.#service.waiting > 0) return;
    if (plant.votesDown >= votesSpare && voter[node] === 1) return;
    if (this.#replicas.onNodes && this.#replicas.atEdge) return;
    const share = 1 / (nodes - plant.down);
    const {now} = this.#clock;
    plant.forget();
    this.#service.blame(this.#layout.maintenance, this.#outstanding > 0);
    plant.nodeFalls(node, now, now, true);
    this.#later(now + drawSpread(maintenance.lasts, this.#next), maintenanceEnds, node);
    if (this.#clock.counts) this.#year[at.moved] = num(this.#year, at.moved) + share;
    // The VMs move one after another: each is silent for its own blackout.
    this.#service.takeDown(share, this.#drawOutage(maintenance.recovery), plant.struckVms);
    if (plant.struckVms !== 0) this.#vms.placeVms(plant.struckVms, this.#someNodeUp);
    this.#service.settle(0);
  }

  #drawOutage(recovery: number): number {
    const outage = this.#outages[recovery];
    if (outage === undefined) return 0;
    const u = this.#next();
    const {cumulative, times} = outage;
    for (let i = 0; i < cumulative.length; i++) if (u < num(cumulative, i)) return num(times, i);
    return outage.waited + drawSpread(this.#model.operator, this.#next);
  }
}

function cumulativeOf(outage: Outage): {times: Float64Array; cumulative: Float64Array; waited: number} {
  const cumulative = new Float64Array(outage.mass.length);
  let sum = 0;
  for (const [i, mass] of outage.mass.entries()) {
    sum += mass;
    // Without a share that never comes back, no rounding may leave one.
    cumulative[i] = outage.never === 0 && i === outage.mass.length - 1 ? 1 : sum;
  }
  return {times: Float64Array.from(outage.times), cumulative, waited: outage.waited};
}

/** The place at which `u`, from 0 to the sum of the weights, falls. */
function drawIndex(weights: readonly number[], u: number): number {
  let left = u;
  for (const [index, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return index;
  }
  return weights.findLastIndex(weight => weight > 0);
}
