import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {type PingContext, type PingReport, parsePing} from './ping.ts';

const recorded = (folder: string, name: string): string =>
  readFileSync(join(import.meta.dirname, `../../fixtures/ping-${folder}`, `${name}.out`), 'utf8');

function read(text: string, context: PingContext = {}): PingReport {
  const report = parsePing(text, 'ping.txt', context);
  if (!report.ok) throw new Error(`${report.error.path}: ${report.error.expected}`);
  return report.value;
}

const kinds = (text: string, context: PingContext = {}): readonly string[] =>
  read(text, context).warnings.map(one => one.kind);

test('answers, losses and gaps, with time stamps and lines of what is missing', t => {
  const report = read(recorded('iputils-20221126', 'lossy'));
  t.like(report, {
    dialect: 'iputils',
    host: '10.99.1.2',
    payloadBytes: 56,
    sent: 30,
    received: 22,
    duplicates: 0,
    errors: 0,
  });
  t.is(report.lossRatio, 8 / 30);
  t.is(report.replies.length, 22);
  t.deepEqual(report.gaps.slice(0, 2), [
    {firstSequence: 2, lastSequence: 2},
    {firstSequence: 5, lastSequence: 6},
  ]);
  t.is(
    report.gaps.reduce((all, one) => all + one.lastSequence - one.firstSequence + 1, 0),
    8,
  );
  t.deepEqual(report.warnings, []);
});

test('times are those of the answers, and agree with what ping adds up itself', t => {
  const text = recorded('iputils-20221126', 'loopback');
  const {latency} = read(text);
  t.like(latency, {count: 4, resolutionSeconds: 1e-6, path: 'line 2'});
  t.deepEqual(
    latency?.percentiles.map(one => one.percentile),
    [50],
  );
  const slower = kinds(text.replace(/time=0\.0(\d)(\d) ms/, 'time=0.1$1$2 ms'));
  t.true(slower.length > 0 && slower.every(kind => kind === 'inconsistent'));
  t.true(kinds(text.replace(/= 0\.(\d+)\/0\.0/, '= 0.$1/0.1')).includes('inconsistent'));
});

test('100 answers tell the 99th percentile apart, 1,000 the 99.9th', t => {
  const lines = Array.from({length: 1000}, (_, i) => `64 bytes from h: seq=${i} ttl=64 time=${(i + 1).toFixed(3)} ms`);
  const summary =
    '1000 packets transmitted, 1000 packets received, 0% packet loss\nround-trip min/avg/max = 1.000/500.500/1000.000 ms';
  const of = (count: number, end: string) =>
    read(`PING h (1.2.3.4): 56 data bytes\n${lines.slice(0, count).join('\n')}\n\n--- h ping statistics ---\n${end}\n`);
  const whole = of(1000, summary);
  t.deepEqual(whole.warnings, []);
  t.deepEqual(
    whole.latency?.percentiles.map(one => [one.percentile, one.seconds]),
    [
      [50, 0.5],
      [90, 0.9],
      [99, 0.99],
      [99.9, 0.999],
    ],
  );
  const less = summary.replaceAll('1000 packets', '100 packets').replace('500.500/1000.000', '50.500/100.000');
  t.deepEqual(
    of(100, less).latency?.percentiles.map(one => one.percentile),
    [50, 90, 99],
  );
});

test('what was answered twice counts once', t => {
  for (const folder of ['iputils-20250605', 'busybox-1.35.0']) {
    const report = read(recorded(folder, 'duplicates'));
    t.like(report, {sent: 10, received: 10, lossRatio: 0});
    t.true((report.duplicates ?? 0) >= 6);
    t.is(report.latency?.count, 10);
    t.deepEqual(report.warnings, []);
    t.true(kinds(recorded(folder, 'duplicates').replace(' (DUP!)', '')).includes('inconsistent'));
  }
});

