/** What a lab is doing right now, as data fit for JSON. Looks only. */
import {clusterView} from '../cluster/pacemaker.ts';
import {type CephHealth, cephHealth} from '../cluster/storage.ts';
import {hostIsOn} from '../transport/lab.ts';
import type {Cluster, Host, Result, StorageKind, Transport} from '../types.ts';
import {proxyOf} from './bare/proxy.ts';
import {systemdStates} from './bare/systemd.ts';
import {deadNbd, planNbdDisks} from './nbd.ts';
import {fenceResource} from './stack.ts';
import {adminPath, type LabPlace, type LabRecord} from './state.ts';

/** Of bare hosts there is no more to say than how far they have booted. */
export interface BareStatus {
  kind: 'bare';
  name: string;
  phase: 'building' | 'up';
  release: string;
  hardware: Cluster['hardware'];
  postSeconds: number;
  hosts: readonly {
    name: string;
    role: Host['role'];
    address: string;
    power: 'on' | 'off';
    /** As `systemctl is-system-running` words it; `unreachable` where nothing answers. */
    systemd: string;
    failedUnits: readonly string[];
  }[];
  /** Does the proxy for packages run? */
  aptProxy: boolean;
  inventory: string;
}

export interface ClusterStatus {
  kind: 'cluster';
  name: string;
  /** `building`: not ready yet, or left half-built. */
  phase: 'building' | 'up';
  hardware: Cluster['hardware'];
  postSeconds: number;
  hosts: readonly {name: string; role: Host['role']; power: 'on' | 'off'; reachable: boolean}[];
  /** As the quorate partition sees it; a sentence instead where no node answers with quorum. */
  cluster:
    | {
        quorate: true;
        coordinator?: string;
        members: readonly {name: string; online: boolean; standby: boolean; unclean: boolean}[];
        fencing: readonly {device: string; node: string; inService: boolean; runsOn: readonly string[]}[];
      }
    | {quorate: false; reason: string};
  storage: {kind: StorageKind; healthy: boolean; detail: string};
  /** `runsOn` is empty where the guest is stopped; two nodes are a migration under way, or worse. */
  guests: readonly {name: string; address: string; state: string; runsOn: readonly string[]}[];
}

export type LabStatus = ClusterStatus | BareStatus;

export async function bareStatusOf(
  place: LabPlace,
  record: LabRecord,
  release: string,
  transport: Transport,
): Promise<BareStatus> {
  const all = [...record.nodes, record.client];
  const states = await systemdStates(transport, all);
  return {
    kind: 'bare',
    name: record.name,
    phase: record.phase,
    release,
    hardware: record.hardware,
    postSeconds: record.postSeconds,
    hosts: all.map(({name, role, addresses}, index) => ({
      name,
      role,
      address: addresses.management ?? '',
      power: hostIsOn(place, name) === true ? 'on' : 'off',
      systemd: states[index]?.state ?? 'unreachable',
      failedUnits: states[index]?.failed ?? [],
    })),
    aptProxy: proxyOf(place) !== undefined,
    inventory: adminPath(place, 'inventory.yaml'),
  };
}

export async function statusOf(place: LabPlace, record: LabRecord, cluster: Cluster): Promise<ClusterStatus> {
  const all: Host[] = [
    ...record.nodes,
    record.client,
    ...(record.storageHost === undefined ? [] : [record.storageHost]),
  ];
  const [view, storage, hosts] = await Promise.all([
    clusterView(cluster),
    storageOf(cluster, record.storageHost),
    Promise.all(
      all.map(async host => {
        const outcome = await cluster.transport.exec(host, {argv: ['true'], timeoutMs: 5_000, idempotent: true});
        const power: 'on' | 'off' = hostIsOn(place, host.name) === true ? 'on' : 'off';
        return {name: host.name, role: host.role, power, reachable: outcome.exit.kind === 'exited'};
      }),
    ),
  ]);
  const resources = view.ok ? view.value.state.resources : [];
  return {
    kind: 'cluster',
    name: record.name,
    phase: record.phase,
    hardware: record.hardware,
    postSeconds: record.postSeconds,
    hosts,
    cluster: view.ok
      ? {
          quorate: true,
          ...(view.value.state.dc === undefined ? {} : {coordinator: view.value.state.dc}),
          members: view.value.state.nodes.map(({name, online, standby, unclean}) => ({name, online, standby, unclean})),
          fencing: record.nodes.map(({name}) => {
            const device = fenceResource(name);
            const resource = resources.find(each => each.id === device);
            return {
              device,
              node: name,
              inService: resource?.role === 'Started' && !resource.failed,
              runsOn: resource?.nodes ?? [],
            };
          }),
        }
      : {quorate: false, reason: view.error},
    storage: {kind: record.storage, ...storage},
    guests: record.guests.map(({name, address, resource}) => {
      const found = resources.find(each => each.id === resource);
      return {name, address, state: found === undefined ? 'unknown' : found.role, runsOn: found?.nodes ?? []};
    }),
  };
}

async function storageOf(cluster: Cluster, host: Host | undefined): Promise<{healthy: boolean; detail: string}> {
  if (host !== undefined) {
    const disks = planNbdDisks(cluster.guests);
    const dead = await deadNbd({transport: cluster.transport, host}, disks);
    if (!dead.ok) return {healthy: false, detail: dead.error};
    return dead.value.length === 0
      ? {healthy: true, detail: `${disks.length} disks served`}
      : {healthy: false, detail: `not served: ${dead.value.join(', ')}`};
  }
  // All are asked side by side: one without power, or cut off, must not hide what the others know.
  const answers = await Promise.all(
    cluster.nodes.map(node => cephHealth({transport: cluster.transport, host: node}, {timeoutMs: 6_000})),
  );
  const health = answers.find((answer): answer is Extract<Result<CephHealth, string>, {ok: true}> => answer.ok)?.value;
  if (health === undefined) {
    return {healthy: false, detail: answers.flatMap(answer => (answer.ok ? [] : [answer.error])).join('; ')};
  }
  const groups = Object.entries(health.placementGroups).map(([state, count]) => `${count} ${state}`);
  const complaints = Object.values(health.checks);
  return {
    healthy: health.status === 'HEALTH_OK',
    detail: [
      health.status,
      ...complaints,
      `monitors ${health.quorum.length} of ${health.monitors}`,
      `OSDs ${health.osdsUp} of ${health.osds} up`,
      `placement groups ${groups.join(', ')}`,
    ].join('; '),
  };
}
