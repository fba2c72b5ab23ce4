/** Corosync's timings: written into corosync.conf on every node, reloaded, read back from the running daemon's map. */
import {ask, look, settle} from '../cluster/ask.ts';
import type {Cluster, Host, ReadBack, Result, Setting} from '../types.ts';
import {all, type Driver, fine, readBack, unset} from './driver.ts';

const configPath = '/etc/corosync/corosync.conf';
/** Corosync's own default: what each node beyond the second adds to the token time-out (corosync.conf(5)). */
const defaultCoefficientMs = 650;
const keys = ['token', 'token_coefficient', 'consensus'] as const;

/** What a node says of its totem timings, in milliseconds. */
export interface Totem {
  token: number;
  consensus: number;
  coefficient: number;
  /** Whether corosync.conf names a consensus; without one it follows from the token time-out. */
  consensusGiven: boolean;
}

export const corosync: Driver = {
  problem(key, value) {
    if (!keys.some(known => known === key)) return `one of ${keys.join(', ')}`;
    return value === unset || /^\d{1,6}$/.test(value) ? undefined : `milliseconds, or ${unset}`;
  },

  restartsGuests: () => false,

  async read(cluster, settings) {
    const nodes = all(await Promise.all(cluster.nodes.map(node => totemOf(cluster, node))));
    if (!nodes.ok) return nodes;
    const found: ReadBack[] = nodes.value.flatMap((totem, index) => {
      const node = cluster.nodes[index];
      return node
        ? settings.map(setting => readBack(setting, node.name, inForce(setting.key, totem, cluster.nodes.length)))
        : [];
    });
    return {ok: true, value: found};
  },

  async apply(cluster, settings, say) {
    for (const node of cluster.nodes) {
      const before = await ask(cluster.transport, node, look(['cat', configPath]));
      if (!before.ok) return before;
      const after = editTotem(before.value, settings);
      const script = 'cat >"$1.part" && chmod 0644 "$1.part" && mv "$1.part" "$1"';
      const written = await ask(
        cluster.transport,
        node,
        settle(['sh', '-ec', script, 'config', configPath], 10_000, after),
      );
      if (!written.ok) return written;
    }
    const [first] = cluster.nodes;
    if (!first) return fine;
    say('reloading Corosync on every node', first.name);
    // One call reloads all members.
    const reloaded = await ask(cluster.transport, first, settle(['corosync-cfgtool', '-R'], 20_000));
    return reloaded.ok ? fine : reloaded;
  },
};

async function totemOf(cluster: Cluster, node: Host): Promise<Result<Totem, string>> {
  const map = await ask(cluster.transport, node, look(['corosync-cmapctl']));
  if (!map.ok) return map;
  const totem = parseTotem(map.value);
  return totem
    ? {ok: true, value: totem}
    : {ok: false, error: `corosync-cmapctl on ${node.name}: expected runtime.config.totem.token, found none`};
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
  };
}

/** The daemon runs on token + (nodes − 2) × coefficient and, unless told otherwise, a consensus of 1.2 times that. Pure. */
export function inForce(key: string, totem: Totem, nodes: number): string {
  if (key === 'token_coefficient') return String(totem.coefficient);
  if (key === 'token') return String(totem.token - Math.max(0, nodes - 2) * totem.coefficient);
  return totem.consensusGiven ? String(totem.consensus) : unset;
}

/** corosync.conf with these keys in its totem section, everything else as it was; `default` takes the line out. Pure. */
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
