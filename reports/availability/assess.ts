/**
 * From tallies to an assessment: what the promise comes to, how sure that is, what it rests on, and what would prove it. Long-run downtime is linear in how long VMs
 * are silent, so the simulated hits and waits are counted once and priced by every distribution of recoveries that the measured ones leave possible.
 */
import type {Estimate, RunHeader, Unit, Verdict} from '../../harness/types.ts';
import type {Model} from './model.ts';
import {type Needed, neededFor, type Proof} from './needed.ts';
import {meanOf, yearSeconds} from './quantities.ts';
import {asMeasured, drawSpell, meanSilence, type Spell} from './recovery.ts';
import {type Block, rateFactor} from './simulate.ts';
import {stream} from './stream.ts';
import {at, bins, binTop, layoutOf, levels, measures, type Scalar} from './accumulator.ts';
import type {Assumption, Topology} from './topology.ts';

/** One run whose recoveries were used. */
export interface Source {
  run: string;
  cluster: string;
  startedAt: string;
  hardware: RunHeader['hardware'];
}

export interface Contribution {
  cause: string;
  way: string;
  /** Per VM and year. */
  seconds: number;
  share: number;
}

export interface Sensitivity {
  subject: string;
  /** Downtime per VM and year with this one halved and doubled; seconds. */
  halved: number;
  doubled: number;
}

/** Share of years that keep the promise. `asMeasured` takes the measured recoveries as the whole truth; `possible` everything they leave possible. */
export interface Chance {
  of: string;
  asMeasured: Estimate;
  possible: Estimate;
}

export interface RecoveryFact {
  name: string;
  source: string;
  /** False for stated times. */
  measured: boolean;
  trials: number;
  waits: number;
  never: number;
  shortest: number;
  longest: number;
  /** Mean silence when the measured ones are all there is; the operator included. */
  mean: number;
}

export interface Assessment {
  schema: 'seatrial-availability/1';
  cluster: string;
  promise: number;
  confidence: number;
  /** Seconds a year that the promise leaves. */
  budget: number;
  verdict: Verdict;
  exitCode: 0 | 1 | 2;
  sources: readonly Source[];
  emulated: boolean;
  shared: boolean;
  availability: Estimate;
  /** Seconds a year, mean over VMs. */
  downtime: Estimate;
  states: readonly {name: string; downtime: Estimate; perYear?: number; unit: Unit}[];
  chances: readonly Chance[];
  contributions: readonly Contribution[];
  sensitivities: readonly Sensitivity[];
  needed: Needed;
  recoveries: readonly RecoveryFact[];
  assumptions: readonly Assumption[];
  notes: readonly string[];
  /** Why the verdict may not be `met`. */
  blockers: readonly string[];
  /** Years by a VM-weighted downtime of at most `upTo` seconds, as shares; cumulative. */
  distribution: readonly {
    upTo: number;
    asMeasured: number;
    possible: number;
    vmAsMeasured: number;
    vmPossible: number;
  }[];
  size: {nodes: number; vms: number; racks: number};
  simulation: {years: number; seed: number; blocks: number; faultEvents: number; effectiveYears: number};
}

export interface Evidence {
  topology: Topology;
  model: Model;
  promise: number;
  confidence: number;
  seed: number;
  blocks: readonly Block[];
  /** In the order of the blocks. */
  tallies: readonly Float64Array[];
  sources: readonly Source[];
  blockers: readonly string[];
}

const draws = 1000;
/** Enough to say how many more trials are wanted. */
const roughDraws = 300;

