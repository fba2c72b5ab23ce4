import test from 'ava';
import {copiedRecords, type Identity, identityOf, noFiles, originalOf} from './copies.ts';
import {fingerprint, fingerprintOfText} from './fingerprint.ts';
import {inspectText} from './inspect.ts';
import type {FileContents, FileRecord} from './records.ts';

const record: FileRecord = {
  name: 'j',
  direction: 'read',
  opsPerSecond: 150,
  runtimeSeconds: 10,
  latencySeconds: {min: 0.001, mean: 0.0012345, max: 0.5, stddev: 0.01},
  bins: [
    [1_003_520, 900],
    [8_028_160, 100],
  ],
  path: '/jobs/0/read',
};

function file(change: Partial<FileRecord> = {}, more: Partial<FileContents> = {}): FileContents {
  return {file: 'x', tool: 'fio', records: [{...record, ...change}], settings: {bs: '4k'}, warnings: [], ...more};
}

const at = (second: number) => ({span: {startMs: 1000 * second, endMs: 1000 * second + 10_000}});

/** The file that the second is a copy of. */
function original(first: FileContents, second: FileContents): string | undefined {
  const known = noFiles();
  originalOf(known, 'first', identityOf(first));
  return originalOf(known, 'second', identityOf(second));
}

test('the same figures are a copy without a start, from the same start, and while both would have run', t => {
  t.is(original(file(), file()), 'first');
  t.is(original(file(at(0)), file()), 'first');
  t.is(original(file(at(0)), file(at(0))), 'first');
  t.is(original(file(at(0)), file(at(9))), 'first');
  t.is(original(file(at(0)), file(at(11))), undefined);
  t.is(original(file({}, {startedAtMs: 1}), file({}, {startedAtMs: 2})), undefined);
});

test('other figures, or other settings, are another run', t => {
  t.is(original(file(), file({opsPerSecond: 150.0001})), undefined);
  t.is(original(file(), file({latencySeconds: {...record.latencySeconds, stddev: 0.0100001}})), undefined);
  t.is(original(file(), file({client: 'b:8765'})), undefined);
  t.is(original(file(), file({}, {settings: {bs: '8k'}})), undefined);
});

test('the same start and main figures are a copy, whatever was left out of one', t => {
  const {bins, ...rest} = record;
  const stripped: FileContents = {...file(), records: [rest], startedAtMs: 1};
  t.is(original(file({}, {startedAtMs: 1}), stripped), 'first');
});

test('echoes are compared by all that was printed, white space aside', t => {
  const text =
    'PING a (10.0.0.1) 56(84) bytes of data.\n64 bytes from a: icmp_seq=1 ttl=64 time=0.018 ms\n\n--- a ping statistics ---\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\nrtt min/avg/max/mdev = 0.018/0.018/0.018/0.000 ms\n';
  const ping = (one: string) => inspectText(one, 'x');
  t.is(ping(text).error, undefined);
  t.is(original(ping(text), ping(`${text}\n\n`)), 'first');
  t.is(original(ping(text), ping(text.replaceAll('0.018', '0.019'))), undefined);
});

test('nothing measured is nobody’s copy', t => {
  t.is(identityOf({file: 'x', records: [], settings: {}, warnings: []}), undefined);
  t.is(originalOf(noFiles(), 'x', undefined), undefined);
});

test('what is known of files survives a thread', t => {
  const identity: Identity | undefined = structuredClone(identityOf(file(at(0))));
  const known = noFiles();
  originalOf(known, 'first', identity);
  t.is(originalOf(structuredClone(known), 'second', identity), 'first');
});

test('an entry of a file that was copied is found; the same rate alone is no copy', t => {
  const other = {...record, client: 'b:8765', path: '/jobs/1/read'};
  t.deepEqual(
    copiedRecords([record, other])?.map(({path}) => path),
    ['/jobs/0/read', '/jobs/1/read'],
  );
  t.is(copiedRecords([record, {...other, latencySeconds: {...record.latencySeconds, stddev: 0.0101}}]), undefined);
  const {latencySeconds, bins, ...rates} = record;
  t.is(copiedRecords([rates, {...rates, path: '/jobs/1/read'}]), undefined);
});

test('a fingerprint tells numbers and texts apart', t => {
  const of = (...numbers: readonly number[]) => {
    const print = fingerprint();
    for (const number of numbers) print.number(number);
    return print.digits();
  };
  const seen = new Set<string>();
  for (let n = 0; n < 20_000; n += 1)
    seen
      .add(of(n, 1))
      .add(of(1, n + 0.5))
      .add(of(n * 1e-9, 2));
  t.is(seen.size, 60_000);
  t.is(fingerprintOfText('a b\r\nc'), fingerprintOfText('\ufeffabc\n'));
  t.not(fingerprintOfText('abc'), fingerprintOfText('abd'));
  t.not(fingerprintOfText('ab'), fingerprintOfText('ba'));
});
