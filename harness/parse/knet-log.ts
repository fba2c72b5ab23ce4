/**
 * What Corosync's own log says of its links (knet). Pure. Source: corosync.log of Corosync 3.1.7 with libknet 1.25
 * (`… info    [KNET  ] link: host: 3 link: 0 is down`), with `timestamp: hires`.
 */
import type {ParseError, Result} from '../types.ts';
import {type HostLog, type StampedLine, stampedLines} from './stamped-lines.ts';

/** By the node's number. */
export type NodeIds = ReadonlyMap<number, string>;

/** `corosync-cmapctl nodelist.`: the number of each node, with its name, or its first address where it has none. */
export function parseNodeIds(text: string, artefact: string): Result<NodeIds, ParseError> {
  const of = (key: string) =>
    new Map(
      [...text.matchAll(new RegExp(`^nodelist\\.node\\.(\\d+)\\.${key} \\(\\w+\\) = (.+)$`, 'gm'))].map(
        ([, place = '', value = '']) => [place, value],
      ),
    );
  const [names, addresses] = [of('name'), of('ring0_addr')];
  const ids = [...of('nodeid')].map(
    ([place, id]) => [Number(id), names.get(place) ?? addresses.get(place) ?? ''] as const,
  );
  if (ids.length > 0) return {ok: true, value: new Map(ids)};
  const expected = 'the numbers of the nodes, nodelist.node.N.nodeid';
  return {ok: false, error: {artefact, path: '', expected, found: text === '' ? 'nothing' : 'none'}};
}

/** When this log had said that the link to each of these nodes is down: the last of their first lines. */
export function linkDown(
  log: HostLog,
  {link, to, injectedMs}: {link: number; to: readonly number[]; injectedMs: number},
): Result<StampedLine, ParseError> {
  const lines = stampedLines(log, injectedMs);
  const first = to.map(id => lines.find(({text}) => says(text, id, link)));
  const [last] = first.filter(line => line !== undefined).sort((a, b) => b.atMs - a.atMs);
  const missing = to.filter((_, index) => first[index] === undefined);
  if (last !== undefined && missing.length === 0) return {ok: true, value: last};
  const expected = `[KNET  ] link: host: ${missing.join(' and ')} link: ${link} is down`;
  const found =
    lines.length === 0 ? 'no line with a stamp in milliseconds after the cut' : `none in ${lines.length} lines`;
  return {ok: false, error: {artefact: log.artefact, path: 'after the cut', expected, found}};
}

function says(text: string, id: number, link: number): boolean {
  const [, host, number] = /\[KNET *\] link: host: (\d+) link: (\d+) is down\b/.exec(text) ?? [];
  return Number(host) === id && Number(number) === link;
}
