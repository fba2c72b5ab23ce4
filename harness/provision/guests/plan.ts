/**
 * What is to be made for an order, down to the last name: nothing here asks a machine, so the same inventory and the
 * same image give the same plan on any of them. Pure.
 */
import {buildDomain, type DiskSource} from '../../cluster/domain-xml.ts';
import {
  type Apart,
  apartPairs,
  guestPrimitive,
  guestResourceDefaults,
  type Primitive,
} from '../../cluster/pacemaker.ts';
import type {GuestsOrder} from '../../config/guests-order.ts';
import {type GuestImage, guestCommandLine} from '../../guest/image.ts';
import type {Guest} from '../../types.ts';
import {digestOf, type Mark, markKey, markText} from './mark.ts';

export interface PlannedDisk {
  name: string;
  bytes: number;
}

export interface PlannedGuest {
  guest: Guest;
  mark: Mark;
  disks: readonly PlannedDisk[];
  domainPath: string;
  domainXml: string;
  primitive: Primitive;
}

export interface GuestsPlan {
  order: GuestsOrder;
  cluster: string;
  /** On every node: what is laid there lies in it, and nothing else does. */
  folder: string;
  /** Of the folder. */
  mark: Mark;
  /** Files of this machine, and where every node gets them. */
  image: readonly {from: string; to: string}[];
  imageBytes: number;
  guests: readonly PlannedGuest[];
  apart: readonly Apart[];
}

export interface Ordered {
  cluster: string;
  order: GuestsOrder;
  guests: readonly Guest[];
  image: Pick<GuestImage, 'kernel' | 'initramfs' | 'hash'>;
  imageBytes: number;
  /** Where the image of this name is found by QEMU. */
  source: (disk: string) => DiskSource;
  /** `2026-11-27`. */
  today: string;
}

/** Serials that the guest's image looks for. */
const serials = {ledger: 'seatrial-ledger', scratch: 'seatrial-scratch'} as const;

/** `sea` of the prefix `sea-`: what folders are called by. */
export function guestsStem(prefix: string): string {
  return prefix.replace(/-$/, '');
}

/** Of a node: kernel, initramfs and the domains of all guests of one prefix. */
export function guestsFolder({folder, prefix}: Pick<GuestsOrder, 'folder' | 'prefix'>): string {
  return `${folder}/${guestsStem(prefix)}`;
}

export function planGuests(ordered: Ordered): GuestsPlan {
  const {cluster, order, guests, image, imageBytes, today} = ordered;
  const folder = guestsFolder(order);
  const {prefix, owner, expires} = order;
  const mark = (digest: string): Mark => ({cluster, prefix, owner, made: today, expires, digest});
  return {
    order,
    cluster,
    folder,
    mark: mark(digestOf(image.hash)),
    image: [
      {from: image.kernel, to: `${folder}/kernel`},
      {from: image.initramfs, to: `${folder}/initramfs`},
    ],
    imageBytes,
    guests: guests.map(guest => planGuest(ordered, guest, folder, mark)),
    apart: apartPairs(guests.map(({resource}) => resource)),
  };
}

function planGuest(
  {cluster, order, image, source}: Ordered,
  guest: Guest,
  folder: string,
  marked: (digest: string) => Mark,
): PlannedGuest {
  const disks = [
    {name: `${guest.name}-ledger`, bytes: order.disks.ledgerBytes, serial: serials.ledger},
    {name: `${guest.name}-scratch`, bytes: order.disks.scratchBytes, serial: serials.scratch},
  ];
  const domainPath = `${folder}/${guest.name}.xml`;
  const hardware = {
    name: guest.name,
    // The same name in another cluster on the same network is another guest.
    identity: `${cluster}/${guest.name}`,
    memoryBytes: guest.memoryBytes,
    vcpus: guest.vcpus,
    accelerator: order.accelerator,
    kernelPath: `${folder}/kernel`,
    initramfsPath: `${folder}/initramfs`,
    commandLine: guestCommandLine({
      name: guest.name,
      address: `${guest.address}/${order.prefixLength}`,
      ...(order.gateway === undefined ? {} : {gateway: order.gateway}),
      ...(order.mtu === undefined ? {} : {mtu: order.mtu}),
    }),
    card: {bridge: order.bridge},
    consolePath: `/var/log/libvirt/qemu/${guest.name}.console`,
  };
  const {transport, networkSuffix} = order.migration;
  const primitive = guestPrimitive(guest, {
    ...guestResourceDefaults,
    configPath: domainPath,
    migrationTransport: transport,
    ...(networkSuffix === undefined ? {} : {migrationNetworkSuffix: networkSuffix}),
  });
  // Not of the disks' addresses: a monitor of the store may come or go.
  const mark = marked(digestOf(JSON.stringify([hardware, disks, order.store, primitive, order.expires, image.hash])));
  const sources = disks.map(({name, serial}) => ({serial, source: source(name)}));
  return {
    guest,
    mark,
    disks: disks.map(({name, bytes}) => ({name, bytes})),
    domainPath,
    domainXml: buildDomain({...hardware, disks: sources, mark: markText(mark)}),
    primitive: {...primitive, meta: [...primitive.meta, [markKey, markText(mark)]]},
  };
}
