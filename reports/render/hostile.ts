import type {Report} from '../report.ts';

/** Words of the vocabulary, not free text: they stay. */
const kept = new Set([
  'schema',
  'kind',
  'unit',
  'statistic',
  'relation',
  'status',
  'severity',
  'overall',
  'metric',
  'percentile',
  'storage',
  'driver',
  'verdict',
  'needs',
]);

/** For tests: the report with `payload` in every free text. Equal texts stay equal, so that samples still find their trials. */
export function hostile(report: Report, payload: string): Report {
  const poisoned = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return kept.has(key) ? value : `${value}${payload}`;
    if (Array.isArray(value)) return value.map(each => poisoned(each, key));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, poisoned(each, name)]));
    return value;
  };
  // The shape is the same; only texts differ.
  return poisoned(report, '') as Report;
}
