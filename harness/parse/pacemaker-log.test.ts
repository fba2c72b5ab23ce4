import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {parseRecovery, type RecoveryQuestion, recoveryPhases} from './pacemaker-log.ts';
import type {HostLog} from './stamped-lines.ts';

const folder = new URL('../../fixtures/pacemaker-2.1.5/host-crash/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
// The recorded crash: n3 lost its power at 15:54:38.537; n1 coordinates, vm1 starts on n2.
const question: RecoveryQuestion = {node: 'n3', resource: 'vm1', injectedMs: Date.UTC(2026, 10, 24, 15, 54, 38, 537)};
const clock = {offsetMs: 0, halfWidthMs: 5, utcOffsetMinutes: 0};
const logs: readonly HostLog[] = ['n1', 'n2'].map(host => ({
  host,
  artefact: `pacemaker-${host}.log`,
  text: read(`${host}-pacemaker.log`),
  clock,
}));

function times(of: readonly HostLog[], asked = question) {
  const {moments} = parseRecovery(of, asked);
  return Object.fromEntries(
    recoveryPhases.map(phase => [phase, moments[phase] && Math.round(moments[phase].atMs - asked.injectedMs)]),
  );
}

test('the phases of a recorded host crash, in milliseconds from the injection', t => {
  t.deepEqual(times(logs), {
    membership: 8369,
    quorum: 8369,
    'fencing-requested': 8645,
    'fence-done': 14245,
    fenced: 14257,
    'start-requested': 14261,
    started: 25921,
  });
  const {problems, setbacks} = parseRecovery(logs, question);
  t.deepEqual(problems, []);
  t.deepEqual(setbacks, []);
});

test('each moment can be traced to its line, and is known to the clock and the stamp', t => {
  const {started} = parseRecovery(logs, question).moments;
  t.is(started?.host, 'n1');
  t.is(started?.halfWidthMs, 6);
  t.is(started?.text, logs[0]?.text.split('\n')[(started?.line ?? 0) - 1]);
  t.regex(started?.text ?? '', /vm1_start_0 on n2\) confirmed: ok/);
});

test("a host whose clock is ahead, and one in another zone, tell the same times on the harness's clock", t => {
  const ahead = logs.map(log => ({...log, clock: {...clock, offsetMs: 1000}}));
  t.deepEqual(times(ahead, {...question, injectedMs: question.injectedMs - 1000}), times(logs));
  const india = logs.map(log => ({...log, clock: {...clock, utcOffsetMinutes: 330}}));
  t.deepEqual(times(india, {...question, injectedMs: question.injectedMs - 330 * 60_000}), times(logs));
});

test('what was logged before the injection does not count', t => {
  const late = parseRecovery(logs, {...question, injectedMs: question.injectedMs + 10_000});
  t.is(late.moments.membership, undefined);
  t.regex(late.problems[0]?.expected ?? '', /^membership: a line/);
  t.is(late.moments.fenced?.host, 'n1');
});

test('another node or another guest has no recovery here', t => {
  t.deepEqual(Object.keys(parseRecovery(logs, {...question, node: 'n2'}).moments), ['start-requested', 'started']);
  t.is(parseRecovery(logs, {...question, resource: 'vm2'}).moments.started, undefined);
  // A name is no pattern: `vm.` is not vm1.
  t.is(parseRecovery(logs, {...question, resource: 'vm.'}).moments.started, undefined);
});

