/**
 * A node's fence device does not do what it should: it refuses, takes its time, or says that it is done and has done
 * nothing. The parameters of the device in the cluster's configuration are overlaid by a set of our own, whose score
 * lets it go first: what was there stays untouched, and taking ours away undoes it, whoever put it there.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {z} from 'zod';
import {powerStatus} from '../cluster/bmc.ts';
import {failureMessage, idempotent, readOnly, stdoutOf, succeeded} from '../cluster/commands.ts';
import {type FenceDevice, fenceDevices} from '../cluster/fencing.ts';
import {cleanup, clusterView, queryXml, waitForIdle} from '../cluster/pacemaker.ts';
import {descendants, element} from '../parse/xml.ts';
import type {Cluster, DeadMan, Host, Needs, Parameters, Result, Transport} from '../types.ts';
import {waitFor} from '../wait.ts';
import {defineFault, notInjected, only} from './fault.ts';
import {askAgent, wrongPassword} from './fence-agent.ts';
import {overlayXml, removeOverlays, withoutOverlays} from './fence-overlay.ts';

const settleMs = 120_000;
const takenUpMs = 20_000;
/** The fencer hears of it by itself, and says nothing. */
const heardMs = 2000;
/** An agent that is refused tries again by itself. */
const askMs = 60_000;

/** The device with what is laid over it, and who is asked from where. */
interface Bent {
  node: Host;
  device: FenceDevice;
  values: Readonly<Record<string, string>>;
  from: Host;
}

interface Overlay<P extends Parameters> {
  name: string;
  parameters: z.ZodType<P>;
  needs: Needs;
  words(parameters: P): string;
  /** Over those that the device has; a sentence where it has nothing to be overlaid. */
  values(device: FenceDevice, parameters: P): Readonly<Record<string, string>> | string;
  /** Asked of the controller itself, by the device's own agent: what it does with these values. */
  proof(cluster: Cluster, bent: Bent, parameters: P): Promise<Result<string, string>>;
}

function overlaid<P extends Parameters>({name, parameters, needs, words, values, proof}: Overlay<P>) {
  return defineFault({
    name,
    strikes: 'link',
    parameters,
    needs: {nodes: 3, bmc: true, ...needs},
    effect: () => ({fences: [0], guests: 'unharmed'}),
    preview: (nodes, wanted) => `cibadmin: the fence device of ${only(nodes).name} ${words(wanted)}`,

    async deadMan(cluster, nodes) {
      const peers = cluster.nodes.filter(node => !nodes.some(({name}) => name === node.name)).slice(0, 2);
      return {ok: true, value: peers.map((host): DeadMan => ({host, argv: ['sh', '-c', removeOverlays]}))};
    },

    /** Ends when the cluster has taken it up. A device that refuses is then being tried, for as long as that takes. */
    async inject(cluster, nodes, wanted) {
      const device = await firstDevice(cluster, only(nodes));
      if (!device.ok) return notInjected(device.error);
      const set = values(device.value, wanted);
      if (typeof set === 'string') return notInjected(set);
      const view = await clusterView(cluster);
      if (!view.ok) return notInjected(view.error);
      const xml = overlayXml(device.value.id, set);
      const put = await cluster.transport.exec(
        view.value.seenBy,
        idempotent(['cibadmin', '--modify', '--allow-create', '--scope', 'resources', '--xml-pipe'], 20_000, xml),
      );
      if (!succeeded(put)) return {...put, stdout: ''};
      const taken = await waitFor(`the fence device of ${only(nodes).name} to be overlaid`, takenUpMs, async () =>
        (await inForce(cluster, device.value.id, set)).ok ? true : undefined,
      );
      if (!taken.ok) return notInjected(taken.error);
      await sleep(heardMs);
      return {...put, stdout: ''};
    },

    async reached(cluster, nodes, wanted) {
      const device = await firstDevice(cluster, only(nodes));
      if (!device.ok) return device;
      const set = values(device.value, wanted);
      if (typeof set === 'string') return {ok: false, error: set};
      const laid = await inForce(cluster, device.value.id, set);
      if (!laid.ok) return laid;
      const bent = {node: only(nodes), device: device.value, values: set, from: laid.value};
      const proven = await proof(cluster, bent, wanted);
      const by = `${Object.keys(set).join(' and ')} of ${device.value.id} overlaid`;
      return proven.ok ? {ok: true, value: `${by}; ${proven.value}`} : proven;
    },

    async heal(cluster, nodes) {
      const view = await clusterView(cluster);
      if (!view.ok) return view;
      const command = idempotent(['sh', '-c', removeOverlays]);
      const removed = await cluster.transport.exec(view.value.seenBy, command);
      if (removed.exit.kind !== 'exited' || removed.exit.code !== 0)
        return {ok: false, error: failureMessage(view.value.seenBy, command, removed)};
      const device = await firstDevice(cluster, only(nodes));
      if (!device.ok) return device;
      // What has failed meanwhile would keep the device stopped.
      const cleaned = await cleanup(cluster, device.value.id);
      return cleaned.ok ? waitForIdle(cluster, settleMs) : cleaned;
    },
  });
}

