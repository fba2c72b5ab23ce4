/** What is no answer to a cause: each is planted in a drill that went well, and leaves nothing to be known. */
import test from 'ava';
import {heldLong, injectedAt, lines, measured, node} from '../../fixtures/kit/alarm-drill.ts';

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
/** Prometheus' clock is this far ahead of the client's. */
const clocked = (offsetSeconds: number) => (rule: string) =>
  JSON.stringify({...JSON.parse(rule), prometheusClock: {offsetSeconds, halfWidthSeconds: 0.01}});
/** Every look at our alert says since when it is so; every message, since when it fires. */
const began = (activeAt: number, startsAt = activeAt) =>
  lines(line => {
    if (line.is === 'message') return {...line, startsAt: iso(startsAt)};
    const alerts = line.alerts?.map(each => (each.name === 'StorageLow' ? {...each, activeAt: iso(activeAt)} : each));
    return line.is === 'rules' && alerts ? {...line, alerts} : line;
  });
const fired = ['alarm.fires', 'alarm.message', 'alarm.cleared', 'alarm.held'];
const only = (found: ReturnType<typeof measured>) => [found.samples, found.problems, found.findings];

test('an alert and a message that began with the cause are its answer, also by a clock that is an hour off', t => {
  for (const offset of [0, 3600, -3600]) {
    const seen = measured({log: began(injectedAt + 0.9 + offset), rule: clocked(offset)});
    t.deepEqual(only(seen), [fired, [], []], String(offset));
  }
  // An evaluation has the time that it was due, and may come a little late.
  t.deepEqual(only(measured({log: began(injectedAt - 0.5), rule: clocked(0)})), [fired, [], []]);
});

test('planted: an alert that was pending for something else fires after the cause', t => {
  const early = measured({log: began(injectedAt - 12), rule: clocked(0)});
  t.deepEqual(only(early), [[], ['an alert that begins with its cause: 12.0 s before the cause'], []]);
  // Its clock makes it look as if it had begun later.
  const shifted = measured({log: began(injectedAt - 12 + 60), rule: clocked(60)});
  t.deepEqual(shifted.problems, ['an alert that begins with its cause: 12.0 s before the cause']);
  const pending = {name: 'StorageLow', state: 'pending', labels: node};
  const before = lines(line =>
    line.is === 'rules' && line.at < injectedAt ? {...line, alerts: [...(line.alerts ?? []), pending]} : line,
  );
  t.deepEqual(only(measured({log: before})), [
    [],
    ['an alarm that is quiet before its cause: one that is pending already'],
    [],
  ]);
});

test('planted: a message of an alert that was over before the cause comes late', t => {
  const late = measured({log: began(injectedAt + 0.9, injectedAt - 40), rule: clocked(0)});
  t.deepEqual(only(late), [[], ['a message of an alert that begins with its cause: 40.0 s before the cause'], []]);
  // One more that is of the cause is the message.
  const both = lines(line =>
    line.is === 'message' && line.status === 'firing'
      ? [{...line, startsAt: iso(injectedAt - 40), at: injectedAt + 0.3}, line]
      : line,
  );
  const seen = measured({log: text => both(began(injectedAt + 0.9)(text)), rule: clocked(0)});
  t.deepEqual(only(seen), [fired, [], []]);
  t.true(Number(seen.of('alarm.message')?.value) > 0.9);
});

test('planted: a message that Prometheus knows nothing of', t => {
  const alone = lines(line => (line.is === 'message' ? line : line.alerts ? {...line, alerts: []} : line));
  t.deepEqual(only(measured({log: alone, record: heldLong})), [
    [],
    ['a message of an alert that Prometheus has firing: the message alone'],
    [],
  ]);
});

test('planted: the same rule fires of another file system of the node, and ours does not', t => {
  const here = {...heldLong, mountpoint: '/srv/store'};
  t.deepEqual(measured({record: here}).samples, fired);
  t.deepEqual(measured({record: {...here, mountpoint: '/store'}}).samples, fired, 'an exporter in a container');
  const {samples, findings} = measured({record: {...here, mountpoint: '/var'}});
  t.deepEqual(samples, ['alarm.fires never', 'alarm.message never', 'alarm.held']);
  t.regex(findings[0] ?? '', /^critical an alarm fires on its cause: /);
  t.regex(findings[1] ?? '', /^critical only what is wrong is alarmed at: StorageLow .*mountpoint \/srv\/store/);
});

test('planted: an alert fires while what it watches is all the while within its bound', t => {
  t.deepEqual(only(measured({record: heldLong, free: () => 60})), [
    [],
    ['an alert of storage-low that its own cause sets off: it fired, and 60 % of it were free at the least'],
    [],
  ]);
  // A cause that was over with its message leaves too few looks to contradict it.
  t.deepEqual(measured({record: {quantityClock: {offsetMs: 0}}, free: () => 60}).samples, fired);
});

