/**
 * What the audit and fio as second witness must find, planted on a lab: a constraint that a move has left, a load that
 * nobody has stopped, blocks of a guest overwritten behind its back. Beside each what they must not take for it. And
 * where Pacemaker says that guests would go, with a guest that may run on one node alone. Needs root.
 */
import {randomBytes} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {audit, settle} from '../../harness/cluster/audit/index.ts';
import {idempotent, stdoutOf} from '../../harness/cluster/commands.ts';
import {foretellLive, survivableLosses} from '../../harness/cluster/foretell.ts';
import {onCluster, whereRuns} from '../../harness/cluster/pacemaker.ts';
import {unplaced} from '../../harness/doctor/checks/placement.ts';
import {guestExec} from '../../harness/guest/exec.ts';
import {acknowledgedBlocks, startWitness, stopWitness, verifyBlocks} from '../../harness/guest/witness.ts';
import {parseVerify} from '../../harness/parse/fio-verify.ts';
import type {Guest, Host, Result} from '../../harness/types.ts';
import {type Ground, groundFor} from './environment.ts';

let ground: Ground;

test.before('a lab with two guests', async t => {
  t.timeout(240_000);
  ground = await groundFor('left-and-lost', 2, text => t.log(text));
});

test.after.always('nothing of the lab is left', async t => {
  if (ground !== undefined) t.deepEqual(await ground.leave(), []);
});

function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** The first guest's node, and one where it is not. */
async function places(guest: Guest): Promise<{home: Host; away: Host}> {
  const [name] = must(await whereRuns(ground.cluster, guest.resource));
  const home = ground.cluster.nodes.find(node => node.name === name);
  const away = ground.cluster.nodes.find(node => node.name !== name);
  if (home === undefined || away === undefined) throw new Error(`${guest.name} runs nowhere`);
  return {home, away};
}

const firstGuest = (): Guest => {
  const [guest] = ground.cluster.guests;
  if (guest === undefined) throw new Error('no guest');
  return guest;
};

test.serial('a constraint that a move has left is found, and taken away', async t => {
  t.timeout(120_000);
  const {cluster} = ground;
  const guest = firstGuest();
  t.deepEqual(await settle(cluster, 60_000), []);
  const {away} = await places(guest);
  must(
    await onCluster(cluster, idempotent(['crm_resource', '--ban', '--resource', guest.resource, '--node', away.name])),
  );
  const found = await audit(cluster);
  t.deepEqual(
    found.map(({invariant, detail}) => `${invariant}: ${detail}`),
    [`no constraint is left: cli-ban-${guest.resource}-on-${away.name} keeps a resource where a move has put it`],
  );
  t.deepEqual(await settle(cluster, 60_000), []);
});

test.serial(
  'a load that nobody has stopped is found on its host, and ended; a like one of somebody else is left alone',
  async t => {
    t.timeout(120_000);
    const {cluster} = ground;
    const start = (host: Host, name: string, before: string) =>
      stdoutOf(
        cluster.transport,
        host,
        idempotent([
          'sh',
          '-c',
          `${before} setsid fio --name="$1" --ioengine=null --rw=read --size=1t --rate_iops=10 --time_based --runtime=300 --thread </dev/null >/dev/null 2>&1 & echo started`,
          'start',
          name,
        ]),
      );
    const {away} = await places(firstGuest());
    for (const host of [cluster.client, away]) must(await start(host, 'left', ''));
    must(await start(away, 'theirs', 'env -u SEATRIAL_COMMAND'));
    await sleep(12_000);
    const found = (await audit(cluster)).map(({invariant, detail}) => `${invariant}: ${detail}`);
    t.log(found);
    t.is(found.length, 2);
    for (const host of [cluster.client, away])
      t.true(
        found.some(line =>
          new RegExp(`^no process of a trial is left: ${host.name}: a process: \\d+ fio fio --name=left`).test(line),
        ),
      );
    t.deepEqual(await settle(cluster, 60_000), []);
    const theirs = await stdoutOf(cluster.transport, away, idempotent(['pkill', '-f', 'name=theirs']));
    t.true(theirs.ok, 'what was not ours is gone');
  },
);

const overwrite = 'dd if=/dev/zero of="$1" bs=4k seek=100 count=3 2>/dev/null && sync';

test.serial(
  'blocks that were overwritten behind the back of a guest are found by fio, and so is what an earlier trial wrote',
  async t => {
    t.timeout(180_000);
    const {cluster} = ground;
    const guest = firstGuest();
    const written = async (pattern: string, seconds: number) => {
      const begun = must(await startWitness(cluster, guest, {perSecond: 100, seconds: 60, pattern}));
      await sleep(seconds * 1000);
      const blocks = must(await acknowledgedBlocks(cluster, guest, begun));
      must(await stopWitness(cluster, guest));
      return blocks;
    };
    const read = async (blocks: number, pattern: string) =>
      must(parseVerify(must(await verifyBlocks(cluster, guest, blocks, pattern)), 'fio'));
    const [first, second] = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')];
    const blocks = await written(first, 8);
    t.log(`${blocks} blocks were acknowledged`);
    t.true(blocks > 300);
    t.deepEqual(await read(blocks, first), {read: blocks, wrong: 0});
    const planted = ['sh', '-c', overwrite, 'overwrite', guest.scratchDevice] as const;
    t.like(await guestExec(cluster, guest, {argv: planted, timeoutMs: 30_000}), {exit: {kind: 'exited', code: 0}});
    t.deepEqual(await read(blocks, first), {read: blocks, wrong: 3});
    const later = await written(second, 2);
    t.log(`${later} blocks of a later trial`);
    // As far as the earlier trial wrote: behind what the later one has, which went on until it was stopped.
    const {wrong} = await read(blocks, second);
    t.log(`${wrong} stale blocks`);
    t.true(wrong > 50 && wrong <= blocks - later, `${wrong} of ${blocks - later} stale blocks`);
  },
);

test.serial('a guest that may run on one node alone has no place without it; all others have one', async t => {
  t.timeout(120_000);
  const {cluster} = ground;
  const guest = firstGuest();
  t.is(unplaced(must(await foretellLive(cluster, survivableLosses))).size, 0);
  const {home} = await places(guest);
  for (const {name} of cluster.nodes.filter(node => node.name !== home.name))
    must(await onCluster(cluster, idempotent(['crm_resource', '--ban', '--resource', guest.resource, '--node', name])));
  t.deepEqual([...unplaced(must(await foretellLive(cluster, survivableLosses)))], [[guest.resource, [home.name]]]);
  t.deepEqual(await settle(cluster, 60_000), []);
});
