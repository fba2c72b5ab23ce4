import {readFileSync} from 'node:fs';
import test from 'ava';
import {formatConfigError} from '../../harness/config/yaml.ts';
import {loadSuite} from './suite.ts';

const known = {
  scenarios: [
    'storage/fio',
    'storage/guide-job',
    'network/iperf3',
    'migration/live',
    'failover/host-crash',
    'failover/nic-down',
    'failover/osd-killed',
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
