/**
 * A guest's virtual hardware: edited in the domain XML that its resource names, on every node; the guest is stopped and started once for all
 * of it; read back from libvirt's XML of the running guest.
 */
import {ask, look, settle} from '../cluster/ask.ts';
import {releaseGuest} from '../cluster/audit.ts';
import {domainKeys, domainValueProblem, editDomain, isDomainKey, readDomain} from '../cluster/domain-xml.ts';
import {dumpxml} from '../cluster/libvirt.ts';
import {onCluster, resourceDefinition, waitUntilRuns, whereRuns} from '../cluster/pacemaker.ts';
import type {Cluster, Guest, ReadBack, Result, Setting} from '../types.ts';
import {waitFor} from '../wait.ts';
import {all, type Driver, fine, readBack} from './driver.ts';

const stopDeadlineMs = 120_000;
const startDeadlineMs = 180_000;

export const domain: Driver = {
  problem(key, value) {
    if (!isDomainKey(key)) return `one of ${Object.keys(domainKeys).join(', ')}`;
    return domainValueProblem(key, value);
  },

  async read(cluster, settings) {
    const guests = all(await Promise.all(cluster.guests.map(guest => readGuest(cluster, guest, settings))));
    return guests.ok ? {ok: true, value: guests.value.flat()} : guests;
  },

  async apply(cluster, settings, say) {
    const wanted = Object.fromEntries(settings.map(({key, value}) => [key, value]));
    for (const guest of cluster.guests) {
      const edited = await editEverywhere(cluster, guest, wanted);
      if (!edited.ok) return edited;
    }
    say(`restarting ${cluster.guests.map(guest => guest.name).join(', ')} with other virtual hardware`);
    return restartGuests(cluster);
  },
};

async function readGuest(
  cluster: Cluster,
  guest: Guest,
  settings: readonly Setting[],
): Promise<Result<readonly ReadBack[], string>> {
  const nodes = await whereRuns(cluster, guest.resource);
  if (!nodes.ok) return nodes;
  const node = cluster.nodes.find(({name}) => name === nodes.value[0]);
  if (!node) return {ok: false, error: `${guest.name} runs nowhere: its virtual hardware cannot be read back`};
  const xml = await dumpxml(cluster, node, guest.name);
  if (!xml.ok) return xml;
  const facts = readDomain(xml.value, `dumpxml ${guest.name}`);
  if (!facts.ok)
    return {ok: false, error: `${facts.error.artefact}: expected ${facts.error.expected}, found ${facts.error.found}`};
  return {
    ok: true,
    value: settings.flatMap(setting =>
      isDomainKey(setting.key) ? [readBack(setting, guest.name, facts.value.settings[setting.key])] : [],
    ),
  };
}

async function editEverywhere(
  cluster: Cluster,
  guest: Guest,
  wanted: Record<string, string>,
): Promise<Result<void, string>> {
  const definition = await resourceDefinition(cluster, guest.resource);
  if (!definition.ok) return definition;
  const path = definition.value?.parameters.config;
  if (path === undefined)
    return {ok: false, error: `resource ${guest.resource} names no domain XML (parameter config)`};
  // Node by node: a file shared between them is then edited once, and found as wanted by the rest.
  for (const node of cluster.nodes) {
    const before = await ask(cluster.transport, node, look(['cat', path]));
    if (!before.ok) return before;
    const after = editDomain(before.value, wanted);
    if (!after.ok) return {ok: false, error: `${path} on ${node.name}: ${after.error}`};
    if (after.value === before.value) continue;
    const script = 'cat >"$1.part" && mv "$1.part" "$1"';
    const written = await ask(
      cluster.transport,
      node,
      settle(['sh', '-ec', script, 'domain', path], 10_000, after.value),
    );
    if (!written.ok) return written;
  }
  return fine;
}

/** All guests at once: off, then on. */
async function restartGuests(cluster: Cluster): Promise<Result<void, string>> {
  for (const guest of cluster.guests) {
    const stopping = await onCluster(
      cluster,
      settle([
        'crm_resource',
        '--resource',
        guest.resource,
        '--meta',
        '--set-parameter',
        'target-role',
        '--parameter-value',
        'Stopped',
      ]),
    );
    if (!stopping.ok) return stopping;
  }
  const stopped = await waitFor(
    'every guest to stop',
    stopDeadlineMs,
    async () => {
      const places = all(await Promise.all(cluster.guests.map(guest => whereRuns(cluster, guest.resource))));
      return places.ok && places.value.every(nodes => nodes.length === 0) ? true : undefined;
    },
    {intervalMs: 300},
  );
  const started = all(await Promise.all(cluster.guests.map(guest => releaseGuest(cluster, guest.resource))));
  if (!stopped.ok) return stopped;
  if (!started.ok) return started;
  const running = all(
    await Promise.all(cluster.guests.map(guest => waitUntilRuns(cluster, guest.resource, startDeadlineMs))),
  );
  return running.ok ? fine : running;
}