export function assess(evidence: Evidence): Assessment {
  const {topology, model, promise, confidence, blocks, tallies, blockers} = evidence;
  const layout = layoutOf(model);
  const next = stream(evidence.seed, 1_000_003);
  const counted = countedOf(model, tallies);
  const operator = meanOf(model.operator);
  const measured = model.recoveries.map(asMeasured);
  const stated = pricesOf(model, measured, operator);
  const parts = partsOf(model, counted.sums(ones(tallies.length)), stated);
  const value = total(parts);

  const resampled = Array.from({length: draws}, () => counted.sums(exponentials(tallies.length, next)));
  const possiblePrices = (more: number, count: number) => {
    const own = stream(evidence.seed, 1_000_033);
    return Array.from({length: count}, () =>
      pricesOf(
        model,
        model.recoveries.map(one => drawSpell(one, own, more)),
        operator,
        model.classes.map(one => rateFactor(one, own)),
      ),
    );
  };
  const prices = possiblePrices(0, draws);
  const possible = resampled.map((sums, i) => total(partsOf(model, sums, prices[i] ?? stated)));
  const method = `Bayesian bootstrap over measured trials and simulated blocks, ${draws} draws`;
  const interval = (mid: number, values: readonly number[], how = method): Estimate => {
    const tail = (1 - confidence) / 2;
    return {
      value: mid,
      low: Math.min(mid, quantile(values, tail)),
      high: Math.max(mid, quantile(values, 1 - tail)),
      n: evidenceTrials(model),
      confidence,
      method: how,
    };
  };
  const downtime = interval(value, possible);
  const availability: Estimate = {
    ...downtime,
    value: 1 - downtime.value / yearSeconds,
    low: 1 - Math.min(1, downtime.high / yearSeconds),
    high: 1 - downtime.low / yearSeconds,
  };

  const proof = (more: number): number => {
    if (more === 0) return downtime.high;
    const drawn = possiblePrices(more, roughDraws).map((each, i) =>
      total(partsOf(model, resampled[i] ?? new Float64Array(), each)),
    );
    return quantile(drawn, 1 - (1 - confidence) / 2);
  };
  const needed = neededFor({
    budget: model.budget,
    // What a recovery time does not change, and how often a VM of a year must recover.
    ...recoverable(model, counted.sums(ones(tallies.length)), stated),
    operator,
    kinds: failoversOf(model),
    confidence,
    upperDowntime: proof,
  } satisfies Proof);

  const verdict = verdictOf(availability, promise, needed, blockers);
  const all = parts.toSorted((a, b) => b.seconds - a.seconds);
  const years = scalar(tallies, 'years');
  const weight = scalar(tallies, 'weight');
  return {
    schema: 'seatrial-availability/1',
    cluster: topology.cluster,
    promise,
    confidence,
    budget: model.budget,
    verdict,
    exitCode: verdict.kind === 'met' ? 0 : verdict.kind === 'missed' ? 1 : 2,
    sources: evidence.sources,
    emulated: evidence.sources.some(({hardware}) => hardware.emulated),
    shared: evidence.sources.some(({hardware}) => hardware.shared),
    availability,
    downtime,
    states: statesOf(),
    chances: [
      chanceOf('missService', `${topology.cluster}, mean over its VMs`),
      chanceOf('missTagged', 'one VM'),
      chanceOf('missAny', 'every VM at once (no VM down for longer in sum)'),
    ],
    contributions: all
      .filter(({seconds}) => seconds > 0)
      .map(part => ({...part, share: value > 0 ? part.seconds / value : 0})),
    sensitivities: sensitivitiesOf(topology, model, counted.sums(ones(tallies.length)), measured, operator),
    needed,
    recoveries: model.recoveries.map((one, i) => factOf(one, measured[i], operator)),
    assumptions: topology.assumptions,
    notes: notesOf(topology),
    blockers,
    distribution: distributionOf(),
    size: {nodes: model.nodes, vms: model.vms, racks: model.racks},
    simulation: {
      years,
      seed: evidence.seed,
      blocks: blocks.length,
      faultEvents: scalar(tallies, 'events'),
      effectiveYears: (weight * weight) / scalar(tallies, 'weightSquared'),
    },
  };

  function statesOf(): Assessment['states'] {
    const perPair = (place: number) => {
      const seconds = (sums: Float64Array, factors: readonly number[]) => {
        let sum = 0;
        for (let c = 0; c < layout.causes; c++) {
          for (let d = 0; d < layout.causes; d++) {
            sum += (sums[place + c * layout.causes + d] ?? Number.NaN) * (factors[c] ?? 1) * (factors[d] ?? 1);
          }
        }
        return sum;
      };
      return interval(
        seconds(counted.sums(ones(tallies.length)), []),
        resampled.map((sums, i) => seconds(sums, prices[i]?.factors ?? [])),
      );
    };
    const ofKind = (kind: Block['kind']) => tallies.filter((_, i) => blocks[i]?.kind === kind);
    const anyOf = (some: readonly Float64Array[]) => scalar(some, 'any') / scalar(some, 'weight');
    const any = interval(
      anyOf(ofKind('as-measured')),
      ofKind('possible').map(tally => anyOf([tally])),
      'simulated blocks, each with one draw of what the measured recoveries leave possible (wider than needed: it holds the chance of single years)',
    );
    return [
      {name: 'at least one VM down', downtime: any, unit: 's'},
      {
        name: 'quorum lost',
        downtime: perPair(layout.quorum),
        perYear: scalar(tallies, 'quorumLosses') / weight,
        unit: 's',
      },
      ...(model.storage
        ? [
            {
              name: 'data unavailable',
              downtime: perPair(layout.data),
              perYear: scalar(tallies, 'dataLosses') / weight,
              unit: 's' as const,
            },
          ]
        : []),
    ];
  }

  function chanceOf(miss: Scalar, of: string): Chance {
    const kept = (some: readonly Float64Array[]) =>
      Math.min(1, Math.max(0, 1 - scalar(some, miss) / scalar(some, 'weight')));
    const plain = tallies.filter((_, i) => blocks[i]?.kind === 'as-measured');
    const drawn = tallies.filter((_, i) => blocks[i]?.kind === 'possible');
    const boot = Array.from({length: 400}, () =>
      kept(plain.map(() => plain[Math.floor(next() * plain.length)] ?? plain[0] ?? new Float64Array())),
    );
    const n = Math.round(years / 2);
    // No year of n broke it: that shows no more than 3/n.
    const unseen = scalar(plain, miss) === 0 ? 3 / n : 0;
    const estimate = interval(kept(plain), boot, 'simulated years, bootstrap over blocks');
    return {
      of,
      asMeasured: {...estimate, low: Math.min(estimate.low, 1 - unseen), n},
      possible: {
        ...interval(
          kept(drawn),
          drawn.map(tally => kept([tally])),
          'simulated blocks, one draw of recoveries and rates each',
        ),
        n,
      },
    };
  }

  function distributionOf(): Assessment['distribution'] {
    const curve = (measure: (typeof measures)[number], kind: Block['kind']) => {
      const some = tallies.filter((_, i) => blocks[i]?.kind === kind);
      const sum = scalar(some, 'weight');
      let below = 0;
      return Array.from({length: bins}, (_, bin) => {
        const place = layout.histograms + measures.indexOf(measure) * bins + bin;
        below += some.reduce((all, tally) => all + (tally[place] ?? Number.NaN), 0);
        return Math.min(1, below / sum);
      });
    };
    const asMeasuredYears = curve('service', 'as-measured');
    const possibleYears = curve('service', 'possible');
    const vmAsMeasured = curve('tagged', 'as-measured');
    const vmPossible = curve('tagged', 'possible');
    return asMeasuredYears.map((share, bin) => ({
      upTo: binTop(bin),
      asMeasured: share,
      possible: possibleYears[bin] ?? Number.NaN,
      vmAsMeasured: vmAsMeasured[bin] ?? Number.NaN,
      vmPossible: vmPossible[bin] ?? Number.NaN,
    }));
  }
}

