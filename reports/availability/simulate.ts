/**
 * Simulated years of a cluster, event by event over its parts (never over its VMs): faults arrive as one Poisson stream that is dealt to classes
 * and units, a unit that is already down is not struck again, repairs wait in a heap. The cost is per fault, whatever the number of VMs.
 *
 * Joint failures are rare, so they are forced: after each fault, while something is under repair, the next fault is made to come before that repair
 * with a small chance that makes such years common; the year then counts with its likelihood ratio (Lewis & Böhm 1984; balanced over the
 * classes, Shahabuddin 1994). The forced law is a mixture with the true one, which bounds the weights. A fence that cannot be confirmed is forced likewise.
 */
import type {Model, ModelClass} from './model.ts';
import {Pending} from './pending.ts';
import {drawSpread, gamma, meanOf, yearSeconds} from './quantities.ts';
import {asMeasured, drawSpell, type Spell} from './recovery.ts';
import {stream} from './stream.ts';
import {at, binOf, bins, type Layout, layoutOf} from './tally.ts';

export interface Block {
  index: number;
  years: number;
  seed: number;
  /** The measured recoveries and stated rates as they are, or one draw of what they leave possible. */
  kind: 'as-measured' | 'possible';
  /** False simulates without forcing: for comparison. */
  forced: boolean;
}

/** VMs that are followed by place, to know what one VM sees in a year. */
const followed = 4;

/** Joint failures a year that are wanted at each depth, and the most that a single window is forced with. */
const forcedPerYear = 0.4;
const mostForced = 0.5;
const deepest = 4;

const rebuildEnds = 7;
const maintenanceEnds = 8;
const unitBits = 24;
const unitMask = (1 << unitBits) - 1;

/** Places in the arrays of what changes from event to event. */
const now = 0;
const level = 1;
const anyUntil = 2;
const weight = 3;
const nextFault = 4;
const nextMaintenance = 5;

const down = 0;
const votesDown = 1;
const outstanding = 2;
const wholeDown = 3;
const dataOut = 4;
const levelKind = 5;
const levelCause = 6;
const levelOther = 7;
const lastCause = 8;
const otherCause = 9;
const nextClass = 10;
const domainsDown = 11;
const exposed = 12;
const maintenanceNode = 13;
const struckNodes = 14;
const struckTags = 15;
const quorumCause = 16;
const quorumOther = 17;
const dataCause = 18;
const dataOther = 19;
const quorumOut = 20;

