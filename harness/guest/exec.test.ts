import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {guestExec} from './exec.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const request = (words: string): {execute: string; arguments?: Record<string, unknown>} =>
  JSON.parse(words.slice(words.indexOf('{')));

/** A guest on `nodes()`, whose agent answers with `answer`. */
function guestOn(nodes: () => readonly string[], answer: (asked: ReturnType<typeof request>, host: string) => unknown) {
  return fakeCluster((host, words) => {
    if (words.includes('domstate')) return nodes().includes(host) ? {stdout: 'running\n\n'} : {exit: 1};
    if (!words.includes('qemu-agent-command')) return undefined;
    if (!nodes().includes(host)) return {exit: 1, stderr: 'error: Domain not found'};
    const said = answer(request(words), host);
    return typeof said === 'string' ? {exit: 1, stderr: said} : {stdout: `${JSON.stringify(said)}\n`};
  });
}

const run = async (fake: ReturnType<typeof fakeCluster>, timeoutMs = 5_000) => {
  const [guest] = fake.cluster.guests;
  if (guest === undefined) throw new Error('no guest');
  return guestExec(fake.cluster, guest, {argv: ['sh', '-c', 'uname -r; exit 3'], timeoutMs, stdin: 'in'});
};

test('exit code, both outputs and what was given on standard input', async t => {
  let polls = 0;
  const fake = guestOn(
    () => ['n2'],
    ({execute, arguments: given}) => {
      if (execute === 'guest-exec') {
        t.deepEqual(given, {path: 'sh', arg: ['-c', 'uname -r; exit 3'], 'capture-output': true, 'input-data': 'aW4='});
        return {return: {pid: 7}};
      }
      t.deepEqual(given, {pid: 7});
      polls += 1;
      if (polls < 3) return {return: {exited: false}};
      return {return: {exited: true, exitcode: 3, 'out-data': base64('6.1.0\n'), 'err-data': base64('warned')}};
    },
  );
  const outcome = await run(fake);
  t.deepEqual(outcome.exit, {kind: 'exited', code: 3});
  t.is(outcome.stdout, '6.1.0\n');
  t.is(outcome.stderr, 'warned');
  t.is(fake.asked.filter(({words}) => words.includes('"guest-exec"')).length, 1);
});

test('a guest that moves while the program runs is asked on its new node, and the program is not started again', async t => {
  let polls = 0;
  const fake = guestOn(
    () => (polls < 2 ? ['n1'] : ['n3']),
    ({execute}, host) => {
      if (execute === 'guest-exec') return {return: {pid: 7}};
      polls += 1;
      return {return: {exited: host === 'n3', ...(host === 'n3' ? {exitcode: 0} : {})}};
    },
  );
  const outcome = await run(fake);
  t.deepEqual(outcome.exit, {kind: 'exited', code: 0});
  t.is(fake.asked.filter(({words}) => words.includes('"guest-exec"')).length, 1);
});

test('a guest that was started anew has lost the program: no exit code is made up', async t => {
  const fake = guestOn(
    () => ['n1'],
    ({execute}) =>
      execute === 'guest-exec'
        ? {return: {pid: 7}}
        : "error: internal error: unable to execute QEMU agent command 'guest-exec-status': Invalid parameter 'pid'",
  );
  const {exit} = await run(fake);
  t.is(exit.kind, 'unreachable');
  t.regex(exit.kind === 'unreachable' ? exit.reason : '', /started anew/);
});

test('a program that does not end is ended in the guest', async t => {
  let killed = false;
  const fake = guestOn(
    () => ['n1'],
    ({execute, arguments: given}) => {
      if (execute === 'guest-exec') {
        if (given?.path === 'kill') killed = true;
        return {return: {pid: given?.path === 'kill' ? 8 : 7}};
      }
      return {return: {exited: killed, ...(killed ? {signal: 9} : {})}};
    },
  );
  const {exit} = await run(fake, 600);
  t.true(killed);
  t.deepEqual(exit, {kind: 'timed-out'});
});

for (const [name, nodes, answer, expected] of [
  ['on no node', [], {return: {pid: 7}}, /runs on no node that answers/],
  ['on two nodes', ['n1', 'n2'], {return: {pid: 7}}, /n1 and n2 at once/],
  ['without an agent', ['n1'], 'error: argument unsupported: QEMU guest agent is not configured', /not configured/],
  ['with an agent that babbles', ['n1'], {return: {}}, /the guest agent answered/],
] as const) {
  test(`a guest ${name}: the outcome says so`, async t => {
    const {exit} = await run(
      guestOn(
        () => nodes,
        () => answer,
      ),
    );
    t.is(exit.kind, 'unreachable');
    t.regex(exit.kind === 'unreachable' ? exit.reason : '', expected);
  });
}

test('an output that the agent cut off does not pass for the whole', async t => {
  const fake = guestOn(
    () => ['n1'],
    ({execute}) =>
      execute === 'guest-exec'
        ? {return: {pid: 7}}
        : {return: {exited: true, exitcode: 0, 'out-data': base64('part'), 'out-truncated': true}},
  );
  t.regex(JSON.stringify((await run(fake)).exit), /more than the guest agent keeps/);
});
