/** What the work of a trial printed: kept with how it ended, and read back. */
import {type ComputeReport, countIn, parseCompute} from '../../harness/parse/compute.ts';
import type {Artefacts, ParseError, Result, Sample} from '../../harness/types.ts';
import {stderrOf, toolOutput, withLastWords} from '../steps/artefacts.ts';
import {tailPercentiles} from '../steps/fio-samples.ts';

/** What a command printed that ended well. */
export function computeOutputText(raw: Artefacts, name: string): Result<string, ParseError> {
  const output = toolOutput(raw, name);
  if (!output.ok) return output;
  const {text, exitCode, stderr} = output.value;
  if (exitCode === 0) return {ok: true, value: text};
  const error = {artefact: name, path: 'exit', expected: 'exit code 0', found: `exit code ${exitCode}`};
  return {ok: false, error: withLastWords(error, stderr)};
}

/** The report of a command that ended well; these values must be as stated. */
export function computeOutput(
  raw: Artefacts,
  name: string,
  expected: Readonly<Record<string, string>>,
): Result<ComputeReport, ParseError> {
  const output = computeOutputText(raw, name);
  if (!output.ok) return output;
  const report = parseCompute(output.value, name);
  if (!report.ok) return {ok: false, error: withLastWords(report.error, stderrOf(raw, name))};
  for (const [path, value] of Object.entries(expected)) {
    const found = path === 'command' ? report.value.command : (report.value.words[path] ?? 'nothing');
    if (found !== value) return {ok: false, error: {artefact: name, path, expected: value, found}};
  }
  return report;
}

/** Those values, all whole numbers. */
export function countsIn<Name extends string>(
  report: ComputeReport,
  artefact: string,
  names: readonly Name[],
): Result<Readonly<Record<Name, number>>, ParseError> {
  const counts: Partial<Record<Name, number>> = {};
  for (const name of names) {
    const count = countIn(report, name, artefact);
    if (!count.ok) return count;
    counts[name] = count.value;
  }
  return {ok: true, value: counts as Record<Name, number>};
}

/** The nearest-rank percentiles of times in nanoseconds, those that so many can show. */
export function timeSamples(
  metric: string,
  nanoseconds: readonly number[],
  labels: Sample['labels'],
  from: Sample['from'],
): readonly Sample[] {
  const sorted = nanoseconds.toSorted((a, b) => a - b);
  return tailPercentiles.flatMap(([percentile, p]): readonly Sample[] => {
    const value = sorted[Math.ceil(p * sorted.length) - 1];
    if (value === undefined || sorted.length * (1 - p) < 1) return [];
    const of = {...labels, percentile};
    return [{metric, unit: 's', value: value / 1e9, labels: of, from, operations: sorted.length}];
  });
}
