/**
 * A run folder → what the history keeps of it. Judged by the register that was stored with the run, and by the
 * scenarios of today.
 */
import {createHash} from 'node:crypto';
import {resolve} from 'node:path';
import type {Parameters, Sample, StoredRun} from '../../../../harness/types.ts';
import {type Piece, runPiece} from '../../../../reports/judge/counted-once.ts';
import {damageSentence} from '../../../../reports/run/build.ts';
import type {Report} from '../../../../reports/run/report.ts';
import type {Night, SeriesKey} from '../../../../reports/trend/index.ts';
import {scenarios} from '../../../../suites/index.ts';
import {registerOf} from '../claims-register.ts';
import {judgeRun} from '../judge-run.ts';
import {requirePluginsOf} from '../plugins/loaded.ts';
import {storedRunIn} from '../stored-run.ts';

export interface RunToImport {
  night: Night;
  suite: string;
  /** Id of the run whose suspected changes it measured again. */
  confirms?: string;
  /** Digest of the run's content: the same run, the same text. */
  content: string;
  /** It ended, and no byte of it was altered: it will never be another one. */
  whole: boolean;
  facts: Readonly<Record<string, string>>;
  /** When it ran and what it measured: a copy under another id is told by it. */
  piece: Piece;
  samples: readonly {series: SeriesKey; trial: number; value: number; halfWidth?: number; censored?: true}[];
  verdicts: readonly VerdictRow[];
}

export interface VerdictRow {
  target: string;
  claim: string;
  verdict: 'met' | 'missed' | 'undecided';
  value?: number;
  low?: number;
  high?: number;
  reason: string;
}

export async function readRunToImport(folder: string): Promise<RunToImport> {
  const path = resolve(folder);
  const run = await storedRunIn(folder);
  requirePluginsOf(run.header);
  const register = registerOf(run.claims, `${folder}/claims.yaml`);
  return toImport(run, judgeRun(run, register.claims, scenarios), path);
}

/** Digest of what a run holds; of a whole one without damage. */
export function contentOf({header, plan, ended, trials, claims}: StoredRun, damage: Report['damage'] = []): string {
  const records = trials.map(({record}) => record);
  return sha256(JSON.stringify([header, plan, ended ?? null, records, claims, damage]));
}

/** Pure. */
export function toImport(run: StoredRun, report: Report, folder: string): RunToImport {
  const {header, plan} = run;
  const facts = factsOf(run);
  const ended = report.overall === 'unhealed' ? 'unhealed' : report.ended.status;
  const [first] = report.damage;
  // Who cannot say what was taken away cannot say that a night was like the others.
  const counts = ended === 'complete' && first === undefined;
  const more = report.damage.length > 1 ? ` (and ${report.damage.length - 1} more)` : '';
  const parameters = new Map(plan.trials.map(trial => [trial.slot, trial.parameters]));
  const night: Night = {
    id: header.id,
    folder,
    startedAt: header.startedAt,
    cluster: header.cluster,
    quick: header.quick,
    ...(header.only === undefined ? {} : {only: header.only}),
    status: ended,
    reason: first === undefined ? report.ended.reason : `it is damaged: ${damageSentence(first)}${more}`,
    scenarios: [...new Set(plan.trials.map(({scenario}) => scenario))],
    profiles: plan.profiles,
    notApplicable: plan.notApplicable,
    incomplete: incompleteTrials(run, report),
    critical: report.findings
      .filter(({severity}) => severity === 'critical')
      .map(({trial, invariant, detail}) => `trial ${trial}: ${invariant}: ${detail}`),
    fingerprint: fingerprintOf(facts),
    counts,
  };
  return {
    night,
    suite: header.suite,
    ...(header.confirms === undefined ? {} : {confirms: header.confirms}),
    content: contentOf(run, report.damage),
    // One that was stopped may be resumed.
    whole: run.ended !== undefined && run.ended.status !== 'aborted' && report.damage.length === 0,
    facts,
    piece: runPiece(report),
    samples: counts
      ? report.samples.flatMap(sample => {
          const trial = Number(sample.labels.trial);
          const own = parameters.get(trial);
          return own === undefined || !Number.isFinite(sample.value)
            ? []
            : [sampleOf(sample, header.cluster, header.quick, trial, own)];
        })
      : [],
    verdicts: report.verdicts.flatMap(({claim, targets}) =>
      targets.map(({target, verdict}): VerdictRow => {
        const {estimate} = verdict;
        return {
          target: target.id,
          claim: claim.id,
          verdict: verdict.kind,
          ...(estimate === undefined ? {} : finite({value: estimate.value, low: estimate.low, high: estimate.high})),
          reason: verdict.kind === 'undecided' ? verdict.reason : '',
        };
      }),
    ),
  };
}

