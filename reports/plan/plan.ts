/**
 * When the resources of a cluster run out, and how many nodes it takes: from what is used today, what a node has, and
 * how it grows. Ranges in, ranges out. Pure; dates count from the plan's own.
 */
import type {Unit} from '../../harness/types.ts';
import {ascending} from '../stats/numbers.ts';
import {random} from '../stats/random.ts';

export interface Range {
  low: number;
  high: number;
}

export const resourceNames = ['vcpus', 'memory', 'storage', 'iops', 'network'] as const;
export type ResourceName = (typeof resourceNames)[number];

export const resourceFacts: Readonly<Record<ResourceName, {title: string; unit: Unit}>> = {
  vcpus: {title: 'virtual CPUs', unit: 'count'},
  memory: {title: 'memory', unit: 'B'},
  storage: {title: 'storage', unit: 'B'},
  iops: {title: 'storage operations', unit: 'op/s'},
  network: {title: 'network', unit: 'bit/s'},
};

/** What one surviving node carries, by how many are lost; the last one holds for more. Where each comes from. */
export interface NodeCapacity {
  survivor: readonly Range[];
  source: string;
  measured: boolean;
}

export interface PlannedResource {
  name: ResourceName;
  /** Today, all together. */
  used: number;
  capacity: NodeCapacity;
  perVm: Range;
  /** A month, apart from what new VMs need. */
  growth: Range;
}

/** One thing that costs money. `once`: when one more is bought. Money is a plain number of the currency. */
export interface Price {
  name: string;
  per: 'node' | 'TB' | 'VM' | 'cluster';
  once?: Range;
  monthly?: Range;
}

export interface PriceList {
  currency: string;
  source: string;
  items: readonly Price[];
}

export interface PlanInput {
  cluster: string;
  /** `YYYY-MM-DD`: what is used "today". */
  from: string;
  months: number;
  nodes: number;
  vms: number;
  /** Node failures that must be survived. */
  survive: number;
  /** Share of what is left that may be used, 0…1. */
  ceiling: number;
  vmsPerMonth: Range;
  resources: readonly PlannedResource[];
  /** VMs that are to be carried, in place of a date. */
  targetVms?: number;
  source: string;
}

/** Months from the plan's date; infinite: not within what growth there is. */
export interface Forecast {
  /** 5 %, 50 % and 95 % of the draws. */
  earliest: number;
  likely: number;
  latest: number;
}

export interface RunOut {
  name: ResourceName | 'first';
  failures: number;
  forecast: Forecast;
  /** Of the draws: how often this resource is the first. */
  first: number;
}

export interface Fan {
  name: ResourceName;
  /** Used over what may be used with `survive` nodes lost; 1 is full. */
  points: readonly {month: number; p5: number; p25: number; p50: number; p75: number; p95: number}[];
}

export interface NodesNeeded {
  /** `VMs` where the plan names a target, else months from its date. */
  at: {months: number} | {vms: number};
  failures: number;
  nodes: Forecast;
  /** The resource that asks for most, in most draws. */
  binding: ResourceName;
}

export interface WhatIf {
  nodes: number;
  growth: number;
  failures: number;
  forecast: Forecast;
  binding: ResourceName;
}

export interface Cost {
  months: number;
  failures: number;
  nodes: Forecast;
  /** Spent from the plan's date on. */
  total: Forecast;
}

export interface CapacityPlan {
  schema: 'seatrial-plan/1';
  input: PlanInput;
  seed: number;
  draws: number;
  method: string;
  runOuts: readonly RunOut[];
  fans: readonly Fan[];
  needed: readonly NodesNeeded[];
  whatIfs: readonly WhatIf[];
  prices?: PriceList;
  costs: readonly Cost[];
  notes: readonly string[];
}

const planMethod =
  'Monte Carlo, seeded: every range is drawn evenly and by itself, once for all months of a draw; likely is the median, the range 5 % to 95 % of the draws';

interface Draw {
  vmsPerMonth: number;
  resources: readonly {used: number; perMonth: number; perVm: number; survivor: readonly number[]}[];
}

