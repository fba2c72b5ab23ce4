/** A virtual address switches: its holder is struck while a client watches. */
import {z} from 'zod';
import {clockOffset} from '../../harness/cluster/clocks.ts';
import {impactOfFault} from '../../harness/faults/fault.ts';
import {expectsOfFaults, faultNamed, faults} from '../../harness/faults/index.ts';
import {makeIpaddr2, removeIpaddr2} from '../../harness/services/ipaddr2.ts';
import {makeKeepalived, removeKeepalived} from '../../harness/services/keepalived.ts';
import {holdersOf, refuseTaken} from '../../harness/services/virtual-address.ts';
import type {Cluster, Fault, Host, Parameters, Scenario, Trial, VirtualAddress} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {reachedBy} from '../resilience/timeline.ts';
import {keepJson} from '../steps/artefacts.ts';
import {parametersOf} from '../steps/parameters.ts';
import {pause} from '../steps/pause.ts';
import {type AddressFacts, addressArtefact} from './address-facts.ts';
import {addressMetrics, measureAddress} from './address-measure.ts';
import {addressPreview, watchAddress} from './address-watch.ts';
import {fencesSoFar, untilFenced, untilIdle} from './fences.ts';

interface AddressScenario {
  name: string;
  purpose: string;
  by: 'ipaddr2' | 'keepalived';
  fault: string;
  parameters(virtual: VirtualAddress): Parameters;
}

const optionsSchema = z.object({
  /** Between two echoes of the client's. */
  intervalMs: z.number().int().min(2).max(1000),
  /** How long another node may take to hold the address before it counts as lost. */
  recoverySeconds: z.number().min(1).max(3600),
});

/** Long enough that the client was answered, and has a fresh entry of its own, before the fault. */
const baselineSeconds = 3;
/** Keepalived announces a second time after five seconds. */
const afterSeconds = 6;
const fenceSeconds = 60;

const none = () => ({});
const onService = () => ({plane: 'service'});
const addressOf = ({address, prefixLength}: VirtualAddress) => ({address, prefixLength});
const holderKept = 'The node that holds a virtual address kept';

const described: readonly AddressScenario[] = [
  {
    name: 'failover/ipaddr2-host-crash',
    purpose: `${holderKept} by Pacemaker loses its power; the address must answer from another node, after the fence.`,
    by: 'ipaddr2',
    fault: 'host-crash',
    parameters: none,
  },
  {
    name: 'failover/ipaddr2-nic-down',
    purpose: `${holderKept} by Pacemaker loses its interface to the clients; the address must answer from another node.`,
    by: 'ipaddr2',
    fault: 'nic-down',
    parameters: onService,
  },
  {
    name: 'failover/ipaddr2-corosync-killed',
    purpose: `Corosync is killed on the node that holds a virtual address kept by Pacemaker; it must be fenced, and the address answer from another node.`,
    by: 'ipaddr2',
    fault: 'corosync-killed',
    parameters: none,
  },
  {
    name: 'failover/ipaddr2-address-removed',
    purpose: 'A virtual address kept by Pacemaker is taken off its interface by hand; the monitor must put it back.',
    by: 'ipaddr2',
    fault: 'address-removed',
    parameters: addressOf,
  },
  {
    name: 'failover/keepalived-host-crash',
    purpose: `${holderKept} by Keepalived loses its power; the address must answer from another node.`,
    by: 'keepalived',
    fault: 'host-crash',
    parameters: none,
  },
  {
    name: 'failover/keepalived-nic-down',
    purpose: `${holderKept} by Keepalived loses its interface to the clients; the address must answer from another node.`,
    by: 'keepalived',
    fault: 'nic-down',
    parameters: onService,
  },
  {
    name: 'failover/keepalived-killed',
    purpose: `Keepalived is killed on the node that holds the address: another one must take it, and only one hold it.`,
    by: 'keepalived',
    fault: 'keepalived-killed',
    parameters: none,
  },
];

export const addressScenarios: readonly Scenario[] = described.map(addressScenario);

function addressScenario(told: AddressScenario): Scenario {
  const {name, purpose, by, fault, parameters} = told;
  const kind = faults.find(each => each.name === fault);
  if (kind === undefined) throw new Error(`no fault is named ${fault}`);
  const fixed = parameters({address: '', prefixLength: 0, existing: false});
  const effect = kind.effect(fixed);
  const plane = fault === 'nic-down' ? {interfaces: ['service' as const]} : {};
  const tools = by === 'keepalived' ? {tools: ['keepalived' as const]} : {};
  return {
    name,
    purpose,
    family: 'failover',
    needs: {...kind.needs, nodes: 3, planes: ['service'], services: [by], ...plane, ...tools},
    impact: () => impactOfFault(effect),
    claims: ['ha.vip'],
    provides: addressMetrics,
    expects: expectsOfFaults,
    parameters: {full: {intervalMs: 10, recoverySeconds: 60}, quick: {intervalMs: 10, recoverySeconds: 20}},
    estimateSeconds: () => baselineSeconds + afterSeconds + 35,
    preview(cluster, asked) {
      const virtual = virtualOf(cluster, by);
      const [first] = cluster.nodes;
      if (virtual === undefined || first === undefined) return [];
      const bound = kind.on([first], parameters(virtual));
      const {intervalMs} = parametersOf(optionsSchema, asked);
      return [
        ...addressPreview(cluster, virtual.address, intervalMs),
        ...(bound.ok ? [{host: first.name, argv: [bound.value.describe]}] : []),
      ];
    },
    run: trial => tryAddress(trial, told),
    measure: measureAddress,
  };
}

