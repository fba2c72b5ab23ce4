/** Guests on the lab: image and domain XML on every node, a resource each, and the wait until they answer. */
import {copyFileSync, linkSync, mkdirSync} from 'node:fs';
import path from 'node:path';
import {idempotent, stdoutOf} from '../cluster/commands.ts';
import {buildDomain, type DiskSource} from '../cluster/domain-xml.ts';
import {
  apartPairs,
  apartXml,
  guestPrimitive,
  guestResourceDefaults,
  onCluster,
  primitiveXml,
} from '../cluster/pacemaker.ts';
import {type GuestImage, guestCommandLine} from '../guest/image.ts';
import {element, printXml} from '../parse/xml.ts';
import type {Cluster, Guest, Result} from '../types.ts';
import {prefixLength, serviceBridge} from './addresses.ts';
import type {LabPlace} from './state.ts';
import {guestsApartFromServers, type StoreDisk} from './stores.ts';
import {vhostUserSocket} from './vhost-user.ts';

/** On the node's own persistent folder: a domain must start after any power cycle, with nobody to copy an image. */
const imageFolder = '/var/lib/seatrial/disk/guest';
const domainPath = (guest: Pick<Guest, 'name'>): string => `/etc/seatrial/${guest.name}.xml`;
/** Serials that the guest's image looks for. */
const serials = {ledger: 'seatrial-ledger', scratch: 'seatrial-scratch'} as const;

export type GuestDiskKind = keyof typeof serials;

/** Puts kernel and initramfs where every node finds them. Nothing runs yet. Links where it can: they are large. */
export function placeImage(place: LabPlace, nodes: readonly string[], image: GuestImage): void {
  for (const node of nodes) {
    const folder = path.join(place.state, 'disks', node, path.basename(imageFolder));
    mkdirSync(folder);
    for (const [name, file] of [
      ['kernel', image.kernel],
      ['initramfs', image.initramfs],
    ] as const) {
      try {
        linkSync(file, path.join(folder, name));
      } catch {
        // Another file system.
        copyFileSync(file, path.join(folder, name));
      }
    }
  }
}

/** The domain XML of a guest. */
export function domainOf(
  guest: Guest,
  accelerator: 'kvm' | 'qemu',
  source: (guest: Guest, disk: GuestDiskKind) => DiskSource | undefined,
  further: readonly StoreDisk[] = [],
  vhostUser = false,
): string {
  return buildDomain({
    name: guest.name,
    memoryBytes: guest.memoryBytes,
    vcpus: guest.vcpus,
    accelerator,
    kernelPath: `${imageFolder}/kernel`,
    initramfsPath: `${imageFolder}/initramfs`,
    commandLine: guestCommandLine({name: guest.name, address: `${guest.address}/${prefixLength}`}),
    disks: [
      ...(['ledger', 'scratch'] as const).flatMap(disk => {
        const found = source(guest, disk);
        return found === undefined ? [] : [{serial: serials[disk], source: found}];
      }),
      ...further.filter(disk => disk.guest === guest.name),
    ],
    card: vhostUser ? {vhostUserSocket: vhostUserSocket(guest)} : {bridge: serviceBridge},
    consolePath: `/var/log/libvirt/qemu/${guest.name}.console`,
  });
}

/** Lays every guest's domain XML on every node. */
export async function placeDomains(
  cluster: Cluster,
  domains: readonly {guest: Guest; xml: string}[],
): Promise<Result<void, string>> {
  const script = 'mkdir -p /etc/seatrial && cat >"$1.part" && mv "$1.part" "$1"';
  const laid = await Promise.all(
    cluster.nodes.flatMap(node =>
      domains.map(({guest, xml}) =>
        stdoutOf(cluster.transport, node, idempotent(['sh', '-c', script, 'domain', domainPath(guest)], 10_000, xml)),
      ),
    ),
  );
  const wrong = laid.find(each => !each.ok);
  return wrong === undefined || wrong.ok ? {ok: true, value: undefined} : wrong;
}

/** Makes the guests resources of the cluster, all in one change; the cluster starts them. Their disks are there. */
export async function addGuests(cluster: Cluster): Promise<Result<void, string>> {
  if (cluster.guests.length === 0) return {ok: true, value: undefined};
  const primitives = cluster.guests.map(guest =>
    primitiveXml(guestPrimitive(guest, {...guestResourceDefaults, configPath: domainPath(guest)})),
  );
  const added = await onCluster(
    cluster,
    idempotent(
      ['cibadmin', '--modify', '--allow-create', '--scope', 'resources', '--xml-pipe'],
      20_000,
      `<resources>${primitives.join('')}</resources>`,
    ),
  );
  if (!added.ok) return added;
  return keepApart(cluster);
}

const awayXml = (rsc: string, node: string): string =>
  printXml(element('rsc_location', {id: `${rsc}-not-on-${node}`, rsc, node, score: '-INFINITY'}));

/** In one change, as the resources. */
async function keepApart(cluster: Cluster): Promise<Result<void, string>> {
  const constraints = [
    ...apartPairs(cluster.guests.map(guest => guest.resource)).map(apartXml),
    ...guestsApartFromServers(cluster).map(({guest, node}) => awayXml(guest, node)),
  ];
  if (constraints.length === 0) return {ok: true, value: undefined};
  const xml = `<constraints>${constraints.join('')}</constraints>`;
  const modify = ['cibadmin', '--modify', '--allow-create', '--scope', 'constraints', '--xml-pipe'] as const;
  const added = await onCluster(cluster, idempotent(modify, 20_000, xml));
  return added.ok ? {ok: true, value: undefined} : added;
}
