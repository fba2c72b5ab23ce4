/**
 * One further guest, ordered as all others are: by the same playbook, under a prefix of its own, so that taking it back
 * touches nothing else. What it takes is beyond the inventory's quota, which is why the inventory names it.
 */
import {join} from 'node:path';
import type {GuestsOrder, TrialOrder} from '../config/guests-order.ts';
import type {Inventory} from '../config/inventory.ts';
import {waitForGuests} from '../probes/serving.ts';
import type {SshOptions} from '../transport/ssh-argv.ts';
import type {Cluster, Deployment, Deploys, Guest, Result} from '../types.ts';
import {findAnsible, runPlaybook} from './ansible.ts';
import type {PlaybookSummary} from './events.ts';
import {guestsSet} from './guests/set.ts';
import type {Ground, Way} from './sets.ts';

const prefix = 'seatrial-order-';
const ledgerBytes = 64 * 2 ** 20;
const serveMs = 600_000;

/** Where the inventory has `provision.guests.trial`. `ssh`: how its hosts are reached. */
export function deploysOf(inventory: Inventory, cluster: Cluster, ssh: SshOptions): Deploys | undefined {
  const order = inventory.provision.guests;
  if (order?.trial === undefined) return undefined;
  const guest = guestOf(order.trial);
  const own: Inventory = {
    ...inventory,
    guests: [guest],
    provision: {...inventory.provision, guests: orderFor(order, order.trial)},
  };
  const alone: Cluster = {...cluster, guests: [guest]};
  const play = (way: Way, signal: AbortSignal, say: (text: string) => void) =>
    playSet(way, {inventory: own, cluster: alone, today: new Date().toISOString().slice(0, 10), say, signal}, ssh);
  return {
    guest,
    order: (signal, say) => play('provision', signal, say),
    serves: signal => waitForGuests(alone, serveMs, signal),
    async takeBack(signal) {
      const played = await play('unprovision', signal, () => {});
      return played.ok ? {ok: true, value: undefined} : played;
    },
  };
}

function guestOf({address, memoryBytes, vcpus}: TrialOrder): Guest {
  const name = `${prefix}1`;
  const ports = {fio: 8765, iperf3: 5201, beacon: 7007};
  return {name, resource: name, address, memoryBytes, vcpus, ports, scratchDevice: '/dev/scratch'};
}

function orderFor(order: GuestsOrder, {memoryBytes, vcpus, diskBytes}: TrialOrder): GuestsOrder {
  const {store} = order;
  return {
    ...order,
    prefix,
    disks: {ledgerBytes, scratchBytes: diskBytes},
    quota: {guests: 1, memoryBytes, vcpus, diskBytes: ledgerBytes + diskBytes},
    // A pool that holds others' disks does not go with this guest.
    store: store.kind === 'rbd' ? {...store, makePool: false} : store,
  };
}

async function playSet(way: Way, ground: Ground, ssh: SshOptions): Promise<Result<Deployment, string>> {
  const ansible = await findAnsible();
  if (!ansible.ok) return ansible;
  const prepared = await guestsSet.prepare?.(way, ground);
  if (prepared?.kind === 'refused') return {ok: false, error: prepared.sentences.join('; ')};
  const played = await runPlaybook({
    playbook: join(import.meta.dirname, 'playbooks', guestsSet[way]),
    inventory: ground.inventory,
    ssh,
    // Guests are made without any.
    secrets: {bmc: {}},
    vars: {...guestsSet.vars(ground.inventory), ...prepared?.vars},
    check: false,
    tell: event => {
      if (event.kind === 'task') ground.say(event.name);
    },
    signal: ground.signal,
  });
  if (!played.ok) return played;
  const trouble = troubleOf(played.value);
  if (trouble !== undefined) return {ok: false, error: trouble};
  const {hosts} = played.value;
  return {ok: true, value: {hosts}};
}

function troubleOf({ended, troubles}: PlaybookSummary): string | undefined {
  const [first] = troubles;
  if (first !== undefined) return `${first.host}: ${first.task}: ${first.state}: ${first.text}`;
  return ended ? undefined : 'the playbook did not come to its end';
}
