import {type CsvColumn, number, type Sheet, sheet} from '../document/csv.ts';
import {type CapacityPlan, dateAfter, type Forecast} from './plan.ts';

interface Line {
  kind: string;
  of: string;
  nodes: number;
  failures: number;
  growth?: number;
  at?: string | undefined;
  unit: string;
  forecast: Forecast;
  note?: string | undefined;
}

/**
 * One number a line with its range. Months count from the plan's date; a run-out that never comes has no number, and
 * `never` for a date.
 */
export function planSheet(plan: CapacityPlan): Sheet {
  const date = ({unit}: Line, months: number) => {
    if (unit !== 'months') return undefined;
    return months === Number.POSITIVE_INFINITY ? 'never' : dateAfter(plan.input.from, months);
  };
  const columns: readonly CsvColumn<Line>[] = [
    ['kind', ({kind}) => kind],
    ['of', ({of}) => of],
    ['nodes', ({nodes}) => nodes],
    ['failures', ({failures}) => failures],
    ['growth', ({growth = 1}) => growth],
    ['at', ({at}) => at],
    ['unit', ({unit}) => unit],
    ['likely', ({forecast}) => forecast.likely],
    ['low', ({forecast}) => forecast.earliest],
    ['high', ({forecast}) => forecast.latest],
    ['likely_date', line => date(line, line.forecast.likely)],
    ['low_date', line => date(line, line.forecast.earliest)],
    ['high_date', line => date(line, line.forecast.latest)],
    ['note', ({note}) => note],
  ];
  return sheet(columns, linesOf(plan));
}

function linesOf({input: {nodes, from}, runOuts, needed, whatIfs, costs, prices}: CapacityPlan): Line[] {
  return [
    ...runOuts.map(({name, failures, forecast, first}) => ({
      ...{kind: 'run-out', of: name, nodes, failures, unit: 'months', forecast},
      note: name === 'first' ? undefined : `first in ${number(first)} of the draws`,
    })),
    ...needed.map(({at, failures, nodes: forecast, binding}) => ({
      ...{kind: 'nodes needed', of: binding, nodes, failures, unit: 'count', forecast},
      at: 'vms' in at ? `${at.vms} VMs` : dateAfter(from, at.months),
    })),
    ...whatIfs.map(({binding, nodes: tried, failures, growth, forecast}) => ({
      ...{kind: 'what if', of: binding, nodes: tried, failures, growth, unit: 'months', forecast},
    })),
    ...costs.map(({months, failures, total: forecast}) => ({
      ...{kind: 'costs', of: 'total', nodes, failures, at: dateAfter(from, months), forecast},
      unit: prices?.currency ?? '',
      note: prices?.source,
    })),
  ];
}
