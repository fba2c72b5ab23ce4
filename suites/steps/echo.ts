/** A client's echoes to one address, every few milliseconds, and the times without an answer among them. */
import {pingArrivals} from '../../harness/parse/ping-arrivals.ts';
import type {Artefacts, Command, Outcome, ParseError, Result, Running, Trial} from '../../harness/types.ts';
import {parsedArtefact} from './artefacts.ts';

export const echoArtefact = 'echo.txt';
const graceMs = 3_000;

export function echoCommand(address: string, intervalMs: number, seconds: number): Command {
  const count = Math.ceil((seconds * 1000) / intervalMs);
  const argv = ['ping', '-D', '-n', '-i', String(intervalMs / 1000), '-W', '1', '-c', String(count), address] as const;
  return {argv, timeoutMs: (seconds + 30) * 1000, idempotent: false};
}

/** As `Trial.record` keeps a command that was run to its end. */
export async function keepEnd(trial: Trial, name: string, running: Running): Promise<void> {
  const {stdout, ...rest}: Outcome = await running.stop(graceMs);
  await trial.keep(name, stdout);
  await trial.keep(`${name}.meta.json`, `${JSON.stringify(rest, null, 1)}\n`);
}

/** What places echoes in time: when the fault struck, by whose clock, and whose clock the echoes have. */
export interface EchoFacts {
  address: string;
  intervalMs: number;
  /** The client's clock less the harness's. */
  clock: {offsetMs: number};
  injection: {wallBeforeMs: number};
}

/** Seconds since the injection, of a time by the client's clock. */
export function sinceInjection({clock, injection}: EchoFacts, atSeconds: number): number {
  return atSeconds - (clock.offsetMs + injection.wallBeforeMs) / 1000;
}

export interface Echoes {
  /** Arrivals of answers in seconds since the injection, ascending. */
  at: readonly number[];
  /** When the last request had been waited for. */
  end: number;
}

/** A watch that ended sooner after the fault has seen nothing of it. */
const leastWatchSeconds = 1;

/** An error where it was cut off, or where nothing answered before the fault: it then tells nothing of the fault. */
export function echoesOf(raw: Artefacts, facts: EchoFacts): Result<Echoes, ParseError> {
  const answers = parsedArtefact(raw, echoArtefact, pingArrivals);
  if (!answers.ok) return answers;
  const problem = (expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact: echoArtefact, path: facts.address, expected, found},
  });
  const at = answers.value.atSeconds.map(each => sinceInjection(facts, each));
  const [first] = at;
  if (first === undefined || first > -1)
    return problem('answers for a second before the fault', 'none: nothing is known about the switch');
  if (!answers.value.whole) return problem('answers until the watch ended', 'a text that is cut off');
  const end = endOfWatch(raw, facts);
  if (!end.ok) return end;
  if (end.value < leastWatchSeconds)
    return problem(`echoes for ${leastWatchSeconds} s after the fault`, `the last ${end.value.toFixed(1)} s after it`);
  return {ok: true, value: {at, end: end.value}};
}

/** When the echo was ended, since the injection: the length of the command, from the time of its own summary. */
function endOfWatch(raw: Artefacts, facts: EchoFacts): Result<number, ParseError> {
  const text = raw.text(echoArtefact);
  if (!text.ok) return text;
  const [, duration] = /, time (\d+)ms$/m.exec(text.value) ?? [];
  const [, stamp, sequence] = /^\[(\d+\.\d+)\] \d+ bytes from .* icmp_seq=(\d+) /m.exec(text.value) ?? [];
  if (duration !== undefined && sequence !== undefined && stamp !== undefined) {
    const began = Number(stamp) - ((Number(sequence) - 1) * facts.intervalMs) / 1000;
    return {ok: true, value: sinceInjection(facts, began + Number(duration) / 1000)};
  }
  return {ok: false, error: {artefact: echoArtefact, path: 'summary', expected: 'how long ping ran', found: 'nothing'}};
}

export interface Silence {
  from: number;
  /** Less the interval: what two echoes in a row would have shown. */
  seconds: number;
  /** It had not ended when one looked for the last time. */
  open: boolean;
}

/** The longest time without an answer that ended after `from`, or that `until` cut short. */
export function longestSilence(
  at: readonly number[],
  {from, until, intervalMs}: {from: number; until: number; intervalMs: number},
): Silence {
  const within = [...at.filter(each => each < until), until];
  const gaps = within.map((end, index) => ({from: within[index - 1] ?? end, end}));
  const after = gaps.filter(({end}) => end > from);
  const longest = after.reduce((most, gap) => (gap.end - gap.from > most.end - most.from ? gap : most));
  // A silence that is not over may become longer than any before it.
  const last = after.at(-1);
  return {
    from: longest.from,
    seconds: Math.max(0, longest.end - longest.from - intervalMs / 1000),
    open: last !== undefined && last.end === until && last.end - last.from > 1,
  };
}