/** At most this many nodes are looked for. */
const mostNodes = 10_000;

export function planCapacity(
  input: PlanInput,
  {prices, seed = 1, draws: count = 2000}: {prices?: PriceList; seed?: number; draws?: number},
): CapacityPlan {
  const next = random(seed);
  const draws = Array.from({length: count}, () => drawOf(input, next));
  const failureCounts = [...new Set([0, 1, 2, input.survive])].filter(k => k < input.nodes).sort((a, b) => a - b);
  const dates = yearsOf(input.months);
  const costs =
    prices === undefined ? [] : costsOf(input, prices, draws.slice(0, mostCostDraws), failureCounts, dates, next);
  return {
    schema: 'seatrial-plan/1',
    input,
    seed,
    draws: count,
    method: planMethod,
    runOuts: failureCounts.flatMap(failures => runOutsOf(input, draws, failures)),
    fans: input.resources.map((_, index) => fanOf(input, draws, index)),
    needed: [
      ...(input.targetVms === undefined
        ? []
        : failureCounts.map(failures => neededAt(input, draws, {vms: input.targetVms ?? 0}, failures))),
      ...[0, ...dates].flatMap(months => failureCounts.map(failures => neededAt(input, draws, {months}, failures))),
    ],
    whatIfs: whatIfsOf(input, draws),
    ...(prices === undefined ? {} : {prices}),
    costs,
    notes: notesOf(input),
  };
}

function within({low, high}: Range, next: () => number): number {
  return low + (high - low) * next();
}

function drawOf({resources, vmsPerMonth}: PlanInput, next: () => number): Draw {
  const vms = within(vmsPerMonth, next);
  return {
    vmsPerMonth: vms,
    resources: resources.map(({used, perVm, growth, capacity}) => {
      const each = within(perVm, next);
      // One place within every range of what a node carries: a node that does well whole does well with one lost.
      const place = next();
      return {
        used,
        perVm: each,
        perMonth: vms * each + within(growth, next),
        survivor: capacity.survivor.map(({low, high}) => low + (high - low) * place),
      };
    }),
  };
}

function survivorAt(survivor: readonly number[], failures: number): number {
  return survivor[Math.min(failures, survivor.length - 1)] ?? Number.NaN;
}

/** Months until `used` reaches what may be used; 0: it has already; infinite: it does not grow there. */
function monthsLeft(used: number, perMonth: number, usable: number): number {
  if (used >= usable) return 0;
  return perMonth > 0 ? (usable - used) / perMonth : Number.POSITIVE_INFINITY;
}

function monthsOf(draw: Draw, nodes: number, failures: number, ceiling: number, growth = 1): readonly number[] {
  return draw.resources.map(({used, perMonth, survivor}) =>
    monthsLeft(used, perMonth * growth, Math.max(0, nodes - failures) * survivorAt(survivor, failures) * ceiling),
  );
}

function forecastOf(values: readonly number[]): Forecast {
  const sorted = ascending(values);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return {earliest: at(0.05), likely: at(0.5), latest: at(0.95)};
}

function indexOfLeast(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value < (values[best] ?? Number.POSITIVE_INFINITY) ? index : best), 0);
}

function mostOften(names: readonly ResourceName[]): ResourceName {
  const counts = Map.groupBy(names, name => name);
  return [...counts].sort((a, b) => b[1].length - a[1].length)[0]?.[0] ?? 'vcpus';
}

function runOutsOf(input: PlanInput, draws: readonly Draw[], failures: number): readonly RunOut[] {
  const all = draws.map(draw => monthsOf(draw, input.nodes, failures, input.ceiling));
  const firsts = all.map(indexOfLeast);
  return [
    {name: 'first', failures, forecast: forecastOf(all.map(months => Math.min(...months))), first: 1},
    ...input.resources.map(({name}, index) => ({
      name,
      failures,
      forecast: forecastOf(all.map(months => months[index] ?? Number.NaN)),
      first: firsts.filter(each => each === index).length / draws.length,
    })),
  ];
}

