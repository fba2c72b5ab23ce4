/** What is on the cluster before anything is made, or taken away: every node, the CIB, the store, the network. */

import {readOnly, stdoutOf, succeeded} from '../../cluster/commands.ts';
import {onCluster, queryXml} from '../../cluster/pacemaker.ts';
import {descendants, type Element} from '../../parse/xml.ts';
import {eachOf} from '../../transport/reach.ts';
import type {Cluster, Guest, Host, Result} from '../../types.ts';
import {type FoundClient, lookAtClient} from './client.ts';
import {type Mark, markKey, readMark} from './mark.ts';
import type {ResourceTool} from './resources.ts';
import type {NodeRoom} from './room.ts';
import {markedPart, sectionsOf} from './sections.ts';
import type {DiskStore, FoundStore} from './stores.ts';

export interface FoundNode {
  node: string;
  /** Names of all domains that libvirt knows there, running or not. */
  domains: readonly string[];
  room: NodeRoom;
  /** What is left where the folder lies, or will. */
  roomBytes: number;
  hasBridge: boolean;
  hasKvm: boolean;
  /** The folder of our prefix: whether it is there, and its mark if it has one. */
  folder?: {mark?: Mark};
  /** Domain XML in the folder, by file name. */
  files: ReadonlyMap<string, Mark | undefined>;
}

export interface FoundResource {
  id: string;
  mark?: Mark;
}

export interface FoundConstraint {
  id: string;
  /** Resources that it names. */
  names: readonly string[];
}

export interface Found {
  nodes: readonly FoundNode[];
  /** Every resource of the CIB: primitives, groups, clones. */
  resources: readonly FoundResource[];
  constraints: readonly FoundConstraint[];
  store: FoundStore;
  client: FoundClient;
  /** Addresses of guests without a resource that answer all the same. */
  answering: readonly string[];
}

export interface Sight {
  cluster: Cluster;
  /** On which the cluster's commands are typed. */
  speaker: Host;
  store: DiskStore;
  folder: string;
  bridge: string;
}

export async function surveyGuests(sight: Sight, guests: readonly Guest[]): Promise<Result<Found, string>> {
  const {cluster, speaker, store} = sight;
  const nodes = await Promise.all(cluster.nodes.map(node => lookAt(sight, node)));
  const resources = await queryXml(cluster, speaker, '//resources');
  const constraints = await queryXml(cluster, speaker, '//constraints');
  const disks = await store.find();
  const client = await lookAtClient(cluster, sight.folder);
  for (const each of nodes) if (!each.ok) return each;
  if (!resources.ok) return resources;
  if (!constraints.ok) return constraints;
  if (!disks.ok) return disks;
  if (!client.ok) return client;
  const known = resourcesOf(resources.value);
  return {
    ok: true,
    value: {
      nodes: nodes.flatMap(node => (node.ok ? [node.value] : [])),
      resources: known,
      constraints: constraints.value?.children.map(constraintOf) ?? [],
      store: disks.value,
      client: client.value,
      answering: await answering(
        cluster,
        guests.filter(({resource}) => known.every(({id}) => id !== resource)),
      ),
    },
  };
}

// ───────────────────────────── a node ─────────────────────────────

/** $1 folder of the prefix, $2 bridge. libvirt must answer: what it hides cannot be told from what is not there. */
const look = `virsh='virsh --connect qemu:///system'
part() { echo "== $1"; }
part domains; $virsh list --all --name || exit
part active; $virsh domstats --balloon --list-active || exit
part memory; sed -n 's/^MemAvailable: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo
part room; d=$1; while [ ! -d "$d" ]; do d=\${d%/*}; done; df -B1 --output=avail "\${d:-/}" | tail -n 1
part bridge; [ ! -e "/sys/class/net/$2" ] || echo yes
part kvm; [ ! -w /dev/kvm ] || echo yes
part folder; [ ! -d "$1" ] || { echo yes; cat "$1/mark" 2>/dev/null; }
part files; for f in "$1"/*.xml; do [ ! -f "$f" ] || printf '%s\\t%s\\n' "\${f##*/}" "$(sed -n 's/.*<seatrial:mark [^>]*>\\(.*\\)<.*/\\1/p' "$f")"; done`;

