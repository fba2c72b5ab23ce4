import type {Estimate} from '../../harness/types.ts';
import {type CsvColumn, type Sheet, sheet} from '../document/csv.ts';
import {standingOf} from './limit.ts';
import type {Load, LoadTrial} from './loads.ts';
import type {CapacityPart, CapacityReport} from './report.ts';

interface Line {
  kind: 'trial' | 'load' | 'result';
  part: CapacityPart;
  load?: Load;
  what: string;
  unit?: string;
  value?: number;
  low?: number;
  high?: number;
  trial?: LoadTrial;
  note?: string;
}

const columns: readonly CsvColumn<Line>[] = [
  ['kind', ({kind}) => kind],
  ['condition', ({part}) => part.condition],
  ['pattern', ({part}) => part.pattern],
  ['loop', ({load}) => load?.loop],
  ['load', ({load}) => load?.amount],
  ['what', ({what}) => what],
  ['unit', ({unit}) => unit],
  ['value', ({value}) => value],
  ['low', ({low}) => low],
  ['high', ({high}) => high],
  ['trial', ({trial}) => trial?.trial],
  ['note', ({note}) => note],
  ['artefact', ({trial}) => trial?.from.artefact],
];

/**
 * One measured number a line: every trial of every load, with what it says of the target; then the results. Base
 * units; what does not exist is empty.
 */
export function capacitySheet(report: CapacityReport): Sheet {
  const lines = report.parts.flatMap(part => [
    ...part.loads.flatMap(load => [
      ...load.trials.flatMap(trial => trialLines(part, load, trial)),
      ...(load.loop === 'open' ? [loadLine(part, load, report)] : []),
    ]),
    ...resultLines(part),
  ]);
  return sheet(columns, lines);
}

function trialLines(part: CapacityPart, load: Load, trial: LoadTrial): Line[] {
  const {throughput, p99Seconds, halfWidthSeconds, censored, uses} = trial;
  const of = {kind: 'trial', part, load, trial} as const;
  return [
    {...of, what: 'throughput', unit: 'op/s', value: throughput},
    {
      ...of,
      what: 'p99',
      unit: 's',
      value: p99Seconds,
      low: p99Seconds - halfWidthSeconds,
      high: censored ? Number.POSITIVE_INFINITY : p99Seconds + halfWidthSeconds,
      ...(censored ? {note: 'a lower bound'} : {}),
    },
    ...Object.entries(uses).map(([key, use]): Line => ({...of, what: `use of ${key}`, unit: 'ratio', value: use})),
  ];
}

function loadLine(part: CapacityPart, load: Load, {aim}: CapacityReport): Line {
  const {kind, p99, reason} = standingOf(load, aim);
  return {
    ...{kind: 'load', part, load, what: 'p99', unit: 's', note: `${kind}: ${reason}`},
    ...(p99 === undefined ? {} : {value: p99.value, low: p99.low, high: p99.high}),
  };
}

function resultLines(part: CapacityPart): Line[] {
  const {law, limit, saturation, vcpuAtLimit} = part;
  const fit = law?.fit.ok ? law.fit.value : undefined;
  const result = (what: string, unit: string, value: number | undefined): Line[] =>
    value === undefined ? [] : [{kind: 'result', part, what, unit, value}];
  const estimate = (what: string, unit: string, found: Estimate | undefined): Line[] =>
    found === undefined
      ? []
      : [{kind: 'result', part, what, unit, value: found.value, low: found.low, high: found.high, note: found.method}];
  return [
    ...result('highest load that keeps the target', 'op/s', limit?.keeps?.load.amount),
    ...result('lowest load that breaks the target', 'op/s', limit?.breaks?.load.amount),
    ...estimate('alpha', 'ratio', fit?.alpha),
    ...estimate('beta', 'ratio', fit?.beta),
    ...estimate('gamma', 'op/s', fit?.gamma),
    ...estimate('accesses in flight at the peak', 'count', fit?.peak?.load),
    ...estimate('throughput at the peak', 'op/s', fit?.peak?.throughput),
    ...estimate('use of all virtual CPUs at the limit', 'ratio', vcpuAtLimit),
    ...(saturation === undefined
      ? []
      : [{kind: 'result', part, what: 'first full', note: saturation.says} satisfies Line]),
  ];
}
