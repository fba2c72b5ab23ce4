/**
 * Every process of a node stops where it stands while its kernel and its links live on: it answers pings, holds its
 * locks and its guests' disks, and says nothing. It is fenced for it, or goes on when it is healed.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {z} from 'zod';
import {idempotent, succeeded} from '../cluster/commands.ts';
import {defineFault, nodeIsLost, only} from './fault.ts';
import {poweredOnByPeers, reach, waitUntilBack} from './recovery.ts';

/** The order comes back before it is carried out: the way back may be one of the processes that stop. */
const delaySeconds = 0.1;
/** -1: every process but the first and the one that asks. */
const hang = `setsid sh -c 'sleep ${delaySeconds}; kill -STOP -1' </dev/null >/dev/null 2>&1 &`;

export const nodeHung = defineFault({
  name: 'node-hung',
  strikes: 'node',
  parameters: z.strictObject({}),
  needs: {nodes: 3, bmc: true},
  effect: () => nodeIsLost,
  preview: nodes => `kill -STOP -1  # on ${only(nodes).name}`,

  async deadMan(cluster, nodes) {
    return {ok: true, value: poweredOnByPeers(cluster, only(nodes))};
  },

  /** Ends when all is still: the fault lies between order and end. */
  async inject(cluster, nodes) {
    const outcome = await cluster.transport.exec(only(nodes), {
      ...idempotent(['sh', '-c', hang], 10_000),
      idempotent: false,
    });
    if (succeeded(outcome)) await sleep(delaySeconds * 2000);
    return outcome;
  },

  async heal(cluster, nodes) {
    const node = only(nodes);
    const reached = await reach(cluster, node);
    if (!reached.ok) return reached;
    await cluster.transport.exec(node, idempotent(['sh', '-c', 'kill -CONT -1'], 10_000));
    return waitUntilBack(cluster, node);
  },
});
