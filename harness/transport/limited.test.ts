import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import type {Transport} from '../types.ts';
import {limitedTransport} from './limited.ts';

test('no more than so many at once on one host, each host for itself, and all come to their end', async t => {
  const {cluster} = fakeCluster(() => ({stdout: ''}));
  const running = new Map<string, number>();
  let most = 0;
  let together = 0;
  const slow: Transport = {
    ...cluster.transport,
    async exec(host, command) {
      const now = (running.get(host.name) ?? 0) + 1;
      running.set(host.name, now);
      most = Math.max(most, now);
      together = Math.max(
        together,
        [...running.values()].reduce((sum, each) => sum + each, 0),
      );
      await sleep(5);
      running.set(host.name, (running.get(host.name) ?? 1) - 1);
      return cluster.transport.exec(host, command);
    },
  };
  const limited = limitedTransport(slow, 3);
  const ended = await Promise.all(
    cluster.nodes.flatMap(host =>
      Array.from({length: 10}, () => limited.exec(host, {argv: ['true'], timeoutMs: 100, idempotent: true})),
    ),
  );
  t.is(ended.filter(({exit}) => exit.kind === 'exited').length, 30);
  t.is(most, 3);
  t.true(together > 3);
});
