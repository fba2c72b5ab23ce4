/**
 * What is to be made, given the plan and what is there; or why it may not be: every reason at once, as sentences.
 * What is there and ours is never changed in place: another size or image means taking it back first. Pure.
 */
import type {Apart} from '../../cluster/pacemaker.ts';
import {isExpired, isOurs, type Mark, type Whose} from './mark.ts';
import type {GuestsPlan, PlannedDisk, PlannedGuest} from './plan.ts';
import {diskRefusals, memoryRefusals, quotaRefusals, sizeWords} from './room.ts';
import type {Found} from './survey.ts';

export interface Changes {
  /** Why nothing may be made. */
  refusals: readonly string[];
  /** What a person should know all the same. */
  notes: readonly string[];
  /** Nodes without the folder of ours, or with another image than the plan's. */
  image: readonly string[];
  domains: readonly {node: string; guest: PlannedGuest}[];
  disks: readonly {disk: PlannedDisk; mark: Mark}[];
  /** What holds the disks is made too. */
  opensStore: boolean;
  resources: readonly PlannedGuest[];
  apart: readonly Apart[];
}

/** `today` as in `2026-11-27`. */
export function changesFor(plan: GuestsPlan, found: Found, today: string): Changes {
  const has = new Set(found.resources.map(({id}) => id));
  const resources = plan.guests.filter(({primitive}) => !has.has(primitive.id));
  const disks = plan.guests.flatMap(({disks, mark}) =>
    disks.filter(({name}) => found.store.disks.every(disk => disk.name !== name)).map(disk => ({disk, mark})),
  );
  return {
    refusals: [
      ...expiryRefusals(plan, today),
      ...quotaRefusals(plan),
      ...groundRefusals(plan, found),
      ...takenRefusals(plan, found),
      ...roomRefusals(found, resources, disks),
      ...imageRefusals(plan, found),
    ],
    notes: expiredNotes(found, today),
    image: lackingImage(plan, found).map(({node}) => node),
    domains: found.nodes.flatMap(({node, files}) =>
      plan.guests.filter(({guest}) => !files.has(`${guest.name}.xml`)).map(guest => ({node, guest})),
    ),
    disks,
    opensStore: found.store.absent === true,
    resources,
    apart: plan.apart.filter(wanted => found.constraints.every(({id}) => id !== wanted.id)),
  };
}

/** A line each, for people. */
export function changeLines(
  {image, domains, disks, opensStore, resources, apart}: Changes,
  store: string,
): readonly string[] {
  const sizes = disks.map(({disk}) => `${disk.name} (${sizeWords(disk.bytes)})`);
  const nodes = [...new Set(domains.map(({node}) => node))];
  const names = [...new Set(domains.map(({guest}) => guest.guest.name))];
  return [
    ...(image.length === 0 ? [] : [`guest image on ${image.join(', ')}`]),
    ...(opensStore ? [store] : []),
    ...(sizes.length === 0 ? [] : [`disks in ${store}: ${sizes.join(', ')}`]),
    ...(nodes.length === 0 ? [] : [`domain XML of ${names.join(', ')} on ${nodes.join(', ')}`]),
    ...resources.map(
      ({guest}) => `resource ${guest.resource}: ${guest.vcpus} vCPU, ${sizeWords(guest.memoryBytes)}, ${guest.address}`,
    ),
    ...(apart.length === 0 ? [] : [`constraints: ${apart.map(({id}) => id).join(', ')}`]),
  ];
}

function expiryRefusals({order}: GuestsPlan, today: string): readonly string[] {
  return isExpired(order, today) ? [`the guests may be there until ${order.expires}, and today is ${today}`] : [];
}

function groundRefusals({order, apart}: GuestsPlan, found: Found): readonly string[] {
  const lacking = (what: string, nodes: readonly {node: string}[]) =>
    nodes.length === 0 ? [] : [`${nodes.map(({node}) => node).join(', ')}: ${what}`];
  return [
    ...lacking(
      `there is no bridge ${order.bridge}`,
      found.nodes.filter(({hasBridge}) => !hasBridge),
    ),
    ...(order.accelerator === 'kvm'
      ? lacking(
          'there is no /dev/kvm; accelerator: qemu makes emulated guests, and every report says so',
          found.nodes.filter(({hasKvm}) => !hasKvm),
        )
      : []),
    ...found.store.troubles,
    ...found.answering.map(address => `something answers at ${address} already`),
    ...apart.flatMap(({id}) => (found.resources.some(each => each.id === id) ? [`the name ${id} is taken`] : [])),
  ];
}