function fanOf({nodes, survive, ceiling, months, resources}: PlanInput, draws: readonly Draw[], index: number): Fan {
  const step = Math.max(1, Math.round(months / 48));
  const at = Array.from({length: Math.floor(months / step) + 1}, (_, i) => i * step);
  return {
    name: resources[index]?.name ?? 'vcpus',
    points: at.map(month => {
      const shares = ascending(
        draws.map(draw => {
          const {used = 0, perMonth = 0, survivor = []} = draw.resources[index] ?? {};
          return (used + perMonth * month) / ((nodes - survive) * survivorAt(survivor, survive) * ceiling);
        }),
      );
      const q = (share: number) => shares[Math.round(share * (shares.length - 1))] ?? Number.NaN;
      return {month, p5: q(0.05), p25: q(0.25), p50: q(0.5), p75: q(0.75), p95: q(0.95)};
    }),
  };
}

/** Nodes that carry what each resource uses, `failures` of them lost; the index of the one that asks for most. */
function nodesFor(
  used: readonly number[],
  draw: Draw,
  failures: number,
  ceiling: number,
): {nodes: number; index: number} {
  const each = used.map((amount, index) => {
    const survivor = survivorAt(draw.resources[index]?.survivor ?? [], failures) * ceiling;
    return Math.min(mostNodes, Math.max(1, Math.ceil(amount / survivor - 1e-9)) + failures);
  });
  const nodes = Math.max(1 + failures, ...each);
  return {nodes, index: Math.max(0, each.indexOf(nodes))};
}

function neededAt(input: PlanInput, draws: readonly Draw[], at: NodesNeeded['at'], failures: number): NodesNeeded {
  const found = draws.map(draw => {
    const used = draw.resources.map(({used: today, perVm, perMonth}) =>
      Math.max(0, 'vms' in at ? today + (at.vms - input.vms) * perVm : today + perMonth * at.months),
    );
    return nodesFor(used, draw, failures, input.ceiling);
  });
  return {
    at,
    failures,
    nodes: forecastOf(found.map(({nodes}) => nodes)),
    binding: mostOften(found.map(({index}) => input.resources[index]?.name ?? 'vcpus')),
  };
}

function whatIfsOf(input: PlanInput, draws: readonly Draw[]): readonly WhatIf[] {
  const nodeCounts = [-1, 0, 1, 2].map(more => input.nodes + more).filter(nodes => nodes >= 1);
  return [0, 1, 2].flatMap(failures =>
    nodeCounts
      .filter(nodes => nodes > failures)
      .flatMap(nodes =>
        [0.5, 1, 2].map((growth): WhatIf => {
          const all = draws.map(draw => monthsOf(draw, nodes, failures, input.ceiling, growth));
          return {
            nodes,
            growth,
            failures,
            forecast: forecastOf(all.map(months => Math.min(...months))),
            binding: mostOften(all.map(months => input.resources[indexOfLeast(months)]?.name ?? 'vcpus')),
          };
        }),
      ),
  );
}

/** Ends of years within the horizon, and the horizon itself. */
function yearsOf(months: number): readonly number[] {
  const years = Array.from({length: Math.floor(months / 12)}, (_, index) => 12 * (index + 1));
  return years.at(-1) === months ? years : [...years, months];
}

const terabyte = 1e12;
/** Costs go month by month through every draw: fewer are enough for a sum. */
const mostCostDraws = 1000;

