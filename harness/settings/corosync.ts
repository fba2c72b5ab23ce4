/**
 * Corosync's timings, of the ring and of each link: written into corosync.conf on every node, reloaded, read back from
 * the running daemon's map.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import {waitForIdle, waitUntilOnline} from '../cluster/pacemaker.ts';
import {parseCorosyncConf, sectionsNamed} from '../parse/corosync-conf.ts';
import type {Cluster, Host, PlacedSetting, ReadBack, Result, Setting} from '../types.ts';
import {editLinks, isLinkKey, type LinkTimings, linkKeys, linkPlace, parseLinks} from './corosync-links.ts';
import {all, type Driver, fine, isAt, readBack, unset} from './driver.ts';
import {overwriteCommand} from './overwrite.ts';

const configPath = '/etc/corosync/corosync.conf';
/** Corosync's own default: what each node beyond the second adds to the token time-out (corosync.conf(5)). */
const defaultCoefficientMs = 650;
const defaultTokenMs = 3000;
const keys = ['token', 'token_coefficient', 'consensus'] as const;

/** What a node says of its totem timings, in milliseconds. */
export interface Totem {
  token: number;
  consensus: number;
  coefficient: number;
  /** Whether corosync.conf names a consensus; without one it follows from the token time-out. */
  consensusGiven: boolean;
  links: readonly LinkTimings[];
}

export const corosync: Driver = {
  problem(key, value) {
    if (!keys.some(known => known === key) && !isLinkKey(key)) return `one of ${[...keys, ...linkKeys].join(', ')}`;
    const what = key === 'knet_pong_count' ? 'a count' : 'milliseconds';
    return value === unset || /^\d{1,6}$/.test(value) ? undefined : `${what}, or ${unset}`;
  },

  restartsGuests: () => false,

  async read(cluster, settings) {
    const nodes = all(await Promise.all(cluster.nodes.map(node => totemOf(cluster, node))));
    if (!nodes.ok) return nodes;
    const found: ReadBack[] = nodes.value.flatMap((totem, index) => {
      const node = cluster.nodes[index];
      return node ? settings.flatMap(setting => foundOn(node, setting, totem, cluster.nodes.length)) : [];
    });
    return {ok: true, value: found};
  },

  async apply(cluster, settings, say) {
    const [first] = cluster.nodes;
    if (!first) return fine;
    const before = all(await Promise.all(cluster.nodes.map(node => totemOf(cluster, node))));
    if (!before.ok) return before;
    // Nodes may be meant to differ: each goes its own steps, the quicker ones stay at their last.
    const ways = cluster.nodes.flatMap((node, index) => {
      const now = before.value[index];
      return now ? waysOf(node, now, settings, cluster.nodes.length) : [];
    });
    let now = slowest(before.value);
    const rounds = Math.max(0, ...ways.map(({steps}) => steps.length));
    for (let round = 0; round < rounds; round += 1) {
      say(`reloading Corosync on every node${rounds > 1 ? `, step ${round + 1} of ${rounds}` : ''}`, first.name);
      const written = all(
        await Promise.all(
          ways.map(({node, steps, finish}) =>
            writeTotem(cluster, node, steps[Math.min(round, steps.length - 1)] ?? [], text =>
              // The links' own pace comes last: it is meant for the last token time-out.
              round < rounds - 1 ? text : finish(text),
            ),
          ),
        ),
      );
      if (!written.ok) return written;
      // One call reloads all members.
      const reloaded = await stdoutOf(cluster.transport, first, idempotent(['corosync-cfgtool', '-R'], 20_000));
      if (!reloaded.ok) return reloaded;
      // Until every link has been asked and has answered at the new pace.
      await sleep(now.token / 4 + answerMs);
      const read = all(await Promise.all(cluster.nodes.map(node => totemOf(cluster, node))));
      if (!read.ok) return read;
      now = slowest(read.value);
    }
    // A membership lost by the reload would be lost by now, and what is written into the CIB in that moment may be
    // lost with it.
    await sleep(now.token + now.consensus);
    for (const node of cluster.nodes) {
      const online = await waitUntilOnline(cluster, node.name, calmDeadlineMs);
      if (!online.ok) return online;
    }
    return waitForIdle(cluster, calmDeadlineMs);
  },
};

