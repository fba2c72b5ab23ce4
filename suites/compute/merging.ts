import {z} from 'zod';
import {mergingOf, readMerging, setMerging} from '../../harness/cluster/page-merging.ts';
import {type KsmReading, parseKsm} from '../../harness/parse/ksm.ts';
import {type GuestWork, prepareGuest, type Work, workArgv} from '../../harness/probes/compute/driver.ts';
import type {Artefacts, Finding, Measured, ParseError, Sample, Scenario, Trial} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {expectsNothing} from '../expects.ts';
import {jsonArtefact, keepJson, keepOutcome, parsedArtefact} from '../steps/artefacts.ts';
import {onlyProblems, together, wholly} from '../steps/measured.ts';
import {parametersOf, readParameters} from '../steps/parameters.ts';
import {pause} from '../steps/pause.ts';
import {must} from './held.ts';
import {type Machine, machineOfMost} from './machines.ts';
import {computeOutput, countsIn, timeSamples} from './outputs.ts';

const settings = z.strictObject({
  mebibytes: z.int().min(1).max(4096).describe('of equal memory that each guest holds'),
  seconds: z.int().min(20).max(600).describe('for the kernel to find it'),
  pagesToScan: z.int().min(100).max(100_000).describe('each time the kernel looks, where it did not merge before'),
});
type Settings = z.infer<typeof settings>;
const machineArtefact = 'machine.json';
const machineKept = z.object({
  nodes: z.array(z.string()).min(1),
  guests: z.array(z.string()).min(2),
  /** The owner has it on: then nothing is changed, and what was merged before does not count. */
  onBefore: z.boolean(),
});
const scanMs = 60_000;

/** Guests that hold the same pages: how much of it their node's kernel keeps once, and what that takes. */
export const pageMerging: Scenario = {
  name: 'compute/ksm',
  family: 'compute',
  purpose: 'What a node saves by merging equal pages of its guests, and what that costs.',
  needs: {guests: 2, tools: ['page-merging']},
  // A setting of a node's kernel is changed, and put back.
  impact: () => 'disruptive',
  claims: ['mem.ksm'],
  provides: ['memory.merged', 'memory.merged-share', 'memory.write-latency'],
  expects: expectsNothing,
  parameters: {
    full: {mebibytes: 64, seconds: 120, pagesToScan: 3000},
    quick: {mebibytes: 16, seconds: 40, pagesToScan: 3000},
  },
  estimateSeconds: parameters => 60 + parametersOf(settings, parameters).seconds,
  preview({nodes, guests}, parameters) {
    const asked = parametersOf(settings, parameters);
    const node = nodes[0]?.name ?? 'a node';
    const put = (name: string, value: number) => ({
      host: node,
      argv: ['sh', '-c', `echo ${value} >/sys/kernel/mm/ksm/${name}`],
    });
    return [
      ...guests.map(({name}) => ({host: name, argv: workArgv(holdWork(asked))})),
      put('pages_to_scan', asked.pagesToScan),
      put('run', 1),
      put('run', 2),
      put('run', 0),
    ];
  },
  run: runMerging,
  measure(raw, planned) {
    const asked = readParameters(settings, planned.parameters);
    if (!asked.ok) return onlyProblems(asked.error);
    const machine = jsonArtefact(raw, machineArtefact, machineKept);
    return machine.ok ? measureMerging(raw, machine.value, asked.value) : onlyProblems(machine.error);
  },
};

function holdWork({seconds, mebibytes}: Settings): Work {
  return {words: ['hold', String(seconds), String(mebibytes)], seconds};
}

const holdOf = (guest: string) => `hold-${guest}.txt`;
/** Readings: before anything, just before the guests read and write their memory again, and just after. */
type When = 'before' | 'merged' | 'written';
const readingOf = (node: string, when: When) => `ksm-${node}-${when}.txt`;

