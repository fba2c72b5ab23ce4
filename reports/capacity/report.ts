/** A capacity run as data: everything a renderer needs. Pure. */
import type {Estimate, RunHeader} from '../../harness/types.ts';
import type {Warning} from '../run/report.ts';
import {type Daily, dailyAt, type Headroom, headroomOf} from './headroom.ts';
import {type HeldBack, heldBackOf} from './holdout.ts';
import {type CapacityAim, type Limit, limitsOf} from './limit.ts';
import type {Condition, Load} from './loads.ts';
import {type Saturation, saturationOf, vcpuAtLimit} from './saturation.ts';
import {type Law, lawsOf} from './scalability-law.ts';

/** One round of sweeps: an ordinary run in a folder of its own, inside the capacity run's. */
export interface Round {
  folder: string;
  header: RunHeader;
  status: string;
  reason: string;
}

export interface CapacityAsked {
  loads: readonly Load[];
  aim: CapacityAim;
  /** What was meant to be measured; a condition that gave nothing leaves the report undecided. */
  conditions: readonly Condition[];
  rounds: readonly Round[];
  /**
   * What in the rounds is not as it was stored, or is there twice, one sentence each; any of it leaves the report
   * undecided.
   */
  damage: readonly string[];
  /** Why the measuring ended. */
  reason: string;
  /** Operations that one transaction takes: an assumption of the user's. */
  operationsPerTransaction?: number;
  /** Of the resamples behind the intervals of the law. */
  seed?: number;
  resamples?: number;
}

/** One condition and one pattern. */
export interface CapacityPart {
  condition: Condition;
  pattern: string;
  /**
   * `found`: the limit is known from both sides. `at-least`: nothing that was tried breaks the target. `client-full`:
   * what was measured is the load generator. `client-unknown`: its CPUs were not counted, or are those of the nodes and
   * were full, so it may have been.
   */
  standing: 'found' | 'at-least' | 'none' | 'client-full' | 'client-unknown';
  limit?: Limit;
  law?: Law;
  heldBack?: HeldBack;
  saturation?: Saturation;
  /** Virtual CPUs of all guests together at the highest load that keeps the target. */
  vcpuAtLimit?: Estimate;
  daily?: Daily;
  loads: readonly Load[];
}

export interface CapacityReport {
  schema: 'seatrial-capacity/1';
  /** Of the first round, without the round's own name. */
  id: string;
  cluster: string;
  verdict: 'found' | 'undecided';
  /** 0: every condition's limit is known from both sides. 2: something is not. */
  exitCode: 0 | 2;
  /** Why it is undecided, one sentence each. */
  open: readonly string[];
  aim: CapacityAim;
  conditions: readonly Condition[];
  reason: string;
  hardware: RunHeader['hardware'];
  storage: string;
  nodes: readonly string[];
  guests: readonly string[];
  quick: boolean;
  seatrialVersion: string;
  startedAt: string;
  rounds: readonly {folder: string; id: string; status: string; reason: string; startedAt: string}[];
  parts: readonly CapacityPart[];
  /** One a pattern, where both conditions were meant. */
  headrooms: readonly Headroom[];
  operationsPerTransaction?: number;
  warnings: readonly Warning[];
}