test('planted: two rules of one name, and which of them is meant is not known', t => {
  const twice = (rule: string) => {
    const read = JSON.parse(rule);
    return JSON.stringify({...read, rule: {...read.rule, alike: 2}});
  };
  t.deepEqual(only(measured({rule: twice})), [
    [],
    ['one rule StorageLow: 2 of this name: which of them is meant?'],
    [],
  ]);
  t.is(measured({rule: text => JSON.stringify({...JSON.parse(text), rule: null})}).samples.length, 0);
});

/** Prometheus does not answer from then on. */
const lost = (at: number, until = Number.POSITIVE_INFINITY) =>
  lines(line => {
    const mute = {is: 'lost', since: at - 0.3, at, what: 'rules', why: 'timed out'};
    if (line.is === 'end') return [mute, line].sort((one, two) => one.at - two.at);
    return line.is === 'rules' && line.at > at && line.at < until ? undefined : line;
  });
/** Lines in the order of their times. */
const ordered = (log: string) =>
  log
    .trim()
    .split('\n')
    .sort((one, two) => JSON.parse(one).at - JSON.parse(two).at)
    .join('\n')
    .concat('\n');

test('planted: a Prometheus that does not answer before, during or after the cause accuses nobody', t => {
  const never = lines(line => (line.is === 'message' ? undefined : line.alerts ? {...line, alerts: []} : line));
  const before = measured({log: text => ordered(lost(injectedAt - 1, injectedAt + 0.5)(text))});
  t.deepEqual(only(before), [[], ['a Prometheus that answers before the cause: timed out'], []]);
  const meanwhile = measured({log: text => ordered(lost(injectedAt + 0.5)(never(text))), record: heldLong});
  t.deepEqual(only(meanwhile), [[], ['a Prometheus that answers while the cause is in force: timed out'], []]);
  const after = measured({log: text => ordered(lost(injectedAt + 1.5)(text)), record: heldLong});
  t.deepEqual([after.of('alarm.cleared'), after.findings], [undefined, []]);
  t.deepEqual(after.problems, ['a Prometheus that answers until the end: timed out']);
});

test('planted: an alert that is quiet for a moment and fires again has not cleared', t => {
  const again = lines(line => {
    if (line.is !== 'rules' || line.at < injectedAt + 2) return line;
    const firing = {name: 'StorageLow', state: 'firing', labels: node};
    return [line, {...line, since: line.at, at: line.at + 0.4, alerts: [firing]}, {...line, at: line.at + 0.7}];
  });
  const plain = Number(measured().of('alarm.cleared')?.value);
  t.true(Math.abs(Number(measured({log: again}).of('alarm.cleared')?.value) - plain - 0.7) < 0.01);
});

/** Seen to be done so many seconds after the cause. */
const acted = (seconds: number) => {
  const wallMs = (injectedAt + seconds) * 1000;
  return {action: {sinceWallMs: wallMs - 250, wallMs, evidence: 'it is done'}, actionUntilWallMs: wallMs};
};
const cleaned = {action: 'logs-cleaned'} as const;

test('an action that comes after its alert is the message’s', t => {
  const {of, problems} = measured({alarm: cleaned, record: acted(1.4)});
  t.true(Math.abs(Number(of('alarm.action')?.value) - 1.4) < 1e-6);
  t.deepEqual(problems, []);
});

test('planted: an action that somebody else did: before the alert fired, without it, or without a message', t => {
  const because = 'logs-cleaned because of the message of StorageLow: ';
  const early = measured({alarm: cleaned, record: acted(0.3)});
  t.is(early.of('alarm.action'), undefined);
  t.deepEqual([early.problems, early.findings], [[`${because}it was done 0.6 s before the alert fired`], []]);
  const never = lines(line => (line.is === 'message' ? undefined : line.alerts ? {...line, alerts: []} : line));
  const unfired = measured({log: never, alarm: cleaned, record: {...heldLong, ...acted(3)}});
  t.is(unfired.of('alarm.action'), undefined);
  t.deepEqual(unfired.problems, [`${because}it was done, and the alert had not fired`]);
  t.is(unfired.findings.length, 1, 'that it did not fire is found all the same');
  const untold = measured({
    log: lines(line => (line.is === 'message' ? undefined : line)),
    alarm: cleaned,
    record: acted(3),
  });
  t.is(untold.of('alarm.action'), undefined);
  t.deepEqual(untold.problems, [`${because}it was done, and no message had come`]);
  // A cluster that switches by itself needs no alert.
  const itself = measured({alarm: {action: 'guests-served'}, record: acted(0.3)});
  t.deepEqual([itself.of('alarm.action')?.value.toFixed(1), itself.problems], ['0.3', []]);
});
