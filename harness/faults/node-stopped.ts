/**
 * A node is told to stop as an administrator does it: it hands its guests over and leaves the cluster in order, and
 * nobody fences it. Shut down it stays off; rebooted it comes back by itself.
 */
import {z} from 'zod';
import {powerStatus} from '../cluster/bmc.ts';
import {idempotent, readOnly, stdoutOf, succeeded} from '../cluster/commands.ts';
import type {Cluster, Host, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {defineFault, type Effect, only} from './fault.ts';
import {poweredOnByPeers, powerOnAndWait, waitUntilBack} from './recovery.ts';

type Verb = 'poweroff' | 'reboot';

/** In memory: a host that has stopped has forgotten it. */
const mark = '/run/seatrial-stopping';
/** Longer than guests may take to migrate, one after the other. */
const downDeadlineMs = 300_000;

/**
 * `$1` poweroff or reboot. Where systemd does not run, what its units would do: Pacemaker first, which hands over the
 * guests, then Corosync, then the power.
 */
const stop = `: >${mark}
if [ -d /run/systemd/system ]; then exec systemctl --no-block "$1"; fi
env -u SEATRIAL_COMMAND setsid sh -c '
gone() { tries=0; while pgrep -x "$1" >/dev/null && [ $tries -lt 2400 ]; do sleep 0.1; tries=$((tries + 1)); done; }
pkill -TERM -x pacemakerd; gone pacemakerd
pkill -TERM -x corosync; gone corosync
exec "$0" --force --force' "$1" </dev/null >/dev/null 2>&1 &`;

/** In order: nobody has a reason to fence it. A guest that cannot migrate is stopped, and started elsewhere. */
const handedOver: Effect = {fences: [0], guests: 'evacuated', fates: ['migrated', 'restarted']};

function stopped(name: string, verb: Verb) {
  return defineFault({
    name,
    strikes: 'node',
    parameters: z.strictObject({}),
    needs: {nodes: 3, bmc: true},
    effect: () => handedOver,
    preview: nodes => `systemctl ${verb}  # on ${only(nodes).name}`,

    /** Rebooted, it comes back by itself. */
    async deadMan(cluster, nodes) {
      return {ok: true, value: verb === 'reboot' ? [] : poweredOnByPeers(cluster, only(nodes))};
    },

    /** Ends when the order is given: handing over is what is tried. */
    inject: (cluster, nodes) =>
      cluster.transport.exec(only(nodes), {
        ...idempotent(['sh', '-c', stop, 'stop', verb], 10_000),
        idempotent: false,
      }),

    async reached(cluster, nodes) {
      const node = only(nodes);
      const down = await untilDown(cluster, node, verb);
      return down.ok ? {ok: true, value: verb === 'reboot' ? 'it went down' : 'its power is off'} : down;
    },

    async heal(cluster, nodes) {
      const node = only(nodes);
      // One that is still handing over would go down behind the back of whoever calls it healed.
      if (await isStopping(cluster, node)) {
        const down = await untilDown(cluster, node, verb);
        if (!down.ok) return down;
      }
      const on = await powerOnAndWait(cluster, node);
      return on.ok ? waitUntilBack(cluster, node) : on;
    },
  });
}

export const [nodeShutdown, nodeReboot] = [stopped('node-shutdown', 'poweroff'), stopped('node-reboot', 'reboot')];

/** Whether it answers, and was told to stop since it booted. */
async function isStopping(cluster: Cluster, node: Host): Promise<boolean> {
  return succeeded(await cluster.transport.exec(node, readOnly(['test', '-e', mark], 5_000)));
}

async function untilDown(cluster: Cluster, node: Host, verb: Verb): Promise<Result<void, string>> {
  const what = verb === 'reboot' ? `${node.name} to go down` : `the power of ${node.name} to be off`;
  const down = await waitFor(what, downDeadlineMs, async () => {
    if (await isStopping(cluster, node)) return undefined;
    if (verb === 'reboot') return true;
    const power = await powerStatus(cluster, node);
    if (power.ok && power.value === 'off') return true;
    // It has come back already: somebody powered it on.
    return (await stdoutOf(cluster.transport, node, readOnly(['true'], 5_000))).ok ? true : undefined;
  });
  return down.ok ? {ok: true, value: undefined} : down;
}
