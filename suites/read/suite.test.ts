import {readFileSync} from 'node:fs';
import test from 'ava';
import {formatConfigError} from '../../harness/config/yaml.ts';
import {scenarios} from '../index.ts';
import {loadSuite} from './suite.ts';
import {unfitFor} from './unfit.ts';

const known = {
  scenarios: [
    'storage/fio',
    'storage/guide-job',
    'network/iperf3',
    'network/isolation',
    'network/fastpath',
    'migration/live',
    'failover/host-crash',
    'failover/nic-down',
    'failover/osd-killed',
    'compute/overhead',
    'storage/host-guest',
    'compute/page-faults',
    'compute/overcommit',
    'compute/noisy-neighbour',
    'compute/noisy-neighbour-cgroup',
    'compute/ksm',
    'compute/fragmentation',
    'compute/numa',
    'deploy/guest',
    'conformance/rules',
  ],
  profiles: ['stock', 'tuned'],
};

function errorsOf(text: string): string {
  const read = loadSuite(text, 's.yaml', known);
  return read.ok ? '' : read.error.map(formatConfigError).join('\n');
}

test('the acceptance suite tries one scenario of each family, before and after', t => {
  const read = loadSuite(
    readFileSync(new URL('../acceptance.yaml', import.meta.url), 'utf8'),
    'acceptance.yaml',
    known,
  );
  if (!read.ok) {
    t.fail(read.error.map(formatConfigError).join('\n'));
    return;
  }
  t.deepEqual(read.value.profiles, ['stock', 'tuned']);
  t.deepEqual(read.value.scenarios.map(one => one.scenario).sort(), [...known.scenarios].sort());
  // What is configured does not vary from trial to trial.
  const measured = read.value.scenarios.filter(({scenario}) => scenario !== 'conformance/rules');
  for (const one of measured) t.true(one.repetitions.full >= 6, 'a median interval needs six trials');
});

test('misspelt, repeated and impossible entries are refused with their place', t => {
  const text = (profiles: string, scenario: string, full: string) =>
    `name: s\npurpose: P\nprofiles: ${profiles}\nscenarios:\n  - scenario: ${scenario}\n    repetitions: {full: ${full}, quick: 1}\n`;
  t.is(errorsOf(text('[stock, tuned]', 'storage/fio', '10')), '');
  t.regex(errorsOf(text('[stock, tund]', 'storage/fio', '10')), /^s\.yaml:3:19: found "tund".*did you mean "tuned"\?$/);
  t.regex(errorsOf(text('[stock]', 'storage/foi', '10')), /^s\.yaml:5:15: .*did you mean "storage\/fio"\?$/);
  t.regex(errorsOf(text('[stock, stock]', 'storage/fio', '10')), /^s\.yaml:3:19: .*expected each name once/);
  t.regex(errorsOf(text('[stock]', 'storage/fio', '0')), /^s\.yaml:6:25: .*expected at least 1/);
  t.regex(errorsOf(text('[stock]', 'storage/fio', '1.5')), /expected a whole number/);
});

test('a parameter that the scenario does not know or take is refused with its place', t => {
  const errors = (scenario: string, parameters: string) => {
    const entry = `{scenario: ${scenario}, repetitions: {full: 6, quick: 1}, parameters: ${parameters}}`;
    const text = `name: s\npurpose: P\nprofiles: [stock]\nscenarios:\n  - ${entry}\n`;
    const read = loadSuite(text, 's.yaml', {...known, unfit: unfitFor(scenarios)});
    return read.ok ? '' : read.error.map(formatConfigError).join('\n');
  };
  t.is(errors('failover/nic-down', '{intervalMs: 20}'), '');
  t.regex(
    errors('failover/nic-down', '{intervalMs: 0}'),
    /^s\.yaml:5:\d+: found 0 for .*intervalMs, expected .*; change the value/,
  );
  t.regex(errors('failover/nic-down', '{intervalMs: often}'), /^s\.yaml:5:\d+: found "often".*intervalMs/);
  t.regex(errors('failover/nic-down', '{interval: 20}'), /^s\.yaml:5:\d+: .*interval, expected one of .*intervalMs/);
  // Every scenario refuses at least one value of another kind for each of its parameters.
  for (const {name, parameters} of scenarios.filter(one => known.scenarios.includes(one.name)))
    for (const [key, value] of Object.entries(parameters.full))
      t.not(errors(name, JSON.stringify({[key]: typeof value === 'number' ? 'x' : 7})), '', `${name} ${key}`);
});
