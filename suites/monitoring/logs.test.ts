/** A way of log lines: each damage is planted in a trial as it is kept. */
import test from 'ava';
import type {Artefacts} from '../../harness/types.ts';
import {type LogRecord, measureLogs, readArtefact, recordArtefact, writtenArtefact} from './logs-measure.ts';

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
}

function measured({
  written = numbers,
  stored = storedAt,
  again = [],
  parsed = () => 1,
  begin = begun,
  end = true,
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
