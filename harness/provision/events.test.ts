/** Lines as Debian's ansible-playbook (core 2.14, ansible.posix 1.5.4) printed them, shortened. */
import test from 'ava';
import {readEvents, summarize} from './events.ts';

const task =
  '"task":{"duration":{"start":"2026-11-27T23:45:11Z"},"id":"02fc","name":"packages : install","path":"/x.yml:6"}';
const result = (state: string, host: string, said: string) =>
  `{"_event":"v2_runner_on_${state}","_timestamp":"2026","hosts":{"${host}":${said}},${task}}`;
const stats = (hosts: string) => `{"_event":"v2_playbook_on_stats","custom_stats":{},"stats":${hosts}}`;
const counted = (failures: number, unreachable: number) =>
  `{"changed":1,"failures":${failures},"ignored":0,"ok":2,"rescued":0,"skipped":3,"unreachable":${unreachable}}`;

test('plays, tasks and results', t => {
  t.deepEqual(readEvents('{"_event":"v2_playbook_on_play_start","play":{"name":"one"},"tasks":[]}'), [
    {kind: 'play', name: 'one'},
  ]);
  t.deepEqual(readEvents(`{"_event":"v2_playbook_on_task_start","hosts":{},${task}}`), [
    {kind: 'task', name: 'packages : install'},
  ]);
  const [event] = readEvents(result('ok', 'n1', '{"changed":true,"action":"copy"}'));
  t.like(event, {kind: 'result', result: {host: 'n1', task: 'packages : install', state: 'changed', text: ''}});
  for (const [state, said, expected] of [
    ['ok', '{"changed":false}', 'ok'],
    ['skipped', '{"changed":false,"skipped":true}', 'skipped'],
    ['failed', '{"failed":true,"msg":"no room"}', 'failed'],
    ['unreachable', '{"unreachable":true,"msg":"Failed to connect"}', 'unreachable'],
  ] as const) {
    t.like(readEvents(result(state, 'n1', said))[0], {result: {state: expected}});
  }
});

test('what is no event is passed over: warnings, half a line at a kill', t => {
  for (const text of [
    '',
    '[WARNING]: x',
    '{"_event":"v2_runner_on_ok","hosts":{"n1"',
    '{"_event":"v2_new_kind"}',
    '7',
  ]) {
    t.deepEqual(readEvents(text), [], text);
  }
});

test('the reason of a failure is found: message, standard error, the items of a loop that failed', t => {
  const textOf = (said: string) => {
    const [event] = readEvents(result('failed', 'n1', said));
    return event?.kind === 'result' ? event.result.text : undefined;
  };
  t.is(
    textOf('{"failed":true,"msg":"non-zero return code","stderr":"a\\nb\\nno such key\\nreally"}'),
    'non-zero return code: b | no such key | really',
  );
  t.is(
    textOf(
      '{"failed":true,"msg":"One or more items failed","results":[{"failed":false,"msg":"fine"},{"failed":true,"msg":"bad"}]}',
    ),
    'bad',
  );
  t.is(textOf('{"censored":"the output has been hidden","failed":true}'), 'its output holds secrets and is not shown');
});

test('a change is shown by the lines that come and go', t => {
  const diff = '[{"before":"a\\nb\\n","after":"a\\nc\\n","before_header":"/etc/hosts","after_header":"/tmp/x"}]';
  const [event] = readEvents(result('ok', 'n1', `{"changed":true,"diff":${diff}}`));
  t.is(event?.kind === 'result' ? event.result.diff : '', '/etc/hosts\n- b\n+ c');
});

test('a module that says its change in words is shown by them', t => {
  const [event] = readEvents(result('ok', 'n1', '{"changed":true,"diff":{"prepared":"packages to come, 2: a b\\n"}}'));
  t.is(event?.kind === 'result' ? event.result.diff : '', 'packages to come, 2: a b');
});

test('the summary is Ansible’s own count, and the troubles are those that counted', t => {
  const events = [
    result('ok', 'n1', '{"changed":true}'),
    result('failed', 'n1', '{"failed":true,"msg":"rescued later"}'),
    result('failed', 'n2', '{"failed":true,"msg":"broken"}'),
    result('unreachable', 'n3', '{"unreachable":true,"msg":"Failed to connect to the host via ssh"}'),
    stats(`{"n1":${counted(0, 0)},"n2":${counted(1, 0)},"n3":${counted(0, 1)}}`),
  ].flatMap(readEvents);
  const summary = summarize(events);
  t.true(summary.ended);
  t.deepEqual(summary.hosts.n2, {ok: 2, changed: 1, skipped: 3, failed: 1, unreachable: 0});
  t.deepEqual(
    summary.troubles.map(({host, state, text}) => [host, state, text]),
    [
      ['n2', 'failed', 'broken'],
      ['n3', 'unreachable', 'Failed to connect to the host via ssh'],
    ],
  );
});

test('planted: Ansible was killed: what was seen is counted, and it is no end', t => {
  const summary = summarize(
    [result('ok', 'n1', '{"changed":true}'), result('failed', 'n2', '{"msg":"x"}')].flatMap(readEvents),
  );
  t.false(summary.ended);
  t.deepEqual(summary.hosts.n1, {ok: 1, changed: 1, skipped: 0, failed: 0, unreachable: 0});
  t.is(summary.troubles.length, 1);
});
