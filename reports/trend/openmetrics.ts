/**
 * The night as OpenMetrics text (version 1.0.0, "Text format"): base units, `# UNIT` where there is one, families never
 * interleaved, `# EOF` at the end. No time stamps: a scraper's own time is the sample's, and the night's is a figure of
 * its own.
 */
import type {Unit} from '../../harness/types.ts';
import {metricNamed} from '../metrics.ts';
import {byText, plain} from '../words/text.ts';
import type {NightlyReport} from './nightly.ts';
import type {Standing, Trend} from './trend.ts';

/** A family's name must end in its unit. Counts have none. */
const units: Readonly<Record<Unit, string>> = {
  s: 'seconds',
  s·s: 'seconds_squared',
  'B/s': 'bytes_per_second',
  'bit/s': 'bits_per_second',
  'op/s': 'operations_per_second',
  B: 'bytes',
  count: '',
  ratio: 'ratio',
};

interface Family {
  name: string;
  unit: string;
  help: string;
  samples: readonly {labels: Readonly<Record<string, string>>; value: number}[];
}

const standings: readonly Standing[] = ['confirmed', 'suspected', 'too-short', 'acknowledged', 'steady'];

export function renderOpenMetrics(report: NightlyReport): string {
  const {night, trends, holes, alarms} = report;
  const own = {cluster: night.cluster, length: night.quick ? 'quick' : 'full'};
  const one = (name: string, unit: string, help: string, value: number): Family => ({
    name,
    unit,
    help,
    samples: [{labels: own, value}],
  });
  const families: Family[] = [
    one(
      'seatrial_nightly_exit_code',
      '',
      'How the night ended: 0 nothing found, 1 regression, 2 undecided, 4 aborted.',
      report.exitCode,
    ),
    one(
      'seatrial_nightly_start_timestamp_seconds',
      'seconds',
      "Start of the night's run, since 1970.",
      Date.parse(night.startedAt) / 1000,
    ),
    one('seatrial_nightly_holes', '', 'What should have been measured or judged and was not.', holes.length),
    {
      name: 'seatrial_nightly_alarms',
      unit: '',
      help: 'Groups of related regressions that stand tonight.',
      samples: (['confirmed', 'suspected', 'acknowledged'] as const).map(state => ({
        labels: {...own, state},
        value: alarms.filter(alarm => alarm.state === state).length,
      })),
    },
    {
      name: 'seatrial_nightly_series',
      unit: '',
      help: 'Series with a value of tonight, by how they stand.',
      samples: standings.map(state => ({
        labels: {...own, state},
        value: trends.filter(({standing}) => standing === state).length,
      })),
    },
    {
      name: 'seatrial_trend_change_ratio',
      unit: 'ratio',
      help: 'Regressions that stand tonight: level now over level before, less one.',
      samples: trends.flatMap(({trend}) =>
        trend.changes
          .filter(({standing, state}) => (standing === 'open' || standing === 'acknowledged') && state !== 'dropped')
          .map(({standing, state, change, night: since}) => ({
            labels: {
              ...labelsOf(trend, own),
              metric: trend.series.metric,
              state: standing === 'open' ? state : standing,
              since,
            },
            value: change,
          })),
      ),
    },
    ...valueFamilies(
      trends.map(({trend}) => trend),
      own,
    ),
  ];
  const lines = families.filter(({samples}) => samples.length > 0).flatMap(familyLines);
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

function valueFamilies(trends: readonly Trend[], own: Readonly<Record<string, string>>): readonly Family[] {
  return [...Map.groupBy(trends, ({series}) => series.metric)]
    .sort(([a], [b]) => byText(a, b))
    .map(([metric, those]): Family => {
      const unit = units[those[0]?.series.unit ?? 'count'];
      const base = `seatrial_${metric.replace(/[^a-zA-Z0-9]/g, '_')}`;
      const known = metricNamed(metric);
      return {
        name: unit === '' || base.endsWith(`_${unit}`) ? base : `${base}_${unit}`,
        unit,
        help: `${known?.title ?? metric}: ${known?.means ?? 'median over the trials of the night'}. Median over the trials of the night.`,
        samples: those.flatMap(trend => {
          const point = trend.points.at(-1);
          return point === undefined ? [] : [{labels: labelsOf(trend, own), value: point.value}];
        }),
      };
    });
}

function labelsOf({series}: Trend, own: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return {...own, scenario: series.scenario, profile: series.profile, ...series.labels};
}

function familyLines({name, unit, help, samples}: Family): readonly string[] {
  return [
    `# TYPE ${name} gauge`,
    ...(unit === '' ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${quoted(help)}`,
    ...samples.map(({labels, value}) => `${name}{${labelText(labels)}} ${numberText(value)}`),
  ];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .sort(([a], [b]) => byText(a, b))
    .map(([name, value]) => `${labelName(name)}="${quoted(value)}"`)
    .join(',');
}

/** Label names are letters, digits and _, and do not begin with a digit. */
function labelName(name: string): string {
  const fit = name.replace(/[^a-zA-Z0-9_]/g, '_');
  return /^[a-zA-Z_]/.test(fit) ? fit : `_${fit}`;
}

function quoted(text: string): string {
  return plain(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}
