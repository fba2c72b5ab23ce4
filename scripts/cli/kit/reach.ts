/** Refuses a cluster that cannot be worked on, before anything on it is touched. */
import {powerStatus} from '../../../harness/cluster/bmc.ts';
import type {Journal} from '../../../harness/run/journal.ts';
import {eachOf, reach, reachDefaults} from '../../../harness/transport/reach.ts';
import {reachSentences, type Unreached} from '../../../harness/transport/reach-sentences.ts';
import type {SshTransport} from '../../../harness/transport/ssh.ts';
import type {SshOptions} from '../../../harness/transport/ssh-argv.ts';
import {isSilence} from '../../../harness/transport/ssh-cause.ts';
import type {Cluster, Host} from '../../../harness/types.ts';
import {unlessAborted, waitFor} from '../../../harness/wait.ts';
import {CommandError, exitCodes} from './command-error.ts';
import type {Opening} from './open-cluster.ts';

export interface Connecting {
  cluster: Cluster;
  transport: Pick<SshTransport, 'connect' | 'exec'>;
  ssh: SshOptions;
  journal: Journal;
}

/** A refusal comes within 15 s, and silent hosts have taken half of it. */
const powerMs = 6000;

/**
 * Asks every host once. Returns when all of them can be worked on, or when those that are silent are what healing is
 * for.
 */
export async function refuseUnreached(connecting: Connecting, {say, signal, heals}: Opening): Promise<void> {
  const {cluster, transport, ssh, journal} = connecting;
  const hosts = [...cluster.nodes, cluster.client];
  say('asking every host whether it can be reached');
  const unreached = await reach(hosts, transport, {...reachDefaults, signal});
  if (signal.aborted) throw interrupted();
  if (unreached.length === 0) return heals ? undefined : refuseBmcs(cluster, signal);
  if (heals && (await isForHealing(unreached, connecting))) {
    for (const sentence of reachSentences(unreached, ssh)) say(sentence);
    return;
  }
  const inForce = journal.inForce().some(({kind}) => kind === 'fault');
  throw new CommandError(
    [
      `${unreached.length} of ${hosts.length} hosts of ${cluster.name} cannot be worked on:`,
      ...reachSentences(unreached, ssh),
    ].join('\n'),
    inForce && !heals
      ? `Nothing was touched, and a fault of an earlier run is still in force: run seatrial heal --inventory FILE first.`
      : `Mend ${unreached.length === 1 ? 'it' : 'them'} and run the same command again. Nothing was touched.`,
  );
}

function interrupted(): CommandError {
  return new CommandError(
    'stopped while the hosts were asked: nothing was touched',
    'Run the same command again.',
    exitCodes.aborted,
  );
}

/**
 * Every one of them is silent, and what a fault left: the journal has one in force, or its BMC says that the power is
 * off.
 */
async function isForHealing(unreached: readonly Unreached[], {cluster, journal}: Connecting): Promise<boolean> {
  if (!unreached.every(({name, cause}) => name !== cluster.client.name && isSilence(cause))) return false;
  if (journal.inForce().some(({kind}) => kind === 'fault')) return true;
  const powers = await Promise.all(
    cluster.nodes
      .filter(({name}) => unreached.some(other => other.name === name))
      .map(node => waitFor('the power', powerMs, async () => powerOf(cluster, node))),
  );
  return powers.every(power => power.ok && power.value === 'off');
}

/** What a BMC says to each of these must come within so long; a wrong password is answered at once. */
const bmcsMs = 9000;
/** Sessions that a host's sshd lets through one connection (MaxSessions is 10). */
const sessions = 8;

/** A BMC that lets nobody in fences nothing, and powers no crashed node on again. */
async function refuseBmcs(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const nodes = cluster.nodes.filter(({bmc}) => bmc !== undefined);
  const said = new Map<Host, string>();
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(bmcsMs)]);
  await eachOf(nodes, sessions, async node => {
    if (deadline.aborted) return;
    const power = await unlessAborted(deadline, powerStatus(cluster, node));
    if (power?.ok) return;
    said.set(node, power?.error.replace(`controller of ${node.name}: `, '') ?? 'no answer in time');
  });
  if (signal.aborted) throw interrupted();
  if (said.size === 0) return;
  // In the order of the inventory, whoever answered first.
  const troubles = Map.groupBy(
    nodes.filter(node => said.has(node)),
    node => `as ${node.bmc?.username}: ${said.get(node)}`,
  );
  throw new CommandError(
    [
      `the BMCs of nodes of ${cluster.name} cannot be asked for their power:`,
      ...[...troubles].map(
        ([trouble, some]) => `${some.map(({name, bmc}) => `${name} (${bmc?.address})`).join(', ')} ${trouble}`,
      ),
    ].join('\n'),
    'Correct bmc (address, username, password) in the inventory, or switch IPMI over LAN on there. Nothing was touched.',
  );
}

async function powerOf(cluster: Cluster, node: Host): Promise<'on' | 'off' | undefined> {
  const power = await powerStatus(cluster, node);
  return power.ok ? power.value : undefined;
}