function costsOf(
  input: PlanInput,
  prices: PriceList,
  draws: readonly Draw[],
  failureCounts: readonly number[],
  dates: readonly number[],
  next: () => number,
): readonly Cost[] {
  const drawn = draws.map(() =>
    prices.items.map(({once, monthly}) => ({
      once: once ? within(once, next) : 0,
      monthly: monthly ? within(monthly, next) : 0,
    })),
  );
  const storage = input.resources.findIndex(({name}) => name === 'storage');
  return failureCounts.flatMap(failures => {
    const totals = dates.map((): number[] => []);
    const nodesThen = dates.map((): number[] => []);
    for (const [index, draw] of draws.entries()) {
      let spent = 0;
      let before = amounts(input, draw, storage, 0, input.nodes);
      for (let month = 1; month <= input.months; month++) {
        const used = draw.resources.map(({used: today, perMonth}) => Math.max(0, today + perMonth * month));
        // Nodes are bought when they are needed, and none are given back.
        const nodes = Math.max(before.node, nodesFor(used, draw, failures, input.ceiling).nodes);
        const now = amounts(input, draw, storage, month, nodes);
        for (const [item, {per}] of prices.items.entries()) {
          const {once = 0, monthly = 0} = drawn[index]?.[item] ?? {};
          spent += once * Math.max(0, now[per] - before[per]) + monthly * now[per];
        }
        before = now;
        const at = dates.indexOf(month);
        totals[at]?.push(spent);
        nodesThen[at]?.push(nodes);
      }
    }
    return dates.map((months, at) => ({
      months,
      failures,
      nodes: forecastOf(nodesThen[at] ?? []),
      total: forecastOf(totals[at] ?? []),
    }));
  });
}

function amounts(
  {vms}: PlanInput,
  {vmsPerMonth, resources}: Draw,
  storage: number,
  month: number,
  node: number,
): Record<Price['per'], number> {
  const {used = 0, perMonth = 0} = resources[storage] ?? {};
  return {node, TB: Math.max(0, used + perMonth * month) / terabyte, VM: vms + vmsPerMonth * month, cluster: 1};
}

function notesOf({resources, survive, nodes, ceiling}: PlanInput): readonly string[] {
  return [
    `Growth is a straight line: the same amount every month, drawn once for all months of a draw. Draws of different ranges do not depend on each other.`,
    `Usable is ${Number((ceiling * 100).toPrecision(4))} % of what the ${nodes - survive} nodes have that are left when ${survive} of ${nodes} ${survive === 1 ? 'is' : 'are'} lost. A further node is taken to be like the others.`,
    ...resources.map(
      ({name, capacity}) =>
        `${resourceFacts[name].title}: ${capacity.measured ? 'measured' : 'stated'}, ${capacity.source}`,
    ),
    'Quorum and replicas are not reckoned with: they may ask for more nodes than the load does.',
  ];
}

/** `YYYY-MM-DD` some months after another; undefined where it never comes or lies beyond 9999. */
export function dateAfter(from: string, months: number): string | undefined {
  const [year = Number.NaN, month = Number.NaN, day = Number.NaN] = from.split('-').map(Number);
  if (!Number.isFinite(months) || months > 95_000) return undefined;
  const whole = Math.floor(months);
  const start = Date.UTC(year, month - 1 + whole, 1);
  const end = Date.UTC(year, month + whole, 1);
  // The day of the month, or its last one; the rest of a month is taken as days of it.
  const days = (end - start) / 86_400_000;
  const at = start + (Math.min(day, days) - 1 + (months - whole) * days) * 86_400_000;
  return new Date(at).toISOString().slice(0, 10);
}

/**
 * What a node carries within a latency target, from a capacity run: the limit over the nodes that carried it, whole and
 * with one lost. A limit with no load above it that breaks the target is taken at its lower end. Undefined without a
 * limit of the whole cluster.
 */
export function measuredCapacity(
  brackets: {whole?: {keeps: number; breaks: number}; lost?: {keeps: number; breaks: number}},
  nodes: number,
  source: string,
): NodeCapacity | undefined {
  const over = ({keeps, breaks}: {keeps: number; breaks: number}, count: number): Range => ({
    low: keeps / count,
    high: (Number.isFinite(breaks) ? breaks : keeps) / count,
  });
  const {whole, lost} = brackets;
  if (whole === undefined || nodes < 1) return undefined;
  return {
    survivor: [over(whole, nodes), ...(lost === undefined || nodes < 2 ? [] : [over(lost, nodes - 1)])],
    source: `${source}${lost === undefined ? '; with nodes lost a survivor is taken to carry as much as in the whole cluster, which was not measured' : '; a survivor of more losses than one is taken to carry as much as one of one loss'}`,
    measured: true,
  };
}
