import {readFileSync} from 'node:fs';
import test from 'ava';
import {metrics} from '../../../reports/metrics.ts';
import {rules} from '../../../suites/conformance/index.ts';
import {scenarios} from '../../../suites/index.ts';
import {loadTunings} from '../../../suites/read/tunings.ts';
import {readProfiles} from '../../cli/kit/profiles.ts';
import {tunings} from '../../cli/kit/tunings.ts';
import {tuningFile} from './file.ts';
import {tuningPage} from './page.ts';

test('docs/tuning.md is what the profiles and suites/tunings.yaml say', t => {
  t.is(readFileSync(tuningFile, 'utf8'), tuningPage(), 'write it anew: node scripts/chores/tuning.ts');
});

test('every setting of the shipped profiles has a line, and no line is of anything else', t => {
  const lines = tunings.settings.map(({id}) => id).sort();
  for (const {name, settings} of readProfiles()) t.deepEqual(settings.map(({id}) => id).sort(), lines, name);
});

test("what stands for the guide's tunings exists", t => {
  const [ids, names] = [rules.map(({id}) => String(id)), scenarios.map(({name}) => name)];
  for (const {prints, rules: own, scenario} of tunings.guide) {
    for (const rule of own) t.true(ids.includes(rule), `${prints}: ${rule}`);
    if (scenario !== undefined) t.true(names.includes(scenario), `${prints}: ${scenario}`);
  }
});

test('no shipped profile asks for memory that cannot be merged, and for merging', t => {
  for (const {name, settings} of readProfiles()) {
    const merges = settings.some(
      ({driver, key, value}) => /ksm|merg/.test(`${driver} ${key}`) && /^(1|yes|on)$/.test(value),
    );
    const memfd = settings.some(({key, value}) => key === 'memory.source' && value === 'memfd');
    t.false(merges && memfd, name);
  }
});

test("the guide's improvements are read in base units", t => {
  const [network, memory, storage] = tunings.improvements;
  t.deepEqual([network?.before, network?.after], [18e9, 24e9]);
  t.deepEqual([memory?.before, memory?.after], [12e-6, 7e-6]);
  t.deepEqual([storage?.before, storage?.after], [450e3, 620e3]);
});

const text = (settings: string, guide = '', improvements = '') =>
  `settings: [${settings}]\nguide: [${guide}]\nimprovements: [${improvements}]\n`;
const line = '{id: a, scope: host, source: s, risk: r}';

test('planted: what is wrong is told with its line', t => {
  t.true(loadTunings(text(line), 'x.yaml', metrics).ok);
  const improved = (where: string, before: string) =>
    `{id: i, title: t, metric: storage.iops, where: ${where}, before: ${before}, after: 2 op/s, source: s}`;
  const wrong: readonly (readonly [string, RegExp])[] = [
    [text(`${line}, ${line}`), /a setting that has no line yet/],
    [text('{id: a, scope: moon, source: s, risk: r}'), /host/],
    [text(line, '{prints: p, section: s, settings: [b]}'), /a setting that has a line above/],
    [text(line, '{prints: p, section: s}'), /settings that stand for it, or why/],
    [text(line, '', improved('{colour: red}', '1 op/s')), /a label of storage\.iops/],
    [text(line, '', improved('{}', '1 s')), /a bound such as/],
  ];
  for (const [given, expected] of wrong) {
    const read = loadTunings(given, 'x.yaml', metrics);
    t.false(read.ok, given);
    if (!read.ok)
      t.true(
        read.error.some(error => expected.test(`${error.expected} ${error.hint}`) && error.line > 0),
        JSON.stringify(read.error),
      );
  }
});
