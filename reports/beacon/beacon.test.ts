import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {
  acknowledgedBefore,
  type BeaconLog,
  type BeaconVerify,
  blackouts,
  dualActive,
  firstDurable,
  fromMonotonicSeconds,
  lifeSpans,
  lifeVerdict,
  loss,
  parseBeacon,
  parseBeaconVerify,
  sendSchedule,
  wallSecondsAt,
  writeLedger,
} from './index.ts';

const boots = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'] as const;

interface Told {
  request: number;
  /** Default: 1 ms after the intended time. */
  atUs?: number;
  life?: 0 | 1;
  durable?: number;
  digest?: string;
  replyNumber?: number;
  uptimeUs?: number;
  extra?: string;
}

interface LogSpec {
  sends: number;
  replies: readonly Told[];
  intervalUs?: number;
  lateUs?: (request: number) => number;
  failed?: readonly number[];
  skipped?: readonly [number, number];
  atBoot?: readonly [number | undefined, number | undefined];
  cut?: boolean;
}

/** A log as the program writes it, of one target `vm1`. */
function logText(spec: LogSpec): string {
  const intervalUs = spec.intervalUs ?? 10_000;
  const failed = new Set(spec.failed);
  const lines = [
    `seatrial-beacon 1 interval-us=${intervalUs} duration-us=${spec.sends * intervalUs} targets=1 origin-ns=5000000000 client=00000000000000aa scheduler=fifo memory=locked`,
    'T 0 vm1 10.0.0.7:7007',
    'A -20000 1795533603610537677',
  ];
  const events: {atUs: number; lines: string[]}[] = [];
  let sent = 0;
  for (let request = 0; request < spec.sends; request += 1) {
    if (spec.skipped && request >= spec.skipped[0] && request <= spec.skipped[1]) continue;
    const late = spec.lateUs?.(request) ?? 50;
    const line = failed.has(request) ? `E 0 ${request} ${late} ENETUNREACH` : `S 0 ${request} ${late}`;
    if (!failed.has(request)) sent += 1;
    events.push({atUs: request * intervalUs + late, lines: [line]});
  }
  if (spec.skipped)
    events.push({atUs: spec.skipped[1] * intervalUs, lines: [`K ${spec.skipped[0]} ${spec.skipped[1]}`]});
  const met = new Map<number, number>();
  spec.replies.forEach((told, index) => {
    const life = told.life ?? 0;
    const atUs = told.atUs ?? told.request * intervalUs + 1000;
    const own: string[] = [];
    if (!met.has(life)) {
      own.push(`L ${met.size} 0 ${boots[life]} 4000000`);
      const atBoot = spec.atBoot?.[life];
      if (atBoot !== undefined) own.push(`B ${met.size} ${atBoot} 1000 0`);
      met.set(life, met.size);
    }
    const durable = told.durable ?? 0;
    const digest = durable === 0 ? '-' : (told.digest ?? durable.toString(16).padStart(8, '0'));
    own.push(
      `R 0 ${told.request} ${atUs} ${met.get(life)} ${told.uptimeUs ?? atUs + 9} ${told.replyNumber ?? index + 1} ${durable} ${digest} o${told.extra ?? ''}`,
    );
    events.push({atUs, lines: own});
  });
  events.sort((a, b) => a.atUs - b.atUs);
  for (const event of events) lines.push(...event.lines);
  const endUs = spec.sends * intervalUs + 300_000;
  if (!spec.cut)
    lines.push(
      `A ${endUs} 1795533604000000000`,
      `Z ${endUs} duration sent=${sent} replies=${spec.replies.length} ignored=0 dropped=0`,
    );
  return `${lines.join('\n')}\n`;
}