export function capacityReport(asked: CapacityAsked): CapacityReport {
  const {loads, aim, conditions, rounds, reason, operationsPerTransaction} = asked;
  const header = rounds[0]?.header;
  const shared = rounds.some(round => round.header.hardware.shared);
  const nodes = header?.nodes ?? [];
  const limits = limitsOf(loads, aim);
  const patterns = [...new Set(loads.map(({pattern}) => pattern))];
  const parts = partsOf(asked, patterns, limits, {nodes, shared});
  const open = openSentences(asked, parts);
  const found = open.length === 0;
  return {
    schema: 'seatrial-capacity/1',
    id: header?.id.replace(/-round-\d+$/, '') ?? 'nothing measured',
    cluster: header?.cluster ?? 'no cluster',
    verdict: found ? 'found' : 'undecided',
    exitCode: found ? 0 : 2,
    open,
    aim,
    conditions,
    reason,
    hardware: {
      emulated: rounds.some(round => round.header.hardware.emulated),
      shared,
      note: header?.hardware.note ?? '',
    },
    storage: header?.storage ?? 'none',
    nodes,
    guests: header?.guests ?? [],
    quick: rounds.some(round => round.header.quick),
    seatrialVersion: header?.seatrialVersion ?? '',
    startedAt: header?.startedAt ?? '',
    rounds: rounds.map(({folder, header: own, status, reason: why}) => ({
      folder,
      id: own.id,
      status,
      reason: why,
      startedAt: own.startedAt,
    })),
    parts,
    headrooms:
      conditions.includes('whole') && conditions.includes('node-lost')
        ? patterns.map(pattern => headroomOf(pattern, loads, limits, {nodes: nodes.length, confidence: aim.confidence}))
        : [],
    ...(operationsPerTransaction === undefined ? {} : {operationsPerTransaction}),
    warnings: warningsOf(asked, parts, shared),
  };
}

/** One part for each pattern and condition. */
function partsOf(
  {loads, aim, conditions, seed, resamples, operationsPerTransaction}: CapacityAsked,
  patterns: readonly string[],
  limits: readonly Limit[],
  hardware: {nodes: readonly string[]; shared: boolean},
): readonly CapacityPart[] {
  const {confidence} = aim;
  const resampling = {
    confidence,
    ...(seed === undefined ? {} : {seed}),
    ...(resamples === undefined ? {} : {resamples}),
  };
  const laws = lawsOf(loads, resampling);
  return patterns.flatMap(pattern =>
    conditions.map((condition): CapacityPart => {
      const isOwn = (each: {condition: Condition; pattern: string}) =>
        each.condition === condition && each.pattern === pattern;
      const own = loads.filter(isOwn);
      const limit = limits.find(isOwn);
      const law = laws.find(isOwn);
      const saturation = saturationOf(own, limit, {...hardware, confidence});
      const vcpu = vcpuAtLimit(saturation);
      const keeps = limit?.keeps?.load.amount;
      return {
        condition,
        pattern,
        standing: standingOfPart(limit, saturation),
        ...(limit ? {limit} : {}),
        ...(law ? {law, heldBack: heldBackOf(law.points, resampling)} : {}),
        ...(saturation ? {saturation} : {}),
        ...(vcpu ? {vcpuAtLimit: vcpu} : {}),
        ...(keeps === undefined ? {} : {daily: dailyAt(keeps, operationsPerTransaction)}),
        loads: own,
      };
    }),
  );
}

/** Why it is undecided: what was stored is damaged, nothing was measured, or a limit is not known from both sides. */
function openSentences({damage, aim, rounds}: CapacityAsked, parts: readonly CapacityPart[]): string[] {
  return [
    ...damage,
    ...changedBetween(rounds),
    ...(parts.length === 0 ? ['Nothing was measured.'] : []),
    ...parts.flatMap(part => (part.standing === 'found' ? [] : [openSentence(part, aim)])),
  ];
}

/** Rounds are one series only of one cluster that stayed as it was. */
function changedBetween(rounds: readonly Round[]): string[] {
  const [first] = rounds;
  const same = {
    cluster: ({cluster}: RunHeader) => cluster,
    storage: ({storage}: RunHeader) => storage,
    nodes: ({nodes}: RunHeader) => nodes,
    guests: ({guests}: RunHeader) => guests,
    profile: ({profiles}: RunHeader) => profiles,
    'versions or hardware': ({fingerprints}: RunHeader) => fingerprints,
  };
  return Object.entries(same).flatMap(([what, of]) => {
    const other = rounds.find(({header}) => first && JSON.stringify(of(header)) !== JSON.stringify(of(first.header)));
    return other === undefined ? [] : [`${first?.folder} and ${other.folder} are of different ${what}: no one series.`];
  });
}