test('one survivor alone: the coordinator knows every phase, the other what it was told and what it started', t => {
  t.is(parseRecovery(logs.slice(0, 1), question).problems.length, 0);
  const other = parseRecovery(logs.slice(1), question);
  t.deepEqual(Object.keys(other.moments), ['membership', 'quorum', 'fenced', 'started']);
  t.is(other.problems.length, 3);
  // 8 ms before the coordinator knew of it.
  t.is(Math.round((other.moments.started?.atMs ?? 0) - question.injectedMs), 25913);
  const executor = logs
    .slice(1)
    .map(log => ({...log, text: log.text.replace(/^.*Result of start operation.*\n/gm, '')}));
  t.regex(
    parseRecovery(executor, question).moments.started?.text ?? '',
    /vm1 start \(call 26, PID 1071\) exited with status 0/,
  );
  const failed = executor.map(log => ({
    ...log,
    text: log.text.replace('exited with status 0', 'exited with status 1'),
  }));
  t.is(parseRecovery(failed, question).moments.started, undefined);
});

test('of two devices that were needed, the fence is done with the last; one that failed does not count', t => {
  const device = (clock: string, name: string, code: number) =>
    `Nov 24 15:54:${clock} n1 pacemaker-fenced    [98] (log_async_result) \tnotice: Operation 'reboot' [900] targeting n3 using ${name} returned ${code} | call 3 from pacemaker-controld.104`;
  const doneAt = (...more: string[]) => times(logs.map(log => ({...log, text: `${more.join('\n')}\n${log.text}`})));
  t.is(doneAt(device('50.000', 'other', 0))['fence-done'], 14245);
  t.is(doneAt(device('52.790', 'other', 0))['fence-done'], 14253);
  t.is(doneAt(device('52.790', 'other', 1))['fence-done'], 14245);
});

test('a start that the coordinator asked for before anybody wrote down the fence that was done is found', t => {
  // Both controllers are later with it than the clocks can be wrong.
  const late = logs.map(log => ({
    ...log,
    text: log.text.replace(/^(Nov 24 15:54:)52\.\d{3}(.* was terminated .*)$/gm, '$152.860$2'),
  }));
  const {fenced, 'start-requested': start} = times(late);
  t.true(Number(fenced) > Number(start) + 12, `${fenced} ${start}`);
  t.is(start, 14261);
});

test('a fence that a person confirmed was done by no device, and that is no hole', t => {
  const without = logs.map(log => ({...log, text: log.text.replace(/^.*log_async_result.*\n/gm, '')}));
  t.true(parseRecovery(without, question).problems.some(({expected}) => expected.startsWith('fence-done: a line')));
  const byHand = without.map(log => ({
    ...log,
    text: log.text.replace(/( was terminated \(\w+\)) by n1 /g, '$1 by a human '),
  }));
  const {moments, problems} = parseRecovery(byHand, question);
  t.truthy(moments.fenced);
  t.deepEqual(problems, []);
});

test('a membership without a majority decides nothing', t => {
  const lost = logs.map(log => ({...log, text: log.text.replaceAll('Quorum retained', 'Quorum lost')}));
  const {moments, problems} = parseRecovery(lost, question);
  t.is(moments.quorum, undefined);
  t.true(problems.some(({expected}) => expected.startsWith('quorum: a line')));
  t.truthy(moments.fenced);
});

/** The line that asks for the start, moved to right after the request to fence, with that one's stamp. */
function startedEarly(text: string): string {
  const lines = text.split('\n');
  const asks = lines.findIndex(line => /Initiating start operation vm1_start_0 on n2/.test(line));
  const [start = ''] = lines.splice(asks, 1);
  const request = lines.findIndex(line => /Requesting fencing \(reboot\)/.test(line));
  const stamp = lines[request]?.slice(0, 19) ?? '';
  lines.splice(request + 1, 0, `${stamp}${start.slice(19)}`);
  return lines.join('\n');
}
const [coordinator, ...others] = logs;
const early = logs.map(log => (log === coordinator ? {...log, text: startedEarly(log.text)} : log));

test('a start that was asked for before the fence was done is told, with both lines; one after it is not', t => {
  t.is(parseRecovery(logs, question).startBeforeFence, undefined);
  const told = parseRecovery(early, question).startBeforeFence;
  t.regex(told?.start.text ?? '', /Initiating start operation vm1_start_0 on n2/);
  t.regex(told?.fence.text ?? '', /targeting n3 by n1 .*: OK/);
  t.is(Math.round((told?.fence.atMs ?? 0) - (told?.start.atMs ?? 0)), 5608);
});

