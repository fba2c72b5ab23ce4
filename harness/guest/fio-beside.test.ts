import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {startLoad, stopLoad} from './rated-load.ts';
import {acknowledgedBlocks, startWitness, verifyBlocks} from './witness.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const boot = '646b8ae3-05ee-42fa-a3d4-d47b2deb244a';

/** A guest on n1 whose agent answers each program in turn. */
function guestSaying(...answers: readonly {stdout: string; exit?: number}[]) {
  let next = -1;
  const fake = fakeCluster((host, words) => {
    if (words.includes('domstate')) return host === 'n1' ? {stdout: 'running\n\n'} : {exit: 1};
    if (words.includes('"guest-exec"')) {
      next += 1;
      return {stdout: '{"return":{"pid":7}}\n'};
    }
    const {stdout, exit = 0} = answers[next] ?? {stdout: ''};
    return {stdout: `${JSON.stringify({return: {exited: true, exitcode: exit, 'out-data': base64(stdout)}})}\n`};
  });
  const [guest] = fake.cluster.guests;
  if (guest === undefined) throw new Error('no guest');
  return {...fake, guest};
}

const options = {perSecond: 50, seconds: 100, pattern: '0123456789abcdef'};

test('what the kernel has completed since the start is acknowledged, but for the one that may wait for its flush', async t => {
  const {cluster, guest, asked} = guestSaying({stdout: `${boot} 40\n`}, {stdout: `${boot} 240\n`});
  const begun = await startWitness(cluster, guest, options);
  if (!begun.ok) return t.fail(begun.error);
  t.deepEqual(await acknowledgedBlocks(cluster, guest, begun.value), {ok: true, value: 199});
  const request = asked.find(({words}) => words.includes('"guest-exec"'))?.words ?? '';
  for (const word of ['--sync=dsync', '--verify_pattern=0x0123456789abcdef%o', '--rate_iops=,50', '--rw=write'])
    t.true(request.includes(word), word);
});

test('planted: another incarnation counts its own writes, and one that says nothing has none', async t => {
  for (const stdout of ['ffffffff-05ee-42fa-a3d4-d47b2deb244a 240\n', 'sh: no such device\n', '']) {
    const {cluster, guest} = guestSaying({stdout: `${boot} 40\n`}, {stdout});
    const begun = await startWitness(cluster, guest, options);
    t.false(begun.ok && (await acknowledgedBlocks(cluster, guest, begun.value)).ok, stdout);
  }
});

test('fio that does not write has not begun; one that has no report or no log has left none', async t => {
  const silent = guestSaying({stdout: 'fio: no such device', exit: 1});
  t.false((await startLoad(silent.cluster, silent.guest, options)).ok);
  const whole = guestSaying({stdout: '\nfio: terminating on signal 2\n{"jobs":[]}\n'}, {stdout: '1, 2, 1, 4096, 0\n'});
  t.deepEqual(await stopLoad(whole.cluster, whole.guest), {
    ok: true,
    value: {report: '{"jobs":[]}\n', log: '1, 2, 1, 4096, 0\n'},
  });
  for (const answers of [[{stdout: 'killed'}], [{stdout: '{}'}, {stdout: '', exit: 1}]]) {
    const {cluster, guest} = guestSaying(...answers);
    t.false((await stopLoad(cluster, guest)).ok);
  }
});

test('exactly the acknowledged blocks are read again, and fio goes on behind a bad one', async t => {
  const {cluster, guest, asked} = guestSaying({stdout: 'fio: x\n{"jobs":[]}'});
  t.deepEqual(await verifyBlocks(cluster, guest, 199, options.pattern), {ok: true, value: '{"jobs":[]}'});
  const request = asked.find(({words}) => words.includes('"guest-exec"'))?.words ?? '';
  for (const word of ['--size=815104', '--verify_only', '--continue_on_error=verify'])
    t.true(request.includes(word), word);
});