export const fenceDeviceFaults = [
  overlaid({
    name: 'fence-refusing',
    parameters: z.strictObject({}),
    needs: {tools: ['fence-password']},
    words: () => 'is given a wrong password',
    values: device => wrongPassword(device) ?? noPassword(device),
    async proof({transport}, bent) {
      const refused = await isRefused(transport, bent);
      if (!refused.ok) return refused;
      const own = await askAgent(transport, bent.from, {...bent, values: {}, action: 'monitor', timeoutMs: askMs});
      if (succeeded(own)) return {ok: true, value: `${refused.value}, and answers the right one`};
      return {ok: false, error: `the controller of ${bent.node.name} does not answer the right password either`};
    },
  }),
  overlaid({
    name: 'fence-slow',
    parameters: z.strictObject({seconds: z.number().int().min(1).max(300)}),
    needs: {tools: ['fence-password']},
    words: ({seconds}) => `waits ${seconds} s before it switches`,
    values: (_device, {seconds}) => ({delay: String(seconds)}),
    proof: ({transport}, bent, {seconds}) => isSlow(transport, bent, seconds),
  }),
  /** Whatever the agent is: switching off becomes a look whether the controller answers. */
  overlaid({
    name: 'fence-lying',
    parameters: z.strictObject({}),
    needs: {},
    words: () => 'says that it has switched off, and does nothing',
    values: () => ({pcmk_off_action: 'monitor', pcmk_reboot_action: 'monitor'}),
    async proof(cluster, bent) {
      const action = bent.values.pcmk_off_action ?? '';
      const lied = await askAgent(cluster.transport, bent.from, {...bent, action, timeoutMs: askMs});
      if (!succeeded(lied)) return {ok: false, error: 'told to switch off, the device did not say that it is done'};
      const power = await powerStatus(cluster, bent.node);
      if (!power.ok) return power;
      const said = `told to switch off, the device says that it is done, and the power of ${bent.node.name} is ${power.value}`;
      return power.value === 'on' ? {ok: true, value: said} : {ok: false, error: said};
    },
  }),
];

const noPassword = ({id}: FenceDevice) => `fence device ${id} has no password that could be wrong`;

/** A bad argument, and an agent that cannot be run. */
const neverAsked: readonly number[] = [2, 126, 127];

/** With a wrong password nothing can be switched, whatever is asked. */
async function isRefused(transport: Transport, bent: Bent): Promise<Result<string, string>> {
  const wrong = wrongPassword(bent.device);
  if (wrong === undefined) return {ok: false, error: noPassword(bent.device)};
  const asked = await askAgent(transport, bent.from, {...bent, values: wrong, action: 'monitor', timeoutMs: askMs});
  const {exit} = asked;
  if (exit.kind === 'exited' && exit.code !== 0 && !neverAsked.includes(exit.code))
    return {ok: true, value: `the controller of ${bent.node.name} refuses a wrong password`};
  const found = exit.kind === 'exited' ? `ended with ${exit.code}` : `was ${exit.kind}`;
  return {ok: false, error: `${bent.device.agent} with a wrong password ${found}, expected that it is refused`};
}

/**
 * Agents wait before they switch and not before they look. So it is told to switch, by a password that was found to be
 * refused just before.
 */
async function isSlow(transport: Transport, bent: Bent, seconds: number): Promise<Result<string, string>> {
  const refused = await isRefused(transport, bent);
  if (!refused.ok) return refused;
  const values = {...bent.values, ...wrongPassword(bent.device)};
  const timeoutMs = seconds * 1000 + askMs;
  const {exit, durationMs} = await askAgent(transport, bent.from, {...bent, values, action: 'off', timeoutMs});
  const took = `told to switch off, the device took ${(durationMs / 1000).toFixed(1)} s until it was refused`;
  const slow = exit.kind === 'exited' && exit.code !== 0 && durationMs >= seconds * 1000;
  return slow ? {ok: true, value: took} : {ok: false, error: `${took}, expected at least ${seconds} s`};
}

/** The device, as its owner has set it, that is asked first when this node is to be fenced. */
async function firstDevice(cluster: Cluster, node: Host): Promise<Result<FenceDevice, string>> {
  const view = await clusterView(cluster);
  if (!view.ok) return view;
  const found = await queryXml(cluster, view.value.seenBy, '//configuration');
  if (!found.ok) return found;
  const cib = withoutOverlays(found.value ?? element('configuration', {}, []));
  const devices = fenceDevices(cib).filter(({targets}) => targets?.includes(node.name));
  const level = descendants(cib, 'fencing-level').find(
    ({attributes}) => attributes.target === node.name && attributes.index === '1',
  );
  const [first = devices[0]?.id] = (level?.attributes.devices ?? '').split(',').filter(id => id !== '');
  const device = devices.find(({id}) => id === first);
  if (device !== undefined) return {ok: true, value: device};
  return {ok: false, error: `no fence device names ${node.name} in pcmk_host_list or pcmk_host_map`};
}

/** As the cluster itself resolves them; gives the node that was asked. */
async function inForce(
  cluster: Cluster,
  device: string,
  values: Readonly<Record<string, string>>,
): Promise<Result<Host, string>> {
  const view = await clusterView(cluster);
  if (!view.ok) return view;
  for (const [name, value] of Object.entries(values)) {
    const argv = ['crm_resource', '--resource', device, '--get-parameter', name] as const;
    const said = await stdoutOf(cluster.transport, view.value.seenBy, readOnly(argv));
    if (!said.ok) return said;
    if (said.value.trim() !== value) return {ok: false, error: `${name} of ${device} is not what it was set to`};
  }
  return {ok: true, value: view.value.seenBy};
}
