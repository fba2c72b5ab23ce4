/** What a guest lost to its neighbour, and whether the neighbour kept within its limits. Pure. */
import {z} from 'zod';
import {parseQemuThreads, processorList, type QemuThreads} from '../../harness/parse/qemu-threads.ts';
import type {Artefacts, Measured, ParseError, Result, Sample} from '../../harness/types.ts';
import {jsonArtefact} from '../steps/artefacts.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {computeOutput, countsIn, timeSamples} from './outputs.ts';
import {emulatedFindings, placeKept} from './place.ts';
import {sharesBetween, virtualProcessors} from './virtual-processors.ts';

export const neighbourSettings = z.strictObject({
  seconds: z.int().min(2).max(300).describe('of each phase'),
  mebibytes: z.int().min(0).max(65_536).describe('of memory that the neighbour changes without end'),
});

export const phases = ['alone', 'unlimited', 'limited'] as const;
export const recordArtefact = 'neighbour.json';
/** The reference guide's: what the virtual machines of a node may have together. */
const mostProcessors = 28;
const mostMemoryBytes = 32 * 2 ** 30;

const look = z.object({quiet: z.string(), loud: z.string()});
export type Look = z.infer<typeof look>;
const phaseRecord = z.object({
  phase: z.enum(phases),
  /** On the harness's clock: when the pace was asked for, and when it had surely begun. */
  askedAtSeconds: z.number(),
  begunBySeconds: z.number(),
  burning: z.object({fromSeconds: z.number(), untilSeconds: z.number()}).exactOptional(),
  /** The threads of both guests, as printed. */
  looks: z.array(look),
});
export type PhaseRecord = z.infer<typeof phaseRecord>;
const schema = z.object({
  quiet: z.string(),
  loud: z.string(),
  /** Processors, as a list. */
  limitedTo: z.string(),
  /** Where its memory was limited too. */
  memoryBytes: z.number().exactOptional(),
  phases: z.array(phaseRecord),
});
export type NeighbourRecord = z.infer<typeof schema>;

type Phase = PhaseRecord['phase'];
export const paceOf = (phase: Phase) => `pace-${phase}.txt`;

export function measureNeighbour(raw: Artefacts, asked: z.infer<typeof neighbourSettings>): Measured {
  const record = jsonArtefact(raw, recordArtefact, schema);
  const place = placeKept(raw);
  if (!record.ok) return onlyProblems(record.error);
  if (!place.ok) return onlyProblems(place.error);
  const parts = phases.map(phase => {
    const own = record.value.phases.find(each => each.phase === phase);
    return own === undefined
      ? onlyProblems(problem('/phases', `the phase ${phase}`, 'nothing'))
      : measurePhase(raw, own, record.value, asked.seconds);
  });
  return together([...parts, {samples: [], problems: [], findings: emulatedFindings(place.value)}]);
}

function problem(path: string, expected: string, found: string): ParseError {
  return {artefact: recordArtefact, path, expected, found};
}

function measurePhase(raw: Artefacts, own: PhaseRecord, record: NeighbourRecord, seconds: number): Measured {
  const {phase} = own;
  const artefact = paceOf(phase);
  const pace = computeOutput(raw, artefact, {command: 'pace'});
  if (!pace.ok) return onlyProblems(pace.error);
  const counts = countsIn(pace.value, artefact, ['count', 'wall_ns']);
  if (!counts.ok) return onlyProblems(counts.error);
  const {work_ns: work = [], late_ns: late = []} = pace.value.lists;
  const {count, wall_ns: wall} = counts.value;
  if (work.length !== count || late.length !== count || count === 0 || wall < seconds * 1e9)
    return onlyProblems({
      artefact,
      path: 'count',
      expected: `${seconds} s of work, piece by piece`,
      found: `${work.length} in ${wall} ns`,
    });
  const burned = burnedIn(raw, own, wall / 1e9);
  if (!burned.ok) return onlyProblems(burned.error);
  const looks = looksOf(own, record);
  if (!looks.ok) return onlyProblems(looks.error);
  const at = (path: string) => ({artefact, path});
  const samples = [
    ...timeSamples('compute.pace', work, {phase}, at('work_ns')),
    ...timeSamples('compute.lateness', late, {phase}, at('late_ns')),
    ...burned.value,
  ];
  return together([{samples, problems: [], findings: []}, measureLooks(looks.value, phase, record)]);
}