async function runMerging(trial: Trial): Promise<void> {
  const {cluster, leave} = trial;
  const asked = parametersOf(settings, trial.planned.parameters);
  const machine = await machineOfMost(cluster);
  const [node] = machine.nodes;
  if (node === undefined) throw new Error('no node to merge pages on');
  const was = must(await mergingOf(cluster, node));
  const onBefore = was.run !== '0';
  const names = machine.guests.map(({guest}) => guest.name);
  await keepJson(trial, machineArtefact, {nodes: machine.nodes.map(({name}) => name), guests: names, onBefore});
  trial.say(`bringing the work into ${names.join(', ')}`);
  const workers = await Promise.all(machine.guests.map(({guest}) => prepareGuest(cluster, guest)));
  await readAll(trial, machine, 'before');
  if (onBefore) return holdAndRead(trial, machine, workers, asked);
  const gone = await leave({what: 'page-merging', host: node.name, was});
  try {
    must(await setMerging(cluster, node, {pages_to_scan: String(asked.pagesToScan), run: '1'}));
    await holdAndRead(trial, machine, workers, asked);
  } finally {
    must(await setMerging(cluster, node, was));
    await gone();
  }
}

async function readAll(trial: Trial, {nodes, guests}: Machine, when: When): Promise<void> {
  for (const node of nodes) {
    const own = guests.filter(each => each.node === node).map(({guest}) => guest.name);
    await trial.record(readingOf(node.name, when), node, readMerging(own));
  }
}

async function holdAndRead(
  trial: Trial,
  machine: Machine,
  workers: readonly GuestWork[],
  asked: Settings,
): Promise<void> {
  const work = holdWork(asked);
  trial.say(`${asked.mebibytes} MiB of the same pages in each guest, for ${asked.seconds} s`);
  await Promise.all(workers.map(worker => worker.begin(work)));
  // Once they read and write it again, pages are parted.
  await pause(trial, asked.seconds - 5);
  await readAll(trial, machine, 'merged');
  const outcomes = await Promise.all(workers.map(worker => worker.collect({...work, seconds: 5})));
  await scannedAgain(trial, machine);
  await readAll(trial, machine, 'written');
  for (const [index, outcome] of outcomes.entries())
    await keepOutcome(trial, holdOf(machine.guests[index]?.guest.name ?? ''), outcome);
}

/** The kernel counts a page as merged until it comes by again. Where it takes too long, fewer are seen parted. */
async function scannedAgain({cluster, signal}: Trial, {nodes: [node]}: Machine): Promise<void> {
  if (node === undefined) return;
  const scans = async () => {
    const read = parseKsm((await cluster.transport.exec(node, readMerging([]))).stdout, node.name);
    return read.ok ? read.value.fullScans : undefined;
  };
  const from = await scans();
  if (from === undefined) return;
  const twice = async () => (((await scans()) ?? from) >= from + 2 ? true : undefined);
  await waitFor('the kernel to go over the memory twice', scanMs, twice, {intervalMs: 1000, signal});
}

type MachineKept = z.infer<typeof machineKept>;

function measureMerging(raw: Artefacts, machine: MachineKept, asked: Settings): Measured {
  const [node = ''] = machine.nodes;
  const problems: ParseError[] = [];
  const readings = (when: When) =>
    machine.nodes.flatMap(each => {
      const read = parsedArtefact(raw, readingOf(each, when), parseKsm);
      if (read.ok) return [read.value];
      problems.push(read.error);
      return [];
    });
  const all = {before: readings('before'), merged: readings('merged'), written: readings('written')};
  const [before, merged] = [all.before[0], all.merged[0]];
  if (problems.length > 0 || before === undefined || merged === undefined) return onlyProblems(...problems);
  const holds = machine.guests.map(guest => measureHold(raw, guest, asked));
  const parts = [wholly(holds), ofGuests(all, machine, asked, readingOf(node, 'written'))];
  const samples = ofKernel({before, merged}, node);
  const findings = warnings(machine, all.merged, merged.fullScans - before.fullScans);
  return together([...parts, {samples, problems: [], findings}]);
}