/** The tallies of one block, laid out by `layoutOf`. The same model and block give the same numbers. */
export function simulateBlock(model: Model, block: Block): Float64Array {
  const layout = layoutOf(model);
  const total = new Float64Array(layout.length);
  const year = new Float64Array(layout.length);
  const next = stream(block.seed, block.index);
  const {classes, storage, maintenance} = model;
  const {causes, nothing} = layout;

  // ── what this block takes as true ──
  const possible = block.kind === 'possible';
  const spells = model.recoveries.map(one => compiled(possible ? drawSpell(one, next) : asMeasured(one)));
  const factors = classes.map(one => (possible ? rateFactor(one, next) : 1));
  const rates = classes.map((one, c) => (one.units * one.rate.perYear * (factors[c] ?? 1)) / yearSeconds);
  const all = rates.reduce((sum, rate) => sum + rate, 0);
  const share = Float64Array.from(rates, rate => rate / all);
  const cumulative = new Float64Array(classes.length);
  for (let c = 0, sum = 0; c < classes.length; c++) {
    sum += share[c] ?? 0;
    cumulative[c] = sum;
  }
  const forcing = forcingOf(model, rates);
  const fenceForced =
    model.bmcUnavailable === 0
      ? 0
      : Math.max(model.bmcUnavailable, Math.min(0.2, forcedPerYear / 2 / yearSeconds / Math.max(all, 1e-300)));
  const kinds = Int32Array.from(classes, one => one.kind);
  const units = Int32Array.from(classes, one => one.units);
  const maintenanceGap = maintenance ? maintenance.everySeconds / model.nodes : Number.POSITIVE_INFINITY;

  // ── what changes ──
  const f = new Float64Array(6);
  const n = new Int32Array(21);
  const nodeDown = new Int32Array(model.nodes);
  const rackFault = new Int32Array(model.racks);
  const rackDark = new Uint8Array(model.racks);
  const feedDown = new Int32Array(model.feeds);
  const switchDown = new Int32Array(model.racks * model.switchesPerRack);
  const members = storage ? storage.rackOf.length : 0;
  const exposedUntil = new Float64Array(members);
  const memberDown = new Int32Array(members);
  const domainDown = new Int32Array(storage ? storage.domains : 0);
  const tags = new Int32Array(followed);
  /** By node: which of the followed VMs it carries, a bit each. */
  const tagsAt = new Uint8Array(model.nodes);
  const tagDowntime = new Float64Array(followed);
  const pending = new Pending(
    classes.reduce((sum, one) => sum + (one.kind === 5 ? 0 : one.units), 0) + 2 * model.nodes + 2 * members + 64,
  );

  const later = (time: number, code: number) => {
    if (!pending.push(time, code)) throw new Error('more is pending than there are parts: a mistake of the simulation');
  };

  const carry = (tag: number, node: number) => {
    tags[tag] = node;
    tagsAt[node] = (tagsAt[node] ?? 0) | (1 << tag);
  };

  /** The followed VMs of `bits` start on other nodes. */
  const replace = (bits: number) => {
    for (let i = 0; i < followed; i++) {
      if ((bits & (1 << i)) === 0) continue;
      const node = int(tags, i);
      tagsAt[node] = (tagsAt[node] ?? 0) & ~(1 << i);
      carry(i, someNodeUp());
    }
  };

  const clear = () => {
    pending.clear();
    f.fill(0);
    n.fill(0);
    for (const state of [nodeDown, rackFault, rackDark, feedDown, switchDown, exposedUntil, memberDown, domainDown]) {
      state.fill(0);
    }
    tagDowntime.fill(0);
    year.fill(0);
    f[now] = -model.warmUp;
    f[anyUntil] = 0;
    f[weight] = 1;
    n[lastCause] = nothing;
    n[otherCause] = nothing;
    tagsAt.fill(0);
    for (let i = 0; i < followed; i++) carry(i, Math.floor(next() * model.nodes));
    f[nextMaintenance] = maintenance ? -model.warmUp + next() * maintenanceGap : Number.POSITIVE_INFINITY;
    n[maintenanceNode] = Math.floor(next() * model.nodes);
  };

  /** The next fault: when, and of which class. While something is under repair, and within the year, its coming is forced. */
  const drawFault = (force: boolean) => {
    const t = num(f, now);
    const deep = int(n, outstanding);
    const p = force && deep > 0 && t >= 0 ? num(forcing, Math.min(deep, deepest)) : 0;
    const natural = -Math.log(1 - next()) / all;
    if (!(p > 0)) {
      f[nextFault] = t + natural;
      n[nextClass] = drawClass(cumulative, next());
      return;
    }
    const window = pending.earliest() - t;
    const q = -Math.expm1(-all * window);
    let after = natural;
    let c: number;
    if (next() < p) {
      after = -Math.log1p(-next() * q) / all;
      c = next() < 0.5 ? Math.floor(next() * classes.length) : drawClass(cumulative, next());
    } else c = drawClass(cumulative, next());
    const inside = after < window ? (p / q) * (0.5 + 0.5 / (classes.length * num(share, c))) : 0;
    f[weight] = num(f, weight) / (1 - p + inside);
    f[nextFault] = t + after;
    n[nextClass] = c;
  };

  /** A stretch in which some VM is down, for the time with any VM down. Stretches come in order of their beginning. */
  const cover = (from: number, to: number) => {
    const begin = Math.max(from, num(f, anyUntil), 0);
    const end = Math.min(to, yearSeconds);
    if (end > begin) {
      year[at.any] = num(year, at.any) + end - begin;
      f[anyUntil] = end;
    }
  };

  /** `fraction` of all VMs are silent for `seconds` from now; of the followed ones those in `tagBits`. */
  const silent = (fraction: number, seconds: number, tagBits: number) => {
    const t = num(f, now);
    const begin = Math.max(t, 0);
    const end = Math.min(t + seconds, yearSeconds);
    if (end <= begin) return;
    year[at.service] = num(year, at.service) + fraction * (end - begin);
    cover(begin, end);
    if (tagBits === 0) return;
    for (let i = 0; i < followed; i++) if (tagBits & (1 << i)) tagDowntime[i] = num(tagDowntime, i) + end - begin;
  };

  const drawRecovery = (recovery: number): number => {
    const spell = spells[recovery];
    if (spell === undefined) return 0;
    const u = next();
    const {cumulative: sums, times} = spell;
    for (let i = 0; i < sums.length; i++) if (u < num(sums, i)) return num(times, i);
    return spell.waited + drawSpread(model.operator, next);
  };

  /** Whether a node's fence goes through, on a node whose power is there. */
  const fenced = (): boolean => {
    const u = model.bmcUnavailable;
    if (num(f, now) < 0 || !block.forced) return next() >= u;
    if (next() < fenceForced) {
      f[weight] = (num(f, weight) * u) / fenceForced;
      return false;
    }
    f[weight] = (num(f, weight) * (1 - u)) / (1 - fenceForced);
    return true;
  };

  const expose = (member: number, rebuilds: boolean) => {
    if (!storage) return;
    memberDown[member] = int(memberDown, member) + 1;
    if (num(exposedUntil, member) > 0) return;
    const before = atStake();
    const rebuilt =
      storage.rebuild && rebuilds ? num(f, now) + drawSpread(storage.rebuild, next) : Number.POSITIVE_INFINITY;
    exposedUntil[member] = rebuilt;
    if (storage.rebuild && rebuilds) later(rebuilt, rebuildEnds * (1 << unitBits) + member);
    n[exposed] = int(n, exposed) + 1;
    const domain = int(storage.domainOf, member);
    domainDown[domain] = int(domainDown, domain) + 1;
    if (int(domainDown, domain) === 1) n[domainsDown] = int(n, domainsDown) + 1;
    if (int(n, dataOut) > 0) return;
    const grown = atStake() - before;
    if (grown === Number.POSITIVE_INFINITY || (grown > 0 && next() < -Math.expm1(-grown))) n[dataOut] = 1;
  };

  /** Placement groups that are expected to have lost too many replicas, given what is exposed. */
  const atStake = (): number => {
    if (!storage) return 0;
    const k = int(n, domainsDown);
    if (k < storage.threshold) return 0;
    const whole = num(storage.hit, k);
    return whole === Number.POSITIVE_INFINITY
      ? whole
      : whole * Math.min(1, int(n, exposed) / (k * storage.membersPerDomain)) ** storage.threshold;
  };

  const unexpose = (member: number) => {
    if (!storage) return;
    exposedUntil[member] = 0;
    n[exposed] = int(n, exposed) - 1;
    const domain = int(storage.domainOf, member);
    domainDown[domain] = int(domainDown, domain) - 1;
    if (int(domainDown, domain) === 0) n[domainsDown] = int(n, domainsDown) - 1;
    if (int(n, domainsDown) < storage.threshold) n[dataOut] = 0;
  };

  const memberBack = (member: number) => {
    memberDown[member] = int(memberDown, member) - 1;
    if (int(memberDown, member) === 0 && num(exposedUntil, member) > 0) unexpose(member);
  };

  const nodeFalls = (node: number, planned = false) => {
    nodeDown[node] = int(nodeDown, node) + 1;
    if (int(nodeDown, node) > 1) return;
    n[down] = int(n, down) + 1;
    n[votesDown] = int(n, votesDown) + (model.voter[node] ?? 0);
    n[struckNodes] = int(n, struckNodes) + 1;
    n[struckTags] = int(n, struckTags) | (tagsAt[node] ?? 0);
    // Nothing is rebuilt elsewhere while a node is only maintained.
    if (storage?.onNodes) expose(node, !planned);
  };

  const nodeRises = (node: number) => {
    nodeDown[node] = int(nodeDown, node) - 1;
    if (int(nodeDown, node) > 0) return;
    n[down] = int(n, down) - 1;
    n[votesDown] = int(n, votesDown) - (model.voter[node] ?? 0);
    if (storage?.onNodes) memberBack(node);
  };

  /** Brings a rack's nodes in line with its faults, feeds and switches. */
  const settleRack = (rack: number) => {
    let dark = int(rackFault, rack) > 0;
    const firstFeed = int(model.feedStart, rack);
    const lastFeed = int(model.feedStart, rack + 1);
    if (!dark && lastFeed > firstFeed) {
      dark = true;
      for (let i = firstFeed; i < lastFeed; i++) if (int(feedDown, int(model.feedOf, i)) === 0) dark = false;
    }
    if (!dark && model.switchesPerRack > 0) {
      dark = true;
      const first = rack * model.switchesPerRack;
      for (let i = first; i < first + model.switchesPerRack; i++) if (int(switchDown, i) === 0) dark = false;
    }
    if (dark === (rackDark[rack] === 1)) return;
    rackDark[rack] = dark ? 1 : 0;
    const end = int(model.rackStart, rack + 1);
    for (let node = int(model.rackStart, rack); node < end; node++) dark ? nodeFalls(node) : nodeRises(node);
    if (!storage || storage.onNodes) return;
    for (let member = rack; member < members; member += model.racks) dark ? expose(member, true) : memberBack(member);
  };

  /** After any change: what keeps VMs down now, and whose doing it is. */
  const settleLevel = () => {
    const lost = int(n, votesDown) > model.votesSpare;
    if (lost !== (int(n, quorumOut) === 1)) {
      n[quorumOut] = lost ? 1 : 0;
      if (lost) {
        n[quorumCause] = int(n, lastCause);
        n[quorumOther] = int(n, otherCause);
        if (num(f, now) >= 0) year[at.quorumLosses] = num(year, at.quorumLosses) + 1;
      } else if (model.stopsWithoutQuorum) {
        // All VMs were stopped and start again.
        if (num(f, now) >= 0) year[at.restarts] = num(year, at.restarts) + 1;
        silent(1, drawRecovery(model.restart), (1 << followed) - 1);
      }
    }
    if (int(n, dataOut) === 1) {
      n[dataOut] = 2;
      n[dataCause] = int(n, lastCause);
      n[dataOther] = int(n, otherCause);
      if (num(f, now) >= 0) year[at.dataLosses] = num(year, at.dataLosses) + 1;
    }
    let value = Math.max(0, (int(n, down) - model.standby) / (model.nodes - model.standby));
    let kind = 0;
    if (int(n, wholeDown) > 0) {
      value = 1;
      kind = 3;
    } else if (lost && model.stopsWithoutQuorum) {
      value = 1;
      kind = 1;
    } else if (int(n, dataOut) > 0) {
      value = 1;
      kind = 2;
    } else if (lost) {
      // Frozen: what runs runs on, what fell is not started elsewhere.
      value = Math.max(value, int(n, down) / model.nodes);
      kind = 1;
    }
    if (value > num(f, level) || (value > 0 && kind !== int(n, levelKind))) {
      n[levelCause] = int(n, lastCause);
      n[levelOther] = int(n, otherCause);
    }
    f[level] = value;
    n[levelKind] = kind;
  };

  /** Time passes: what is down stays down. */
  const pass = (until: number) => {
    const from = Math.max(num(f, now), 0);
    const dt = until - from;
    if (dt > 0) {
      const value = num(f, level);
      if (value > 0) {
        const place = layout.waits + (int(n, levelKind) * causes + int(n, levelCause)) * causes + int(n, levelOther);
        year[place] = num(year, place) + value * dt;
        year[at.service] = num(year, at.service) + value * dt;
        for (let i = 0; i < followed; i++) tagDowntime[i] = num(tagDowntime, i) + value * dt;
        cover(from, until);
      }
      if (int(n, quorumOut) === 1) {
        const place = layout.quorum + int(n, quorumCause) * causes + int(n, quorumOther);
        year[place] = num(year, place) + dt;
        year[at.quorum] = num(year, at.quorum) + dt;
      }
      if (int(n, dataOut) > 0) {
        const place = layout.data + int(n, dataCause) * causes + int(n, dataOther);
        year[place] = num(year, place) + dt;
        year[at.data] = num(year, at.data) + dt;
      }
    }
    f[now] = until;
  };

  const blame = (cause: number) => {
    n[otherCause] = int(n, outstanding) > 0 ? int(n, lastCause) : nothing;
    n[lastCause] = cause;
  };

  const repairLater = (one: ModelClass, code: number) => {
    if (one.repair === undefined) return;
    n[outstanding] = int(n, outstanding) + 1;
    later(num(f, now) + drawSpread(one.repair, next), code);
  };

  const fault = (c: number) => {
    const one = classes[c];
    if (one === undefined) return;
    const kind = int(kinds, c);
    const unit = Math.floor(next() * int(units, c));
    const code = kind * (1 << unitBits) + unit;
    const upBefore = model.nodes - int(n, down);
    const levelBefore = num(f, level);
    n[struckNodes] = 0;
    n[struckTags] = 0;
    if (kind === 5) {
      // The followed VMs are `followed` of all of them.
      const which = Math.floor(next() * Math.max(followed, model.vms));
      const bits = which < followed ? 1 << which : 0;
      hit(c, (1 - levelBefore) / model.vms, false, one.recovery, bits);
      return;
    }
    if (kind === 0) {
      if (int(nodeDown, unit) > 0) return;
      blame(c);
      nodeFalls(unit);
    } else if (kind === 1) {
      if (int(rackFault, unit) > 0) return;
      blame(c);
      rackFault[unit] = 1;
      settleRack(unit);
    } else if (kind === 2) {
      if (int(feedDown, unit) > 0) return;
      blame(c);
      feedDown[unit] = 1;
      for (let rack = 0; rack < model.racks; rack++) settleRack(rack);
    } else if (kind === 3) {
      if (int(switchDown, unit) > 0) return;
      blame(c);
      switchDown[unit] = 1;
      settleRack(Math.floor(unit / model.switchesPerRack));
    } else if (kind === 4) {
      if (int(memberDown, unit) > 0) return;
      blame(c);
      expose(unit, true);
    } else {
      if (int(n, wholeDown) > 0) return;
      blame(c);
      n[wholeDown] = 1;
    }
    repairLater(one, code);
    settleLevel();
    const struck = int(n, struckNodes);
    // VMs of a cluster that is down as a whole are counted there.
    if (struck > 0 && levelBefore < 1 && num(f, level) < 1) {
      const fraction = ((1 - levelBefore) * struck) / upBefore;
      const power = kind === 1 || kind === 2;
      const unfenced = power && model.bmcSharesPower ? true : !fenced();
      hit(c, fraction, unfenced, one.recovery, int(n, struckTags));
      if (int(n, struckTags) !== 0) replace(int(n, struckTags));
    }
  };

  const hit = (c: number, fraction: number, unfenced: boolean, recovery: number, tagBits: number) => {
    if (num(f, now) >= 0) {
      const place = (unfenced ? layout.unfenced : layout.hits) + c;
      year[place] = num(year, place) + fraction;
    }
    silent(fraction, (unfenced ? drawSpread(model.operator, next) : 0) + drawRecovery(recovery), tagBits);
  };

  const someNodeUp = (): number => {
    for (let tries = 0; tries < 1000; tries++) {
      const node = Math.floor(next() * model.nodes);
      if (int(nodeDown, node) === 0) return node;
    }
    return Math.floor(next() * model.nodes);
  };

  const ends = (code: number) => {
    const kind = code >>> unitBits;
    const unit = code & unitMask;
    if (kind === rebuildEnds) {
      // Of an earlier fault of this member, when it has been repaired since.
      if (num(exposedUntil, unit) !== num(f, now)) return;
      unexpose(unit);
    } else {
      n[outstanding] = int(n, outstanding) - 1;
      if (kind === 0 || kind === maintenanceEnds) nodeRises(unit);
      else if (kind === 1) {
        rackFault[unit] = 0;
        settleRack(unit);
      } else if (kind === 2) {
        feedDown[unit] = 0;
        for (let rack = 0; rack < model.racks; rack++) settleRack(rack);
      } else if (kind === 3) {
        switchDown[unit] = 0;
        settleRack(Math.floor(unit / model.switchesPerRack));
      } else if (kind === 4) memberBack(unit);
      else n[wholeDown] = 0;
      if (int(n, outstanding) === 0) {
        n[lastCause] = nothing;
        n[otherCause] = nothing;
      }
    }
    settleLevel();
  };

  /** The next node in turn is emptied and taken down, unless the cluster could not do without it now. */
  const maintain = () => {
    if (!maintenance) return;
    f[nextMaintenance] = num(f, nextMaintenance) + maintenanceGap;
    const node = int(n, maintenanceNode);
    n[maintenanceNode] = (node + 1) % model.nodes;
    if (int(nodeDown, node) > 0 || int(n, down) >= model.standby) return;
    if (int(n, votesDown) >= model.votesSpare && model.voter[node] === 1) return;
    if (storage?.onNodes && int(n, domainsDown) > 0 && int(n, domainsDown) + 1 >= storage.threshold) return;
    const fraction = 1 / (model.nodes - int(n, down));
    n[struckTags] = 0;
    blame(layout.maintenance);
    nodeFalls(node, true);
    n[outstanding] = int(n, outstanding) + 1;
    later(num(f, now) + drawSpread(maintenance.lasts, next), maintenanceEnds * (1 << unitBits) + node);
    if (num(f, now) >= 0) year[at.moved] = num(year, at.moved) + fraction;
    // The VMs move one after another: each is silent for its own blackout.
    silent(fraction, drawRecovery(maintenance.recovery), int(n, struckTags));
    if (int(n, struckTags) !== 0) replace(int(n, struckTags));
    settleLevel();
  };

  let events = 0;
  for (let y = 0; y < block.years; y++) {
    clear();
    drawFault(false);
    for (;;) {
      const ending = pending.earliest();
      const until = Math.min(num(f, nextFault), num(f, nextMaintenance), ending);
      if (until >= yearSeconds) break;
      pass(until);
      events++;
      if (until === ending) ends(pending.pop());
      else if (until === num(f, nextMaintenance)) {
        maintain();
        // The coming fault stays as it was drawn, unless it is to be forced: it has no memory.
        if (block.forced && num(forcing, Math.min(int(n, outstanding), deepest)) > 0) drawFault(true);
      } else {
        fault(int(n, nextClass));
        drawFault(block.forced);
      }
    }
    pass(yearSeconds);
    endYear(model, layout, total, year, tagDowntime, num(f, weight));
  }
  total[at.events] = events;
  for (const [c, factor] of factors.entries()) total[layout.factors + c] = factor;
  return total;
}

