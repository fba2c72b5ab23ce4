import {execFileSync} from 'node:child_process';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {
  type ClockReading,
  clockOffset,
  clockReadings,
  clockSteps,
  offsetFrom,
  parseClocks,
  parseDate,
} from './clocks.ts';

test('all looks together bound the offset, each side by its own quickest way', t => {
  const samples = [
    {beforeMs: 1000, afterMs: 1100, hostMs: 6000},
    {beforeMs: 2000, afterMs: 2010, hostMs: 7004.5},
    {beforeMs: 3000, afterMs: 3030, hostMs: 8020},
  ];
  t.deepEqual(offsetFrom(samples), {offsetMs: 4997.25, halfWidthMs: 3.75});
  // Slow there and quick back, then the other way round.
  const busy = [
    {beforeMs: 0, afterMs: 302, hostMs: 300 + 50},
    {beforeMs: 1000, afterMs: 1302, hostMs: 1003 + 50},
  ];
  t.deepEqual(offsetFrom(busy), {offsetMs: 50.5, halfWidthMs: 3.5});
});

test('looks that contradict each other leave the narrowest', t => {
  const stepped = [
    {beforeMs: 0, afterMs: 100, hostMs: 50},
    {beforeMs: 1000, afterMs: 1010, hostMs: 6005},
  ];
  t.deepEqual(offsetFrom(stepped), {offsetMs: 5000, halfWidthMs: 6});
});

test('a busy host is asked more often than one that answers at once, and not for ever', async t => {
  const asked = async (slowMs: number) => {
    let times = 0;
    const {cluster} = fakeCluster(() => undefined);
    const exec = async () => {
      times += 1;
      await sleep(slowMs);
      return {
        stdout: `${(Date.now() / 1000).toFixed(9)} +0000\n`,
        stderr: '',
        durationMs: slowMs,
        exit: {kind: 'exited' as const, code: 0},
      };
    };
    const offset = await clockOffset({...cluster, transport: {...cluster.transport, exec}}, cluster.client);
    return offset.ok ? times : 0;
  };
  t.is(await asked(0), 5);
  t.is(await asked(60), 20);
});

test('the true offset lies within the half width, wherever in the trip the host looked', t => {
  for (const delay of [0, 3, 20]) {
    const found = offsetFrom([{beforeMs: 500, afterMs: 520, hostMs: 500 + delay - 77}]);
    t.true(found !== undefined && Math.abs(found.offsetMs - -77) <= found.halfWidthMs);
  }
});

test('no sample, a clock stepped backwards, a host that said no number: no offset', t => {
  t.is(offsetFrom([]), undefined);
  t.is(offsetFrom([{beforeMs: 100, afterMs: 90, hostMs: 95}]), undefined);
  t.is(offsetFrom([{beforeMs: 100, afterMs: 110, hostMs: Number.NaN}]), undefined);
});

test('date says when and where; anything else is no answer', t => {
  t.deepEqual(parseDate('1795535678.537000000 +0530\n'), {hostMs: 1795535678537, utcOffsetMinutes: 330});
  t.is(parseDate('1795535678.537000000 -0800')?.utcOffsetMinutes, -480);
  for (const text of ['', '1795535678 +0000', '1795535678.537000000', 'date: invalid'])
    t.is(parseDate(text), undefined, text);
});

const bootId = '6c0ff1f5-0000-4000-8000-0123456789ab';
/** As a host with a monotonic clock at `upMs` and a wall clock off by `stepMs` prints it. */
const printed = (upMs: number, stepMs = 0) =>
  `${bootId}\n${(upMs / 1000).toFixed(2)} 1.00\n${((1.8e12 + upMs + stepMs) / 1000).toFixed(9)}\n${((upMs + 10) / 1000).toFixed(2)} 1.00\n`;

function reading(atMs: number, upMs: number, stepMs = 0, boot = bootId): ClockReading {
  const said = parseClocks(printed(upMs, stepMs).replace(bootId, boot));
  if (said === undefined) throw new Error('the reading is not understood');
  return {host: 'n1', beforeMs: atMs, afterMs: atMs + 40, ...said};
}

test('a step of more than reading explains is told with its size, in either direction', t => {
  t.deepEqual(clockSteps([reading(0, 5000)], [reading(60_000, 65_000)]), []);
  t.deepEqual(clockSteps([reading(0, 5000)], [reading(60_000, 65_000, 25)]), []);
  for (const [stepMs, word] of [
    [3_600_000, '3600\\.0'],
    [-2000, '-2\\.0'],
    [120, '0\\.1'],
  ] as const) {
    const [told, ...more] = clockSteps([reading(0, 5000)], [reading(60_000, 65_000, stepMs)]);
    t.regex(told ?? '', new RegExp(`clock of n1 was stepped by ${word}\\d+ s`));
    t.deepEqual(more, []);
  }
});

test('a host that was booted in between is held against the harness, with the error of the way there', t => {
  const other = bootId.replace('6', '7');
  // Up for 4 s now; its wall clock says the 60 s that have passed.
  const booted = (stepMs: number) => reading(60_000, 4000, 61_000 + stepMs, other);
  t.deepEqual(clockSteps([reading(0, 5000)], [booted(0)]), []);
  t.is(clockSteps([reading(0, 5000)], [booted(500)]).length, 1);
  // The lab's hosts share a kernel, and with it the boot id; an uptime that went back is another boot all the same.
  t.deepEqual(clockSteps([reading(0, 5000)], [reading(60_000, 4000, 61_000)]), []);
});

test('a host that is not read again cannot be trusted', t => {
  t.regex(clockSteps([reading(0, 5000)], [])[0] ?? '', /n1 was not read again/);
});

test('what is no reading of a clock is none', t => {
  for (const text of ['', printed(5000).replace('.', ','), printed(5000).slice(0, 60)])
    t.is(parseClocks(text), undefined);
});

test('readings of a live machine agree with themselves', async t => {
  const {cluster} = fakeCluster((_, words) => {
    const [, script = ''] = /^sh -c ([\s\S]*)$/.exec(words) ?? [];
    return {stdout: execFileSync('sh', ['-c', script], {encoding: 'utf8'})};
  });
  const before = await clockReadings(cluster, cluster.nodes);
  const after = await clockReadings(cluster, cluster.nodes);
  if (!before.ok || !after.ok) return t.fail();
  t.deepEqual(
    before.value.map(({host}) => host),
    ['seatrial', 'n1', 'n2', 'n3'],
  );
  t.deepEqual(clockSteps(before.value, after.value), []);
});
