import test from 'ava';
import type {Artefacts} from '../../harness/types.ts';
import type {BeaconLog, BeaconReply} from '../../reports/beacon/index.ts';
import type {ResilienceFacts} from './facts.ts';
import {longestStall, stallSample} from './stall.ts';
import {measureStorage} from './storage.ts';

const facts: ResilienceFacts = {
  fault: 'osd-killed',
  struck: 'n1',
  survivors: ['n2', 'n3'],
  victims: [],
  bystanders: [],
  stalled: ['vm1'],
  slowed: [],
  reached: [],
  injection: {
    fault: 'osd-killed',
    host: 'n1',
    monotonicBeforeMs: 10_000,
    monotonicAfterMs: 10_500,
    wallBeforeMs: 1.8e12,
  },
  healing: {monotonicBeforeMs: 25_000, monotonicAfterMs: 27_000},
  client: 'client',
  clocks: [],
  recovered: true,
  waitedUntilWallMs: 1.8e12,
};

interface Look {
  at: number;
  down?: number[];
  gap?: string;
}
/** Looks that took half a second each, at these seconds. */
function raw(looks: readonly Look[]): Artefacts {
  const text = JSON.stringify(
    looks.map(({at, down = [], gap}) => ({beforeMs: at * 1000, afterMs: at * 1000 + 500, down, gap})),
  );
  return {names: ['storage.json'], text: () => ({ok: true, value: text})};
}
const gap = 'OSDs not up and in: 0';
const bitten: readonly Look[] = [
  {at: 9},
  {at: 10.5},
  {at: 12, down: [0], gap},
  {at: 24, down: [0], gap},
  {at: 26, gap: 'PG 1.2 is peering'},
  {at: 28},
];
const samplesOf = (artefacts: Artefacts, of = facts) =>
  measureStorage(artefacts, of).samples.map(({metric, value, halfWidth, censored}) => [
    metric,
    value,
    halfWidth,
    censored === true,
  ]);

test('each change lies between the last look without it and the first with it', t => {
  t.deepEqual(samplesOf(raw(bitten)), [
    ['failover.storage-down', 1.5, 1, false],
    ['failover.storage-whole', 2.25, 1.25, false],
  ]);
});

test('an OSD that was never down, or only after its start, says that the fault did not bite', t => {
  const never = bitten.map(({at}) => ({at}));
  const late = [...never, {at: 29, down: [0], gap}];
  // Down before the fault and up since: another's deed.
  const before = [{at: 5, down: [0], gap}, ...never];
  for (const looks of [never, late, before]) {
    const {samples, problems} = measureStorage(raw(looks), facts);
    t.deepEqual(samples, []);
    t.regex(problems[0]?.expected ?? '', /the fault did not bite$/);
  }
});

test('planted: an OSD that was down before all the while is not the one that was killed', t => {
  const looks = bitten.map(({at}) => ({at, down: [7], gap}));
  const {samples, problems} = measureStorage(raw(looks), facts);
  t.deepEqual(samples, []);
  t.regex(problems[0]?.expected ?? '', /the fault did not bite$/);
  const both = bitten.map(look => ({...look, down: [7, ...(look.down ?? [])]}));
  t.deepEqual(samplesOf(raw(both))[0], ['failover.storage-down', 1.5, 1, false]);
});

test('a store that is not whole when the watch ends has not ended', t => {
  const stuck = bitten.map(look => (look.at > 25 ? {...look, gap: 'PG 1.2 is peering'} : look));
  t.deepEqual(samplesOf(raw(stuck))[1], ['failover.storage-whole', 3, 0, true]);
});

test('a store that looks whole for a moment is whole when it stays so', t => {
  const [last] = bitten.slice(-1);
  const at = last?.at ?? 0;
  const hasty = [...bitten, {at: at + 1, gap: 'PG 1.2 is peering'}, {at: at + 2}];
  const [metric, value] = samplesOf(raw(hasty))[1] ?? [];
  t.is(metric, 'failover.storage-whole');
  t.true(Number(value) > 3, String(value));
});

test('without a look after the healing nothing is known of it', t => {
  const {samples, problems} = measureStorage(raw(bitten.slice(0, 4)), facts);
  t.deepEqual(
    samples.map(({metric}) => metric),
    ['failover.storage-down'],
  );
  t.is(problems.length, 1);
});

/** Newer durable records heard at these seconds of the log. */
function log(heard: readonly number[], endSeconds: number, complete = true): BeaconLog {
  const replies = heard.map(
    (atSeconds, index): BeaconReply => ({
      request: index,
      atSeconds,
      life: 0,
      uptimeSeconds: atSeconds,
      replyNumber: index,
      durable: {record: index + 1, digest: ''},
      ledger: 'in-order',
      writeErrors: 0,
      readbackErrors: 0,
    }),
  );
  const lives = [{bootId: 'a', startedUptimeSeconds: 0}];
  return {
    intervalSeconds: 0.01,
    originMonotonicSeconds: 0,
    anchors: [],
    instrument: {scheduler: '', memory: ''},
    targets: [{name: 'vm1', address: '', requests: [], replies, lives, networkErrors: []}],
    skipped: [],
    dropped: 0,
    endSeconds,
    complete,
  };
}

test('the longest wait is between two newer writes, and only what ended after the fault counts', t => {
  const stall = longestStall(log([0, 4, 5, 5.1, 7.6, 7.7, 7.8], 7.9), 'vm1', 5.05);
  t.like(stall, {fromSeconds: 5.1, open: false});
  t.true(Math.abs((stall?.seconds ?? 0) - 2.5) < 1e-9);
});

test('replies without a newer write are no writes', t => {
  const {
    targets: [target],
    ...rest
  } = log([0, 1, 2, 3], 3.1);
  if (target === undefined) return t.fail();
  const frozen = target.replies.map(reply => ({
    ...reply,
    durable: {record: Math.min(2, reply.request + 1), digest: ''},
  }));
  t.like(longestStall({...rest, targets: [{...target, replies: frozen}]}, 'vm1', 1.5), {fromSeconds: 1, open: true});
});

test('a guest that still waits when the watch ends has waited at least so long', t => {
  const sample = stallSample(log([0, 1, 2], 9), 'vm1', 1.5, {});
  t.like(sample.ok ? sample.value : sample.error, {value: 7, censored: true});
});

test('a cut log, or a guest that wrote nothing before the fault, gives no wait', t => {
  for (const [beacon, after] of [
    [log([0, 1, 2], 3, false), 1.5],
    [log([2, 3], 4), 1],
    [log([], 4), 1],
  ] as const)
    t.false(stallSample(beacon, 'vm1', after, {}).ok);
});

test('planted: a stall that is not over may become longer than the one before it', t => {
  const twice = stallSample(log([0, 1, 13, 14], 25), 'vm1', 1.5, {});
  t.like(twice.ok ? twice.value : {}, {value: 12, censored: true});
  const over = stallSample(log([0, 1, 13, 24.5], 25), 'vm1', 1.5, {});
  t.is(over.ok && over.value.censored, undefined);
});
