/** What busy guests get of the processors that they share, step by step, and where it breaks. Pure. */
import {z} from 'zod';
import type {ComputeReport} from '../../harness/parse/compute.ts';
import {parseQemuThreads} from '../../harness/parse/qemu-threads.ts';
import type {Work} from '../../harness/probes/compute/driver.ts';
import type {Artefacts, Measured, ParseError, Result, Sample} from '../../harness/types.ts';
import {jsonArtefact} from '../steps/artefacts.ts';
import {onlyProblems} from '../steps/measured.ts';
import {computeOutput, countsIn} from './outputs.ts';
import {emulatedFindings, type Place, placeKept} from './place.ts';
import {sharesBetween, virtualProcessors} from './virtual-processors.ts';

export const overcommitSettings = z.strictObject({
  seconds: z.int().min(4).max(300).describe('of each step, in which all its guests are busy'),
  guests: z.int().min(2).max(64).describe('at most, of those on one machine'),
});
type Settings = z.infer<typeof overcommitSettings>;

export const recordArtefact = 'overcommit.json';
const look = z.object({
  fromSeconds: z.number(),
  untilSeconds: z.number(),
  /** Of each busy guest, as printed. */
  threads: z.array(z.string()),
});
/** All times are on the harness's clock. */
const step = z.object({
  guests: z.array(z.object({guest: z.string(), askedAtSeconds: z.number(), begunBySeconds: z.number()})).min(1),
  looks: z.array(look).length(2),
});
export type Step = Omit<z.infer<typeof step>, 'looks'> & {looks: z.infer<typeof look>[]};
const schema = z.object({
  processors: z.array(z.int()).min(1),
  /** Its nodes share their machine with others, which have load of their own. */
  shared: z.boolean(),
  steps: z.array(step).min(1),
});
export type OvercommitRecord = Omit<z.infer<typeof schema>, 'steps'> & {steps: Step[]};

export const burnOf = (busy: number, guest: string) => `burn-${busy}-${guest}.txt`;

/**
 * It burns longer than is measured: until all have begun, and until all have been looked at. The agent of a guest that
 * missed a question answers the next one, ten seconds later.
 */
export function burnWork({seconds}: Settings): Work {
  const all = seconds + 24;
  return {words: ['burn', String(all), '0'], seconds: all};
}

/** A step at which less of the work is left, or at which one guest has less of what is its due, breaks it. */
const leastKept = 0.9;
const leastFair = 0.5;
/** A guest alone on its processors has them; where it has less, something else wants them too. */
const alone = 0.9;
/** What says nothing of a cluster where others take its processors, or what a processor does in a second. */
const ofItsOwnMachine: readonly string[] = ['compute.processor-use', 'compute.overcommit-kept'];
/** Where virtual CPUs waited more than this and the guest says that nothing was stolen, it has not been told. */
const surelyWaited = 0.05;

/** Of one step. */
interface Figures {
  /** Virtual CPUs that want to work, for each processor. */
  factor: number;
  unitsPerSecond: number;
  /** Units for each second that a virtual CPU really ran. */
  unitsPerRun: number;
  /** Of the guest that got least for each of its virtual CPUs, over the average. */
  fair: number;
  use: number;
  waited: number;
  stolen: number;
}

