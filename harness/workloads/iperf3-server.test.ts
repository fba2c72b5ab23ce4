/** With a real server on this machine. */
import {readdirSync, readFileSync} from 'node:fs';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {localTransport} from '../transport/local.ts';
import {waitFor} from '../wait.ts';
import {iperf3Server} from './iperf3.ts';

const port = 40_000 + (process.pid % 10_000);

function servers(): number {
  return readdirSync('/proc').filter(entry => {
    try {
      const words = readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0');
      return words[0] === 'iperf3' && words.includes(`${port}`);
    } catch {
      return false;
    }
  }).length;
}

test('a server that is stopped is gone', async t => {
  const [host] = fakeCluster(() => undefined).cluster.nodes;
  if (host === undefined) return t.fail();
  const server = iperf3Server('127.0.0.1', port, 20);
  // Not the first of its process group, as where a command is led into a host.
  const led = {...server, argv: ['sh', '-c', '"$@"; true', 'led', ...server.argv] as const};
  const running = await localTransport().start(host, led);
  const begun = await waitFor('the server', 10_000, async () => (servers() === 1 ? true : undefined));
  t.true(begun.ok);
  await running.stop(1000);
  t.is(servers(), 0);
});
