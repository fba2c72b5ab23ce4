/**
 * A guest's virtual hardware: edited in the domain XML that its resource names, on every node; the guest is stopped
 * and started once for all of it; read back from libvirt's XML of the running guest.
 */
import {readOnly, stdoutOf} from '../cluster/commands.ts';
import {domainKeys, domainValueProblem, editDomain, isDomainKey, readDomain} from '../cluster/domain-xml.ts';
import {dumpxml} from '../cluster/libvirt.ts';
import {resourceDefinition, whereRuns} from '../cluster/pacemaker.ts';
import type {Cluster, Guest, Host, PlacedSetting, ReadBack, Result} from '../types.ts';
import {all, type Driver, fine, isAt, type PlaceReadBack, readBack} from './driver.ts';
import {overwriteCommand} from './overwrite.ts';

/** The value of a guest that has nothing in force. */
export const notRunning = 'not running';

export const domain: Driver = {
  problem(key, value) {
    if (!isDomainKey(key)) return `one of ${Object.keys(domainKeys).join(', ')}`;
    return domainValueProblem(key, value);
  },

  restartsGuests: () => true,

  async read(cluster, settings) {
    const guests = all(await Promise.all(cluster.guests.map(guest => readGuest(cluster, guest, settings))));
    return guests.ok ? {ok: true, value: guests.value.flat()} : guests;
  },

  async apply(cluster, settings) {
    for (const guest of cluster.guests) {
      const edited = await editEverywhere(cluster, guest, settings);
      if (!edited.ok) return edited;
    }
    return fine;
  },
};

/**
 * What the running guest has, and what it would get on every other node: a file that was left behind there, say on
 * a node that was away while the others were edited, would come into force with the next failover.
 */
async function readGuest(
  cluster: Cluster,
  guest: Guest,
  settings: readonly PlacedSetting[],
): Promise<Result<readonly PlaceReadBack[], string>> {
  const path = await configPath(cluster, guest);
  if (!path.ok) return path;
  const [running, ...files] = await Promise.all([
    readRunning(cluster, guest, settings),
    ...cluster.nodes.map(node => readFile(cluster, node, path.value, settings)),
  ]);
  const left = all(files);
  if (!running.ok) return running;
  if (!left.ok) return left;
  return {ok: true, value: [...running.value, ...left.value.flat().map(entry => ({...entry, waiting: true as const}))]};
}

async function readRunning(
  cluster: Cluster,
  guest: Guest,
  settings: readonly PlacedSetting[],
): Promise<Result<readonly ReadBack[], string>> {
  const nodes = await whereRuns(cluster, guest.resource);
  if (!nodes.ok) return nodes;
  const node = cluster.nodes.find(({name}) => name === nodes.value[0]);
  // A guest that does not run has nothing in force; applying will start it.
  if (!node) return {ok: true, value: settings.flatMap(setting => readBack(setting, guest.name, notRunning))};
  const xml = await dumpxml(cluster, node, guest.name);
  return xml.ok ? compare(xml.value, guest.name, settings) : xml;
}

async function readFile(
  cluster: Cluster,
  node: Host,
  path: string,
  settings: readonly PlacedSetting[],
): Promise<Result<readonly ReadBack[], string>> {
  const xml = await stdoutOf(cluster.transport, node, readOnly(['cat', path]));
  return xml.ok ? compare(xml.value, fileOn(path, node), settings) : xml;
}

function compare(xml: string, where: string, settings: readonly PlacedSetting[]): Result<readonly ReadBack[], string> {
  const facts = readDomain(xml, where);
  if (!facts.ok) return {ok: false, error: `${where}: expected ${facts.error.expected}, found ${facts.error.found}`};
  return {
    ok: true,
    value: settings.flatMap(setting =>
      isDomainKey(setting.key) && !facts.value.fixed.includes(setting.key)
        ? readBack(setting, where, facts.value.settings[setting.key])
        : [],
    ),
  };
}

function fileOn(path: string, node: Host): string {
  return `${path} on ${node.name}`;
}

async function configPath(cluster: Cluster, guest: Guest): Promise<Result<string, string>> {
  const definition = await resourceDefinition(cluster, guest.resource);
  if (!definition.ok) return definition;
  const path = definition.value?.parameters.config;
  return path === undefined
    ? {ok: false, error: `resource ${guest.resource} names no domain XML (parameter config)`}
    : {ok: true, value: path};
}

async function editEverywhere(
  cluster: Cluster,
  guest: Guest,
  settings: readonly PlacedSetting[],
): Promise<Result<void, string>> {
  const named = await configPath(cluster, guest);
  if (!named.ok) return named;
  const path = named.value;
  // Node by node: a file shared between them is then edited once, and found as wanted by the rest.
  for (const node of cluster.nodes) {
    const before = await stdoutOf(cluster.transport, node, readOnly(['cat', path]));
    if (!before.ok) return before;
    // What is meant for this very file goes over what is meant for the guest.
    const own = [guest.name, fileOn(path, node)].flatMap(where => settings.filter(setting => isAt(setting, where)));
    const after = editDomain(before.value, Object.fromEntries(own.map(({key, value}) => [key, value])));
    if (!after.ok) return {ok: false, error: `${fileOn(path, node)}: ${after.error}`};
    if (after.value === before.value) continue;
    const written = await stdoutOf(cluster.transport, node, overwriteCommand(path, after.value));
    if (!written.ok) return written;
  }
  return fine;
}