test('a start before the fence is not told where it is in order, or where nobody can know', t => {
  const stop = 'Nov 24 15:54:47.000 n1 pacemaker-controld  [104] (process_graph_event) \tinfo: Transition 2 action 9 ';
  const stopped = early.map(log => ({...log, text: `${stop}(vm1_stop_0 on n3) confirmed: ok | rc=0\n${log.text}`}));
  t.is(parseRecovery(stopped, question).startBeforeFence, undefined, 'stopped in good order');
  const own = early.map(log => ({...log, text: log.text.replaceAll('vm1_start_0 on n2', 'vm1_start_0 on n3')}));
  t.is(parseRecovery(own.slice(0, 1), question).startBeforeFence, undefined, 'started where it was');
  const unfenced = early.map(log => ({
    ...log,
    text: log.text.replace(/^.*(?:: OK \(complete\)|was terminated).*\n/gm, ''),
  }));
  t.is(parseRecovery(unfenced, question).startBeforeFence, undefined, 'no fence in the logs');
  t.true(parseRecovery(unfenced, question).problems.some(({expected}) => expected.startsWith('fenced')));
});

test('with clocks that are known badly, the order of lines of two hosts says nothing', t => {
  if (coordinator === undefined) return t.fail();
  const withoutFence = startedEarly(coordinator.text).replace(/^.*(?:: OK \(complete\)|was terminated).*\n/gm, '');
  const apart = (halfWidthMs: number) =>
    parseRecovery(
      [
        {...coordinator, text: withoutFence, clock: {...clock, halfWidthMs}},
        ...others.map(log => ({...log, text: log.text.replace(/^.*vm1.*\n/gm, ''), clock: {...clock, halfWidthMs}})),
      ],
      question,
    ).startBeforeFence;
  t.truthy(apart(5));
  t.is(apart(3000), undefined);
});

/**
 * The recorded logs in the words of Pacemaker 3: of 3.0.0 and 3.0.1 by daemons/controld/controld_te_events.c
 * (`confirmed: OK`, crm_exit_str), controld_execd.c (log_executor_event), controld_fencing.c and controld_te_actions.c
 * (execute_rsc_action).
 */
function ofPacemaker3(text: string, patch: 0 | 1): string {
  const words = text
    .replaceAll(/(_\d+ on n\d\) confirmed): ok/g, '$1: OK')
    .replaceAll(/(Result of \w+ operation for \S+ on \S+): ok \| CIB update \d+,/g, '$1: OK |')
    .replaceAll(' of node n3 | action=', ' targeting node n3 | action=');
  if (patch === 0) return words;
  return words
    .replaceAll(
      /Initiating start operation (\S+) on (n\d) \| action (\d+)/g,
      'Asking $2 to execute $1 on $2 | transition 13:2:0:x action $3',
    )
    .replaceAll(/\| transition_key=(\S+) op_key=\S+/g, '| transition $1');
}

for (const patch of [0, 1] as const) {
  test(`Pacemaker 3.0.${patch}: every phase is found at the same moment, and a good start is no setback`, t => {
    const three = logs.map(log => ({...log, text: ofPacemaker3(log.text, patch)}));
    t.notDeepEqual(three, logs);
    t.deepEqual(times(three), times(logs));
    const {problems, setbacks} = parseRecovery(three, question);
    t.deepEqual(problems, []);
    t.deepEqual(setbacks, []);
    t.is(three[0]?.text.includes('Asking n2 to execute vm1_start_0'), patch === 1);
  });
}