function virtualOf({services}: Cluster, by: AddressScenario['by']): VirtualAddress | undefined {
  return by === 'ipaddr2' ? services?.ipaddr2 : services?.keepalived;
}

async function tryAddress(trial: Trial, {by, fault, parameters}: AddressScenario): Promise<void> {
  const {cluster} = trial;
  const virtual = virtualOf(cluster, by);
  if (virtual === undefined) throw new Error(`the inventory has no services.${by}`);
  const gone = virtual.existing ? undefined : await make(trial, by, virtual);
  const node = await holderOf(cluster, virtual);
  const bound = faultNamed(cluster, fault, [node.name], parameters(virtual));
  if (!bound.ok) throw new Error(bound.error);
  await strike(trial, by, virtual, node, bound.value);
  await trial.heal(bound.value);
  await gone?.();
  await untilIdle(trial);
}

/** Has the cluster carry the address for the time of the trial; gives the way back. */
async function make(trial: Trial, by: AddressScenario['by'], virtual: VirtualAddress): Promise<() => Promise<void>> {
  const {cluster} = trial;
  const free = await refuseTaken(cluster, virtual);
  if (!free.ok) throw new Error(free.error);
  const {address, prefixLength} = virtual;
  const done = await trial.leave({what: 'virtual-address', by, address, prefixLength});
  trial.say(`${address} for the time of the trial, by ${by}`);
  const made = by === 'ipaddr2' ? await makeIpaddr2(cluster, virtual) : await makeKeepalived(cluster, virtual);
  if (!made.ok) throw new Error(made.error);
  return async () => {
    const removed = by === 'ipaddr2' ? await removeIpaddr2(cluster) : await removeKeepalived(cluster, virtual);
    if (!removed.ok) throw new Error(removed.error);
    await done();
  };
}

async function holderOf(cluster: Cluster, virtual: VirtualAddress): Promise<Host> {
  const {holders} = await holdersOf(cluster, virtual);
  const holder = cluster.nodes.find(({name}) => name === holders[0]);
  if (holder !== undefined && holders.length === 1) return holder;
  throw new Error(`${virtual.address} is held by ${holders.join(' and ') || 'no node'}: expected one`);
}

async function strike(
  trial: Trial,
  by: AddressScenario['by'],
  virtual: VirtualAddress,
  struck: Host,
  fault: Fault,
): Promise<void> {
  const {cluster} = trial;
  const {intervalMs, recoverySeconds} = parametersOf(optionsSchema, trial.planned.parameters);
  const clock = await clockOffset(cluster, cluster.client);
  if (!clock.ok) throw new Error(clock.error);
  const fences = await fencesSoFar(cluster);
  const seconds = baselineSeconds + recoverySeconds + afterSeconds + fenceSeconds + 60;
  const watch = await watchAddress(trial, virtual.address, {intervalMs, seconds});
  if (!watch.ok) throw new Error(watch.error);
  try {
    await pause(trial, baselineSeconds);
    const injection = await trial.inject(fault);
    await untilHeldAgain(trial, virtual, fault.kind === 'address-removed' ? undefined : struck, recoverySeconds);
    await pause(trial, afterSeconds);
    const reached = await reachedBy(cluster, fault);
    const {holders, silent} = await holdersOf(cluster, virtual);
    const facts: AddressFacts = {
      by,
      address: virtual.address,
      fault: fault.kind,
      struck: struck.name,
      cutOff: fault.kind === 'nic-down',
      holders: [...holders],
      silent: [...silent],
      injection,
      reached,
      clock: clock.value,
      intervalMs,
    };
    await keepJson(trial, addressArtefact, facts);
  } finally {
    await watch.value.stop();
  }
  const kind = faults.find(({name}) => name === fault.kind);
  const fenced = kind?.effect(fault.parameters).fences.every(count => count > 0) ?? false;
  if (fenced) await untilFenced(trial, struck.name, fences, fenceSeconds * 1000);
}

/** A glance, to know when to go on. That it is never held again is what the client then sees. */
async function untilHeldAgain(
  {cluster, say, signal}: Trial,
  virtual: VirtualAddress,
  notBy: Host | undefined,
  recoverySeconds: number,
): Promise<void> {
  say(`waiting for ${virtual.address} to be held ${notBy === undefined ? 'again' : 'elsewhere'}`);
  await waitFor(
    `${virtual.address} to be held`,
    recoverySeconds * 1000,
    async () => {
      const {holders} = await holdersOf(cluster, virtual);
      return holders.some(each => each !== notBy?.name) ? true : undefined;
    },
    {intervalMs: 500, signal},
  );
}
