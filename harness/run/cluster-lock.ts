/**
 * Who works on a cluster, written on the cluster itself: two harnesses on two machines do not see each other's
 * files. The lock is an element of the CIB, which is made only where there is none: the cluster decides who was
 * first. Made and taken away, it lets Pacemaker look once whether there is anything to do (nothing); in between
 * nothing in the CIB is touched. That its owner lives is told by a file under /run of one node, written anew every
 * minute.
 */
import {randomBytes} from 'node:crypto';
import {readFile, rm} from 'node:fs/promises';
import {hostname, userInfo} from 'node:os';
import {join} from 'node:path';
import {idempotent, readOnly, stdoutOf, succeeded} from '../cluster/commands.ts';
import {clusterView, onCluster, queryXml} from '../cluster/pacemaker.ts';
import {writeWhole} from '../files.ts';
import {childrenNamed, element, printXml} from '../parse/xml.ts';
import type {Cluster, Host, Result} from '../types.ts';

/** As the cluster has it. */
export interface Owner {
  token: string;
  /** `user@host` of the machine that the harness runs on. */
  by: string;
  pid: string;
  command: string;
  /** By the owner's clock. */
  since: string;
}

export interface Held {
  owner: Owner;
  /** Seconds since its owner gave its last sign; none where no node has one. */
  silentSeconds: number | undefined;
}

export interface ClusterLock {
  /** Where something is `inForce` the lock stays: only this machine's heal knows what. Errors are sentences. */
  release(inForce: boolean): Promise<Result<void, string>>;
}

/** `held`: by somebody else. `unknown`: nobody could be asked. */
export type Refused = {kind: 'held' | 'unknown'; sentence: string};

export interface Taking {
  /** Where journals live: what a dead process of this machine held is known by a file in it. */
  folder: string;
  say(text: string): void;
  beatMs?: number;
}

const id = 'seatrial-lock';
const found = (token: string) => `//cluster_property_set[@id='${id}' and nvpair/@value='${token}']`;
const beatFile = '/run/seatrial.lock';
const minuteMs = 60_000;
/** An owner that has given no sign for so long is taken for dead, and its lock still only taken away by a person. */
export const deadAfterSeconds = 300;

/** Holds the token of the lock that this machine took last: what a dead process of it held is known by that. */
export function ownerFile(folder: string, cluster: string): string {
  return join(folder, `${cluster}.owner`);
}

/**
 * Takes the cluster for this process. What a process of this machine left is taken over, and said: the local lock,
 * which must be held, shows that it has ended. Anybody else's stays theirs.
 */
export async function takeClusterLock(cluster: Cluster, taking: Taking): Promise<Result<ClusterLock, Refused>> {
  const file = ownerFile(taking.folder, cluster.name);
  const ours = (await readFile(file, 'utf8').catch(() => '')).trim();
  const before = await clusterLock(cluster);
  if (!before.ok) return {ok: false, error: {kind: 'unknown', sentence: before.error}};
  if (before.value !== undefined) {
    const {owner} = before.value;
    if (owner.token !== ours)
      return {ok: false, error: {kind: 'held', sentence: heldSentence(cluster.name, before.value)}};
    taking.say(
      `taking over the lock of process ${owner.pid} (${owner.command}, since ${owner.since}), which has ended`,
    );
    const removed = await removeClusterLock(cluster, owner.token);
    if (!removed.ok) return {ok: false, error: {kind: 'unknown', sentence: removed.error}};
  }
  const mine = newOwner();
  await writeWhole(file, `${mine.token}\n`, 0o600);
  const made = await make(cluster, mine);
  if (!made.ok) {
    // Where nobody could be asked it may have been made all the same: then it is known for ours the next time.
    if (made.error.kind === 'held') await rm(file, {force: true});
    return made;
  }
  const beat = heartbeat(cluster, mine.token, taking.beatMs ?? minuteMs);
  return {
    ok: true,
    value: {
      async release(inForce) {
        await beat.stop();
        if (inForce) return {ok: true, value: undefined};
        const removed = await removeClusterLock(cluster, mine.token);
        if (removed.ok) await rm(file, {force: true});
        return removed;
      },
    },
  };
}

/** The lock as it is, or nothing where nobody has the cluster. Errors are sentences. */
export async function clusterLock(cluster: Cluster): Promise<Result<Held | undefined, string>> {
  const owner = await ownerOf(cluster);
  if (!owner.ok || owner.value === undefined) return owner.ok ? {ok: true, value: undefined} : owner;
  return {ok: true, value: {owner: owner.value, silentSeconds: await silence(cluster, owner.value.token)}};
}

