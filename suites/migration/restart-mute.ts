/** A guest that a move has broken: libvirt and the cluster call it running, and nobody else would start it anew. */
import {domains, resetDomain} from '../../harness/cluster/libvirt.ts';
import type {Inside} from '../../harness/guest/inside.ts';
import {waitForGuests} from '../../harness/probes/serving.ts';
import type {Guest, Trial} from '../../harness/types.ts';

const bootDeadlineMs = 120_000;

/** Resets those that answered no more when they were asked, once that is on record. */
export async function restartMute(
  trial: Trial,
  asked: readonly {guest: Guest; after: Inside | undefined}[],
): Promise<void> {
  const {cluster, signal} = trial;
  const mute = asked.filter(({after}) => after?.silent !== undefined).map(({guest}) => guest);
  if (mute.length === 0) return;
  const {active} = await domains(cluster);
  for (const {name} of mute) {
    const place = active.find(({domain, state}) => domain === name && state === 'running');
    const host = cluster.nodes.find(node => node.name === place?.node);
    if (host === undefined) continue;
    trial.say(`${name} answers no more: it is reset`, host.name);
    await cluster.transport.exec(host, {argv: resetDomain(name), timeoutMs: 20_000, idempotent: false});
  }
  await waitForGuests(cluster, bootDeadlineMs, signal);
}
