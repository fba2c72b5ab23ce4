/**
 * The controller of a node cannot be reached by the cluster's nodes any more, as when it has lost its power or its
 * network: nobody can fence the node. Nothing else happens until the node is lost. The harness still reaches it.
 */
import {z} from 'zod';
import {failureMessage, succeeded} from '../cluster/commands.ts';
import type {Cluster, Host} from '../types.ts';
import {dropCommand, openCommand, packetsDropped} from './drop-rules.ts';
import {defineFault, notInjected, only} from './fault.ts';

const rules = {table: 'seatrial-fence-path', hook: 'output'} as const;

function othersThan(cluster: Cluster, nodes: readonly Host[]): readonly Host[] {
  return cluster.nodes.filter(node => node.name !== only(nodes).name);
}

export const fencePathCut = defineFault({
  name: 'fence-path-cut',
  strikes: 'link',
  parameters: z.strictObject({}),
  needs: {nodes: 3, bmc: true},
  effect: () => ({fences: [0], guests: 'unharmed'}),
  preview: nodes => `nft: every node drops what it sends to ${only(nodes).bmc?.address ?? '(no controller)'}`,

  /** The node itself may have lost its power before, and has no rules. */
  async deadMan(cluster, nodes) {
    const argv = openCommand(rules).argv;
    return {ok: true, value: othersThan(cluster, nodes).map(host => ({host, argv}))};
  },

  /** A node that is gone already sends nothing. */
  async inject(cluster, nodes) {
    const {bmc, name} = only(nodes);
    if (bmc === undefined) return notInjected(`${name} has no controller`);
    const outcomes = await Promise.all(
      othersThan(cluster, nodes).map(node => cluster.transport.exec(node, dropCommand(rules, [bmc.address]))),
    );
    const failed = outcomes.find(outcome => !succeeded(outcome));
    return failed ?? outcomes[0] ?? notInjected('there is no other node');
  },

  reached: cluster => packetsDropped(cluster, rules),

  /**
   * The node itself may be silent: it has lost its power, and whoever took that brings it back; rules it has none. Any
   * other one that is silent may still drop what it sends to the controller.
   */
  async heal(cluster, nodes) {
    const open = openCommand(rules);
    const left = await Promise.all(
      cluster.nodes.map(async node => {
        const outcome = await cluster.transport.exec(node, open);
        const isLost = node.name === only(nodes).name && outcome.exit.kind !== 'exited';
        return succeeded(outcome) || isLost ? [] : [failureMessage(node, open, outcome)];
      }),
    );
    return left.flat().length > 0 ? {ok: false, error: left.flat().join('; ')} : {ok: true, value: undefined};
  },
});
