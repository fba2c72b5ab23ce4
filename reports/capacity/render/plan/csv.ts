import {cell, number, table} from '../../../render/csv.ts';
import {type CapacityPlan, dateAfter, type Forecast} from '../../plan.ts';

/** One number a line with its range. Months count from the plan's date; a run-out that never comes has no number, and `never` for a date. */
export function renderPlanCsv(plan: CapacityPlan): string {
  const {from} = plan.input;
  const rows: string[][] = [];
  const add = (
    kind: string,
    of: string,
    nodes: number,
    failures: number,
    growth: number,
    at: string,
    unit: string,
    forecast: Forecast,
    note: string,
  ) => {
    const ends = [forecast.likely, forecast.earliest, forecast.latest];
    const dates =
      unit === 'months'
        ? ends.map(months => (months === Number.POSITIVE_INFINITY ? 'never' : (dateAfter(from, months) ?? '')))
        : ['', '', ''];
    rows.push([
      kind,
      cell(of),
      number(nodes),
      number(failures),
      number(growth),
      cell(at),
      unit,
      ...ends.map(number),
      ...dates,
      cell(note),
    ]);
  };
  const {nodes} = plan.input;
  for (const {name, failures, forecast, first} of plan.runOuts) {
    add(
      'run-out',
      name,
      nodes,
      failures,
      1,
      '',
      'months',
      forecast,
      name === 'first' ? '' : `first in ${number(first)} of the draws`,
    );
  }
  for (const {at, failures, nodes: needed, binding} of plan.needed) {
    add(
      'nodes needed',
      binding,
      nodes,
      failures,
      1,
      'vms' in at ? `${at.vms} VMs` : (dateAfter(from, at.months) ?? ''),
      'count',
      needed,
      '',
    );
  }
  for (const what of plan.whatIfs) {
    add('what if', what.binding, what.nodes, what.failures, what.growth, '', 'months', what.forecast, '');
  }
  for (const {months, failures, total} of plan.costs) {
    add(
      'costs',
      'total',
      nodes,
      failures,
      1,
      dateAfter(from, months) ?? '',
      plan.prices?.currency ?? '',
      total,
      plan.prices?.source ?? '',
    );
  }
  return table(
    [
      'kind',
      'of',
      'nodes',
      'failures',
      'growth',
      'at',
      'unit',
      'likely',
      'low',
      'high',
      'likely_date',
      'low_date',
      'high_date',
      'note',
    ],
    rows,
  );
}
