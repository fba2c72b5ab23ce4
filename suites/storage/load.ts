/** What the storage scenarios share: load on all guests at once, and samples out of fio's output. */
import {z} from 'zod';
import {type FioReport, parseFio} from '../../harness/parse/fio.ts';
import {fioTotals, latencyWithin} from '../../harness/parse/fio-totals.ts';
import type {
  Artefacts,
  Cluster,
  Command,
  Finding,
  Guest,
  Measured,
  ParseError,
  Result,
  Sample,
  Trial,
} from '../../harness/types.ts';
import {type FioJobFile, fioOverClients} from '../../harness/workloads/fio.ts';
import {readJson, toolOutput, withLastWords} from '../outcome.ts';

export const mebibyte = 2 ** 20;
/** Slower than any disk that is worth a test: bounds how long a fill may take. */
const slowestBytesPerSecond = 10e6;

export const fillArtefact = 'fio-fill.json';
const guestsArtefact = 'guests.json';

/** The same job in each guest, started by the client over fio's own protocol. */
export function onGuests(guests: readonly Guest[], jobOf: (guest: Guest) => FioJobFile, runSeconds: number): Command {
  const loads = guests.map(guest => ({server: {address: guest.address, port: guest.ports.fio}, job: jobOf(guest)}));
  return fioOverClients(loads, runSeconds);
}

export function fillSeconds(bytes: number, guests: number): number {
  return (bytes * guests) / slowestBytesPerSecond;
}

/** The guests that take part: the first `most`. */
export function chosenGuests(cluster: Cluster, most: number): readonly Guest[] {
  return cluster.guests.slice(0, most);
}

export async function keepGuests(trial: Trial, guests: readonly Guest[]): Promise<void> {
  const servers = guests.map(guest => ({name: guest.name, server: `${guest.address}:${guest.ports.fio}`}));
  await trial.keep(guestsArtefact, `${JSON.stringify(servers, null, 1)}\n`);
}

const servers = z.array(z.object({name: z.string(), server: z.string()})).min(1);

/** How many guests were kept. */
export function guestsKept(raw: Artefacts): Result<number, ParseError> {
  const guests = readJson(raw, guestsArtefact, servers);
  return guests.ok ? {ok: true, value: guests.value.length} : guests;
}

/** The report of one artefact, with nothing in it that forbids judging. `loaded`: only so many of the kept guests, the first ones, took part. */
export function reportOf(
  raw: Artefacts,
  artefact: string,
  requestedRuntimeSeconds: number | undefined,
  loaded?: number,
): Result<{report: FioReport; saturated: boolean}, readonly ParseError[]> {
  const guests = readJson(raw, guestsArtefact, servers);
  if (!guests.ok) return {ok: false, error: [guests.error]};
  const output = toolOutput(raw, artefact);
  if (!output.ok) return {ok: false, error: [output.error]};
  const {text, exitCode, stderr} = output.value;
  const wanted = guests.value
    .slice(0, loaded)
    .map(guest => guest.server)
    .sort();
  const asked = requestedRuntimeSeconds === undefined ? {} : {requestedRuntimeSeconds};
  const parsed = parseFio(text, artefact, {exitCode, clients: wanted.length, ...asked});
  if (!parsed.ok) return {ok: false, error: [withLastWords(parsed.error, stderr)]};
  const report = parsed.value;
  const problems: ParseError[] = report.warnings
    .filter(warning => warning.kind !== 'saturated')
    .map(({path, expected, found}) => ({artefact, path, expected, found}));
  if (report.clients.join() !== wanted.join()) {
    const found = report.clients.join(', ') || 'none';
    problems.push({artefact, path: '/client_stats', expected: wanted.join(', '), found});
  }
  if (problems.length > 0) return {ok: false, error: problems};
  return {ok: true, value: {report, saturated: report.warnings.length > 0}};
}

/** `max` is the longest single I/O. */
const percentiles: readonly (readonly [label: string, p: number])[] = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p99.9', 0.999],
];

export type Direction = 'read' | 'write';

/** Samples of one pattern: rates, latencies and runtime per direction, and for two directions in total. */
export function samplesOf(
  report: FioReport,
  artefact: string,
  pattern: string,
  directions: readonly Direction[],
): Result<readonly Sample[], ParseError> {
  const samples: Sample[] = [];
  const sides = directions.map(direction => ({label: direction as string, of: [direction]}));
  if (directions.length > 1) sides.push({label: 'total', of: [...directions]});
  let longest: Sample | undefined;
  for (const {label: direction, of} of sides) {
    const totals = fioTotals(report, of, artefact);
    if (!totals.ok) return totals;
    const {iops, bytesPerSecond, runtimeSeconds, maxSeconds, path} = totals.value;
    const labels = {pattern, direction};
    samples.push(
      {metric: 'storage.iops', unit: 'op/s', value: iops, labels, from: {artefact, path: `${path}/iops`}},
      {
        metric: 'storage.bandwidth',
        unit: 'B/s',
        value: bytesPerSecond,
        labels,
        from: {artefact, path: `${path}/bw_bytes`},
      },
    );
    const latency = (percentile: string, value: number, key: string): Sample => ({
      metric: 'storage.latency',
      unit: 's',
      value,
      labels: {...labels, percentile},
      from: {artefact, path: `${path}/clat_ns/${key}`},
    });
    for (const [label, p] of percentiles) {
      const share = latencyWithin(totals.value, p, artefact);
      if (!share.ok) return share;
      const {seconds, halfWidthSeconds, saturated} = share.value;
      samples.push({
        ...latency(label, seconds, 'bins'),
        halfWidth: halfWidthSeconds,
        ...(saturated ? {censored: true as const} : {}),
        operations: totals.value.operations,
      });
    }
    samples.push(latency('max', maxSeconds, 'max'));
    if (longest === undefined || runtimeSeconds > longest.value) {
      const from = {artefact, path: `${path}/runtime`};
      longest = {metric: 'storage.runtime', unit: 's', value: runtimeSeconds, labels: {pattern}, from};
    }
  }
  if (longest !== undefined) samples.push(longest);
  return {ok: true, value: samples};
}

export function saturatedFinding(artefact: string): Finding {
  return {
    severity: 'warning',
    invariant: 'no I/O waits beyond 17.1 s',
    detail: "a latency beyond fio's last bin: percentiles there are lower bounds",
    artefact,
  };
}

/** A fill that failed leaves holes in the device: reads of them say nothing about the disk. */
export function fillProblems(raw: Artefacts): readonly ParseError[] {
  const fill = reportOf(raw, fillArtefact, undefined);
  return fill.ok ? [] : fill.error;
}

export function onlyProblems(problems: readonly ParseError[]): Measured {
  return {samples: [], problems, findings: []};
}