/** The neighbour's own rate; none where it had nothing to do. It must have burned all the while. */
function burnedIn(raw: Artefacts, own: PhaseRecord, paceSeconds: number): Result<readonly Sample[], ParseError> {
  const {phase, burning} = own;
  if (phase === 'alone') return {ok: true, value: []};
  const artefact = `burn-${phase}.txt`;
  const output = computeOutput(raw, artefact, {command: 'burn'});
  if (!output.ok) return output;
  const counts = countsIn(output.value, artefact, ['units', 'seconds']);
  if (!counts.ok) return counts;
  const until = own.begunBySeconds + paceSeconds;
  if (burning === undefined || burning.fromSeconds > own.askedAtSeconds || burning.untilSeconds < until) {
    const found = burning === undefined ? 'nothing' : `from ${burning.fromSeconds} to ${burning.untilSeconds} s`;
    return {ok: false, error: problem(phase, `a neighbour that burns from ${own.askedAtSeconds} to ${until} s`, found)};
  }
  const {units, seconds} = counts.value;
  if (units < 1) return {ok: false, error: {artefact, path: 'units', expected: 'work of the neighbour', found: '0'}};
  const from = {artefact, path: 'units'};
  return {ok: true, value: [{metric: 'compute.burned', unit: 'op/s', value: units / seconds, labels: {phase}, from}]};
}

interface Seen {
  quiet: readonly QemuThreads[];
  loud: readonly QemuThreads[];
}

function looksOf({phase, looks}: PhaseRecord, record: NeighbourRecord): Result<Seen, ParseError> {
  const seen: {quiet: QemuThreads[]; loud: QemuThreads[]} = {quiet: [], loud: []};
  for (const each of looks)
    for (const guest of ['quiet', 'loud'] as const) {
      const read = parseQemuThreads(each[guest], recordArtefact);
      if (!read.ok) return read;
      if (virtualProcessors(read.value).length === 0)
        return {ok: false, error: problem(`${phase}/looks`, `threads of virtual CPUs of ${record[guest]}`, 'none')};
      seen[guest].push(read.value);
    }
  return seen.loud.length > 1
    ? {ok: true, value: seen}
    : {ok: false, error: problem(`${phase}/looks`, 'two looks at the threads', String(seen.loud.length))};
}

function measureLooks({quiet, loud}: Seen, phase: Phase, record: NeighbourRecord): Measured {
  const from = {artefact: recordArtefact, path: `${phase}/looks`};
  const samples: Sample[] = [
    {metric: 'compute.run-delay', unit: 'ratio', value: delayIn(quiet), labels: {phase}, from},
  ];
  if (phase !== 'limited')
    return {
      samples: [...samples, ...(phase === 'alone' ? unlimited(quiet, loud, from) : [])],
      problems: [],
      findings: [],
    };
  const allowed = processorList(record.limitedTo) ?? [];
  // What is in force is read back: an order that nobody obeys limits nobody.
  const beyond = loud.flatMap(look =>
    virtualProcessors(look).filter(thread => thread.allowed.some(each => !allowed.includes(each))),
  );
  if (allowed.length === 0 || beyond.length > 0)
    return {
      samples,
      problems: [
        problem(
          'limited/looks',
          `${record.loud} held to ${record.limitedTo || 'some processors'}`,
          beyond[0]?.allowed.join() ?? 'nothing',
        ),
      ],
      findings: [],
    };
  const {memoryBytes} = record;
  const free =
    memoryBytes === undefined ? undefined : loud.find(look => !look.memoryLimits.some(each => each <= memoryBytes));
  if (free !== undefined) {
    const found = `${free.memoryLimits.join(', ') || 'no limit'} of its groups`;
    return {
      samples,
      problems: [problem('limited/looks', `${record.loud} held to ${memoryBytes} B`, found)],
      findings: [],
    };
  }
  const outside = loud.slice(1).flatMap((now, index) => ranOutside(loud[index], now, allowed));
  samples.push({metric: 'compute.outside', unit: 'count', value: outside.length, labels: {}, from});
  return {samples, problems: [], findings: []};
}

/** Virtual CPUs that ran since the look before, and are on another processor than they may use. */
function ranOutside(before: QemuThreads | undefined, now: QemuThreads, allowed: readonly number[]) {
  return virtualProcessors(now).filter(({name, processor, ranSeconds}) => {
    const was = before?.threads.find(each => each.name === name);
    return was !== undefined && ranSeconds > was.ranSeconds && !allowed.includes(processor);
  });
}

/** The share of the time that the guest's virtual CPUs wanted a processor and had none. */
function delayIn(looks: readonly QemuThreads[]): number {
  const [first, last] = [looks[0], looks.at(-1)];
  return first === undefined || last === undefined ? Number.NaN : sharesBetween(first, last).waited;
}

/** Guests that their owner has not held to what the guide names, before anything was changed. */
function unlimited(
  quiet: readonly QemuThreads[],
  loud: readonly QemuThreads[],
  from: Sample['from'],
): readonly Sample[] {
  const guests = [quiet[0], loud[0]].flatMap(each => each ?? []);
  const freeIn = {
    processors: (look: QemuThreads) =>
      virtualProcessors(look).some(
        ({allowed}) => allowed.length > mostProcessors || allowed.length >= look.online.length,
      ),
    memory: ({memoryLimits}: QemuThreads) => !memoryLimits.some(bytes => bytes <= mostMemoryBytes),
  };
  return (['processors', 'memory'] as const).map(resource => ({
    metric: 'compute.unlimited',
    unit: 'count',
    value: guests.filter(freeIn[resource]).length,
    labels: {resource},
    from,
  }));
}
