import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import type {Command, Host, Outcome, Transport} from '../types.ts';
import {boundedTransport, sideBySide, turns} from './bounded.ts';
import {scopedTransport} from './scoped.ts';

const hosts: Host[] = Array.from({length: 200}, (_, index) => ({
  name: `n${index}`,
  role: 'node',
  addresses: {},
  interfaces: {},
  scratch: [],
}));
const command: Command = {argv: ['true'], timeoutMs: 1000, idempotent: true};
const fine: Outcome = {stdout: '', stderr: '', durationMs: 1, exit: {kind: 'exited', code: 0}};

/** Counts what runs at the same time. */
function counting(): {transport: Transport; most(): number} {
  let now = 0;
  let most = 0;
  const exec = async () => {
    most = Math.max(most, ++now);
    await sleep(5);
    now--;
    return fine;
  };
  const start = async () => {
    const outcome = exec();
    return {outcome, stop: () => outcome};
  };
  return {transport: {exec, start, upload: exec, download: exec}, most: () => most};
}

test('200 hosts asked at once: so many commands side by side, and every one is run', async t => {
  const {transport, most} = counting();
  const bounded = boundedTransport(transport);
  const said = await Promise.all(hosts.map(host => bounded.exec(host, command)));
  t.is(said.length, 200);
  t.is(most(), sideBySide);
});

test('the same inside a trial, whose commands are started', async t => {
  const {transport, most} = counting();
  const scoped = scopedTransport(boundedTransport(transport), new AbortController().signal);
  await Promise.all(hosts.map(host => scoped.transport.exec(host, command)));
  t.is(most(), sideBySide);
});

test('after an abort nobody waits for a turn', async t => {
  const abort = new AbortController();
  const {transport} = counting();
  let end = () => {};
  const outcome = new Promise<Outcome>(resolve => {
    end = () => resolve(fine);
  });
  const start = async () => ({
    outcome,
    stop: async () => {
      end();
      return fine;
    },
  });
  const scoped = scopedTransport({...transport, start}, abort.signal);
  const asked = Promise.all(hosts.map(host => scoped.transport.exec(host, command)));
  await sleep(10);
  abort.abort();
  const kinds = (await asked).map(({exit}) => exit.kind);
  t.deepEqual([kinds.filter(kind => kind === 'exited').length, kinds.length], [sideBySide, 200]);
});

test('what is started does not wait', async t => {
  const {transport, most} = counting();
  await Promise.all(hosts.map(async host => (await boundedTransport(transport).start(host, command)).outcome));
  t.is(most(), 200);
});

test('turns come in order, and one that fails gives its place on', async t => {
  const turn = turns(1);
  const order: number[] = [];
  const acts = [1, 2, 3].map(number =>
    turn(async () => {
      order.push(number);
      if (number === 1) throw new Error('no');
    }),
  );
  const ended = await Promise.allSettled(acts);
  t.deepEqual(
    ended.map(({status}) => status),
    ['rejected', 'fulfilled', 'fulfilled'],
  );
  t.deepEqual(order, [1, 2, 3]);
});