/** Adds one year, by its weight. */
function endYear(
  model: Model,
  layout: Layout,
  total: Float64Array,
  year: Float64Array,
  tagDowntime: Float64Array,
  w: number,
): void {
  const service = num(year, at.service);
  const any = num(year, at.any);
  total[at.years] = num(total, at.years) + 1;
  total[at.weight] = num(total, at.weight) + w;
  total[at.weightSquared] = num(total, at.weightSquared) + w * w;
  for (let i = at.service; i < layout.histograms; i++) {
    const value = num(year, i);
    if (value !== 0) total[i] = num(total, i) + w * value;
  }
  if (service > model.budget) total[at.missService] = num(total, at.missService) + w;
  if (any > model.budget) total[at.missAny] = num(total, at.missAny) + w;
  const add = (measure: number, seconds: number, count: number) => {
    const place = layout.histograms + measure * bins + binOf(seconds);
    total[place] = num(total, place) + count;
  };
  add(0, service, w);
  add(2, any, w);
  for (let i = 0; i < followed; i++) {
    const seconds = num(tagDowntime, i);
    total[at.tagged] = num(total, at.tagged) + (w * seconds) / followed;
    if (seconds > model.budget) total[at.missTagged] = num(total, at.missTagged) + w / followed;
    add(1, seconds, w / followed);
  }
}