/** Met and missed only when the whole interval says so; holes in the evidence forbid `met`. */
function verdictOf(availability: Estimate, promise: number, needed: Needed, blockers: readonly string[]): Verdict {
  if (availability.high < promise) return {kind: 'missed', estimate: availability};
  const further = needed.moreForVerdict === undefined ? {} : {trialsNeeded: needed.moreForVerdict};
  if (availability.low < promise) {
    return {
      kind: 'undecided',
      estimate: availability,
      reason: 'the interval holds availabilities on both sides of the promise',
      ...further,
    };
  }
  const [first] = blockers;
  return first === undefined
    ? {kind: 'met', estimate: availability}
    : {kind: 'undecided', estimate: availability, reason: `the evidence has holes: ${blockers.join('; ')}`};
}

// ───────────────────────────── pricing ─────────────────────────────

/** What a hit costs: factors on rates and repair times of the classes, mean silences, the operator's mean response. */
interface Prices {
  factors: readonly number[];
  repairs: readonly number[];
  spells: readonly Spell[];
  operator: number;
  /** Factor on the chance that a BMC does not answer. */
  bmc: number;
}

function pricesOf(model: Model, spells: readonly Spell[], operator: number, factors?: readonly number[]): Prices {
  return {
    factors: factors ?? model.classes.map(() => 1),
    repairs: [],
    spells,
    operator,
    bmc: 1,
  };
}

