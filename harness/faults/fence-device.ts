/**
 * A node's fence device does not do what it should: it refuses, takes its time, or says that it is done and has done
 * nothing. The parameters of the device in the cluster's configuration are overlaid by a set of our own, whose score
 * lets it go first: what was there stays untouched, and taking ours away undoes it, whoever put it there.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {z} from 'zod';
import {failureMessage, idempotent, readOnly, stdoutOf, succeeded} from '../cluster/commands.ts';
import {type FenceDevice, fenceDevices} from '../cluster/fencing.ts';
import {cleanup, clusterView, queryXml, waitForIdle} from '../cluster/pacemaker.ts';
import {descendants, element, printXml} from '../parse/xml.ts';
import type {Cluster, DeadMan, Host, Needs, Parameters, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {defineFault, notInjected, only} from './fault.ts';

/** Every set of ours is named so. */
const overlayPrefix = 'seatrial-fault-';
/** Before any set that a cluster's owner may have. */
const score = '1000000';
const settleMs = 120_000;
const takenUpMs = 20_000;
/** The fencer hears of it by itself, and says nothing. */
const heardMs = 2000;
/** Nothing matches. */
const nothingThere = 105;

const ours = `//instance_attributes[starts-with(@id,'${overlayPrefix}')]`;
/** Never what the tool prints: it may be the whole configuration, with its passwords. */
const remove = `cibadmin --delete-all --force --xpath "${ours}" >/dev/null 2>&1 || [ $? = ${nothingThere} ]`;

interface Overlay<P extends Parameters> {
  name: string;
  parameters: z.ZodType<P>;
  needs: Needs;
  words(parameters: P): string;
  /** Over those that the device has; a sentence where it has nothing to be overlaid. */
  values(device: FenceDevice, parameters: P): Readonly<Record<string, string>> | string;
}

function overlaid<P extends Parameters>({name, parameters, needs, words, values}: Overlay<P>) {
  return defineFault({
    name,
    strikes: 'link',
    parameters,
    needs: {nodes: 3, bmc: true, ...needs},
    effect: () => ({fences: [0], guests: 'unharmed'}),
    preview: (nodes, wanted) => `cibadmin: the fence device of ${only(nodes).name} ${words(wanted)}`,

    async deadMan(cluster, nodes) {
      const peers = cluster.nodes.filter(node => !nodes.some(({name}) => name === node.name)).slice(0, 2);
      return {ok: true, value: peers.map((host): DeadMan => ({host, argv: ['sh', '-c', remove]}))};
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
      return typeof set === 'string' ? {ok: false, error: set} : inForce(cluster, device.value.id, set);
    },

    async heal(cluster, nodes) {
      const view = await clusterView(cluster);
      if (!view.ok) return view;
      const command = idempotent(['sh', '-c', remove]);
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
    values({id, parameters}) {
      const names = ['password', 'passwd'].filter(name => parameters[name] !== undefined);
      if (names.length === 0) return `fence device ${id} has no password that could be wrong`;
      return Object.fromEntries(names.map(name => [name, 'not-the-password']));
    },
  }),
  overlaid({
    name: 'fence-slow',
    parameters: z.strictObject({seconds: z.number().int().min(1).max(300)}),
    needs: {},
    words: ({seconds}) => `waits ${seconds} s before it switches`,
    values: (_device, {seconds}) => ({delay: String(seconds)}),
  }),
  /** Whatever the agent is: switching off becomes a look whether the controller answers. */
  overlaid({
    name: 'fence-lying',
    parameters: z.strictObject({}),
    needs: {},
    words: () => 'says that it has switched off, and does nothing',
    values: () => ({pcmk_off_action: 'monitor', pcmk_reboot_action: 'monitor'}),
  }),
];

function overlayXml(device: string, values: Readonly<Record<string, string>>): string {
  const id = `${overlayPrefix}${device}`;
  const pairs = Object.entries(values).map(([name, value]) => element('nvpair', {id: `${id}-${name}`, name, value}));
  const set = element('instance_attributes', {id, score}, pairs);
  return printXml(element('resources', {}, [element('primitive', {id: device}, [set])]));
}

/** The device that is asked first when this node is to be fenced. */
async function firstDevice(cluster: Cluster, node: Host): Promise<Result<FenceDevice, string>> {
  const view = await clusterView(cluster);
  if (!view.ok) return view;
  const found = await queryXml(cluster, view.value.seenBy, '//configuration');
  if (!found.ok) return found;
  const cib = found.value ?? element('configuration', {}, []);
  const devices = fenceDevices(cib).filter(({targets}) => targets?.includes(node.name));
  const level = descendants(cib, 'fencing-level').find(
    ({attributes}) => attributes.target === node.name && attributes.index === '1',
  );
  const [first = devices[0]?.id] = (level?.attributes.devices ?? '').split(',').filter(id => id !== '');
  const device = devices.find(({id}) => id === first);
  if (device !== undefined) return {ok: true, value: device};
  return {ok: false, error: `no fence device names ${node.name} in pcmk_host_list or pcmk_host_map`};
}

/** As the cluster itself resolves them. */
async function inForce(
  cluster: Cluster,
  device: string,
  values: Readonly<Record<string, string>>,
): Promise<Result<string, string>> {
  const view = await clusterView(cluster);
  if (!view.ok) return view;
  for (const [name, value] of Object.entries(values)) {
    const argv = ['crm_resource', '--resource', device, '--get-parameter', name] as const;
    const said = await stdoutOf(cluster.transport, view.value.seenBy, readOnly(argv));
    if (!said.ok) return said;
    if (said.value.trim() !== value) return {ok: false, error: `${name} of ${device} is not what it was set to`};
  }
  return {ok: true, value: `${Object.keys(values).join(' and ')} of ${device} overlaid`};
}
