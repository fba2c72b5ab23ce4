/**
 * A node loses its power together with its controller, as when both hang on one feed. The cluster sees it so: the node
 * is silent, and so is its controller. (The controller itself keeps its power, and nobody but the cluster's nodes is
 * cut off from it: that is how the harness takes the node's power and gives it back. A feed that can be switched is not
 * needed for it.)
 *
 * A fence device that is not heard has fenced nobody. With one level of fencing the guests stay down until a person
 * says that the node is off (`fence-confirmed`).
 */
import {z} from 'zod';
import {powerStatus} from '../cluster/bmc.ts';
import {succeeded} from '../cluster/commands.ts';
import {clusterView, queryCib} from '../cluster/pacemaker.ts';
import {element, parseXml} from '../parse/xml.ts';
import type {Cluster, Host, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {defineFault, type Effect, nodeIsLost, only} from './fault.ts';
import {fencePathCut} from './fence-path-cut.ts';
import {fencePatienceMs} from './fence-patience.ts';
import {hostCrash} from './host-crash.ts';

/** Who gets the guests going again. */
const ways = ['nobody', 'person'] as const;

/** The fence comes when the controller is heard again. */
const stranded: Effect = {fences: [1], guests: 'stranded', fates: ['restarted']};

export const powerAndBmcLost = defineFault({
  name: 'power-and-bmc-lost',
  strikes: 'node',
  parameters: z.strictObject({recoveredBy: z.enum(ways)}),
  needs: {nodes: 3, bmc: true, tools: ['one-fence-level']},
  effect: ({recoveredBy = 'nobody'}) => (recoveredBy === 'nobody' ? stranded : nodeIsLost),
  preview(nodes) {
    const {name, bmc} = only(nodes);
    const address = bmc?.address ?? '(no controller)';
    return `nft: the others drop what they send to ${address}, then ipmitool -H ${address} chassis power off  # ${name}`;
  },

  async deadMan(cluster, nodes) {
    const [path, power] = await Promise.all([
      fencePathCut.at(nodes, {}).deadMan(cluster),
      hostCrash.at(nodes, {}).deadMan(cluster),
    ]);
    if (!path.ok) return path;
    return power.ok ? {ok: true, value: [...path.value, ...power.value]} : power;
  },

  /** The controller first: a cluster that hears it once more would fence by it. */
  async inject(cluster, nodes) {
    const cut = await fencePathCut.at(nodes, {}).inject(cluster);
    return succeeded(cut) ? hostCrash.at(nodes, {}).inject(cluster) : cut;
  },

  async reached(cluster, nodes) {
    const asked = await fencePathCut.at(nodes, {}).reached(cluster);
    if (!asked.ok) return {ok: false, error: `nobody asked the controller: ${asked.error}`};
    const power = await powerStatus(cluster, only(nodes));
    if (!power.ok) return power;
    const value = `${asked.value} on the way to the controller; the power is ${power.value}`;
    return power.value === 'off' ? {ok: true, value} : {ok: false, error: value};
  },

  async heal(cluster, nodes) {
    const opened = await fencePathCut.at(nodes, {}).heal(cluster);
    if (!opened.ok) return opened;
    await untilFenced(cluster, only(nodes));
    return hostCrash.at(nodes, {}).heal(cluster);
  },
});

/**
 * A node that comes back before its fence is fenced then, or not at all: the guests' way back would be by chance. As
 * long as the cluster's own configuration lets it take: who has not fenced by then never will, and is told of.
 */
async function untilFenced(cluster: Cluster, node: Host): Promise<Result<true, string>> {
  const cib = await queryCib(cluster, '--xpath', '//configuration');
  const read = cib.ok ? parseXml(cib.value, 'cibadmin') : undefined;
  const deadlineMs = fencePatienceMs(read?.ok ? read.value : element('configuration', {}, []), node.name);
  return waitFor(`${node.name} to be fenced`, deadlineMs, async () => {
    const view = await clusterView(cluster);
    const state = view.ok ? view.value.state.nodes.find(({name}) => name === node.name) : undefined;
    return state !== undefined && !state.unclean ? true : undefined;
  });
}