type Part = Omit<Contribution, 'share'>;

const wayOf = {
  capacity: 'waiting for room: more nodes down than standby',
  quorum: 'quorum lost',
  data: 'data unavailable',
  whole: 'the whole cluster down',
} as const;

/** Downtime per VM and year, part by part; `sums` are per year. */
function partsOf(model: Model, sums: Float64Array, prices: Prices): Part[] {
  const layout = layoutOf(model);
  const parts: Part[] = [];
  const nameOf = (cause: number) => model.classes[cause]?.name ?? (cause === layout.maintenance ? 'maintenance' : '');
  const add = (cause: string, way: string, seconds: number) => {
    if (seconds > 0) parts.push({cause, way, seconds});
  };
  const recovering = (cause: string, hits: number, recovery: number, way: string) => {
    const spell = prices.spells[recovery];
    if (spell === undefined) return;
    const back = spell.mass.reduce((sum, mass, i) => sum + mass * (spell.times[i] ?? Number.NaN), 0);
    add(cause, way, hits * back);
    add(cause, 'never came back: the operator', hits * spell.never * (spell.waited + prices.operator));
  };
  for (const [c, one] of model.classes.entries()) {
    const factor = prices.factors[c] ?? 1;
    recovering(one.name, factor * (sums[layout.hits + c] ?? Number.NaN), one.recovery, 'recovery');
    const dark = model.bmcSharesPower && (one.kind === 1 || one.kind === 2);
    const unfenced = factor * (dark ? 1 : prices.bmc) * (sums[layout.unfenced + c] ?? Number.NaN);
    const spell = prices.spells[one.recovery];
    add(
      one.name,
      'fence not confirmed: the operator',
      unfenced * (prices.operator + (spell ? meanSilence(spell, prices.operator) : 0)),
    );
    for (const [l, level] of levels.entries()) {
      let seconds = 0;
      for (let d = 0; d < layout.causes; d++) {
        seconds +=
          (sums[layout.waits + (l * layout.causes + c) * layout.causes + d] ?? Number.NaN) *
          (prices.repairs[c] ?? 1) *
          (prices.factors[d] ?? 1) *
          (prices.repairs[d] ?? 1);
      }
      add(one.name, wayOf[level], factor * seconds);
    }
  }
  for (const [l, level] of levels.entries()) {
    for (const c of [layout.maintenance, layout.nothing]) {
      let seconds = 0;
      for (let d = 0; d < layout.causes; d++) {
        seconds +=
          (sums[layout.waits + (l * layout.causes + c) * layout.causes + d] ?? Number.NaN) *
          (prices.factors[d] ?? 1) *
          (prices.repairs[d] ?? 1) *
          (prices.repairs[c] ?? 1);
      }
      add(nameOf(c), wayOf[level], seconds);
    }
  }
  if (model.maintenance) {
    recovering('maintenance', sums[at.moved] ?? 0, model.maintenance.recovery, 'live migration');
  }
  recovering('quorum came back', sums[at.restarts] ?? 0, model.restart, 'all VMs start again');
  return parts;
}