export function measureOvercommit(raw: Artefacts, asked: Settings): Measured {
  const record = jsonArtefact(raw, recordArtefact, schema);
  const place = placeKept(raw);
  if (!record.ok) return onlyProblems(record.error);
  if (!place.ok) return onlyProblems(place.error);
  const {processors, shared, steps} = record.value;
  const read = steps.map((each, index) => figuresOf(raw, each, {index, processors: processors.length, asked}));
  const problems = read.flatMap(each => (each.ok ? [] : [each.error]));
  // Without one of its steps a sweep breaks elsewhere, or nowhere.
  if (problems.length > 0) return onlyProblems(...problems);
  const figures = read.flatMap(each => (each.ok ? [each.value] : []));
  const [first] = figures;
  if (first === undefined) return onlyProblems();
  const steal = stealOf(figures, place.value);
  const samples = [...figures.flatMap(each => samplesOf(each, first)), ...steal.samples];
  const findings = [...steal.findings, ...emulatedFindings(place.value)];
  if (first.use >= alone) return {samples: [...samples, breaksAt(figures, first)], problems: [], findings};
  // Whoever else takes processors may be what breaks it; on a shared machine that is no doing of the cluster at all.
  const own = shared ? samples.filter(({metric}) => !ofItsOwnMachine.includes(metric)) : samples;
  return {samples: own, problems: [notAlone(first.use)], findings};
}

function notAlone(use: number): ParseError {
  const expected = `a machine with nothing else to do, to say where it breaks: one busy guest has ${alone * 100} % of its processors`;
  return {artefact: recordArtefact, path: '/steps/0', expected, found: `${Math.round(use * 100)} %`};
}

interface Context {
  index: number;
  processors: number;
  asked: Settings;
}

/** What one guest did and got in the time that all were busy. */
interface Got {
  vcpus: number;
  unitsPerSecond: number;
  /** Shares, averaged over its virtual CPUs. */
  ran: number;
  waited: number;
  stolen: number;
}

function figuresOf(raw: Artefacts, own: Step, context: Context): Result<Figures, ParseError> {
  const {guests, looks} = own;
  const outputs: ComputeReport[] = [];
  for (const {guest} of guests) {
    const output = computeOutput(raw, burnOf(guests.length, guest), {command: 'burn'});
    if (!output.ok) return output;
    outputs.push(output.value);
  }
  // All are busy from the last one's beginning until the first one's end: of every second that it burned each tells.
  const from = Math.max(...guests.map(({begunBySeconds}) => begunBySeconds));
  const until = Math.min(...guests.map(({askedAtSeconds}, index) => askedAtSeconds + secondsIn(outputs[index])));
  const [first, last] = looks;
  if (first === undefined || last === undefined || first.fromSeconds < from || last.untilSeconds > until)
    return wrong(
      `/steps/${context.index}/looks`,
      `two looks from ${from} to ${until} s, while all are busy`,
      `${first?.fromSeconds} and ${last?.untilSeconds} s`,
    );
  const got: Got[] = [];
  for (const [index, output] of outputs.entries()) {
    const read = gotBy(own, index, output, {from, until}, context);
    if (!read.ok) return read;
    got.push(read.value);
  }
  return {ok: true, value: together(got, context.processors)};
}

function wrong(path: string, expected: string, found: string, artefact = recordArtefact): Result<never, ParseError> {
  return {ok: false, error: {artefact, path, expected, found}};
}

function secondsIn(output: ComputeReport | undefined): number {
  return output?.lists.second_units?.length ?? 0;
}

function gotBy(
  {guests, looks}: Step,
  index: number,
  output: ComputeReport,
  {from, until}: {from: number; until: number},
  {index: at, asked}: Context,
): Result<Got, ParseError> {
  const own = guests[index];
  if (own === undefined) return wrong(`/steps/${at}/guests/${index}`, 'a guest', 'none');
  const artefact = burnOf(guests.length, own.guest);
  const counts = countsIn(output, artefact, ['processors', 'ticks', 'stolen']);
  if (!counts.ok) return counts;
  // It began between these two times: only seconds that lie within the window either way.
  const {askedAtSeconds, begunBySeconds} = own;
  const list = output.lists.second_units ?? [];
  const inside = list.filter((_, i) => askedAtSeconds + i >= from && begunBySeconds + i + 1 <= until);
  if (inside.length < asked.seconds)
    return wrong('second_units', `${asked.seconds} s in which all are busy`, `${inside.length} s`, artefact);
  const [before, after] = [0, 1].map(look => parseQemuThreads(looks[look]?.threads[index] ?? '', recordArtefact));
  if (before === undefined || !before.ok) return before ?? wrong('looks', 'two looks', 'none');
  if (after === undefined || !after.ok) return after ?? wrong('looks', 'two looks', 'one');
  const {processors: vcpus, ticks, stolen} = counts.value;
  if (virtualProcessors(after.value).length !== vcpus)
    return wrong(
      `/steps/${at}/looks`,
      `${vcpus} threads of virtual CPUs of ${own.guest}`,
      `${virtualProcessors(after.value).length}`,
    );
  const unitsPerSecond = inside.reduce((total, units) => total + units, 0) / inside.length;
  const shares = sharesBetween(before.value, after.value);
  return {ok: true, value: {vcpus, unitsPerSecond, ...shares, stolen: stolen / ticks}};
}

