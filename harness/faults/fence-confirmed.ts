/**
 * No fault, but what a person does about one: says that a node is off, in place of a fence that does not come. It is a
 * lie that costs the data where the node is not off: its controller is asked first.
 */
import {z} from 'zod';
import {powerStatus} from '../cluster/bmc.ts';
import {idempotent} from '../cluster/commands.ts';
import {clusterView} from '../cluster/pacemaker.ts';
import {defineFault, notInjected, only} from './fault.ts';

export const fenceConfirmed = defineFault({
  name: 'fence-confirmed',
  strikes: 'link',
  parameters: z.strictObject({}),
  needs: {nodes: 3, bmc: true},
  /** The fence itself is counted with the fault that asks for it. */
  effect: () => ({fences: [0], guests: 'unharmed'}),
  preview: nodes => `stonith_admin --confirm ${only(nodes).name}  # on another node`,

  /** Nothing is to be taken back. */
  async deadMan() {
    return {ok: true, value: []};
  },

  async inject(cluster, nodes) {
    const node = only(nodes);
    const power = await powerStatus(cluster, node);
    if (!power.ok) return notInjected(`nobody can say that ${node.name} is off: ${power.error}`);
    if (power.value !== 'off')
      return notInjected(`${node.name} has power: its guests would run twice if it were said to be off`);
    const view = await clusterView(cluster);
    if (!view.ok) return notInjected(view.error);
    return cluster.transport.exec(view.value.seenBy, idempotent(['stonith_admin', '--confirm', node.name], 30_000));
  },

  async heal() {
    return {ok: true, value: undefined};
  },
});