function total(parts: readonly Part[]): number {
  return parts.reduce((sum, {seconds}) => sum + seconds, 0);
}

/** Hits that a failover ends, a year and VM, and the downtime that its length does not change. */
function recoverable(model: Model, sums: Float64Array, prices: Prices): {hits: number; rest: number} {
  const layout = layoutOf(model);
  let hits = sums[at.restarts] ?? 0;
  for (let c = 0; c < model.classes.length; c++) {
    if ((model.classes[c]?.recovery ?? -1) < 0) continue;
    hits += (sums[layout.hits + c] ?? Number.NaN) + (sums[layout.unfenced + c] ?? Number.NaN);
  }
  const free = prices.spells.map((spell, i) =>
    i === model.maintenance?.recovery ? spell : {times: [0], mass: [1], never: 0, waited: 0},
  );
  return {hits, rest: total(partsOf(model, sums, {...prices, spells: free}))};
}

/** Every assumption halved and doubled, the others left: first order in joint failures, exact in everything else. */
function sensitivitiesOf(
  topology: Topology,
  model: Model,
  sums: Float64Array,
  measured: readonly Spell[],
  operator: number,
): Sensitivity[] {
  const base = pricesOf(model, measured, operator);
  const layout = layoutOf(model);
  const one = (subject: string, change: (factor: number) => Prices): Sensitivity => ({
    subject,
    halved: total(partsOf(model, sums, change(0.5))),
    doubled: total(partsOf(model, sums, change(2))),
  });
  const single = (index: number, factor: number) =>
    Array.from({length: layout.causes}, (_, i) => (i === index ? factor : 1));
  const list = [
    ...model.classes.map((each, c) => one(`${each.name}: rate`, factor => ({...base, factors: single(c, factor)}))),
    ...model.classes.flatMap((each, c) =>
      each.repair ? [one(`${each.name}: repair`, factor => ({...base, repairs: single(c, factor)}))] : [],
    ),
    ...model.recoveries.map((each, r) =>
      one(`recovery ${each.name} (measured or stated)`, factor => ({
        ...base,
        spells: measured.map((spell, i) =>
          i === r ? {...spell, times: spell.times.map(time => time * factor), waited: spell.waited * factor} : spell,
        ),
      })),
    ),
    one("the operator's response", factor => ({...base, operator: operator * factor})),
    ...(topology.fencing.bmcUnavailable > 0
      ? [one('a BMC that does not answer', factor => ({...base, bmc: factor}))]
      : []),
  ];
  return list.toSorted((a, b) => b.doubled - b.halved - (a.doubled - a.halved));
}

// ───────────────────────────── sums ─────────────────────────────

/** Tallies per year, each block freed of the rates it had drawn; `sums(v)` weights block b by v[b]. */
function countedOf(model: Model, tallies: readonly Float64Array[]): {sums(weights: readonly number[]): Float64Array} {
  const layout = layoutOf(model);
  const freed = tallies.map(tally => {
    const copy = tally.slice(0, layout.histograms);
    const factor = (cause: number) => (cause < model.classes.length ? (tally[layout.factors + cause] ?? 1) : 1);
    for (let c = 0; c < model.classes.length; c++) {
      copy[layout.hits + c] = (copy[layout.hits + c] ?? Number.NaN) / factor(c);
      copy[layout.unfenced + c] = (copy[layout.unfenced + c] ?? Number.NaN) / factor(c);
    }
    for (let place = layout.waits; place < layout.histograms; place++) {
      const pair = (place - layout.waits) % (layout.causes * layout.causes);
      const joint = factor(Math.floor(pair / layout.causes)) * factor(pair % layout.causes);
      copy[place] = (copy[place] ?? Number.NaN) / joint;
    }
    return copy;
  });
  // Most pairs of causes never meet: only what occurred is summed.
  const used = Array.from({length: layout.histograms}, (_, place) => place).filter(place =>
    freed.some(block => block[place] !== 0),
  );
  return {
    sums(weights) {
      const sum = new Float64Array(layout.histograms);
      for (const [b, block] of freed.entries()) {
        const w = weights[b] ?? 0;
        for (const place of used) sum[place] = (sum[place] ?? Number.NaN) + w * (block[place] ?? Number.NaN);
      }
      const years = sum[at.weight] ?? Number.NaN;
      for (const place of used) sum[place] = (sum[place] ?? Number.NaN) / years;
      return sum;
    },
  };
}