/** Takes the lock with this token away, whoever has it; another one stays. */
export async function removeClusterLock(cluster: Cluster, token: string): Promise<Result<void, string>> {
  // Another's sign of life stays; a node that is not reached loses the file at its next boot.
  const script = 'grep -qsx "$2" "$1" && rm -f "$1"; exit 0';
  const argv: [string, ...string[]] = ['sh', '-c', script, 'seatrial', beatFile, token];
  const [removed] = await Promise.all([
    onCluster(cluster, idempotent(['cibadmin', '--delete', '--xpath', found(token)])),
    ...cluster.nodes.map(node => cluster.transport.exec(node, idempotent(argv, 5000))),
  ]);
  return removed.ok ? {ok: true, value: undefined} : removed;
}

/** Whose lock it is, and whether they look alive. Pure. */
export function heldSentence(cluster: string, {owner, silentSeconds}: Held): string {
  const {by, pid, command, since} = owner;
  const who = `cluster ${cluster} is being worked on by ${by}, process ${pid} (${command}) since ${since}`;
  return looksAlive(silentSeconds)
    ? `${who}; it gave its last sign ${silentSeconds} s ago: wait for it`
    : `${who}; it has given no sign ${silentSeconds === undefined ? 'that is still there' : `for ${silentSeconds} s`}. ` +
        `Where you know that it has ended, and nobody is going to heal from there, run: seatrial unlock --inventory FILE`;
}

/** Pure. */
export function looksAlive(silentSeconds: number | undefined): boolean {
  return silentSeconds !== undefined && silentSeconds < deadAfterSeconds;
}

function newOwner(): Owner {
  return {
    token: randomBytes(8).toString('hex'),
    by: `${userInfo().username}@${hostname()}`,
    pid: String(process.pid),
    command: ['seatrial', ...process.argv.slice(2)].join(' '),
    since: new Date().toISOString(),
  };
}

/** Makes the element, or says who was first. */
async function make(cluster: Cluster, mine: Owner): Promise<Result<void, Refused>> {
  const pairs = Object.entries(mine).map(([key, value]) =>
    element('nvpair', {id: `${id}-${key}`, name: `seatrial-${key}`, value}),
  );
  const argv: [string, ...string[]] = ['cibadmin', '--create', '--scope', 'crm_config', '--xml-pipe'];
  const stdin = printXml(element('cluster_property_set', {id}, pairs));
  const made = await onCluster(cluster, {argv, timeoutMs: 20_000, idempotent: false, stdin});
  // What is there says more than the answer, which may have been lost on its way.
  const after = await clusterLock(cluster);
  if (!after.ok) return {ok: false, error: {kind: 'unknown', sentence: after.error}};
  if (after.value?.owner.token === mine.token) return {ok: true, value: undefined};
  if (after.value !== undefined) {
    return {ok: false, error: {kind: 'held', sentence: heldSentence(cluster.name, after.value)}};
  }
  return {ok: false, error: {kind: 'unknown', sentence: made.ok ? 'the lock was taken away at once' : made.error}};
}

async function ownerOf(cluster: Cluster): Promise<Result<Owner | undefined, string>> {
  const view = await clusterView(cluster);
  if (!view.ok) return view;
  const set = await queryXml(cluster, view.value.seenBy, `//cluster_property_set[@id='${id}']`);
  if (!set.ok || set.value === undefined) return set.ok ? {ok: true, value: undefined} : set;
  const pairs = childrenNamed(set.value, 'nvpair');
  const value = (key: string) => pairs.find(pair => pair.attributes.name === `seatrial-${key}`)?.attributes.value ?? '';
  return {
    ok: true,
    value: {
      token: value('token'),
      by: value('by'),
      pid: value('pid'),
      command: value('command'),
      since: value('since'),
    },
  };
}

/** The youngest sign on any node, in seconds by that node's own clock. */
async function silence(cluster: Cluster, token: string): Promise<number | undefined> {
  const script = 'grep -qsx "$2" "$1" && echo $(($(date +%s) - $(stat -c %Y "$1"))); exit 0';
  const command = readOnly(['sh', '-c', script, 'seatrial', beatFile, token], 5000);
  const said = await Promise.all(cluster.nodes.map(node => stdoutOf(cluster.transport, node, command)));
  const ages = said.flatMap(each => (each.ok && /^-?\d+\n$/.test(each.value) ? [Math.max(0, Number(each.value))] : []));
  return ages.length === 0 ? undefined : Math.min(...ages);
}

/** A sign of life on the first node that takes it, now and every so often. */
function heartbeat(cluster: Cluster, token: string, everyMs: number): {stop(): Promise<void>} {
  const command = idempotent(['sh', '-c', 'umask 022; echo "$2" >"$1"', 'seatrial', beatFile, token], 5000);
  const takes = async (node: Host) => succeeded(await cluster.transport.exec(node, command));
  let nodes = [...cluster.nodes];
  const beat = async () => {
    for (const node of nodes) {
      if (!(await takes(node))) continue;
      // The same one next time.
      nodes = [node, ...cluster.nodes.filter(other => other !== node)];
      return;
    }
  };
  let last = beat();
  const timer = setInterval(() => {
    last = last.then(beat);
  }, everyMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await last;
    },
  };
}
