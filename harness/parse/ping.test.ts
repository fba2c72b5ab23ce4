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
  t.like(latency, {count: 4, min: {halfWidthSeconds: 0.5e-6}, path: 'line 2'});
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

test('six digits of a small loss have up to nine decimals', t => {
  const of = (sent: number, percent: string): readonly string[] => {
    const counts = `${sent} packets transmitted, ${sent - 1} received, ${percent}% packet loss, time 600000ms`;
    const times = 'rtt min/avg/max/mdev = 0.030/0.040/0.050/0.005 ms';
    return kinds(`PING h (1.2.3.4) 56(84) bytes of data.\n\n--- h ping statistics ---\n${counts}\n${times}\n`);
  };
  for (const [sent, percent] of [
    [3000, '0.0333333'],
    [30_000, '0.00333333'],
    [300_000, '0.000333333'],
    [3_000_000, '3.33333e-05'],
  ] as const) {
    t.deepEqual(of(sent, percent), [], percent);
  }
  t.deepEqual(of(3000, '0.0333433'), ['inconsistent']);
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

const caseOf = (name: string): string =>
  readFileSync(join(import.meta.dirname, `../../fixtures/cases/ping-${name}.txt`), 'utf8');

/** Low and high end in milliseconds, of a percentile or another figure. */
function ends(report: PingReport, name: 'min' | 'mean' | 'max' | number): readonly number[] {
  const {latency} = report;
  const time = typeof name === 'number' ? latency?.percentiles.find(one => one.percentile === name) : latency?.[name];
  if (time === undefined) return [];
  const {seconds, halfWidthSeconds} = time;
  return [seconds - halfWidthSeconds, seconds + halfWidthSeconds].map(one => Number((one * 1000).toFixed(4)));
}

test('iputils up to s20161105 cuts: 21.6 lies between 21.6 and 21.7; the summary has all digits', t => {
  const report = read(caseOf('2016-cut-times'));
  t.deepEqual(report.warnings, []);
  t.deepEqual(ends(report, 'min'), [21.6875, 21.6885]);
  t.deepEqual(ends(report, 'mean'), [23.025, 23.026]);
  t.deepEqual(ends(report, 'max'), [24.1705, 24.1715]);
  t.deepEqual(ends(report, 50), [22.9, 23]);
});

test('where nothing tells cut from rounded, a time lies in what either allows', t => {
  const report = read(caseOf('2016-cut-median'));
  t.deepEqual(report.warnings, []);
  t.deepEqual(ends(report, 50), [31.75, 31.9]);
  // The true median, as it was measured.
  t.true((ends(report, 50)[1] ?? 0) >= 31.895);
});

test('a run that rounds is told by its summary, and its times stay as narrow as they were', t => {
  const rounded = caseOf('2016-cut-times').replace('time=21.6', 'time=21.7').replace('time=24.1', 'time=24.2');
  const report = read(rounded);
  t.deepEqual(report.warnings, []);
  t.deepEqual(ends(report, 50), [22.85, 22.95]);
  t.true(kinds(rounded.replace('time=24.2', 'time=24.1')).includes('inconsistent'));
});

test('s20180629 rounds without carrying: 14.10 lies between 14.95 and 15.00', t => {
  const report = read(caseOf('2018-lost-carry'));
  t.deepEqual(report.warnings, []);
  t.deepEqual(ends(report, 99), [14.95, 15]);
  t.deepEqual(ends(report, 'max'), [15.4045, 15.4055]);
  const [low = 0, high = 0] = ends(report, 50);
  t.true(low <= 14.303 && 14.303 <= high);
  const of = (time: string) =>
    ends(read(`PING h (1.2.3.4) 56(84) bytes of data.\n64 bytes from h: icmp_seq=1 ttl=64 time=${time} ms\n`), 'max');
  t.deepEqual(of('1.100'), [1.995, 2]);
  t.deepEqual(of('99.10'), [99.95, 100]);
  t.deepEqual(of('10.00'), [9.995, 10]);
  t.deepEqual(of('100.0'), [99.95, 100]);
});

test('decimals that no version of ping prints are said', t => {
  const text = recorded('iputils-20221126', 'loopback');
  for (const time of ['0.04', '14.25', '1.234', '100.5']) {
    const damaged = text.replace(/time=[\d.]+ ms/, `time=${time} ms`);
    t.true(
      read(damaged).warnings.some(({expected}) => expected.startsWith('as many decimals')),
      time,
    );
  }
});

test('the mdev of old versions, which cut the mean before they square it, is taken; a wrong one is not', t => {
  const text = caseOf('2018-mdev');
  t.deepEqual(read(text).warnings, []);
  t.deepEqual(ends(read(text), 'max'), [58.3045, 58.3055]);
  t.deepEqual(kinds(text.replace('0.297 ms', '0.497 ms')), ['inconsistent', 'inconsistent']);
});

test('whole seconds as milliseconds are no duration, of s20180629 for certain or perhaps', t => {
  t.is(read(caseOf('2018-wrong-duration')).durationSeconds, undefined);
  t.is(read(caseOf('2018-lost-carry')).durationSeconds, undefined);
  t.is(read(caseOf('2016-cut-times')).durationSeconds, 5.005);
  t.is(read(caseOf('ipv6-name')).durationSeconds, 2.002);
  // 15 requests in a third of a second: a flood, or 15 over some 20 seconds.
  t.is(read(recorded('iputils-20221126', 'tail')).durationSeconds, undefined);
});

test('a request that nobody answered took longer than any that was answered', t => {
  const report = read(caseOf('loss'));
  const {latency} = report;
  t.like(latency, {max: {seconds: 0.0005, atLeast: true}, mean: {atLeast: true}, min: {seconds: 0.0005}});
  t.is(latency?.min.atLeast, undefined);
  t.true((latency?.percentiles.length ?? 0) >= 3);
  t.true(latency?.percentiles.every(one => one.atLeast));
  // 22 of 30 were answered: the median is known, the 90th percentile is not.
  const lossy = read(recorded('iputils-20221126', 'lossy')).latency?.percentiles;
  t.deepEqual(
    lossy?.map(one => [one.percentile, one.atLeast]),
    [
      [50, undefined],
      [90, true],
    ].slice(0, lossy?.length),
  );
  const quiet = recorded('iputils-20221126', 'flood');
  const read65 = read(quiet).latency;
  t.is(read65?.max.atLeast, (read(quiet).lossRatio ?? 0) > 0 ? true : undefined);
});

test('headers of IPv6: with an interface, by name, with a flow label, new and old', t => {
  t.like(read(caseOf('ipv6-interface')), {dialect: 'iputils', host: '2001:db8::21', warnings: []});
  t.like(read(caseOf('ipv6-name')), {dialect: 'iputils', host: 'store.example', warnings: []});
  const with_ = (header: string) => read(caseOf('ipv6-name').replace(/^PING .*/, header));
  t.like(with_('PING store.example (node21.example (2001:db8::21)) 56 data bytes'), {host: 'store.example'});
  t.like(with_('PING a(b (2001:db8::21)) , flow 0x00001, 56 data bytes'), {dialect: 'iputils', host: 'a'});
  t.like(with_('PING a(b (2001:db8::21)) from 2001:db8::20 : 56 data bytes'), {dialect: 'iputils', host: 'a'});
  t.like(with_('PING a (2001:db8::21) from 2001:db8::20: 56 data bytes'), {dialect: 'busybox', host: 'a'});
});

test('with -R, (same route) belongs to an answer', t => {
  t.like(read(caseOf('record-route')), {sent: 2, received: 2, warnings: []});
  t.is(read(caseOf('record-route')).replies.length, 2);
});

test('without its last line end a text is whole where its last line ends with its unit', t => {
  t.deepEqual(read(caseOf('no-last-newline')).warnings, []);
  const text = recorded('iputils-20221126', 'nothing').trimEnd();
  t.deepEqual(kinds(text), []);
  t.true(kinds(caseOf('no-last-newline').slice(0, -1)).includes('damaged'));
});

test('the ping of others is named, with what to do', t => {
  const said = (name: string) => {
    const report = parsePing(caseOf(name), 'x');
    return report.ok ? '' : `${report.error.expected}; ${report.error.found}`;
  };
  t.regex(said('german'), /in English: run it with LC_ALL=C; another language/);
  t.regex(said('macos'), /iputils or busybox: run one of these; ping of macOS/);
  const lost =
    'PING h (1.2.3.4): 56 data bytes\n\n--- h ping statistics ---\n3 packets transmitted, 0 packets received, 100.0% packet loss\n';
  t.false(parsePing(lost, 'x').ok);
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
