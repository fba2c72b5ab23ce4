/**
 * What a fault does to guests that it does not strike, under a stated load of theirs: random writes of fio on their own
 * disks, before, during and after it. The load is put on by `whileOthersAreLoaded`; the rest is pure.
 */
import {z} from 'zod';
import {loadBlockBytes, startLoad, stopLoad} from '../../harness/guest/rated-load.ts';
import {type LoggedOperation, logStepSeconds, parseLatencyLog} from '../../harness/parse/fio-latency-log.ts';
import type {Artefacts, Guest, Measured, ParseError, Result, Sample, Trial} from '../../harness/types.ts';
import {uptimeClock} from '../../reports/beacon/index.ts';
import {jsonArtefact, keepJson, parsedArtefact} from '../steps/artefacts.ts';
import {namesOf} from '../steps/guests.ts';
import {onlyProblems} from '../steps/measured.ts';
import {kindOf} from './facts.ts';
import {injectionSeconds, type Seen} from './seen.ts';

const artefact = 'load.json';
const logOf = (guest: string) => `load-${guest}.log`;
/** Less of what was asked for before the fault, and the load was another one. */
const leastShare = 0.75;

const loadSchema = z.object({
  perSecond: z.number(),
  blockBytes: z.number(),
  /** Why there is no log of a guest. */
  guests: z.array(z.object({guest: z.string(), why: z.string().optional()})),
});
type LoadRecord = z.infer<typeof loadSchema>;

/** Whatever becomes of the body, the guests' logs are kept, or why there is none. */
export async function whileOthersAreLoaded<T>(
  trial: Trial,
  guests: readonly Guest[],
  {perSecond, seconds}: {perSecond: number; seconds: number},
  body: () => Promise<T>,
): Promise<T> {
  if (perSecond === 0 || guests.length === 0) return body();
  trial.say(`${perSecond} writes a second in ${namesOf(guests)}`);
  const started = await Promise.all(guests.map(guest => startLoad(trial.cluster, guest, {perSecond, seconds})));
  try {
    return await body();
  } finally {
    const ended = await Promise.all(
      guests.map((guest, index) => endLoad(trial, guest, started[index] ?? {ok: false, error: 'it did not begin'})),
    );
    await keepJson(trial, artefact, {perSecond, blockBytes: loadBlockBytes, guests: ended} satisfies LoadRecord);
  }
}

async function endLoad(
  {cluster, keep}: Trial,
  guest: Guest,
  started: Result<void, string>,
): Promise<LoadRecord['guests'][number]> {
  if (!started.ok) return {guest: guest.name, why: started.error};
  const done = await stopLoad(cluster, guest);
  if (!done.ok) return {guest: guest.name, why: done.error};
  await keep(logOf(guest.name), done.value.log);
  await keep(`load-${guest.name}.json`, done.value.report);
  return {guest: guest.name};
}

/** Nothing where no load was asked for. What is missing of it is a problem, and no figure of this guest is given. */
export function measureLoad(raw: Artefacts, seen: Seen, guest: string): Measured {
  if (!raw.names.includes(artefact)) return onlyProblems();
  const record = jsonArtefact(raw, artefact, loadSchema);
  if (!record.ok) return onlyProblems(record.error);
  const own = record.value.guests.find(each => each.guest === guest);
  if (own === undefined || own.why !== undefined) {
    const found = own?.why ?? 'none';
    return onlyProblems({artefact, path: guest, expected: `the load of ${guest}`, found});
  }
  const operations = parsedArtefact(raw, logOf(guest), parseLatencyLog);
  if (!operations.ok) return onlyProblems(operations.error);
  const spans = spansOf(seen, guest);
  if (!spans.ok) return onlyProblems(spans.error);
  const {perSecond, blockBytes} = record.value;
  const load = `${perSecond} writes/s of ${blockBytes / 1024} KiB`;
  const labels = {fault: kindOf(seen.facts.fault), guest, load};
  const shortfall = shortfallOf(operations.value, spans.value, perSecond);
  if (shortfall !== undefined) return onlyProblems({artefact: logOf(guest), path: guest, ...shortfall});
  const figures = [gapSample(operations.value, spans.value), ...latencies(operations.value, spans.value)];
  return {
    samples: figures.map(each => ({
      ...each,
      labels: {...labels, ...each.labels},
      from: {...each.from, artefact: logOf(guest)},
    })),
    problems: [],
    findings: [],
  };
}