function logOf(spec: LogSpec): BeaconLog {
  const parsed = parseBeacon(logText(spec));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

const range = (first: number, last: number) => Array.from({length: last - first + 1}, (_, i) => first + i);
const answered = (first: number, last: number, more: Partial<Told> = {}) =>
  range(first, last).map(request => ({request, ...more}));
const near = (value: number | undefined, wanted: number) => value !== undefined && Math.abs(value - wanted) < 1e-9;

test('an undisturbed guest is steady, without blackout or loss', t => {
  const log = logOf({sends: 100, replies: answered(0, 99)});
  t.true(log.complete);
  t.deepEqual(blackouts(log, 'vm1'), []);
  t.deepEqual(loss(log, 'vm1'), {sent: 100, answered: 100, lost: 0, sendErrors: 0, duplicates: 0});
  t.deepEqual(lifeVerdict(log, 'vm1'), {kind: 'steady', bootId: boots[0]});
  t.is(blackouts(log, 'vm2'), undefined);
});

test('a blackout runs from the first intended send without reply to the next reply', t => {
  const log = logOf({sends: 100, replies: [...answered(0, 19), ...answered(50, 99)]});
  const [window, ...others] = blackouts(log, 'vm1') ?? [];
  t.deepEqual(others, []);
  t.true(near(window?.fromSeconds, 0.2));
  t.true(near(window?.toSeconds, 0.501));
  t.is(window?.unanswered, 30);
  t.false(window?.beforeFirstReply);
  t.is(lifeVerdict(log, 'vm1')?.kind, 'resumed');
  t.is(loss(log, 'vm1')?.lost, 30);
});

test('requests that are all answered, but late, are a blackout as well', t => {
  // A paused guest: what queued up is answered in one burst at 0.5 s.
  const burst = range(20, 49).map((request, i) => ({request, atUs: 500_000 + i * 10}));
  const log = logOf({sends: 100, replies: [...answered(0, 19), ...burst, ...answered(50, 99)]});
  const windows = blackouts(log, 'vm1') ?? [];
  t.is(windows.length, 1);
  t.true(near(windows[0]?.fromSeconds, 0.2));
  t.true(near(windows[0]?.toSeconds, 0.5));
  t.is(windows[0]?.unanswered, 0);
  t.is(loss(log, 'vm1')?.lost, 0);
});

test('one lost datagram is loss, not a blackout', t => {
  const log = logOf({sends: 100, replies: [...answered(0, 19), ...answered(21, 99)]});
  t.deepEqual(blackouts(log, 'vm1'), []);
  t.is(loss(log, 'vm1')?.lost, 1);
  t.is(lifeVerdict(log, 'vm1')?.kind, 'steady');
});

test('a guest that never came back leaves an open window, and one that never answered is silent', t => {
  const [open] = blackouts(logOf({sends: 100, replies: answered(0, 19)}), 'vm1') ?? [];
  t.true(open !== undefined && open.toSeconds === undefined && near(open.seconds, 1.1));
  const silent = logOf({sends: 100, replies: []});
  t.true(blackouts(silent, 'vm1')?.[0]?.beforeFirstReply);
  t.is(lifeVerdict(silent, 'vm1')?.kind, 'silent');
});

test('a client that was late, skipped or could not send says so in the window', t => {
  const late = logOf({
    sends: 100,
    // Held up at 0.2 s for 90 ms, then it sends all that it had missed.
    lateUs: request => (request >= 20 && request < 29 ? 290_000 - request * 10_000 + request : 50),
    replies: [...answered(0, 19), {request: 20, atUs: 291_000}, ...answered(30, 99)],
  });
  t.true(near(blackouts(late, 'vm1')?.[0]?.clientLateSeconds, 0.09002));
  const skipped = logOf({sends: 100, skipped: [20, 49], replies: [...answered(0, 18), ...answered(50, 99)]});
  t.true(near(blackouts(skipped, 'vm1')?.[0]?.clientLateSeconds, 0.3));
  t.is(loss(skipped, 'vm1')?.lost, 1);
  const refused = logOf({sends: 100, failed: range(20, 29), replies: [...answered(0, 19), ...answered(30, 99)]});
  t.is(blackouts(refused, 'vm1')?.[0]?.sendErrors, 10);
  t.deepEqual(loss(refused, 'vm1'), {sent: 90, answered: 90, lost: 0, sendErrors: 10, duplicates: 0});
});

test('a new boot id is a new life; its first durable write is told', t => {
  const log = logOf({
    sends: 100,
    atBoot: [undefined, 20],
    replies: [
      ...range(0, 19).map(request => ({request, durable: request + 1})),
      ...answered(50, 59, {life: 1}),
      ...range(60, 99).map(request => ({request, life: 1 as const, durable: request - 39})),
    ],
  });
  t.deepEqual(lifeVerdict(log, 'vm1'), {kind: 'rebooted', bootIds: [...boots]});
  const [first, second] = lifeSpans(log, 'vm1') ?? [];
  t.true(near(first?.firstDurableSeconds, 0.001) && near(first?.lastReplySeconds, 0.191));
  t.true(near(second?.firstReplySeconds, 0.501) && near(second?.firstDurableSeconds, 0.601));
  t.is(second?.ledgerAtBoot, 20);
  t.true(near(firstDurable(log, 'vm1', boots[1])?.atSeconds, 0.601));
  // Of the first life only what is newer than its first reply was written under this watch.
  t.is(firstDurable(log, 'vm1')?.record, 2);
  t.deepEqual(acknowledgedBefore(log, 'vm1', 0.4), {record: 20, bootId: boots[0], atSeconds: 0.191});
  t.is(acknowledgedBefore(log, 'vm1', 0.0005), undefined);
});

test('two lives: the older one answers a request sent after the newer one had answered', t => {
  const log = logOf({sends: 100, replies: [...answered(0, 49), ...answered(50, 60, {life: 1}), ...answered(61, 99)]});
  const [evidence] = dualActive(log, 'vm1') ?? [];
  t.is(evidence?.kind, 'older-life-answers');
  t.is(evidence?.request, 61);
  t.is(lifeVerdict(log, 'vm1')?.kind, 'two-lives');
});

test('a reply of the old life that was only slow is not a second life', t => {
  const log = logOf({
    sends: 100,
    replies: [...answered(0, 18), ...answered(50, 99, {life: 1}), {request: 19, atUs: 505_000}],
  });
  t.deepEqual(dualActive(log, 'vm1'), []);
  t.is(lifeVerdict(log, 'vm1')?.kind, 'rebooted');
});

test('two lives: both answer one request; a clone; a foreign record on the disk', t => {
  const both = logOf({sends: 100, replies: [...answered(0, 49), {request: 49, life: 1, atUs: 492_000}]});
  t.is(dualActive(both, 'vm1')?.[0]?.kind, 'same-request');
  const doubled = {request: 20, replyNumber: 21, atUs: 201_500, uptimeUs: 201_009};
  const clone = logOf({sends: 30, replies: [...answered(0, 29), {...doubled, uptimeUs: 201_017}]});
  t.is(dualActive(clone, 'vm1')?.[0]?.kind, 'clone');
  // The network doubling a datagram changes nothing in it.
  const copy = logOf({sends: 30, replies: [...answered(0, 29), doubled]});
  t.deepEqual(dualActive(copy, 'vm1'), []);
  t.is(loss(copy, 'vm1')?.duplicates, 1);
  const foreign = logOf({sends: 30, replies: answered(0, 29, {durable: 3, extra: ` f=${boots[1]}:9`})});
  t.like(dualActive(foreign, 'vm1')?.[0], {kind: 'ledger', bootIds: [boots[0], boots[1]]});
  t.is(dualActive(foreign, 'vm1')?.length, 1);
});

const writing: LogSpec = {
  sends: 100,
  atBoot: [0, 20],
  replies: [
    ...range(0, 19).map(request => ({request, durable: request + 1})),
    ...range(50, 59).map(request => ({request, life: 1 as const, durable: request - 29})),
  ],
};

function verifyText(statusOf: (record: number) => string, to = 30, slots = 1000): string {
  const head = `seatrial-beacon-verify 1 target=vm1 boot=${boots[1]} instance-us=4000000 at-boot=20 durable=${to} slots=${slots} from=1 to=${to}`;
  return `${[head, ...range(1, to).map(record => `V ${record} ${statusOf(record)}`), `Z complete answered=${to}`].join('\n')}\n`;
}

const sound = (record: number) =>
  `v ${record.toString(16).padStart(8, '0')} ${(record <= 20 ? boots[0] : boots[1]).slice(0, 8)}`;

function verifyOf(text: string): BeaconVerify {
  const parsed = parseBeaconVerify(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

test('an intact ledger: every acknowledged write is read again', t => {
  t.deepEqual(writeLedger(logOf(writing), 'vm1', verifyOf(verifyText(sound))), {
    acknowledged: 30,
    readable: 30,
    rotated: 0,
    unverified: 0,
    lost: [],
    overwrittenLives: [],
  });
});

test('each way of losing an acknowledged write is found', t => {
  const wrong: Record<number, string> = {
    3: 'b - -',
    4: 'o - -',
    5: 'c - -',
    6: 'e - -',
    7: `v ffffffff ${boots[0].slice(0, 8)}`,
    8: `v 00000008 ${boots[1].slice(0, 8)}`,
  };
  const ledger = writeLedger(logOf(writing), 'vm1', verifyOf(verifyText(record => wrong[record] ?? sound(record))));
  t.deepEqual(
    ledger?.lost.map(({record, reason}) => [record, reason]),
    [
      [3, 'blank'],
      [4, 'older'],
      [5, 'corrupt'],
      [6, 'unreadable'],
      [7, 'other-contents'],
      [8, 'other-life'],
    ],
  );
  t.is(ledger?.readable, 24);
});

test('a life that starts with less than was acknowledged proves the loss, even when the numbers were written anew', t => {
  const log = logOf({...writing, atBoot: [0, 15]});
  const lost = writeLedger(log, 'vm1')?.lost;
  t.deepEqual(
    lost?.map(each => each.record),
    [16, 17, 18, 19, 20],
  );
  t.true(lost?.every(({reason, bootId}) => reason === 'missing-at-boot' && bootId === boots[0]));
});

test('a life that the log never saw, on a disk that kept nothing, proves the loss of all', t => {
  const blank = verifyOf(
    verifyText(() => 'b - -', 0)
      .replace('at-boot=20', 'at-boot=0')
      .replace(boots[1], boots[1].replace('2', '3')),
  );
  const ledger = writeLedger(logOf({...writing, atBoot: [0, 20]}), 'vm1', blank);
  t.is(ledger?.readable, 0);
  t.is(ledger?.lost.length, 30);
});

test('without a second reading nothing is called readable, and a ledger that went round proves nothing', t => {
  t.like(writeLedger(logOf(writing), 'vm1'), {readable: 0, unverified: 30, lost: []});
  const round = verifyOf(
    verifyText(record => (record <= 14 ? (record === 3 ? 'c - -' : 'r - -') : sound(record)), 30, 16),
  );
  t.like(writeLedger(logOf(writing), 'vm1', round), {readable: 16, rotated: 14, unverified: 0, lost: []});
  t.is(writeLedger(logOf(writing), 'vm1', {...round, target: 'vm2'}), undefined);
});

test('the send schedule is judged by lateness against the intended times', t => {
  const schedule = sendSchedule(logOf({sends: 100, lateUs: n => (n === 99 ? 7000 : n), replies: []}));
  t.is(schedule?.sends, 100);
  t.true(near(schedule?.p50Seconds, 49e-6) && near(schedule?.p99Seconds, 98e-6) && near(schedule?.maxSeconds, 0.007));
});

test('times of the log are found on other clocks', t => {
  const log = logOf({sends: 100, replies: []});
  t.true(Math.abs((wallSecondsAt(log, 0) ?? 0) - 1795533603.630537) < 1e-3);
  t.true(near(fromMonotonicSeconds(log, 5.25), 0.25));
});

test('a cut log gives what stood before the cut, and does not call requests under way lost', t => {
  const text = logText({...writing, replies: answered(0, 99), cut: true});
  const whole = parseBeacon(text);
  t.true(whole.ok && !whole.value.complete && whole.value.damage !== undefined);
  for (let length = 0; length <= text.length; length += 37) {
    const parsed = parseBeacon(text.slice(0, length));
    if (!parsed.ok) continue;
    t.false(parsed.value.complete);
    t.is(loss(parsed.value, 'vm1')?.lost, 0);
    t.deepEqual(blackouts(parsed.value, 'vm1'), []);
  }
});

test('lines taken out of the middle are noticed', t => {
  const lines = logText({sends: 100, replies: answered(0, 99)}).split('\n');
  for (const victim of [
    lines.findIndex(line => line.startsWith('S 0 50')),
    lines.findIndex(line => line.startsWith('R 0 50')),
  ]) {
    const parsed = parseBeacon(lines.filter((_, i) => i !== victim).join('\n'));
    t.true(parsed.ok && !parsed.value.complete);
  }
});

test('errors name the place', t => {
  t.like(parseBeacon('', 'b.log'), {ok: false, error: {artefact: 'b.log', path: 'line 1'}});
  t.like(parseBeacon('seatrial-beacon 2 x=1\n'), {ok: false});
  const bad = parseBeacon(logText(writing).replace('S 0 7 50', 'S 0 7 5O'));
  t.true(bad.ok && bad.value.damage?.found === '5O' && /^line \d+$/.test(bad.value.damage.path));
  t.like(parseBeaconVerify('nonsense'), {ok: false});
});

test('any text, and any damage to a sound one, gives a value or an error, and damage never a complete log', t => {
  const sources = [logText(writing), verifyText(sound)];
  const look = (text: string) => {
    const log = parseBeacon(text);
    if (log.ok) {
      for (const {name} of log.value.targets) {
        lifeVerdict(log.value, name);
        loss(log.value, name);
        writeLedger(log.value, name);
      }
      sendSchedule(log.value);
    }
    parseBeaconVerify(text);
    return log;
  };
  fc.assert(
    fc.property(fc.string(), text => void look(text)),
    {numRuns: 200},
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...sources),
      fc.nat(),
      fc.nat({max: 40}),
      fc.string({maxLength: 8}),
      (source, at, cut, put) => {
        const place = at % source.length;
        look(source.slice(0, place) + put + source.slice(place + cut));
      },
    ),
    {numRuns: 300},
  );
  fc.assert(
    fc.property(fc.nat({max: (sources[0] ?? '').length - 1}), length => {
      const log = look((sources[0] ?? '').slice(0, length));
      return !log.ok || !log.value.complete;
    }),
    {numRuns: 200},
  );
  t.pass();
});

test('what the program really wrote: a guest killed and started again', t => {
  const fixture = (name: string) => readFileSync(new URL(`../../fixtures/beacon-1/${name}`, import.meta.url), 'utf8');
  const log = parseBeacon(fixture('reboot.log'));
  const verify = parseBeaconVerify(fixture('reboot-verify.log'));
  if (!log.ok || !verify.ok) return t.fail('the recordings must be readable');
  t.true(log.value.complete && verify.value.complete);
  t.is(lifeVerdict(log.value, 'vm1')?.kind, 'rebooted');
  const gap = (blackouts(log.value, 'vm1') ?? []).filter(window => window.seconds > 1);
  t.is(gap.length, 1);
  const ledger = writeLedger(log.value, 'vm1', verify.value);
  t.true(ledger !== undefined && ledger.acknowledged > 10 && ledger.readable === ledger.acknowledged);
  t.deepEqual(ledger?.lost, []);
});