test('nothing answered is a loss of 1, and no latency', t => {
  for (const [folder, name] of [
    ['iputils-20221126', 'nothing'],
    ['iputils-20221126', 'nothing-told'],
    ['busybox-1.38.0', 'nothing'],
  ] as const) {
    const report = read(recorded(folder, name), {exitCode: 1});
    t.is(report.lossRatio, 1);
    t.is(report.latency, undefined);
    t.deepEqual(report.warnings, []);
  }
  const unreachable = read(recorded('iputils-20221126', 'unreachable'));
  t.like(unreachable, {sent: 4, received: 0, errors: 4});
  t.regex(unreachable.notes[0] ?? '', /Destination Host Unreachable/);
  t.deepEqual(kinds(recorded('iputils-20221126', 'nothing'), {exitCode: 0}), ['exit']);
});

test('interrupted, it adds up; killed, its replies stand and nothing is added up', t => {
  t.deepEqual(kinds(recorded('iputils-20221126', 'interrupted')), []);
  const killed = read(recorded('iputils-20221126', 'killed'));
  t.deepEqual(
    killed.warnings.map(one => one.kind),
    ['no-summary'],
  );
  t.is(killed.sent, undefined);
  t.is(killed.lossRatio, undefined);
  t.is(killed.replies.length, 5);
});

test('quiet and flooding runs have the figures of the summary', t => {
  for (const [folder, name] of [
    ['iputils-20221126', 'quiet'],
    ['iputils-20221126', 'flood'],
    ['busybox-1.30.1', 'quiet'],
  ] as const) {
    const report = read(recorded(folder, name));
    t.deepEqual(report.warnings, [], `${folder} ${name}`);
    t.is(report.latency?.count, report.received);
    t.deepEqual(report.latency?.percentiles, []);
    t.deepEqual(report.gaps, []);
  }
});

test('altered answers, an early end and a deadline are said', t => {
  t.true(kinds(recorded('iputils-20221126', 'corrupt')).every(kind => kind === 'damaged'));
  t.deepEqual(kinds(recorded('iputils-20221126', 'interrupted'), {count: 100}), ['short']);
  t.deepEqual(kinds(recorded('iputils-20221126', 'deadline'), {exitCode: 1, count: 10}), ['short', 'exit']);
});

test('a sequence that begins anew after 65535 goes on', t => {
  const lines = [65534, 65535, 0, 1].map(sequence => `64 bytes from h: icmp_seq=${sequence} ttl=64 time=1.00 ms`);
  const {replies} = read(`PING h (1.2.3.4) 56(84) bytes of data.\n${lines.join('\n')}\n`);
  t.deepEqual(
    replies.map(one => one.sequence),
    [65534, 65535, 65536, 65537],
  );
});

test('whole percents of iputils before 2019 are taken where the last request was answered', t => {
  const text = recorded('iputils-20221126', 'slow').replace('16.6667%', '16%');
  t.deepEqual(kinds(text), []);
  t.deepEqual(kinds(text.replace('12 packets', '13 packets')), ['inconsistent']);
});

test('what is no run of ping is an error that says what to do', t => {
  const error = (text: string) => {
    const report = parsePing(text, 'x');
    return report.ok ? undefined : `${report.error.path}: ${report.error.expected}`;
  };
  t.regex(error('') ?? '', /^line 1: "PING HOST/);
  t.regex(error('ping: no-such-host.invalid: Name or service not known\n') ?? '', /^line 1: "PING HOST/);
  t.regex(error('{"host":"h"}') ?? '', /without --json/);
  const twice = recorded('iputils-20221126', 'loopback');
  t.regex(error(twice + twice) ?? '', /one run of ping a file/);
});

test('any text gives a report or an error', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(
        fc.string(),
        text => typeof parsePing(`PING h (a) 56(84) bytes of data.\n${text}`, 'x').ok === 'boolean',
      ),
    ),
  );
});
