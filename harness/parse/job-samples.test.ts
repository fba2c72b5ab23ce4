import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {parseJobCompleted} from './job-completed.ts';
import {parseJobSamples} from './job-samples.ts';

/** As libvirt 9.0 printed them of one migration by post-copy. */
const recorded = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../fixtures/migration-matrix', name), 'utf8');

test('a running job is seen ten times a second and more, round by round', t => {
  const samples = parseJobSamples(recorded('jobs-1-vm1.txt'));
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return t.fail('no samples');
  t.true(samples.length / (last.elapsedSeconds - first.elapsedSeconds) >= 10);
  t.is(last.iteration, 3);
  t.true(samples.some(({dirtiedBytesPerSecond = 0}) => dirtiedBytesPerSecond > 2 ** 20));
  t.true(samples.every(({remainingBytes = 0}) => remainingBytes >= 0));
});

test('what is no running migration, or is cut off, is left out', t => {
  const block =
    'Job type:         Unbounded   \nOperation:        Outgoing migration\nTime elapsed:     45           ms\n';
  t.deepEqual(parseJobSamples(block), [{elapsedSeconds: 0.045}]);
  t.deepEqual(parseJobSamples(block.replace('Outgoing migration', 'Save')), []);
  t.deepEqual(parseJobSamples(block.slice(0, -3)), []);
  t.deepEqual(parseJobSamples('Job type:         None        \n'), []);
  t.deepEqual(parseJobSamples(''), []);
});

test('the source tells how a job ended, also after post-copy', t => {
  const text = recorded('events-1-vm1.txt');
  const job = parseJobCompleted(text, 'events');
  if (!job.ok) return t.fail(job.error.expected);
  const {elapsedSeconds, downtimeSeconds, transferredBytes, iterations} = job.value;
  t.deepEqual([elapsedSeconds > 5, downtimeSeconds, transferredBytes > 2e8, iterations], [true, 0.011, true, 3]);
});

test('an event that is missing, cut off or contradicts itself is an error', t => {
  const text = recorded('events-1-vm1.txt');
  const at = text.indexOf('job-completed');
  for (const wrong of [
    '',
    recorded('events-0-vm1.txt'),
    text.slice(0, at + 60),
    text.replace(/\tdowntime: \d+/, '\tdowntime: 99999999'),
    text.replace(/\tdowntime: \d+\n/, ''),
  ])
    t.false(parseJobCompleted(wrong, 'events').ok, wrong.slice(-80));
});
