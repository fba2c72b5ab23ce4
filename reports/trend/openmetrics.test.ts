/**
 * Held against the grammar of OpenMetrics 1.0.0 (its ABNF and the rules in "Overall Structure", "MetricFamily",
 * "Gauge"), written out anew here.
 */
import test from 'ava';
import {wholeNight} from '../../fixtures/kit/night.ts';
import {nightlyReport, type Point, renderOpenMetrics, trendOf} from './index.ts';

interface Family {
  type?: string;
  unit?: string;
  help?: string;
  samples: {labels: Map<string, string>; value: number}[];
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
/** normal-char / BS ("n" / DQUOTE / BS): a bare quote or a line feed is none. */
const escapedString = '(?:[^"\\\\\\n]|\\\\["\\\\n])*';
const label = `[a-zA-Z_][a-zA-Z0-9_]*="${escapedString}"`;
const sample = new RegExp(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{((?:${label}(?:,${label})*)?)\\})? (\\S+)$`);
const realNumber =
  /^(?:[-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|[-+]?\.[0-9]+(?:[eE][-+]?[0-9]+)?|[-+]?(?:[iI][nN][fF](?:[iI][nN][iI][tT][yY])?)|[nN][aA][nN])$/;

/** The families, or an error that names the line. Gauges only, which is all that is written here. */
function parse(text: string): Map<string, Family> {
  if (!text.endsWith('# EOF\n')) throw new Error('must end in "# EOF" and a line feed');
  const lines = text.slice(0, -'# EOF\n'.length).split('\n');
  if (lines.pop() !== '') throw new Error('# EOF must be a line of its own');
  const families = new Map<string, Family>();
  let current: string | undefined;
  for (const line of lines) {
    const meta = /^# (TYPE|UNIT|HELP) (\S+) (.*)$/.exec(line);
    if (meta) {
      const [, kind, name = '', rest = ''] = meta;
      if (!metricName.test(name)) throw new Error(`bad name: ${line}`);
      if (name !== current) {
        if (families.has(name)) throw new Error(`interleaved: ${line}`);
        families.set(name, {samples: []});
        current = name;
      }
      const family = families.get(name);
      if (family === undefined || family.samples.length > 0) throw new Error(`metadata after samples: ${line}`);
      const key = kind === 'TYPE' ? 'type' : kind === 'UNIT' ? 'unit' : 'help';
      if (family[key] !== undefined) throw new Error(`twice: ${line}`);
      if (key === 'help' && !new RegExp(`^${escapedString}$`).test(rest)) throw new Error(`bad escaping: ${line}`);
      if (key === 'unit' && !name.endsWith(`_${rest}`)) throw new Error(`the name does not end in its unit: ${line}`);
      family[key] = rest;
      continue;
    }
    const match = sample.exec(line);
    if (!match) throw new Error(`no sample: ${line}`);
    const [, name = '', labelText = '', number = ''] = match;
    const family = families.get(name);
    if (name !== current || family === undefined) throw new Error(`a sample outside of its family: ${line}`);
    if (family.type !== 'gauge') throw new Error(`no gauge: ${line}`);
    if (!realNumber.test(number)) throw new Error(`bad number: ${line}`);
    const labels = new Map<string, string>();
    for (const [, key = '', value = ''] of labelText.matchAll(
      new RegExp(`([a-zA-Z_][a-zA-Z0-9_]*)="(${escapedString})"`, 'g'),
    )) {
      if (labels.has(key)) throw new Error(`a label twice: ${line}`);
      labels.set(
        key,
        value.replace(/\\(["\\n])/g, (_, one: string) => (one === 'n' ? '\n' : one)),
      );
    }
    const own = JSON.stringify([...labels].sort());
    if (family.samples.some(other => JSON.stringify([...other.labels].sort()) === own))
      throw new Error(`a metric twice: ${line}`);
    const infinite = /^([-+]?)inf/i.exec(number);
    family.samples.push({labels, value: infinite ? Number(`${infinite[1]}Infinity`) : Number(number)});
  }
  return families;
}

const untrusted = 'a"b\\c\nd';
const levels = [10, 10.1, 9.9, 10, 10.05, 9.95, 10, 10.1, 9.9, 10, 12, 12.1, 11.9, 12, 12.05, 12.1];
const points: Point[] = levels.map((value, n) => ({
  night: `n${String(n).padStart(2, '0')}`,
  at: `2025-11-${String(n + 1).padStart(2, '0')}T02:00:00.000Z`,
  folder: '',
  value,
  trials: 3,
  fingerprint: 'one',
}));
const series = [
  {metric: 'storage.latency', unit: 's', pattern: 'randread'},
  {metric: 'storage.latency', unit: 's', pattern: untrusted},
  {metric: 'storage.iops', unit: 'op/s', pattern: 'randread'},
  {metric: 'network.loss', unit: 'ratio', pattern: 'x'},
  {metric: 'network.retransmits', unit: 'count', pattern: 'x'},
  {metric: 'migration.transferred', unit: 'B', pattern: 'x'},
] as const;
const trends = series.flatMap(({metric, unit, pattern}) => {
  const key = {
    cluster: 'a',
    metric,
    unit,
    scenario: 'storage/fio',
    profile: 'tuned',
    quick: true,
    labels: {pattern},
    parameters: {},
  };
  return trendOf({series: key, points, facts: {}, decisions: {baselines: [], acks: []}, threshold: 0.05}) ?? [];
});
const text = renderOpenMetrics(
  nightlyReport({
    night: wholeNight({id: 'n15', startedAt: '2025-11-16T02:00:00.000Z', cluster: 'a', quick: true}),
    trends,
    nights: [],
    baseline: undefined,
    suspectedFirst: [],
    notRemeasured: '',
  }),
);

test('a night is valid OpenMetrics', t => {
  const families = parse(text);
  t.is(families.get('seatrial_nightly_exit_code')?.samples[0]?.value, 1);
  t.is(families.get('seatrial_storage_latency_seconds')?.unit, 'seconds');
  t.is(families.get('seatrial_storage_iops_operations_per_second')?.samples[0]?.value, 12.1);
  t.is(families.get('seatrial_network_retransmits')?.unit, undefined);
  t.is(
    families.get('seatrial_nightly_start_timestamp_seconds')?.samples[0]?.value,
    Date.parse('2025-11-16T02:00:00Z') / 1000,
  );
  for (const [name, {help, samples}] of families) {
    t.truthy(help, name);
    t.true(samples.length > 0, name);
  }
});

test('labels come back as they were', t => {
  const patterns = parse(text)
    .get('seatrial_storage_latency_seconds')
    ?.samples.map(({labels}) => labels.get('pattern'));
  t.deepEqual(patterns, ['randread', untrusted]);
});

test('a regression is there to alert on', t => {
  const changes = parse(text).get('seatrial_trend_change_ratio')?.samples ?? [];
  const worse = changes.find(({labels}) => labels.get('metric') === 'storage.latency');
  t.is(worse?.labels.get('state'), 'confirmed');
  t.true(Math.abs((worse?.value ?? 0) - 0.2) < 0.01);
});

for (const [what, broken] of [
  ['no end', text.replace('# EOF\n', '')],
  ['something after the end', `${text}x 1\n`],
  ['a line feed in a label', text.replace('\\n', '\n')],
  ['a bare quote in a label', text.replace('\\"', '"')],
  [
    'a unit that is not in the name',
    text.replace('# UNIT seatrial_storage_latency_seconds seconds', '# UNIT seatrial_storage_latency_seconds minutes'),
  ],
  [
    'a family in two places',
    text.replace('# EOF', '# TYPE seatrial_nightly_holes gauge\nseatrial_nightly_holes 1\n# EOF'),
  ],
  ['no number', text.replace(' 12.1\n', ' twelve\n')],
] as const) {
  test(`the grammar refuses: ${what}`, t => {
    t.not(broken, text);
    t.throws(() => parse(broken));
  });
}
