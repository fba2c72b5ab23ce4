/**
 * Alert agents of Pacemaker that seatrial brings along. One so far: `ceph-fenced` tells Ceph that a fenced node is dead
 * (its own first lines say what it does, and what it must not do). In force where all its pieces are: on every node the
 * agent and a key that is good for this alone, and the alert in the CIB.
 *
 * An alert, and no fence agent of its own: it runs beside the fence and can neither delay nor fake one.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import {onCluster, queryCib} from '../cluster/pacemaker.ts';
import {ceph as cephCommand} from '../cluster/storage.ts';
import {element, printXml} from '../parse/xml.ts';
import {onCephHost} from '../storage/ceph-host.ts';
import type {Cluster, Host, PlacedSetting, Result} from '../types.ts';
import {all, type Driver, fine, isAt, readBack} from './driver.ts';

const agent = readFileSync(join(import.meta.dirname, 'ceph-fenced.py'), 'utf8');
/** Where Pacemaker's own agents lie: SELinux lets the cluster run what is here. */
const agentPath = '/usr/share/pacemaker/alerts/seatrial-ceph-fenced';
const client = 'client.seatrial-fenced';
const keyringPath = `/etc/ceph/ceph.${client}.keyring`;
/** To read the maps, free disks and mark OSDs down: the agent runs as a user without rights, and so does its key. */
const rights = 'allow r, allow command "osd blocklist", allow command "osd down"';
const alertId = 'seatrial-ceph-fenced';
/** The place of the alert itself. */
const inCib = 'cluster';

export const alert: Driver = {
  problem: (key, value) =>
    key === 'ceph-fenced' && (value === 'yes' || value === 'no') ? undefined : 'ceph-fenced, and yes or no',

  restartsGuests: () => false,

  async read(cluster, settings) {
    const hosts = hostsOf(cluster);
    const found = all([
      await alertIsThere(cluster, hosts.ok ? hosts.value : ''),
      ...(await Promise.all(cluster.nodes.map(node => piecesAreOn(cluster, node)))),
    ]);
    if (!found.ok) return found;
    const places = [inCib, ...cluster.nodes.map(({name}) => name)];
    const value = (index: number) => (found.value[index] ? 'yes' : 'no');
    return {
      ok: true,
      value: settings.flatMap(setting => places.flatMap((where, index) => readBack(setting, where, value(index)))),
    };
  },

  async apply(cluster, settings, say) {
    for (const setting of settings) {
      const done = await (setting.value === 'yes' ? bring : takeAway)(cluster, setting, say);
      if (!done.ok) return done;
    }
    return fine;
  },
};

type Say = (text: string, host?: string) => void;

/** `n1=10.0.0.1 n2=10.0.0.2`: by which addresses Ceph knows the nodes. */
function hostsOf({nodes}: Pick<Cluster, 'nodes'>): Result<string, string> {
  const nameless = nodes.find(({addresses}) => addresses.storage === undefined);
  if (nameless !== undefined) {
    return {
      ok: false,
      error: `${nameless.name} has no address in the storage plane: the alert that tells Ceph of a fence needs each node's, as Ceph knows it; give the inventory addresses.storage`,
    };
  }
  return {ok: true, value: nodes.map(({name, addresses}) => `${name}=${addresses.storage}`).join(' ')};
}

async function alertIsThere(cluster: Cluster, hosts: string): Promise<Result<boolean, string>> {
  const asked = await queryCib(cluster, '--scope', 'configuration');
  if (!asked.ok) return asked;
  const [alertText = ''] = new RegExp(`<alert id="${alertId}"[^]*?</alert>`).exec(asked.value) ?? [];
  return {ok: true, value: alertText.includes(`"${agentPath}"`) && alertText.includes(`value="${hosts}"`)};
}

const seen = 'test -s "$2" && cat -- "$1" || true';

async function piecesAreOn(cluster: Cluster, node: Host): Promise<Result<boolean, string>> {
  const command = readOnly(['sh', '-c', seen, 'seen', agentPath, keyringPath]);
  const found = await stdoutOf(cluster.transport, node, command);
  return found.ok ? {ok: true, value: found.value === agent} : found;
}

