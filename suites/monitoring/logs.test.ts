/** A way of log lines: each damage is planted in a trial as it is kept. */
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import type {Artefacts, Logs} from '../../harness/types.ts';
import {logPipeline} from './logs.ts';
import {
  type LogRecord,
  measureLogs,
  readArtefact,
  recordArtefact,
  spoolArtefact,
  writtenArtefact,
} from './logs-measure.ts';

const begun = 1_795_866_000;
const record: LogRecord = {
  sender: 'n1',
  collector: 'n3',
  settleSeconds: 60,
  wallBeforeMs: (begun + 4) * 1000,
  wallAfterMs: (begun + 4.2) * 1000,
  reached: [{fault: 'rsyslogd-killed', bit: true, evidence: 'rsyslogd on n3 is gone'}],
  healingWallMs: (begun + 9) * 1000,
  clocks: {sender: {offsetMs: 500, halfWidthMs: 2}, collector: {offsetMs: -500, halfWidthMs: 3}},
};

/** A line each tenth of a second, by clocks that are half a second ahead and behind. */
const numbers = Array.from({length: 110}, (_, index) => index + 1);
const sentAt = (number: number) => begun + number / 10;
/** In 20 ms, or 0.4 s after the collector is back. */
const storedAt = (number: number) =>
  sentAt(number) + 0.02 < begun + 4 || sentAt(number) > begun + 9.4 ? sentAt(number) + 0.02 : begun + 9.4;

interface Changes {
  record?: Partial<LogRecord>;
  written?: readonly number[];
  stored?: (number: number) => number | undefined;
  again?: readonly number[];
  parsed?: (number: number) => 0 | 1;
  begin?: number;
  end?: boolean;
  /** Bytes in the files of the queue, at so many seconds after the kill; nothing where nobody looks. */
  spool?: false | ((seconds: number) => number | undefined);
}

/** As rsyslogd had it: it writes 8 kB at a time, and keeps a file that was read until the next is begun. */
const filled = (seconds: number) => Math.max(0, Math.floor(Math.min(seconds, 5))) * 8300;

function measured({
  written = numbers,
  stored = storedAt,
  again = [],
  parsed = () => 1,
  begin = begun,
  end = true,
  spool = filled,
  ...more
}: Changes) {
  const seen = [...numbers, ...again].flatMap(number => {
    const at = stored(number);
    return at === undefined ? [] : [`${at - 0.5} ${number} ${parsed(number)}`];
  });
  const texts = new Map([
    [recordArtefact, JSON.stringify({...record, ...more.record})],
    [writtenArtefact, written.map(number => `${sentAt(number) + 0.5} ${number}\n`).join('')],
    [
      readArtefact,
      [`${begin - 0.5} 0 1`, ...seen, ...(end ? [`${begun + 90} -1 1`] : [])].map(line => `${line}\n`).join(''),
    ],
  ]);
  if (spool !== false) {
    const looks = Array.from({length: 40}, (_, index) => index / 4 - 2).flatMap(seconds => {
      const bytes = spool(seconds);
      return bytes === undefined ? [] : [`${begun + 4 + seconds + 0.5} ${bytes}\n`];
    });
    texts.set(spoolArtefact, looks.join(''));
  }
  const raw: Artefacts = {names: [...texts.keys()], text: name => ({ok: true, value: texts.get(name) ?? ''})};
  const {samples, problems, findings} = measureLogs(raw);
  return {
    samples: samples.map(({metric, value, censored}) => [metric, value.toFixed(2), ...(censored ? ['never'] : [])]),
    problems: problems.map(({expected, found}) => `${expected}: ${found}`),
    findings: findings.map(({detail}) => detail),
  };
}

test('every line is there: the slowest way, and until all is there again', t => {
  t.deepEqual(measured({}), {
    samples: [
      ['logs.arrival', '0.02'],
      ['logs.lost', '0.00'],
      ['logs.twice', '0.00'],
      ['logs.caught-up', '0.40'],
      ['logs.queued', '33200.00'],
    ],
    problems: [],
    findings: [],
  });
  t.deepEqual(measured({again: [39, 40]}).samples[2], ['logs.twice', '2.00']);
  // The reader begins after the fifth line: what it then finds of them says nothing of their way.
  const late = measured({begin: begun + 0.55, stored: each => (each <= 5 ? begun + 0.6 : storedAt(each))});
  t.deepEqual([late.samples[0], late.findings], [['logs.arrival', '0.02'], []]);
});

test('planted: lines that are lost while the collector is gone', t => {
  const {samples, findings} = measured({stored: each => (each >= 45 && each < 57 ? undefined : storedAt(each))});
  t.deepEqual(samples[1], ['logs.lost', '12.00']);
  t.deepEqual(samples[3], ['logs.caught-up', '60.00', 'never']);
  t.deepEqual(findings, [
    '12 of 110 lines that logger took on n1 are not in the store on n3, 60 s after its collector was back: written 0.5 s to 1.6 s after it was killed',
  ]);
  const unsent = measured({
    written: numbers.filter(each => each !== 50),
    stored: each => (each === 50 ? undefined : storedAt(each)),
  });
  t.deepEqual(unsent.findings, [], 'what logger did not take is not lost');
});