/** Names that are taken by what is not ours, or by what is ours and was ordered otherwise. */
function takenRefusals(plan: GuestsPlan, found: Found): readonly string[] {
  const whose: Whose = {...plan.order, cluster: plan.cluster};
  const judge = (what: string, mark: Mark | undefined, wanted: string): string[] => {
    if (!isOurs(mark, whose)) return [`${what} is there and not ours: ${ownerWords(mark)}`];
    if (mark.digest === wanted) return [];
    return [`${what} was made from another order or image on ${mark.made}: take it back first (unprovision --guests)`];
  };
  const guests = plan.guests.flatMap(({guest, disks, mark: {digest}}) => [
    ...found.resources
      .filter(({id}) => id === guest.resource)
      .flatMap(({id, mark}) => judge(`resource ${id}`, mark, digest)),
    ...found.store.disks
      .filter(disk => disks.some(({name}) => name === disk.name))
      .flatMap(({name, mark}) => judge(`disk ${name}`, mark, digest)),
    ...found.nodes.flatMap(({node, files, domains}) => {
      const file = `${guest.name}.xml`;
      if (files.has(file)) return judge(`${plan.folder}/${file} on ${node}`, files.get(file), digest);
      const ours = found.resources.some(({id, mark}) => id === guest.resource && isOurs(mark, whose));
      return domains.includes(guest.name) && !ours ? [`a domain ${guest.name} is there on ${node} and not ours`] : [];
    }),
  ]);
  const running = found.resources.some(({id}) => plan.guests.some(({guest}) => guest.resource === id));
  const folders = found.nodes.flatMap(({node, folder}) => {
    if (folder === undefined) return [];
    const {mark} = folder;
    // What an image was replaced by is found at the guests' next start: not while there are any.
    const replaceable = isOurs(mark, whose) && !running;
    return replaceable ? [] : judge(`${plan.folder} on ${node}`, mark, plan.mark.digest);
  });
  return [...new Set([...guests, ...folders])];
}

function ownerWords(mark: Mark | undefined): string {
  if (mark === undefined) return 'it has no mark of seatrial';
  const {cluster, prefix, owner, made} = mark;
  return `${owner} made it on ${made} for cluster ${cluster} with prefix ${prefix}`;
}

function roomRefusals(
  found: Found,
  resources: readonly PlannedGuest[],
  disks: readonly {disk: PlannedDisk}[],
): readonly string[] {
  const rooms = found.nodes.map(({room}) => room);
  const memory = resources.map(({guest}) => guest.memoryBytes);
  const bytes = disks.reduce((total, {disk}) => total + disk.bytes, 0);
  return [...memoryRefusals(rooms, memory), ...diskRefusals(found.store.freeBytes, bytes, 'the store')];
}

function lackingImage(plan: GuestsPlan, found: Found): Found['nodes'] {
  return found.nodes.filter(({folder}) => folder?.mark?.digest !== plan.mark.digest);
}

/** A file is written aside, and then takes the place of the old one: twice the image is room enough. */
function imageRefusals(plan: GuestsPlan, found: Found): readonly string[] {
  const wanted = 2 * plan.imageBytes;
  return lackingImage(plan, found)
    .filter(({roomBytes}) => roomBytes < wanted)
    .map(
      ({node, roomBytes}) =>
        `${node} has ${sizeWords(roomBytes)} left for ${plan.folder}, and the image wants ${sizeWords(wanted)}: make room, or name another folder`,
    );
}

/** Of everyone's marks: what should be gone by now. */
function expiredNotes(found: Found, today: string): readonly string[] {
  const marks = [...found.resources, ...found.store.disks].flatMap(({mark}) => mark ?? []);
  const expired = marks.filter(mark => isExpired(mark, today));
  const lines = expired.map(
    ({prefix, owner, expires}) =>
      `guests of ${owner} with prefix ${prefix} should be gone since ${expires}: seatrial unprovision --guests with their inventory takes them back`,
  );
  return [...new Set(lines)];
}