test('since 3.0.1 a coordinator that starts the resource itself says only what it does locally', t => {
  const local = logs.map(log => ({
    ...log,
    text: ofPacemaker3(log.text, 1).replace(
      /Asking n2 to execute vm1_start_0 on n2/,
      'Requesting local execution of start operation for vm1 on n1',
    ),
  }));
  t.is(times(local)['start-requested'], times(logs)['start-requested']);
});

test('a start that ended otherwise than it should, in the words of 2.1 and of 3.0', t => {
  for (const [from, to] of [
    ['(vm1_start_0 on n2) confirmed: ok', "(vm1_start_0 on n2): expected 'ok' but got 'error'"],
    ['(vm1_start_0 on n2) confirmed: ok', "(vm1_start_0 on n2): expected 'OK' but got 'Error occurred'"],
  ] as const) {
    const failed = logs.slice(0, 1).map(log => ({...log, text: log.text.replace(from, to)}));
    const {moments, setbacks} = parseRecovery(failed, question);
    t.is(moments.started, undefined);
    t.is(setbacks.length, 1);
  }
});

test('a log that is cut off, anywhere, has fewer phases or the same, never other times', t => {
  const whole = times(logs);
  const [first] = logs;
  if (first === undefined) return t.fail();
  for (let length = 0; length <= first.text.length; length += 997) {
    const cut = times([{...first, text: first.text.slice(0, length)}]);
    for (const phase of recoveryPhases) {
      if (cut[phase] !== undefined)
        t.true(Math.abs((cut[phase] ?? 0) - (whole[phase] ?? 0)) <= 10, `${phase} cut at ${length}`);
    }
  }
  t.deepEqual(
    times([{...first, text: first.text.slice(0, 100)}]),
    Object.fromEntries(recoveryPhases.map(phase => [phase, undefined])),
  );
});

test('fencing that failed first is a setback, and the later success is the phase', t => {
  const refused = logs.map(log => ({
    ...log,
    text: log.text.replace(
      /^.*Peer n3 was terminated.*\n/m,
      line =>
        `${line.replace('was terminated', 'was not terminated').replace(': OK |', ': No data available |')}${line.replace('15:54:52', '15:54:59')}`,
    ),
  }));
  const {moments, setbacks} = parseRecovery(refused, question);
  t.is(setbacks.length, 2);
  t.is(Math.round((moments.fenced?.atMs ?? 0) - question.injectedMs), 21257);
});

test('a start that failed is a setback, not a start', t => {
  const failed = logs.map(log => ({
    ...log,
    text: log.text
      .replace('(vm1_start_0 on n2) confirmed: ok', '(vm1_start_0 on n2) confirmed: error')
      .replace('Result of start operation for vm1 on n2: ok', 'Result of start operation for vm1 on n2: error')
      .replace('exited with status 0 (execution time 11.279s)', 'exited with status 1 (execution time 11.279s)'),
  }));
  const {moments, setbacks, problems} = parseRecovery(failed, question);
  t.is(moments.started, undefined);
  t.is(setbacks.length, 1);
  t.is(problems.length, 1);
});

test('a crash on New Year belongs to the right year', t => {
  const line = (day: string) =>
    `${day} n1 pacemaker-controld  [1] (x) \tnotice: Node n3 state is now lost | nodeid=3\n`;
  const log = (text: string): HostLog => ({host: 'n1', artefact: 'log', text, clock});
  const injectedMs = Date.UTC(2026, 11, 31, 23, 59, 58);
  t.is(times([log(line('Jan 01 00:00:03.500'))], {...question, injectedMs}).membership, 5500);
  t.is(times([log(line('Dec 31 23:59:59.500'))], {...question, injectedMs}).membership, 1500);
});

test('any text gives phases or problems', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.string(), fc.integer(), (text, at) => {
        const {moments, problems} = parseRecovery([{host: 'n1', artefact: 'log', text, clock}], {
          ...question,
          injectedMs: at * 1000,
        });
        return Object.keys(moments).length + problems.length === recoveryPhases.length;
      }),
    ),
  );
});