/** A key of the ring has one place on a node, one of a link as many as there are links. */
function foundOn(node: Host, setting: PlacedSetting, totem: Totem, nodes: number): readonly ReadBack[] {
  if (!isLinkKey(setting.key)) return readBack(setting, node.name, inForce(setting.key, totem, nodes));
  return totem.links.flatMap(({link, given}) =>
    readBack(setting, linkPlace(node.name, link), given.get(setting.key) ?? unset),
  );
}

/** What is to be written on a node, one reload after the other; nothing where nothing is meant for it. */
function waysOf(node: Host, now: Totem, settings: readonly PlacedSetting[], nodes: number) {
  const ring = settings.filter(setting => !isLinkKey(setting.key) && isAt(setting, node.name));
  const links = settings.filter(({key}) => isLinkKey(key));
  const numbers = now.links.map(({link}) => link);
  const meant = links.some(setting => numbers.some(link => isAt(setting, linkPlace(node.name, link))));
  if (ring.length === 0 && !meant) return [];
  const steps = ring.length === 0 ? [[]] : stepsTo(now, ring, nodes);
  return [{node, steps, finish: (text: string) => editLinks(text, node.name, numbers, links)}];
}

function slowest(nodes: readonly Totem[]): Pick<Totem, 'token' | 'consensus'> {
  const most = (key: 'token' | 'consensus') => Math.max(0, ...nodes.map(totem => totem[key]));
  return {token: most('token'), consensus: most('consensus')};
}

/** Members rejoin within seconds; Pacemaker then may have to elect a coordinator. */
const calmDeadlineMs = 60_000;
/**
 * A step leaves at least this share of the token time-out in force. About one reload in three makes Corosync 3.1.7
 * configure its links anew ("Configuring link 0"); they are then up again after two answers, asked for every
 * quarter of the token time-out. With 0.6 the ring was formed anew, with the same members; with 0.27 members were
 * lost.
 */
const stepShare = 0.7;
/** A link's answer on a loaded machine. */
const answerMs = 250;

/**
 * What to write, one reload after the other. A link counts as down when its last answer is older than half the
 * token time-out, and it is asked every quarter of it: cut to less than a half at once, links go down for no reason
 * and the cluster falls apart for a second (seen with 3650 → 1000 ms, every time). Pure.
 */
export function stepsTo(
  now: Omit<Totem, 'links'>,
  settings: readonly Pick<Setting, 'key' | 'value'>[],
  nodes: number,
): readonly (readonly Pick<Setting, 'key' | 'value'>[])[] {
  const given = (key: string) => settings.find(setting => setting.key === key)?.value;
  const number = (key: string, otherwise: number, normal: number) => {
    const value = given(key);
    return value === undefined ? otherwise : value === unset ? normal : Number(value);
  };
  const beyond = Math.max(0, nodes - 2);
  const coefficient = number('token_coefficient', now.coefficient, defaultCoefficientMs);
  const token = number('token', now.token - beyond * now.coefficient, defaultTokenMs);
  const steps: (readonly Pick<Setting, 'key' | 'value'>[])[] = [];
  for (
    let inForceMs = Math.floor(now.token * stepShare);
    inForceMs > token + beyond * coefficient;
    inForceMs = Math.floor(inForceMs * stepShare)
  ) {
    steps.push([
      {key: 'token_coefficient', value: '0'},
      {key: 'token', value: String(inForceMs)},
      // It must not be less than 1.2 times the token time-out, at any step.
      {key: 'consensus', value: unset},
    ]);
  }
  if (steps.length === 0) return [settings];
  // The steps have changed all three: the last one says all three.
  const rest = (['token', 'token_coefficient', 'consensus'] as const).filter(key => given(key) === undefined);
  const kept: Record<(typeof rest)[number], string> = {
    token: String(token),
    token_coefficient: String(coefficient),
    consensus: now.consensusGiven ? String(now.consensus) : unset,
  };
  return [...steps, [...settings, ...rest.map(key => ({key, value: kept[key]}))]];
}

async function writeTotem(
  cluster: Cluster,
  node: Host,
  settings: readonly Pick<Setting, 'key' | 'value'>[],
  finish: (config: string) => string,
): Promise<Result<void, string>> {
  const before = await stdoutOf(cluster.transport, node, readOnly(['cat', configPath]));
  if (!before.ok) return before;
  const after = finish(editTotem(before.value, settings));
  const written = await stdoutOf(cluster.transport, node, overwriteCommand(configPath, after));
  return written.ok ? fine : written;
}