function together(got: readonly Got[], processors: number): Figures {
  const sum = (of: (each: Got) => number) => got.reduce((total, each) => total + of(each), 0);
  const vcpus = sum(each => each.vcpus);
  const unitsPerSecond = sum(each => each.unitsPerSecond);
  const ran = sum(each => each.ran * each.vcpus);
  return {
    factor: vcpus / processors,
    unitsPerSecond,
    unitsPerRun: unitsPerSecond / ran,
    fair: Math.min(...got.map(each => each.unitsPerSecond / each.vcpus)) / (unitsPerSecond / vcpus),
    use: ran / Math.min(processors, vcpus),
    waited: sum(each => each.waited * each.vcpus) / vcpus,
    stolen: sum(each => each.stolen * each.vcpus) / vcpus,
  };
}

/** `1.5` → `1.5x`. */
const nameOf = (factor: number) => `${Number(factor.toFixed(2))}x`;

function sample(metric: string, unit: Sample['unit'], value: number, factor?: number): Sample {
  const labels: Record<string, string> = factor === undefined ? {} : {factor: nameOf(factor)};
  return {metric, unit, value, labels, from: {artefact: recordArtefact, path: '/steps'}};
}

function samplesOf({factor, ...own}: Figures, first: Figures): readonly Sample[] {
  return [
    sample('compute.overcommit-rate', 'op/s', own.unitsPerSecond, factor),
    sample('compute.overcommit-kept', 'ratio', own.unitsPerRun / first.unitsPerRun, factor),
    sample('compute.fair-share', 'ratio', own.fair, factor),
    sample('compute.processor-use', 'ratio', own.use, factor),
    sample('compute.overcommit-delay', 'ratio', own.waited, factor),
  ];
}

/** The last step before the first that breaks; where none does, it is at least the last one. */
function breaksAt(figures: readonly Figures[], first: Figures): Sample {
  const broken = figures.findIndex(each => each.unitsPerRun / first.unitsPerRun < leastKept || each.fair < leastFair);
  const holds = (broken < 0 ? figures.at(-1) : figures[broken - 1]) ?? first;
  const found = sample('compute.overcommit', 'ratio', holds.factor);
  return broken < 0 ? {...found, censored: true} : found;
}

/** Not every hypervisor tells its guests: one that says 0 to guests that surely waited has not told them. */
function stealOf(figures: readonly Figures[], {guest, emulated}: Place): Pick<Measured, 'samples' | 'findings'> {
  const untold = figures.every(({stolen}) => stolen === 0) && figures.some(({waited}) => waited > surelyWaited);
  if (!emulated && !untold)
    return {samples: figures.map(({factor, stolen}) => sample('compute.steal', 'ratio', stolen, factor)), findings: []};
  const why = emulated ? 'it is emulated' : 'its /proc/stat says 0, while its virtual CPUs waited';
  const detail = `steal in ${guest} is not known: ${why}; what they waited is by the node's own count`;
  return {
    samples: [],
    findings: [{severity: 'warning', invariant: 'guests are told what is stolen', detail, artefact: recordArtefact}],
  };
}
