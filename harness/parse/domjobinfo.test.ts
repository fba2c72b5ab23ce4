import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {parseDomjobinfo} from './domjobinfo.ts';

const recorded = readFileSync(
  new URL('../../fixtures/libvirt-9.0.0/domjobinfo-completed.txt', import.meta.url),
  'utf8',
);

test('a recorded migration', t => {
  t.deepEqual(parseDomjobinfo(recorded, 'job'), {
    ok: true,
    value: {
      elapsedSeconds: 7.696,
      downtimeSeconds: 0.424,
      transferredBytes: 93.183 * 1024 ** 2,
      totalBytes: 512.758 * 1024 ** 2,
      iterations: 3,
    },
  });
});

test('a job that was read away, failed, or was no migration, is an error', t => {
  for (const text of [
    'Job type:         None        \n',
    'Job type:         Failed      \nOperation:        Outgoing migration\n',
    recorded.replace('Incoming migration', 'Snapshot'),
    '',
    'error: Requested operation is not valid: domain is not running',
  ]) {
    t.false(parseDomjobinfo(text, 'job').ok, text);
  }
});

test('a text that is cut off, anywhere, is an error or says the same: never a smaller number', t => {
  const whole = parseDomjobinfo(recorded, 'job');
  for (let length = 0; length < recorded.length; length += 1) {
    const cut = parseDomjobinfo(recorded.slice(0, length), 'job');
    if (!cut.ok) continue;
    const {iterations: _, ...numbers} = cut.value;
    t.like(whole.ok ? whole.value : {}, numbers, `cut at ${length}`);
  }
  t.false(parseDomjobinfo(recorded.slice(0, recorded.indexOf('Total downtime') + 20), 'job').ok);
});

test('a missing field is an error that names it, never a 0', t => {
  for (const key of ['Time elapsed', 'Total downtime', 'Data processed', 'Data total']) {
    const found = parseDomjobinfo(recorded.replace(new RegExp(`^${key}:.*\n`, 'm'), ''), 'job');
    t.is(found.ok ? '' : found.error.path, key);
  }
});

test('a downtime longer than the job is damage', t => {
  t.false(parseDomjobinfo(recorded.replace('424          ms', '42400        ms'), 'job').ok);
});

test('figures that contradict each other are damage', t => {
  const path = (before: string, after: string) => {
    t.true(recorded.includes(before), before);
    const found = parseDomjobinfo(recorded.replace(before, after), 'job');
    return found.ok ? '' : found.error.path;
  };
  t.is(path('7696 ', '7697 '), 'Downtime w/o network');
  t.is(path('424 ', '423 '), 'Downtime w/o network');
  t.is(path('Downtime w/o', 'Downtime x/o'), 'Downtime w/o network');
  t.is(path('elapsed w/o', 'elapsed x/o'), 'Time elapsed w/o network');
  t.is(path('Data processed:   93.183', 'Data processed:   93.184'), 'Data processed');
  t.is(path('Memory total:     512.758', 'Memory total:     512.753'), 'Data total');
  t.is(path('Iteration:        3', 'Iteration:        x'), 'Iteration');
});

test('a downtime shorter than the delay of the network is printed once', t => {
  const short = recorded.replace('424          ms', '2            ms').replace(/Downtime w\/o network:.*\n/, '');
  const found = parseDomjobinfo(short, 'job');
  t.is(found.ok ? found.value.downtimeSeconds : undefined, 0.002);
});

test('disks that move along are part of the data', t => {
  const both = recorded
    .replace('Data total:       512.758 MiB', 'Data total:       1.501 GiB')
    .replace('Memory total:', 'File processed:   0.000 B\nFile total:       1.000 GiB\nMemory total:');
  t.true(parseDomjobinfo(both, 'job').ok);
  t.false(parseDomjobinfo(both.replace('1.501', '1.511'), 'job').ok);
});

test('any text gives numbers or an error', t => {
  t.notThrows(() => fc.assert(fc.property(fc.string(), text => typeof parseDomjobinfo(text, 'any').ok === 'boolean')));
});
