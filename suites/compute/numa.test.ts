import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import type {Artefacts} from '../../harness/types.ts';
import {numa} from './numa.ts';

function trialWith(reading: string, code = 0): Artefacts {
  const files: Record<string, string> = {
    'guests.json': '[{"guest": "vm1", "node": "n1"}]',
    'numa-vm1.txt': reading,
    'numa-vm1.txt.meta.json': JSON.stringify({exit: {kind: 'exited', code}, stderr: ''}),
  };
  return {
    names: Object.keys(files),
    text: name => ({ok: true, value: files[name] ?? ''}),
  };
}
const planned = plannedTrial({scenario: numa.name});
const measure = (reading: string, code = 0) => numa.measure(trialWith(reading, code), planned);
const two = 'node 0 0-1\nnode 1 2-3\ncpu 0\nmemory 0 980\nmemory 1 20\nend\n';

test('memory beside its virtual CPUs is local, memory of another NUMA node is not', t => {
  t.is(measure(two).samples[0]?.value, 0.98);
  t.is(measure(two.replace('cpu 0', 'cpu 2')).samples[0]?.value, 0.02);
});

test('one NUMA node gives no number: what cannot be elsewhere is not well placed', t => {
  const {samples, problems, findings} = measure('node 0 0-3\ncpu 0\nmemory 0 1000\nend\n');
  t.deepEqual([samples, problems], [[], []]);
  t.regex(findings[0]?.detail ?? '', /n1 has one NUMA node/);
});

test('what could not be read is a problem', t => {
  t.is(measure(two, 1).problems.length, 1);
  t.is(measure(two.slice(0, 30)).problems.length, 1);
});

test('planted: a guest that could not be read may be the one whose memory lies elsewhere', t => {
  const one = trialWith(two);
  const {samples, problems} = numa.measure(
    {
      names: one.names,
      text: name => {
        if (name === 'guests.json')
          return {ok: true, value: '[{"guest": "vm1", "node": "n1"}, {"guest": "vm2", "node": "n2"}]'};
        return name.startsWith('numa-vm1')
          ? one.text(name)
          : {ok: false, error: {artefact: name, path: '', expected: 'an artefact', found: 'none'}};
      },
    },
    planned,
  );
  t.deepEqual([samples, problems.length], [[], 1]);
});
