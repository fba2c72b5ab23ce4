/** Which part of a store is slower than its like. Pure. */
import {z} from 'zod';
import {fioTotals} from '../../harness/parse/fio-totals.ts';
import {readJson} from '../../harness/parse/json.ts';
import type {Artefacts, Finding, Measured, ParseError, PlannedTrial, Result, Sample} from '../../harness/types.ts';
import {jsonArtefact, parsedArtefact} from '../steps/artefacts.ts';
import {bytesOf, fillProblems} from '../steps/fio-load.ts';
import {fioReport} from '../steps/fio-report.ts';
import {generatorFinding, generatorOf} from '../steps/generator.ts';
import {guestsKept} from '../steps/guests.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {readParameters} from '../steps/parameters.ts';
import {artefactOf, type Part, partsArtefact, partsSchema, uniformitySettings} from './uniformity-parts.ts';

type Settings = z.infer<typeof uniformitySettings>;

/** As `ceph tell osd.N bench` prints it. */
const bench = z.object({bytes_written: z.number().positive(), elapsed_sec: z.number().positive(), iops: z.number()});

export function measureUniformity(raw: Artefacts, planned: PlannedTrial): Measured {
  const asked = readParameters(uniformitySettings, planned.parameters);
  if (!asked.ok) return onlyProblems(asked.error);
  const record = jsonArtefact(raw, partsArtefact, partsSchema);
  if (!record.ok) return onlyProblems(record.error);
  const {parts, notTried} = record.value;
  const groups = Map.groupBy(parts, ({group}) => group);
  const findings = notTried.map((detail): Finding => {
    const invariant = 'every part of the store is tried alone';
    return {severity: 'warning', invariant, detail: `not tried: ${detail}`, artefact: partsArtefact};
  });
  return together([
    {...onlyProblems(), findings},
    ...[...groups.values()].map(group => measureGroup(raw, group, asked.value)),
  ]);
}

interface Tried {
  part: Part;
  /** Operations a second, round by round. */
  rates: readonly number[];
}

function measureGroup(raw: Artefacts, parts: readonly Part[], asked: Settings): Measured {
  const unfilled = parts[0]?.kind === 'guest' ? fillProblems(raw, bytesOf(asked.sizeMiB)) : [];
  if (unfilled.length > 0) return onlyProblems(...unfilled);
  const tried: Tried[] = [];
  const problems: ParseError[] = [];
  for (const part of parts) {
    const rates = Array.from({length: asked.rounds}, (_, index) => rateOf(raw, part, index + 1, asked.seconds));
    problems.push(...rates.flatMap(each => (each.ok ? [] : each.error)));
    tried.push({part, rates: rates.flatMap(each => (each.ok ? [each.value] : []))});
  }
  // With a part missing nobody knows which one is the slowest.
  if (problems.length > 0) return onlyProblems(...problems);
  return together([
    {
      ...onlyProblems(),
      samples: tried.map(aloneSample),
      findings: tried.flatMap(({part}) => limited(raw, part, asked)),
    },
    ...(tried.length > 1 ? [evenness(tried, asked.outlierPercent / 100)] : []),
  ]);
}

function rateOf(raw: Artefacts, part: Part, round: number, seconds: number): Result<number, readonly ParseError[]> {
  const artefact = artefactOf(part, round);
  if (part.kind === 'osd') {
    const read = parsedArtefact(raw, artefact, text => readJson(text, artefact, bench));
    return read.ok ? {ok: true, value: read.value.iops} : {ok: false, error: [read.error]};
  }
  const servers = part.kind === 'guest' ? serverOf(raw, part.name) : {};
  const clients = part.kind === 'guest' ? 1 : 0;
  const report = fioReport(raw, artefact, {clients, ...servers, requestedRuntimeSeconds: seconds});
  if (!report.ok) return report;
  const totals = fioTotals(report.value.report, ['read', 'write'], artefact);
  return totals.ok ? {ok: true, value: totals.value.iops} : {ok: false, error: [totals.error]};
}

function serverOf(raw: Artefacts, name: string): {servers?: readonly string[]} {
  const guests = guestsKept(raw);
  const server = guests.ok ? guests.value.find(each => each.name === name)?.server : undefined;
  return server === undefined ? {} : {servers: [server]};
}

function aloneSample({part, rates}: Tried): Sample {
  const {name, host, group, kind} = part;
  const labels = {kind: group, part: kind === 'osd' && host !== undefined ? `${name} of ${host}` : name};
  const from = {artefact: artefactOf(part, 1), path: `median of ${rates.length} rounds`};
  return {metric: 'storage.alone', unit: 'op/s', value: median(rates), labels, from};
}

/** Round by round against the median of the others of that round: what drifts falls on all of them alike. */
function evenness(tried: readonly Tried[], outlier: number): Measured {
  const shares = tried.map(one => {
    const ratios = one.rates.map((rate, round) => {
      const others = tried.filter(each => each !== one).map(({rates}) => rates[round] ?? Number.NaN);
      return rate / median(others);
    });
    return {...one, ratios, share: median(ratios)};
  });
  const [slowest] = shares.sort((a, b) => a.share - b.share);
  if (slowest === undefined) return onlyProblems();
  const {part} = slowest;
  const from = {artefact: artefactOf(part, 1), path: aloneSample(slowest).labels.part ?? part.name};
  const sample: Sample = {
    metric: 'storage.evenness',
    unit: 'ratio',
    value: slowest.share,
    labels: {kind: part.group},
    from,
  };
  return {
    ...onlyProblems(),
    samples: [sample],
    findings: shares.filter(({share}) => share < outlier).map(outlierFinding),
  };
}

function outlierFinding({part, rates, ratios, share}: Tried & {ratios: readonly number[]; share: number}): Finding {
  const percent = (ratio: number) => `${Math.round(ratio * 100)} %`;
  const {part: name} = aloneSample({part, rates}).labels;
  return {
    severity: 'warning',
    invariant: 'parts of the store that ought to be alike are',
    detail: `${name} does ${percent(share)} of what the others of its kind do (${ratios.map(percent).join(', ')} round by round)`,
    artefact: artefactOf(part, 1),
  };
}

/** A guest whose own processors were the limit says nothing of its disk. */
function limited(raw: Artefacts, part: Part, {rounds}: Settings): readonly Finding[] {
  if (part.kind !== 'guest') return [];
  const looks = Array.from({length: rounds}, (_, index) =>
    generatorOf(raw, artefactOf(part, index + 1).replace('.json', ''), {}),
  );
  const limits = looks.flatMap(each => (each?.ok && each.value.limit !== undefined ? [each.value.limit] : []));
  const [first] = limits;
  const artefact = artefactOf(part, 1);
  return first === undefined ? [] : [generatorFinding(`${limits.length} of ${rounds} rounds: ${first}`, artefact)];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [lower, upper] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return lower === undefined || upper === undefined ? Number.NaN : (lower + upper) / 2;
}