function standingOfPart(limit: Limit | undefined, saturation: Saturation | undefined): CapacityPart['standing'] {
  if (saturation?.clientFull) return 'client-full';
  if (limit?.keeps === undefined) return 'none';
  if (limit.breaks === undefined) return 'at-least';
  return saturation?.clientCounted === true && saturation.machineFull === undefined ? 'found' : 'client-unknown';
}

function openSentence(
  {condition, pattern, standing, limit, loads, saturation}: CapacityPart,
  aim: CapacityAim,
): string {
  const of = `${pattern}, ${conditionWords(condition)}`;
  if (loads.length === 0) return `${of}: nothing was measured.`;
  if (standing === 'client-full') return `${of}: the client, not the cluster, was full.`;
  if (standing === 'at-least') {
    return `${of}: no load that was tried breaks the target; the limit lies at or above ${limit?.keeps?.load.amount} op/s.`;
  }
  if (standing === 'client-unknown') {
    const cpus = saturation?.machineFull
      ? 'the CPUs of the load generator are those of the nodes, and were full'
      : 'the CPUs of the load generator were not counted';
    return `${of}: ${cpus}, so it may have been full before the cluster; the limit lies at or above ${limit?.keeps?.load.amount} op/s.`;
  }
  const tried = limit?.standings.length ?? 0;
  if (tried === 0) return `${of}: no load of the open loop was measured, and only there is latency that of a load.`;
  const most = Math.max(...(limit?.standings.map(({load}) => load.trials.length) ?? [0]));
  return `${of}: no load was shown to keep a P99 of ${aim.p99Seconds} s; ${tried} ${tried === 1 ? 'was' : 'were'} tried, with up to ${most} ${most === 1 ? 'trial' : 'trials'} each.`;
}

export function conditionWords(condition: Condition): string {
  return condition === 'whole' ? 'everything whole' : 'one node lost';
}

function warningsOf(
  {rounds, loads}: CapacityAsked,
  parts: readonly CapacityPart[],
  shared: boolean,
): readonly Warning[] {
  const warnings: Warning[] = [];
  const ended = rounds.filter(({status}) => status !== 'complete');
  for (const {folder, status, reason} of ended) {
    warnings.push({
      subject: folder,
      text: `This round ended ${status}: ${reason}`,
      todo: 'Only its whole trials count. Run seatrial heal if the cluster was left unhealed.',
    });
  }
  const holes = loads.flatMap(({amount, loop, holes: trials = []}) =>
    trials.map(trial => `${amount} ${loop === 'closed' ? 'in flight' : 'arrivals a second'} in ${trial}`),
  );
  if (holes.length > 0) {
    warnings.push({
      subject: 'holes',
      text: `Tried and without figures: ${holes.join(', ')}.`,
      todo: 'No such load is taken to keep the target. Look at the trial for what failed, and measure again.',
    });
  }
  if (shared) {
    warnings.push({
      subject: 'shared hardware',
      text: 'Load generator, nodes and storage ran on one machine and took CPU from each other.',
      todo: 'Use these figures to see how it goes, not to buy by.',
    });
  }
  for (const {condition, pattern, saturation} of parts) {
    if (saturation?.clientFull) {
      warnings.push({
        subject: `${pattern}, ${conditionWords(condition)}`,
        text: saturation.says,
        todo: 'Give the client more CPUs, or spread the load over several clients, and measure again.',
      });
    }
    if (saturation?.clientFullFrom !== undefined) {
      warnings.push({
        subject: `${pattern}, ${conditionWords(condition)}`,
        text: `From ${saturation.clientFullFrom} in flight on the load generator itself was full: the curve of throughput describes the client from there on.`,
        todo: 'Give the client more CPUs, or spread the load over several clients, and measure again.',
      });
    }
  }
  const saturated = loads.filter(({trials}) => trials.some(({censored}) => censored));
  if (saturated.length > 0) {
    warnings.push({
      subject: 'latency',
      text: `At ${saturated.length} ${saturated.length === 1 ? 'load' : 'loads'} some operations took longer than fio can tell (17 s): their P99 is a lower bound.`,
      todo: 'Such a load never keeps the target; nothing needs to be done.',
    });
  }
  return warnings;
}