async function bring(cluster: Cluster, setting: PlacedSetting, say: Say): Promise<Result<void, string>> {
  const hosts = hostsOf(cluster);
  if (!hosts.ok) return hosts;
  const nodes = cluster.nodes.filter(({name}) => isAt(setting, name));
  const able = all(await Promise.all(nodes.map(node => missingOn(cluster, node))));
  if (!able.ok) return able;
  if (nodes.length > 0) {
    say('bringing the alert agent that tells Ceph of a fence');
    const key = await keyOf(cluster);
    if (!key.ok) return key;
    const laid = all(await Promise.all(nodes.map(node => layDown(cluster, node, key.value))));
    if (!laid.ok) return laid;
  }
  if (!isAt(setting, inCib)) return fine;
  const argv = ['cibadmin', '--modify', '--allow-create', '--scope', 'configuration', '--xml-pipe'] as const;
  const set = await onCluster(cluster, idempotent(argv, 20_000, alertXml(hosts.value)));
  return set.ok ? fine : set;
}

const needed = `/usr/bin/python3 -c 'import rados' 2>/dev/null || echo "python3-rados (it comes with ceph-common)"
test -r /etc/ceph/ceph.conf || echo /etc/ceph/ceph.conf
getent group haclient >/dev/null || echo "the group haclient (it comes with Pacemaker)"`;

async function missingOn(cluster: Cluster, node: Host): Promise<Result<void, string>> {
  const asked = await stdoutOf(cluster.transport, node, readOnly(['sh', '-c', needed]));
  if (!asked.ok) return asked;
  const missing = asked.value.trim().split('\n').join(', ');
  if (missing === '') return fine;
  return {
    ok: false,
    error: `${node.name} lacks what the alert that tells Ceph of a fence needs: ${missing}; install it there, or measure with --profile as-found`,
  };
}

function keyOf(cluster: Cluster): Promise<Result<string, string>> {
  return onCephHost(cluster, target => cephCommand(target, ['auth', 'get-or-create', client, 'mon', rights]));
}

/** Each is written beside its place and moved there; the key is nobody's to read but root's and the cluster's. */
const lay = (mode: string, group: string) =>
  `umask 077; part=$1.seatrial; cat >"$part"; chown root:${group} "$part"; chmod ${mode} "$part"; mv -f -- "$part" "$1"`;

async function layDown(cluster: Cluster, node: Host, key: string): Promise<Result<void, string>> {
  for (const [path, text, script] of [
    [keyringPath, key, lay('0640', 'haclient')],
    [agentPath, agent, lay('0755', 'root')],
  ] as const) {
    const command = idempotent(['sh', '-ec', script, 'lay', path], 20_000, text);
    const written = await stdoutOf(cluster.transport, node, command);
    if (!written.ok) return written;
  }
  return fine;
}

/** The alert first: an agent that is called and not there would be told as failed. */
async function takeAway(cluster: Cluster, setting: PlacedSetting, say: Say): Promise<Result<void, string>> {
  say('taking away the alert agent that tells Ceph of a fence');
  if (isAt(setting, inCib)) {
    const argv = ['cibadmin', '--delete', '--force', '--xpath', `//alert[@id='${alertId}']`] as const;
    const gone = await onCluster(cluster, idempotent(argv));
    if (!gone.ok) return gone;
  }
  const nodes = cluster.nodes.filter(({name}) => isAt(setting, name));
  const command = idempotent(['rm', '-f', agentPath, keyringPath]);
  const removed = all(await Promise.all(nodes.map(node => stdoutOf(cluster.transport, node, command))));
  if (!removed.ok || setting.where !== undefined) return removed.ok ? fine : removed;
  const forgotten = await onCephHost(cluster, target => cephCommand(target, ['auth', 'rm', client]));
  return forgotten.ok ? fine : forgotten;
}

/** Pure. */
function alertXml(hosts: string): string {
  const pair = (name: string, value: string) => element('nvpair', {id: `${alertId}-${name}`, name, value});
  const xml = element('configuration', {}, [
    element('alerts', {}, [
      element('alert', {id: alertId, path: agentPath}, [
        element('meta_attributes', {id: `${alertId}-meta`}, [pair('timeout', '15s')]),
        element('select', {}, [element('select_nodes'), element('select_fencing')]),
        element('instance_attributes', {id: `${alertId}-options`}, [pair('hosts', hosts)]),
      ]),
    ]),
  ]);
  return printXml(xml);
}