async function lookAt({cluster, folder, bridge}: Sight, node: Host): Promise<Result<FoundNode, string>> {
  const said = await stdoutOf(cluster.transport, node, readOnly(['sh', '-c', look, 'look', folder, bridge], 30_000));
  return said.ok ? {ok: true, value: readNode(node.name, said.value)} : said;
}

/** Pure. */
export function readNode(node: string, text: string): FoundNode {
  const of = sectionsOf(text);
  const folder = markedPart(of('folder'));
  return {
    node,
    domains: of('domains'),
    room: {
      node,
      freeBytes: Number(of('memory')[0] ?? 0) * 1024,
      running: of('active').flatMap(line => {
        const kibibytes = /^balloon\.maximum=(\d+)$/.exec(line)?.[1];
        return kibibytes === undefined ? [] : [Number(kibibytes) * 1024];
      }),
    },
    roomBytes: Number(of('room')[0]) || 0,
    hasBridge: of('bridge').includes('yes'),
    hasKvm: of('kvm').includes('yes'),
    ...(folder === undefined ? {} : {folder}),
    files: new Map(
      of('files').map(line => {
        const [file = '', text = ''] = line.split('\t');
        return [file, readMark(text)];
      }),
    ),
  };
}

// ───────────────────────────── the cluster ─────────────────────────────

function resourcesOf(section: Element | undefined): readonly FoundResource[] {
  const kinds = ['primitive', 'group', 'clone', 'master', 'bundle'];
  return kinds
    .flatMap(kind => (section === undefined ? [] : descendants(section, kind)))
    .map(each => {
      const own = each.children.filter(({name}) => name === 'meta_attributes').flatMap(({children}) => children);
      const mark = readMark(own.find(({attributes}) => attributes.name === markKey)?.attributes.value ?? '');
      const id = each.attributes.id ?? '';
      return mark === undefined ? {id} : {id, mark};
    });
}

function constraintOf(constraint: Element): FoundConstraint {
  const {id = '', ...attributes} = constraint.attributes;
  const named = ['rsc', 'with-rsc', 'first', 'then'].flatMap(key => attributes[key] ?? []);
  const sets = descendants(constraint, 'resource_ref').flatMap(({attributes: {id: ref}}) => ref ?? []);
  return {id, names: [...named, ...sets]};
}

/** The tool that the site's administrators use; Pacemaker's own where there is neither. */
export async function toolOf({transport}: Cluster, speaker: Host): Promise<ResourceTool> {
  const ask = readOnly(['sh', '-c', 'for tool in pcs crm; do command -v $tool >/dev/null && echo $tool; done; true']);
  const said = await stdoutOf(transport, speaker, ask);
  const tools = said.ok ? said.value.split('\n') : [];
  return tools.includes('crm') ? 'crm' : tools.includes('pcs') ? 'pcs' : 'cibadmin';
}

/** A node of the quorate partition. */
export async function speakerOf(cluster: Cluster): Promise<Result<Host, string>> {
  const name = await onCluster(cluster, readOnly(['crm_node', '--name']));
  if (!name.ok) return name;
  const host = cluster.nodes.find(node => node.name === name.value.trim());
  return host === undefined
    ? {ok: false, error: `the cluster knows ${name.value.trim()}, which the inventory does not name`}
    : {ok: true, value: host};
}

// ───────────────────────────── the network ─────────────────────────────

const pingsAtOnce = 8;

async function answering(cluster: Cluster, guests: readonly Guest[]): Promise<readonly string[]> {
  const found: string[] = [];
  await eachOf(guests, pingsAtOnce, async ({address}) => {
    const ping = readOnly(['ping', '-c', '1', '-W', '1', address], 5_000);
    if (succeeded(await cluster.transport.exec(cluster.client, ping))) found.push(address);
  });
  return found;
}
