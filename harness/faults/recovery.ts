/**
 * How a host that a fault took away comes back: shared by the faults' ways of healing.
 */

import {setPower, steadyPowerStatus} from '../cluster/bmc.ts';
import {failureMessage, readOnly, stdoutOf, succeeded} from '../cluster/commands.ts';
import {waitUntilOnline} from '../cluster/pacemaker.ts';
import type {Cluster, Command, DeadMan, Host, Result} from '../types.ts';
import {waitFor} from '../wait.ts';

/** A real server needs minutes to boot; a lab's node less than a second. */
const bootDeadlineMs = 600_000;
/**
 * From a reachable host to an online member: Pacemaker's own dc-deadtime (20 s by default) and fencing under way
 * are in it.
 */
export const joinDeadlineMs = 120_000;
const powerDeadlineMs = 60_000;
const answerDeadlineMs = 30_000;
/** A host that is on and silent may be booting after a fence: only then is it taken for cut off. */
const silenceMs = 180_000;

/** Does the host itself answer over the transport. */
async function answers(cluster: Cluster, host: Host): Promise<Result<void, string>> {
  const command = readOnly(['true'], 5_000);
  const outcome = await cluster.transport.exec(host, command);
  return succeeded(outcome) ? {ok: true, value: undefined} : {ok: false, error: failureMessage(host, command, outcome)};
}

/**
 * Powers the host on where its controller says it is off, and waits until it answers. A host that is up and answers
 * is left alone.
 */
export async function powerOnAndWait(cluster: Cluster, host: Host): Promise<Result<void, string>> {
  const now = await answers(cluster, host);
  if (now.ok) return now;
  if (host.bmc === undefined) return {ok: false, error: `${now.error}, and there is no controller to power it on with`};
  const power = await steadyPowerStatus(cluster, host, answerDeadlineMs);
  if (!power.ok) return power;
  if (power.value === 'off') {
    const on = await setPower(cluster, host, 'on', powerDeadlineMs);
    if (!on.ok) return on;
  }
  return waitUntilAnswers(cluster, host);
}

/**
 * Makes sure that the host can be reached: powers it on where it is off, and where it is on and stays silent for
 * three minutes, takes its power away and gives it back. The interface that a fault took down may be the one we
 * come by; a reboot forgets that.
 */
export async function reach(cluster: Cluster, host: Host): Promise<Result<void, string>> {
  const now = await answers(cluster, host);
  if (now.ok || host.bmc === undefined) return now;
  const power = await steadyPowerStatus(cluster, host, answerDeadlineMs);
  if (!power.ok) return power;
  if (power.value === 'off') return powerOnAndWait(cluster, host);
  const booted = await waitUntilAnswers(cluster, host, silenceMs);
  if (booted.ok) return booted;
  const off = await setPower(cluster, host, 'off', powerDeadlineMs);
  return off.ok ? powerOnAndWait(cluster, host) : off;
}

/** Makes sure that the host can be reached, and runs there what takes back a fault. */
export async function takeBack(cluster: Cluster, host: Host, command: Command): Promise<Result<void, string>> {
  const reached = await reach(cluster, host);
  if (!reached.ok) return reached;
  const taken = await stdoutOf(cluster.transport, host, command);
  return taken.ok ? {ok: true, value: undefined} : taken;
}

/** Waits until the host answers and the cluster has it online and clean again. */
export async function waitUntilBack(cluster: Cluster, host: Host): Promise<Result<void, string>> {
  const up = await waitUntilAnswers(cluster, host);
  return up.ok ? waitUntilOnline(cluster, host.name, joinDeadlineMs) : up;
}

/**
 * Takes back on the node what a fault did to it, and waits until it is a member again, online and clean: what was only
 * worse may have been taken for dead.
 */
export async function undoAndWait(cluster: Cluster, node: Host, undo: Command): Promise<Result<void, string>> {
  const taken = await takeBack(cluster, node, undo);
  return taken.ok ? waitUntilBack(cluster, node) : taken;
}

async function waitUntilAnswers(
  cluster: Cluster,
  host: Host,
  deadlineMs = bootDeadlineMs,
): Promise<Result<void, string>> {
  let last = '';
  const up = await waitFor(`${host.name} to answer`, deadlineMs, async () => {
    const now = await answers(cluster, host);
    if (!now.ok) last = now.error;
    return now.ok ? true : undefined;
  });
  return up.ok ? {ok: true, value: undefined} : {ok: false, error: `${up.error}; last: ${last}`};
}

/** One peer may be fenced for reasons of its own. */
const peersAsked = 2;

/**
 * Peers have the node powered on by the cluster's own fence device, which knows its controller and the password. A
 * node that is on already stays on.
 */
export function poweredOnByPeers(cluster: Cluster, node: Host, struck: readonly Host[] = [node]): readonly DeadMan[] {
  const argv: DeadMan['argv'] = ['stonith_admin', '--unfence', node.name, '--timeout', '120'];
  const peers = cluster.nodes.filter(each => !struck.some(({name}) => name === each.name)).slice(0, peersAsked);
  return peers.map(host => ({host, argv}));
}
