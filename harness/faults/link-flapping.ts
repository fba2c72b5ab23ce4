/**
 * An interface that comes and goes, as with a loose cable: too short for the cluster to give the node up, often enough
 * to keep it busy.
 */
import {z} from 'zod';
import {planes, type Result} from '../types.ts';
import {dutiesDone, endDuty, startDuty} from './duty-cycle.ts';
import {defineFault, impairs, notInjected, only} from './fault.ts';
import {raise, raiseAgain, takeDown} from './link-kept.ts';
import {deviceOf} from './plane-device.ts';
import {undoAndWait} from './recovery.ts';

const parameters = z.strictObject({
  plane: z.enum(planes),
  downMs: z.number().int().min(50).max(600_000),
  upMs: z.number().int().min(50).max(600_000),
  times: z.number().int().min(1).max(1000),
});

const named = (plane: string) => `link-flapping-${plane}`;

export const linkFlapping = defineFault({
  name: 'link-flapping',
  strikes: 'link',
  parameters,
  needs: {nodes: 3, bmc: true},
  /** Downs are to stay below the token time-out. */
  effect: ({plane}) => impairs(plane),
  preview: (nodes, {plane, downMs, upMs, times}) =>
    `ip link set dev ${only(nodes).interfaces[plane] ?? '(no interface)'} down for ${downMs} ms and up for ${upMs} ms, ${times} times  # on ${only(nodes).name}`,

  async deadMan(_cluster, nodes, {plane}) {
    const host = only(nodes);
    const device = deviceOf(host, plane);
    if (!device.ok) return device;
    return {ok: true, value: [{host, argv: endDuty({name: named(plane), off: raise(device.value)}).argv}]};
  },

  async inject(cluster, nodes, {plane, downMs, upMs, times}) {
    const node = only(nodes);
    const device = deviceOf(node, plane);
    if (!device.ok) return notInjected(device.error);
    const [on, off] = [takeDown(device.value), raiseAgain(device.value)];
    return cluster.transport.exec(node, startDuty({name: named(plane), on, off, onMs: downMs, offMs: upMs, times}));
  },

  reached: (cluster, nodes, {plane}) => dutiesDone(cluster, only(nodes), named(plane)),

  async heal(cluster, nodes, {plane}): Promise<Result<void, string>> {
    const node = only(nodes);
    const device = deviceOf(node, plane);
    if (!device.ok) return {ok: true, value: undefined};
    return undoAndWait(cluster, node, endDuty({name: named(plane), off: raise(device.value)}));
  },
});