/** Of the fault, on the guest's clock since boot. */
interface Spans {
  struckSeconds: number;
  overSeconds: number;
  halfWidthSeconds: number;
}

/** Over when the guests that were struck had back what was taken from them. */
function spansOf(seen: Seen, guest: string): Result<Spans, ParseError> {
  const clock = uptimeClock(seen.log, guest);
  if (clock === undefined) {
    const expected = 'replies, to place its load in time';
    return {ok: false, error: {artefact: 'beacon.log', path: guest, expected, found: 'none'}};
  }
  const {injection, waitedUntilWallMs} = seen.facts;
  const struckSeconds = injectionSeconds(seen) - clock.offsetSeconds;
  const overSeconds = struckSeconds + (waitedUntilWallMs - injection.wallBeforeMs) / 1000;
  const halfWidthSeconds = clock.halfWidthSeconds + seen.clock.halfWidthMs / 1000 + logStepSeconds;
  return {ok: true, value: {struckSeconds, overSeconds, halfWidthSeconds}};
}

/** The load must have been there before the fault as it was asked for, and must have gone on until after it. */
function shortfallOf(
  operations: readonly LoggedOperation[],
  {struckSeconds, overSeconds}: Spans,
  perSecond: number,
): {expected: string; found: string} | undefined {
  const [first, last] = [operations[0], operations.at(-1)];
  if (first === undefined || last === undefined) return {expected: 'operations', found: 'none'};
  const before = operations.filter(({completedSeconds}) => completedSeconds < struckSeconds).length;
  const rate = before / (struckSeconds - first.issuedSeconds);
  if (!(rate >= leastShare * perSecond)) {
    const expected = `a load of ${perSecond} writes a second before the fault`;
    return {expected, found: before === 0 ? 'none' : `${rate.toFixed(1)} a second`};
  }
  if (last.completedSeconds > overSeconds) return undefined;
  const early = (overSeconds - last.completedSeconds).toFixed(1);
  return {expected: 'a load until after the fault', found: `one that ended ${early} s before the fault was over`};
}

type Figure = Sample & {from: {path: string}};

function gapSample(operations: readonly LoggedOperation[], {struckSeconds}: Spans): Figure {
  let [value, until] = [0, struckSeconds];
  operations.forEach(({completedSeconds}, index) => {
    const gap = completedSeconds - (operations[index - 1]?.completedSeconds ?? completedSeconds);
    if (completedSeconds > struckSeconds && gap > value) [value, until] = [gap, completedSeconds];
  });
  const path = `no write completed for so long until ${until.toFixed(3)} s after boot`;
  return {
    metric: 'disruption.io-gap',
    unit: 's',
    value,
    halfWidth: logStepSeconds,
    labels: {},
    from: {artefact: '', path},
  };
}

/** An operation that was under way in a moment of the fault belongs to it, however late it ended. */
function latencies(operations: readonly LoggedOperation[], spans: Spans): readonly Figure[] {
  const {struckSeconds, overSeconds, halfWidthSeconds} = spans;
  const whenOf = ({issuedSeconds, completedSeconds}: LoggedOperation) =>
    completedSeconds < struckSeconds - halfWidthSeconds
      ? 'before'
      : issuedSeconds > overSeconds + halfWidthSeconds
        ? 'after'
        : 'during';
  const groups = Map.groupBy(operations, whenOf);
  return [...groups].map(([when, some]): Figure => {
    const seconds = some
      .map(({issuedSeconds, completedSeconds}) => completedSeconds - issuedSeconds)
      .sort((a, b) => a - b);
    const value = seconds[Math.ceil(0.99 * seconds.length) - 1] ?? Number.NaN;
    const path = `${some.length} writes ${when} the fault`;
    const labels = {when, percentile: 'p99'};
    return {
      metric: 'disruption.latency',
      unit: 's',
      value,
      operations: some.length,
      labels,
      from: {artefact: '', path},
    };
  });
}