const metrics = ({samples}: ReturnType<typeof measured>) => samples.map(([metric]) => metric);

test('planted: no line is lost, and none had to wait on disk, or nobody knows', t => {
  const waits = 'lines that wait in a queue on the disk of n1 while the collector is gone: ';
  const cases: readonly [Changes, string][] = [
    [{spool: () => 0}, 'none'],
    // It was full of what others wrote before, and did not grow.
    [{spool: () => 50_000}, 'none'],
    [{spool: seconds => (seconds < 2 ? 50_000 : 20_000)}, 'none'],
    // It grew only before, and when the collector was back.
    [{spool: seconds => (seconds < -1 ? 0 : seconds < 5.5 ? 9000 : 20_000)}, 'none'],
    [{spool: false}, 'it was not seen: services.logs.existing.spool names its folder'],
    [
      {spool: seconds => (seconds < 0.5 ? undefined : 9000)},
      'it was not seen: services.logs.existing.spool names its folder',
    ],
    [
      {spool: seconds => (seconds < 0 ? 0 : undefined)},
      'it was not seen: services.logs.existing.spool names its folder',
    ],
  ];
  for (const [changes, found] of cases) {
    const seen = measured(changes);
    t.deepEqual(seen.problems, [`${waits}${found}`]);
    t.false(metrics(seen).includes('logs.lost'), 'it is not said that none was lost');
    t.true(metrics(seen).includes('logs.arrival') && metrics(seen).includes('logs.caught-up'));
  }
});

test('a file of the queue that was read to its end goes while another begins: it is the growth that counts', t => {
  const {samples} = measured({spool: seconds => (seconds < 1 ? 50_000 : seconds < 2 ? 1000 : 9000)});
  t.deepEqual(samples.at(-1), ['logs.queued', '8000.00']);
});

test('what was lost is lost, whether or not a queue was seen', t => {
  for (const spool of [filled, false, () => 0] as const) {
    const seen = measured({spool, stored: each => (each === 50 ? undefined : storedAt(each))});
    t.deepEqual(seen.samples[1], ['logs.lost', '1.00']);
    t.deepEqual([seen.problems, seen.findings.length], [[], 1]);
  }
});

/** What a trial would do first, without doing it. */
function previewed(logs: Logs) {
  const {cluster} = fakeCluster(() => undefined);
  const all = logPipeline.preview({...cluster, services: {logs}}, {});
  return all.map(({host, argv}) => `${host} ${argv.join(' ')}`);
}

test('a way that is there: its own socket, store and queue; one that a trial makes has its own folder', t => {
  const there = previewed({collector: 'n1', existing: {store: '/var/log/all.json', spool: '/var/spool/rsyslog'}});
  t.is(there.length, 4);
  t.true(there[1]?.startsWith('n2 ') && !there[1].includes(' -u '));
  t.regex(there[2] ?? '', /^n2 .* quantity spool \/var\/spool\/rsyslog 0\.25 60$/s);
  t.regex(there[3] ?? '', /^n1 kill -KILL rsyslogd$/);
  t.is(previewed({collector: 'n1', existing: {store: '/var/log/all.json'}}).length, 3, 'no folder, nothing to look at');
  const own = previewed({collector: 'n3'});
  t.true(own[1]?.startsWith('n1 ') && own[1].endsWith(' -u /var/tmp/seatrial-logs/socket'));
  t.regex(own[2] ?? '', / quantity spool \/var\/tmp\/seatrial-logs\/spool /);
  t.throws(() => previewed({collector: 'n9'}), {message: /services\.logs\.collector/});
});

test('planted: a line that was on its way for long when the collector was killed counts with what is known', t => {
  const [arrival] = measured({stored: each => (each === 5 ? begun + 9.4 : storedAt(each))}).samples;
  t.deepEqual(arrival, ['logs.arrival', '3.50', 'never']);
  // One that was sent just before says nothing.
  t.deepEqual(measured({stored: each => (each === 40 ? begun + 9.4 : storedAt(each))}).samples[0], [
    'logs.arrival',
    '0.02',
  ]);
});

test('planted: lines whose parts are not told apart', t => {
  t.regex(measured({parsed: each => (each === 7 ? 0 : 1)}).findings[0] ?? '', /^1 lines .* number 7$/);
});

test('what shows nothing gives no number', t => {
  const cases: readonly [Changes, RegExp][] = [
    [{end: false}, /^a log with its begin and its end/],
    [{record: {reached: [{fault: 'rsyslogd-killed', bit: false, evidence: 'it runs'}]}}, /did not bite: it runs$/],
    [
      {written: numbers.filter(each => each < 40 || each > 95)},
      /^lines that were written while the collector was gone/,
    ],
    [{stored: each => (each < 45 ? undefined : storedAt(each))}, /^lines that were stored before the collector/],
    [{stored: each => sentAt(each) + 0.02}, /^a store that nothing comes to .*: 38 lines$/],
  ];
  for (const [changes, sentence] of cases) {
    const {samples, problems, findings} = measured(changes);
    t.deepEqual([samples, findings], [[], []]);
    t.regex(problems[0] ?? '', sentence);
  }
});
