/** fio's report as a trial kept it, with nothing in it that forbids judging, or what is wrong with it. */

import {parseFio} from '../../harness/parse/fio.ts';
import type {FioReport, FioWarning} from '../../harness/parse/fio-report.ts';
import type {Artefacts, Finding, ParseError, Result} from '../../harness/types.ts';
import {toolOutput, withLastWords} from './artefacts.ts';
import {guestsKept} from './guests.ts';

export interface LoadReport {
  report: FioReport;
  /** A latency beyond fio's last bin. */
  saturated: boolean;
}

export interface Asked {
  /** How many clients took part. */
  clients: number;
  /** Who they were: each must be there, and nobody else. */
  servers?: readonly string[];
  requestedRuntimeSeconds?: number | undefined;
}

/** The report of one artefact. */
export function fioReport(
  raw: Artefacts,
  artefact: string,
  {clients, servers, requestedRuntimeSeconds}: Asked,
): Result<LoadReport, readonly ParseError[]> {
  const output = toolOutput(raw, artefact);
  if (!output.ok) return {ok: false, error: [output.error]};
  const {text, exitCode, stderr} = output.value;
  const asked = requestedRuntimeSeconds === undefined ? {} : {requestedRuntimeSeconds};
  const parsed = parseFio(text, artefact, {exitCode, clients, ...asked});
  if (!parsed.ok) return {ok: false, error: [withLastWords(parsed.error, stderr)]};
  const problems = [
    ...warningProblems(parsed.value, artefact, ['saturated']),
    ...otherClients(parsed.value, artefact, servers),
  ];
  if (problems.length > 0) return {ok: false, error: problems};
  return {ok: true, value: {report: parsed.value, saturated: parsed.value.warnings.length > 0}};
}

/** What fio's parser warns of, but for what is meant or told otherwise. */
export function warningProblems(
  {warnings}: FioReport,
  artefact: string,
  lawful: readonly FioWarning['kind'][],
): readonly ParseError[] {
  return warnings
    .filter(({kind}) => !lawful.includes(kind))
    .map(({path, expected, found}) => ({artefact, path, expected, found}));
}

function otherClients({clients}: FioReport, artefact: string, servers: readonly string[] | undefined): ParseError[] {
  if (servers === undefined) return [];
  const wanted = [...servers].sort();
  if (clients.join() === wanted.join()) return [];
  return [{artefact, path: '/client_stats', expected: wanted.join(', '), found: clients.join(', ') || 'none'}];
}

/** The report of a load on the kept guests. `loaded`: only so many of them, the first ones, took part. */
export function guestsReport(
  raw: Artefacts,
  artefact: string,
  requestedRuntimeSeconds: number | undefined,
  loaded?: number,
): Result<LoadReport, readonly ParseError[]> {
  const guests = guestsKept(raw);
  if (!guests.ok) return {ok: false, error: [guests.error]};
  const servers = guests.value.slice(0, loaded).map(guest => guest.server);
  return fioReport(raw, artefact, {clients: servers.length, servers, requestedRuntimeSeconds});
}

export function saturatedFindings({saturated}: LoadReport, artefact: string): readonly Finding[] {
  if (!saturated) return [];
  const detail = "a latency beyond fio's last bin: percentiles there are lower bounds";
  return [{severity: 'warning', invariant: 'no I/O waits beyond 17.1 s', detail, artefact}];
}