/** A possible rate ÷ the stated one: Gamma(faults + 1) over the time they were counted in, whose upper quantiles are the MTBF bounds of `mtbfLowerBound`. */
export function rateFactor({rate}: Pick<ModelClass, 'rate'>, next: () => number): number {
  if (rate.observed === undefined) return 1;
  return gamma(rate.observed.faults + 1, next) / rate.observed.unitYears / rate.perYear;
}

/** Chance to force a fault into a window, by how much is under repair: 0 where about `forcedPerYear` come by themselves. */
function forcingOf(model: Model, rates: readonly number[]): Float64Array {
  const {maintenance} = model;
  let arrivals = 0;
  let busy = 0;
  for (const [c, one] of model.classes.entries()) {
    if (one.repair === undefined) continue;
    arrivals += rates[c] ?? 0;
    busy += (rates[c] ?? 0) * meanOf(one.repair);
  }
  if (maintenance) {
    arrivals += model.nodes / maintenance.everySeconds;
    busy += (model.nodes * meanOf(maintenance.lasts)) / maintenance.everySeconds;
  }
  const forcing = new Float64Array(deepest + 1);
  // How many are under repair is about Poisson; windows that open at depth d begin where d − 1 were.
  let chance = Math.exp(-busy);
  for (let depth = 1; depth <= deepest; depth++) {
    const windows = arrivals * yearSeconds * chance + (depth === 1 ? 0 : forcedPerYear);
    chance *= busy / depth;
    const wanted = forcedPerYear - arrivals * yearSeconds * chance;
    forcing[depth] = Math.max(0, Math.min(mostForced, wanted / Math.max(windows, 1e-9)));
  }
  return forcing;
}

interface Compiled {
  times: Float64Array;
  cumulative: Float64Array;
  waited: number;
}

function compiled(spell: Spell): Compiled {
  const cumulative = new Float64Array(spell.mass.length);
  let sum = 0;
  for (const [i, mass] of spell.mass.entries()) {
    sum += mass;
    // Without a share that never comes back, no rounding may leave one.
    cumulative[i] = spell.never === 0 && i === spell.mass.length - 1 ? 1 : sum;
  }
  return {times: Float64Array.from(spell.times), cumulative, waited: spell.waited};
}

function drawClass(cumulative: Float64Array, u: number): number {
  const last = cumulative.length - 1;
  for (let c = 0; c < last; c++) if (u < num(cumulative, c)) return c;
  return last;
}

function num(array: Float64Array, index: number): number {
  return array[index] ?? Number.NaN;
}

function int(array: Int32Array, index: number): number {
  return array[index] ?? 0;
}