/** What keeps the figures from being each node's own, whole, or the best there is. `merged`: in the order of nodes. */
function warnings({nodes}: MachineKept, merged: readonly KsmReading[], scans: number): readonly Finding[] {
  const [node = ''] = nodes;
  const told: [invariant: string, detail: string][] = [];
  if (nodes.length > 1)
    told.push([
      'a node has its own memory',
      `${nodes.join(', ')} run on one kernel: it merges the pages of all their guests, and the figures are theirs together`,
    ]);
  if (merged[0]?.ksmdSeconds === undefined)
    told.push([
      'the cost of merging is known',
      `${node} does not show its kernel's thread ksmd: what merging costs in processor time is not known`,
    ]);
  // A page is merged when it was found unchanged the second time.
  if (scans < 2)
    told.push([
      'merging has had its time',
      `the kernel of ${node} went over the memory ${scans} times while it was held: it merges what it finds unchanged the second time, so more may be merged later`,
    ]);
  // The share of such a guest is a true 0: what it lacks is the setting, and not the kernel's time.
  for (const [guest, why] of merged.flatMap(({apart}) => Object.entries(apart)))
    told.push([
      'memory of guests may be merged',
      `QEMU of ${guest} has ${why}: the kernel merges none of its memory (memory.source: anonymous would let it)`,
    ]);
  const artefact = readingOf(node, 'merged');
  return told.map(([invariant, detail]) => ({severity: 'warning', invariant, detail, artefact}));
}

/** Every page as it was laid, to the end: pages that were merged wrongly would be a broken guest. */
function measureHold(raw: Artefacts, guest: string, {mebibytes}: Settings): Measured {
  const artefact = holdOf(guest);
  const output = computeOutput(raw, artefact, {command: 'hold'});
  if (!output.ok) return onlyProblems(output.error);
  const counts = countsIn(output.value, artefact, ['pages', 'wrong']);
  if (!counts.ok) return onlyProblems(counts.error);
  const {pages, wrong} = counts.value;
  const times = output.value.lists.write_ns ?? [];
  if (pages !== mebibytes * 256 || times.length !== pages)
    return onlyProblems({artefact, path: 'pages', expected: `${mebibytes * 256} pages`, found: `${times.length}`});
  const detail = `${wrong} of ${pages} pages that ${guest} held are not as they were laid`;
  const findings: readonly Finding[] =
    wrong === 0 ? [] : [{severity: 'critical', invariant: 'merging changes no page', detail, artefact}];
  // The second write to a page shows what the guest pays anyway; runs that were stored earlier have none.
  const written = {first: times, again: output.value.lists.again_ns ?? []};
  const samples = Object.entries(written).flatMap(([write, list]) =>
    timeSamples('memory.write-latency', list, {guest, write}, {artefact, path: write}),
  );
  return {samples, problems: [], findings};
}

/**
 * Of the guest that had the smallest share merged: the pages that were parted when it wrote to what it held. Its kernel
 * and programs are merged too, and are no part of that.
 */
function ofGuests(
  all: {merged: readonly KsmReading[]; written: readonly KsmReading[]},
  {guests}: MachineKept,
  {mebibytes}: Settings,
  artefact: string,
): Measured {
  const pagesOf = (readings: readonly KsmReading[], guest: string) =>
    readings.flatMap(({guests: own, pageBytes}) => (own[guest] === undefined ? [] : [own[guest] * pageBytes]))[0];
  const shares: number[] = [];
  const problems: ParseError[] = [];
  for (const guest of guests) {
    const [merged, written] = [pagesOf(all.merged, guest), pagesOf(all.written, guest)];
    if (merged === undefined || written === undefined)
      problems.push({artefact, path: guest, expected: 'its merged pages', found: 'nothing'});
    else shares.push(Math.min(1, Math.max(0, merged - written) / (mebibytes * 2 ** 20)));
  }
  if (problems.length > 0) return onlyProblems(...problems);
  const value = Math.min(...shares);
  const from = {artefact, path: 'guest'};
  return {
    samples: [{metric: 'memory.merged-share', unit: 'ratio', value, labels: {}, from}],
    problems: [],
    findings: [],
  };
}

function ofKernel({before, merged}: {before: KsmReading; merged: KsmReading}, node: string): readonly Sample[] {
  const sample = (metric: string, unit: Sample['unit'], value: number, path: string): Sample => ({
    metric,
    unit,
    value,
    labels: {},
    from: {artefact: readingOf(node, 'merged'), path},
  });
  const saved = Math.max(0, merged.sharing - before.sharing) * merged.pageBytes;
  const [from, to] = [before.ksmdSeconds, merged.ksmdSeconds];
  const cost = from === undefined || to === undefined ? [] : [sample('memory.merge-time', 's', to - from, 'ksmd')];
  return [sample('memory.merged', 'B', saved, 'pages_sharing'), ...cost];
}
