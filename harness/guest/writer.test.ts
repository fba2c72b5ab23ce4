import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {startWriter, stopWriter} from './writer.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A guest on n1 whose agent says that what it was asked to run has ended so. */
function guestSaying(stdout: string, exitcode = 0) {
  const fake = fakeCluster((host, words) => {
    if (words.includes('domstate')) return host === 'n1' ? {stdout: 'running\n\n'} : {exit: 1};
    if (words.includes('"guest-exec"')) return {stdout: '{"return":{"pid":7}}\n'};
    if (!words.includes('guest-exec-status')) return undefined;
    return {stdout: `${JSON.stringify({return: {exited: true, exitcode, 'out-data': base64(stdout)}})}\n`};
  });
  const [guest] = fake.cluster.guests;
  if (guest === undefined) throw new Error('no guest');
  return {...fake, guest};
}

/** As fio 3.33 ends on SIGINT. */
const report = (error: number) =>
  `\nfio: terminating on signal 2\n${JSON.stringify({jobs: [{jobname: 'seatrial-writer', error, write: {io_bytes: 129449984, runtime: 15434}}]})}\n`;

test('how fast it really wrote, and whether it read what it had written', async t => {
  for (const error of [0, 84]) {
    const {cluster, guest} = guestSaying(report(error));
    const written = await stopWriter(cluster, guest);
    if (!written.ok) return t.fail(written.error);
    t.deepEqual([Math.round(written.value.bytesPerSecond), written.value.error], [8387326, error]);
  }
});

test('a writer that says nothing has written nothing that we know of', async t => {
  for (const said of ['', 'fio: pid=7, err=28/file:filesetup.c:240', '{"jobs":[]}']) {
    const {cluster, guest} = guestSaying(said);
    t.false((await stopWriter(cluster, guest)).ok, said);
  }
});

test('it is started with its rate, size and time, and told to read again only where that is asked', async t => {
  for (const verified of [true, false]) {
    const {cluster, guest, asked} = guestSaying('');
    const options = {mebibytesPerSecond: 12, workingSetMiB: 64, seconds: 90, verified};
    t.true((await startWriter(cluster, guest, options)).ok);
    const request = asked.find(({words}) => words.includes('"guest-exec"'))?.words ?? '';
    t.regex(request, /"writer","12","64","90"/);
    t.is(request.includes('"--verify=xxhash"'), verified);
  }
  const {cluster, guest} = guestSaying('no space left', 1);
  const options = {mebibytesPerSecond: 1, workingSetMiB: 8, seconds: 1, verified: false};
  const failed = await startWriter(cluster, guest, options);
  t.regex(failed.ok ? '' : failed.error, /writer in vm1 did not begin: .*no space left/);
});