function sampleOf(
  sample: Sample,
  cluster: string,
  quick: boolean,
  trial: number,
  parameters: Parameters,
): RunToImport['samples'][number] {
  const {scenario = '', profile = '', trial: _slot, repetition: _repetition, ...labels} = sample.labels;
  const series: SeriesKey = {
    cluster,
    metric: sample.metric,
    unit: sample.unit,
    scenario,
    profile,
    quick,
    labels,
    parameters,
  };
  return {
    series,
    trial,
    value: sample.value,
    ...(sample.halfWidth === undefined ? {} : {halfWidth: sample.halfWidth}),
    ...(sample.censored ? {censored: true} : {}),
  };
}

/** An open end of an interval is an absent one: SQLite has infinity, JSON has not. */
function finite<K extends string>(numbers: Readonly<Record<K, number>>): Partial<Record<K, number>> {
  const kept: Partial<Record<K, number>> = {};
  for (const key in numbers) if (Number.isFinite(numbers[key])) kept[key] = numbers[key];
  return kept;
}

/** A planned trial without all of its scenario's metrics is a hole in the night. */
function incompleteTrials(run: StoredRun, report: Report): Night['incomplete'] {
  const given = Map.groupBy(report.samples, ({labels}) => Number(labels.trial));
  return run.plan.trials.flatMap(({slot, scenario, profile}) => {
    const row = report.trials.find(trial => trial.slot === slot);
    const name = `${scenario} under ${profile}`;
    if (row === undefined) return [{trial: slot, scenario, reason: `${name} never ran`}];
    if (row.status !== 'done') return [{trial: slot, scenario, reason: `${name} ${row.status}: ${row.reason}`}];
    const has = new Set(given.get(slot)?.map(({metric}) => metric));
    const lacking = scenarios.find(one => one.name === scenario)?.provides.filter(metric => !has.has(metric)) ?? [];
    return lacking.length === 0 ? [] : [{trial: slot, scenario, reason: `${name} gave no ${lacking.join(', ')}`}];
  });
}

/**
 * Of which a new one starts a new series: versions and hardware, as sets over the hosts, so that a host that did not
 * answer changes nothing.
 */
const factsThatCount: readonly string[] = [
  'cpu',
  'cores',
  'kernel',
  'qemu',
  'libvirt',
  'corosync',
  'pacemaker',
  'ceph',
  'fio',
  'iperf3',
];

export function factsOf({header}: Pick<StoredRun, 'header'>): RunToImport['facts'] {
  const facts: Record<string, string> = {};
  for (const fact of factsThatCount) {
    const found = new Set(header.fingerprints.flatMap(host => host.facts[fact] ?? []));
    if (found.size > 0) facts[fact] = [...found].sort().join(', ');
  }
  return {
    ...facts,
    hardware: header.hardware.note,
    emulated: header.hardware.emulated ? 'yes' : 'no',
    storage: header.storage,
    nodes: String(header.nodes.length),
    guests: String(header.guests.length),
  };
}

export function fingerprintOf(facts: RunToImport['facts']): string {
  return sha256(JSON.stringify(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1)))).slice(0, 16);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
