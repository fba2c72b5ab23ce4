import type {Estimate} from '../../../harness/types.ts';
import {cell, number, table} from '../../render/csv.ts';
import {standingOf} from '../limit.ts';
import type {CapacityReport} from '../report.ts';

/** One measured number a line: every trial of every load, with what it says of the target; then the results. Base units; what does not exist is empty. */
export function renderCapacityCsv(report: CapacityReport): string {
  const rows: string[][] = [];
  for (const {condition, pattern, loads, law, limit, saturation, vcpuAtLimit} of report.parts) {
    const add = (
      kind: string,
      {loop = '', load = ''}: {loop?: string; load?: number | ''},
      what: string,
      unit: string,
      value: number,
      ends: {low: number | ''; high: number | ''} = {low: '', high: ''},
      trial = '',
      note = '',
      from = '',
    ) =>
      rows.push([
        kind,
        condition,
        cell(pattern),
        loop,
        load === '' ? '' : number(load),
        cell(what),
        unit,
        number(value),
        ends.low === '' ? '' : number(ends.low),
        ends.high === '' ? '' : number(ends.high),
        cell(trial),
        cell(note),
        cell(from),
      ]);
    for (const load of loads) {
      const at = {loop: load.loop, load: load.amount};
      for (const trial of load.trials) {
        const from = trial.from.artefact;
        add('trial', at, 'throughput', 'op/s', trial.throughput, undefined, trial.trial, '', from);
        const {p99Seconds, halfWidthSeconds, censored} = trial;
        add(
          'trial',
          at,
          'p99',
          's',
          p99Seconds,
          {
            low: p99Seconds - halfWidthSeconds,
            high: censored ? Number.POSITIVE_INFINITY : p99Seconds + halfWidthSeconds,
          },
          trial.trial,
          censored ? 'a lower bound' : '',
          from,
        );
        for (const [key, use] of Object.entries(trial.uses)) {
          add('trial', at, `use of ${key}`, 'ratio', use, undefined, trial.trial, '', from);
        }
      }
      if (load.loop === 'open') {
        const {kind, p99, reason} = standingOf(load, report.aim);
        add('load', at, 'p99', 's', p99?.value ?? Number.NaN, p99, '', `${kind}: ${reason}`);
      }
    }
    const estimate = (what: string, unit: string, value: Estimate) =>
      add('result', {}, what, unit, value.value, value, '', value.method);
    if (limit?.keeps) add('result', {}, 'highest load that keeps the target', 'op/s', limit.keeps.load.amount);
    if (limit?.breaks) add('result', {}, 'lowest load that breaks the target', 'op/s', limit.breaks.load.amount);
    if (law?.fit.ok) {
      const {alpha, beta, gamma, peak} = law.fit.value;
      estimate('alpha', 'ratio', alpha);
      estimate('beta', 'ratio', beta);
      estimate('gamma', 'op/s', gamma);
      if (peak) {
        estimate('accesses in flight at the peak', 'count', peak.load);
        estimate('throughput at the peak', 'op/s', peak.throughput);
      }
    }
    if (vcpuAtLimit) estimate('use of all virtual CPUs at the limit', 'ratio', vcpuAtLimit);
    if (saturation) add('result', {}, 'first full', '', Number.NaN, undefined, '', saturation.says);
  }
  return table(
    [
      'kind',
      'condition',
      'pattern',
      'loop',
      'load',
      'what',
      'unit',
      'value',
      'low',
      'high',
      'trial',
      'note',
      'artefact',
    ],
    rows,
  );
}
