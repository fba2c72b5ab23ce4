import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import type {Cluster} from '../types.ts';
import {
  clusterLock,
  deadAfterSeconds,
  heldSentence,
  looksAlive,
  removeClusterLock,
  takeClusterLock,
} from './cluster-lock.ts';

const healthy = readFileSync(new URL('../../fixtures/pacemaker-2.1.5/crm_mon-healthy.xml', import.meta.url), 'utf8');

/** A CIB that holds one lock or none, as cibadmin keeps it; `signs` are the files under /run. */
interface World {
  cluster: Cluster;
  lock: string | undefined;
  signs: Map<string, string>;
  quorate: boolean;
  /** Right after --create: made, and nobody left to ask whether it was. */
  quorumGoes: boolean;
  /** Answers of --create that never arrive. */
  lost: boolean;
  down: Set<string>;
}

function world(): World {
  const {cluster} = fakeCluster((host, words, {stdin = '', argv}) => {
    if (it.down.has(host)) return {exit: {kind: 'unreachable', reason: 'no answer'}};
    if (words.startsWith('crm_mon')) return it.quorate ? {stdout: healthy} : {exit: 102, stderr: 'not connected'};
    if (words.includes('--query')) return it.lock === undefined ? {exit: 105} : {stdout: it.lock};
    if (words.includes('--create')) {
      if (it.lock !== undefined) return {exit: 108, stderr: 'File exists'};
      it.lock = stdin;
      it.quorate = !it.quorumGoes;
      return it.lost ? {exit: {kind: 'unreachable', reason: 'cut'}} : {};
    }
    const token = /nvpair\/@value='(\w+)'/.exec(words)?.[1];
    if (token !== undefined) it.lock = it.lock?.includes(`value='${token}'`) ? undefined : it.lock;
    if (words.includes('>"$1"')) it.signs.set(host, argv.at(-1) ?? '');
    if (words.includes('rm -f') && it.signs.get(host) === argv.at(-1)) it.signs.delete(host);
    if (words.includes('stat -c')) return {stdout: it.signs.get(host) === argv.at(-1) ? '42\n' : ''};
    return {};
  });
  const it: World = {
    cluster,
    lock: undefined,
    signs: new Map(),
    quorate: true,
    quorumGoes: false,
    lost: false,
    down: new Set(),
  };
  return it;
}

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'cluster-lock-'));
  t.teardown(() => rmSync(path, {recursive: true, force: true}));
  return path;
}

const quiet = () => {};

test('one machine has the cluster, another is told who, and may have it afterwards', async t => {
  const it = world();
  const [here, there] = [folder(t), folder(t)];
  const mine = await takeClusterLock(it.cluster, {folder: here, say: quiet});
  if (!mine.ok) return t.fail(mine.error.sentence);
  const refused = await takeClusterLock(it.cluster, {folder: there, say: quiet});
  t.is(refused.ok ? '' : refused.error.kind, 'held');
  t.regex(
    refused.ok ? '' : refused.error.sentence,
    new RegExp(
      `^cluster scripted is being worked on by \\S+@\\S+, process ${process.pid} \\(seatrial.*last sign 42 s ago: wait`,
    ),
  );
  t.deepEqual(await mine.value.release(false), {ok: true, value: undefined});
  t.deepEqual([it.lock, it.signs.size, existsSync(join(here, 'scripted.owner'))], [undefined, 0, false]);
  const theirs = await takeClusterLock(it.cluster, {folder: there, say: quiet});
  t.true(theirs.ok);
  if (theirs.ok) await theirs.value.release(false);
});

test('of two that begin at the same moment one has it', async t => {
  const it = world();
  const both = await Promise.all([1, 2].map(() => takeClusterLock(it.cluster, {folder: folder(t), say: quiet})));
  t.is(both.filter(each => each.ok).length, 1);
  t.is(both.filter(each => !each.ok && each.error.kind === 'held').length, 1);
  for (const each of both) if (each.ok) await each.value.release(false);
});

test('a lock whose answer was lost is ours all the same', async t => {
  const it = world();
  it.lost = true;
  const taken = await takeClusterLock(it.cluster, {folder: folder(t), say: quiet});
  t.true(taken.ok);
  if (taken.ok) await taken.value.release(false);
});

test('a lock that was made while the quorum went is known for ours by the next process', async t => {
  const it = world();
  const here = folder(t);
  it.quorumGoes = true;
  const unknown = await takeClusterLock(it.cluster, {folder: here, say: quiet});
  t.is(unknown.ok ? '' : unknown.error.kind, 'unknown');
  t.truthy(it.lock);
  Object.assign(it, {quorate: true, quorumGoes: false});
  const next = await takeClusterLock(it.cluster, {folder: here, say: quiet});
  t.true(next.ok, next.ok ? '' : next.error.sentence);
});

test('what a dead process of this machine left is taken over, and said; where something is in force it stays', async t => {
  const it = world();
  const here = folder(t);
  const first = await takeClusterLock(it.cluster, {folder: here, say: quiet});
  if (!first.ok) return t.fail(first.error.sentence);
  await first.value.release(true);
  t.not(it.lock, undefined);
  const there = await takeClusterLock(it.cluster, {folder: folder(t), say: quiet});
  t.is(there.ok ? '' : there.error.kind, 'held');
  const said: string[] = [];
  const again = await takeClusterLock(it.cluster, {folder: here, say: text => void said.push(text)});
  t.true(again.ok);
  t.regex(said.join(), new RegExp(`^taking over the lock of process ${process.pid} .*, which has ended$`));
  if (again.ok) await again.value.release(false);
  t.is(it.lock, undefined);
});

test('a cluster that cannot be asked is not held and not somebody else’s', async t => {
  const it = world();
  it.quorate = false;
  const taken = await takeClusterLock(it.cluster, {folder: folder(t), say: quiet});
  t.is(taken.ok ? '' : taken.error.kind, 'unknown');
});

test('only the lock that was looked at is taken away', async t => {
  const it = world();
  const taken = await takeClusterLock(it.cluster, {folder: folder(t), say: quiet});
  const lock = await clusterLock(it.cluster);
  if (!taken.ok || !lock.ok || lock.value === undefined) return t.fail();
  await removeClusterLock(it.cluster, 'another');
  t.not(it.lock, undefined);
  await removeClusterLock(it.cluster, lock.value.owner.token);
  t.is(it.lock, undefined);
  await taken.value.release(false);
});

test('the sign of life goes to a node that takes it, again and again', async t => {
  const it = world();
  it.down.add('n1');
  const taken = await takeClusterLock(it.cluster, {folder: folder(t), say: quiet, beatMs: 20});
  if (!taken.ok) return t.fail(taken.error.sentence);
  await sleep(60);
  t.deepEqual([...it.signs.keys()], ['n2']);
  it.signs.clear();
  it.down.add('n2');
  await sleep(100);
  t.deepEqual([...it.signs.keys()], ['n3']);
  await taken.value.release(false);
  t.is(it.signs.size, 0);
});

test('an owner looks dead after five minutes without a sign, and is not robbed', t => {
  t.true(looksAlive(deadAfterSeconds - 1));
  t.false(looksAlive(deadAfterSeconds));
  t.false(looksAlive(undefined));
  const owner = {token: 't', by: 'root@adm', pid: '7', command: 'seatrial accept', since: 'then'};
  t.regex(
    heldSentence('a', {owner, silentSeconds: 400}),
    /no sign for 400 s\. Where you know .*seatrial unlock --inventory FILE$/,
  );
  t.regex(heldSentence('a', {owner, silentSeconds: undefined}), /no sign that is still there/);
});