function scalar(tallies: readonly Float64Array[], name: Scalar): number {
  return tallies.reduce((sum, tally) => sum + (tally[at[name]] ?? Number.NaN), 0);
}

function ones(count: number): number[] {
  return Array.from({length: count}, () => 1);
}

function exponentials(count: number, next: () => number): number[] {
  return Array.from({length: count}, () => -Math.log(1 - next()));
}

/** Linear between order statistics. */
function quantile(values: readonly number[], p: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = p * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

// ───────────────────────────── words ─────────────────────────────

/** Recoveries from faults: those that were measured, or the stated ones where none was. */
function failoversOf(model: Model): Proof['kinds'] {
  const used = new Set(model.classes.map(one => one.recovery));
  const all = model.recoveries.filter((_, i) => used.has(i));
  const measured = all.filter(one => one.measured);
  return measured.length > 0 ? measured : all;
}

function evidenceTrials(model: Model): number {
  return new Set(failoversOf(model).flatMap(({waits}) => waits.map(({trial}) => trial))).size;
}

function factOf(recovery: Model['recoveries'][number], spell: Spell | undefined, operator: number): RecoveryFact {
  const times = recovery.waits.map(({time}) => time);
  return {
    name: recovery.name,
    source: recovery.source,
    measured: recovery.measured,
    trials: new Set(recovery.waits.map(({trial}) => trial)).size,
    waits: recovery.waits.length,
    never: recovery.waits.filter(({ended}) => !ended).length,
    shortest: Math.min(...times),
    longest: Math.max(...times),
    mean: spell ? meanSilence(spell, operator) : Number.NaN,
  };
}

/** What the model leaves out or takes for granted. */
function notesOf(topology: Topology): string[] {
  return [
    'Faults of different units come independently of each other at constant rates; what they share is stated as racks, feeds and switches.',
    'VMs are spread evenly over the nodes that are up; a VM is down from the fault until its service answers again.',
    'The value takes the measured recoveries as all there is; the interval holds everything that so few trials leave possible.',
    'What was not seen in the measured trials is allowed for as one more trial that never came back: the operator ends it.',
    ...(topology.storage
      ? topology.storage.placementGroups === undefined
        ? [
            `Any ${topology.storage.replicas - topology.storage.minimum + 1} failure domains lost at once are taken to hold too many replicas of some data, and then all VMs stand still.`,
          ]
        : ['When a placement group has lost too many replicas, all VMs stand still: their disks lie on all groups.']
      : ['Storage is not part of this topology: data are taken to be always available.']),
    ...(topology.maintenance
      ? ['Maintenance is spread evenly over the year and left out while the cluster could not do without the node.']
      : ['Maintenance is not part of this topology.']),
    ...(topology.quorum.witness ? ['The witness of the quorum is taken to be always there.'] : []),
    ...(topology.quorum.onLoss === 'freeze'
      ? ['Without quorum, what runs runs on; what fell is not started elsewhere.']
      : ['Without quorum all VMs stop, and start again when it is back.']),
    ...(topology.fencing.power === 'shared'
      ? ["A node's BMC dies with the power of its rack: that fence cannot be confirmed and waits for the operator."]
      : []),
  ];
}