async function totemOf(cluster: Cluster, node: Host): Promise<Result<Totem, string>> {
  const map = await stdoutOf(cluster.transport, node, readOnly(['corosync-cmapctl']));
  if (!map.ok) return map;
  const members = membersIn(map.value);
  // What is read and written is reckoned by their number: with another one it would not go back to what it was.
  if (members > 0 && members !== cluster.nodes.length)
    return {
      ok: false,
      error: `the ring of ${node.name} has ${members} nodes, and the inventory names ${cluster.nodes.length}: its token time-out follows from their number, and is written on every one; name all of them, or measure with --profile as-found`,
    };
  const totem = parseTotem(map.value);
  return totem
    ? {ok: true, value: totem}
    : {ok: false, error: `corosync-cmapctl on ${node.name}: expected runtime.config.totem.token, found none`};
}

/** Of the ring, as the dump of `corosync-cmapctl` lists them; 0 where it lists none. Pure. */
function membersIn(map: string): number {
  return [...map.matchAll(/^nodelist\.node\.\d+\.nodeid \(/gm)].length;
}

/** Reads the dump of `corosync-cmapctl`. Pure. */
export function parseTotem(map: string): Totem | undefined {
  const number = (key: string): number | undefined => {
    const match = new RegExp(`^${key.replaceAll('.', '\\.')} \\(\\w+\\) = (\\d+)$`, 'm').exec(map);
    return match ? Number(match[1]) : undefined;
  };
  const [token, consensus] = [number('runtime.config.totem.token'), number('runtime.config.totem.consensus')];
  if (token === undefined || consensus === undefined) return undefined;
  return {
    token,
    consensus,
    coefficient: number('totem.token_coefficient') ?? defaultCoefficientMs,
    consensusGiven: number('totem.consensus') !== undefined,
    links: parseLinks(map),
  };
}

/** What a corosync.conf comes to on so many nodes. Pure. */
export function totemOfFile(config: string, nodes: number): Pick<Totem, 'token' | 'consensus'> {
  const given = totemLines(config);
  const number = (key: string, otherwise: number) => Number(given.get(key) ?? otherwise);
  const coefficient = number('token_coefficient', defaultCoefficientMs);
  const token = number('token', defaultTokenMs) + Math.max(0, nodes - 2) * coefficient;
  return {token, consensus: number('consensus', Math.floor(token * 1.2))};
}

/** Key → value of the totem section itself; nothing where the file cannot be read as one. */
function totemLines(config: string): ReadonlyMap<string, string> {
  const parsed = parseCorosyncConf(config, configPath);
  return new Map(parsed.ok ? sectionsNamed(parsed.value, 'totem').flatMap(({values}) => [...values]) : []);
}

/**
 * The daemon runs on token + (nodes − 2) × coefficient and, unless told otherwise, a consensus of 1.2 times that.
 * Pure.
 */
export function inForce(key: string, totem: Totem, nodes: number): string {
  if (key === 'token_coefficient') return String(totem.coefficient);
  if (key === 'token') return String(totem.token - Math.max(0, nodes - 2) * totem.coefficient);
  return totem.consensusGiven ? String(totem.consensus) : unset;
}

/**
 * corosync.conf with these keys in its totem section, everything else as it was; `default` takes the line out.
 * Pure.
 */
export function editTotem(config: string, settings: readonly Pick<Setting, 'key' | 'value'>[]): string {
  const wanted = new Map(settings.map(({key, value}) => [key, value]));
  const added = settings.filter(({value}) => value !== unset).map(({key, value}) => `  ${key}: ${value}`);
  let depth = 0;
  let inTotem = false;
  const lines = config.split('\n').flatMap(line => {
    const opened = /^\s*(\w+)\s*\{/.exec(line);
    if (opened) {
      if (depth === 0) inTotem = opened[1] === 'totem';
      depth += 1;
      return inTotem && depth === 1 ? [line, ...added] : [line];
    }
    if (/^\s*\}/.test(line)) depth -= 1;
    const key = /^\s*(\w+)\s*:/.exec(line)?.[1];
    return inTotem && depth === 1 && key !== undefined && wanted.has(key) ? [] : [line];
  });
  return lines.join('\n');
}
