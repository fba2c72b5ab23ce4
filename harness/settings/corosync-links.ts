/**
 * Corosync's timings of each link (knet): how often a link is asked, and when it counts as down. They matter where
 * there is another link to go to: a node with one link has no such places. Pure.
 */
import {parseCorosyncConf, sectionsNamed} from '../parse/corosync-conf.ts';
import type {PlacedSetting} from '../types.ts';
import {isAt, unset} from './driver.ts';

export const linkKeys = ['knet_ping_interval', 'knet_ping_timeout', 'knet_pong_count'] as const;

export function isLinkKey(key: string): boolean {
  return linkKeys.some(known => known === key);
}

export function linkPlace(node: string, link: number): string {
  return `${node} link ${link}`;
}

/** A link by its number, with what corosync.conf says of it: keys that it does not name are absent. */
export interface LinkTimings {
  link: number;
  given: ReadonlyMap<string, string>;
}

/**
 * Reads the dump of `corosync-cmapctl`. What is named is told as the daemon runs by it. Nothing for a node with a
 * single link.
 */
export function parseLinks(map: string): readonly LinkTimings[] {
  const running = valuesIn(map, /^runtime\.config\.totem\.interface\.(\d+)\.(knet_\w+) \(\w+\) = (\d+)$/gm);
  const named = valuesIn(map, /^totem\.interface\.(\d+)\.(knet_\w+) \(\w+\) = (\d+)$/gm);
  const links = [...running.keys()].sort((a, b) => a - b);
  if (links.length < 2) return [];
  return links.map(link => {
    const inForce = running.get(link);
    const given = [...(named.get(link) ?? [])].map(([key, value]) => [key, inForce?.get(key) ?? value] as const);
    return {link, given: new Map(given)};
  });
}

/** Link → key → value. */
function valuesIn(map: string, pattern: RegExp): Map<number, Map<string, string>> {
  const found = new Map<number, Map<string, string>>();
  for (const [, link = '', key = '', value = ''] of map.matchAll(pattern)) {
    const own = found.get(Number(link)) ?? new Map<string, string>();
    found.set(Number(link), own.set(key, value));
  }
  return found;
}

/** What corosync.conf says of the links, for a node of that name; everything else stays as it was. */
export function editLinks(
  config: string,
  node: string,
  links: readonly number[],
  settings: readonly Pick<PlacedSetting, 'key' | 'value' | 'where'>[],
): string {
  return links.reduce((text, link) => {
    const own = settings.filter(setting => isAt(setting, linkPlace(node, link)));
    return own.length === 0 ? text : editLink(text, link, own);
  }, config);
}

interface Span {
  from: number;
  to: number;
}

/** `default` takes a key out; a section that then says nothing but its number goes too. */
function editLink(config: string, link: number, settings: readonly Pick<PlacedSetting, 'key' | 'value'>[]): string {
  const lines = config.split('\n');
  const totem = lines.findIndex(line => /^\s*totem\s*\{\s*$/.test(line));
  if (totem < 0) return config;
  const wanted = new Set(settings.map(({key}) => key));
  const added = settings.filter(({value}) => value !== unset).map(({key, value}) => `    ${key}: ${value}`);
  const known = interfaceOf(lines, totem, link);
  if (known === undefined) {
    if (added.length === 0) return config;
    const section = ['  interface {', `    linknumber: ${link}`, ...added, '  }'];
    return lines.toSpliced(totem + 1, 0, ...section).join('\n');
  }
  const kept = lines.slice(known.from + 1, known.to).filter(line => !wanted.has(keyOf(line) ?? ''));
  const says = [...kept, ...added].some(line => keyOf(line) !== undefined && keyOf(line) !== 'linknumber');
  const section = says ? [lines[known.from] ?? '', ...kept, ...added, lines[known.to] ?? ''] : [];
  return lines.toSpliced(known.from, known.to - known.from + 1, ...section).join('\n');
}

function keyOf(line: string): string | undefined {
  return /^\s*([\w.-]+)\s*:/.exec(line)?.[1];
}

/** The lines of the link's own section within totem, from its name to its end. */
function interfaceOf(lines: readonly string[], totem: number, link: number): Span | undefined {
  let depth = 1;
  let from: number | undefined;
  for (let index = totem + 1; index < lines.length && depth > 0; index += 1) {
    const line = lines[index] ?? '';
    if (/\{\s*$/.test(line)) {
      depth += 1;
      if (depth === 2) from = /^\s*interface\s*\{/.test(line) ? index : undefined;
    } else if (/^\s*\}/.test(line)) {
      depth -= 1;
      if (depth !== 1 || from === undefined) continue;
      if (numberOf(lines.slice(from, index + 1)) === link) return {from, to: index};
      from = undefined;
    }
  }
  return undefined;
}

/** A section that does not say which link it means is about the first. */
function numberOf(section: readonly string[]): number {
  const parsed = parseCorosyncConf(section.join('\n'), 'interface');
  const [own] = parsed.ok ? sectionsNamed(parsed.value, 'interface') : [];
  return Number(own?.values.get('linknumber') ?? 0);
}
