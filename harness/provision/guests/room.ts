/**
 * Whether an order may be carried out: within the quota that the inventory states, and within what the cluster has
 * left, even with a node lost. Every refusal is a sentence. Pure.
 */
import type {GuestsQuota} from '../../config/guests-order.ts';
import type {GuestsPlan, PlannedGuest} from './plan.ts';

/** What QEMU takes beside a guest's own memory: 60–100 MiB were seen, more with many devices. */
const overheadBytes = 160 * 2 ** 20;

function takes(guests: readonly Pick<PlannedGuest, 'guest' | 'disks'>[]): GuestsQuota {
  return {
    guests: guests.length,
    memoryBytes: sum(guests.map(({guest}) => guest.memoryBytes)),
    vcpus: sum(guests.map(({guest}) => guest.vcpus)),
    diskBytes: sum(guests.flatMap(({disks}) => disks.map(({bytes}) => bytes))),
  };
}

const quotaWords: Readonly<Record<keyof GuestsQuota, {what: string; show: (amount: number) => string}>> = {
  guests: {what: 'guests', show: String},
  memoryBytes: {what: 'of memory', show: sizeWords},
  vcpus: {what: 'virtual CPUs', show: String},
  diskBytes: {what: 'of disk', show: sizeWords},
};

/** Of all guests of the order, made or not: one sentence for each limit that they break. */
export function quotaRefusals({guests, order}: Pick<GuestsPlan, 'guests' | 'order'>): readonly string[] {
  const taken = takes(guests);
  return (['guests', 'memoryBytes', 'vcpus', 'diskBytes'] as const).flatMap(key => {
    if (taken[key] <= order.quota[key]) return [];
    const {what, show} = quotaWords[key];
    return [
      `the guests of the inventory would take ${show(taken[key])} ${what}, and the quota is ${show(order.quota[key])}`,
    ];
  });
}

/** What a node has, in bytes; `running` is the memory of every domain that is active on it. */
export interface NodeRoom {
  node: string;
  freeBytes: number;
  running: readonly number[];
}

/**
 * Whichever node is lost, what ran on it and what is to be made must find memory on the others. Guests are placed the
 * largest first, each where most is free, as a scheduler would.
 */
export function memoryRefusals(rooms: readonly NodeRoom[], newGuests: readonly number[]): readonly string[] {
  if (newGuests.length === 0) return [];
  return rooms.flatMap(lost => {
    const free = rooms.filter(room => room !== lost).map(({freeBytes}) => freeBytes);
    const homeless = [...lost.running, ...newGuests].sort((a, b) => b - a);
    for (const bytes of homeless) {
      const best = free.indexOf(Math.max(...free));
      const left = (free[best] ?? 0) - bytes - overheadBytes;
      if (best >= 0 && left >= 0) {
        free[best] = left;
        continue;
      }
      const others = rooms.filter(room => room !== lost).map(({node, freeBytes}) => `${node} ${sizeWords(freeBytes)}`);
      return [
        `with ${lost.node} lost the guests would not fit into memory: ${homeless.length} guests with ${sizeWords(sum(homeless))} and ${sizeWords(overheadBytes)} each for QEMU must find room (free: ${others.join(', ') || 'no other node'})`,
      ];
    }
    return [];
  });
}

/** Disks are thin at first; they are counted in full, for that is what they may come to. */
export function diskRefusals(freeBytes: number, newBytes: number, store: string): readonly string[] {
  if (newBytes <= freeBytes) return [];
  return [`the disks may grow to ${sizeWords(newBytes)}, and ${store} has ${sizeWords(freeBytes)} left`];
}

export function sizeWords(bytes: number): string {
  const unit = bytes >= 2 ** 30 ? 2 ** 30 : 2 ** 20;
  const amount = bytes / unit;
  const digits = Number.isInteger(amount) ? 0 : 1;
  return `${amount.toFixed(digits)} ${unit === 2 ** 30 ? 'GiB' : 'MiB'}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
