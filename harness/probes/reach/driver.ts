/** Who reaches whom, tried from a host on each of its planes, and from inside a guest. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {z} from 'zod';
import {readJson} from '../../parse/json.ts';
import type {Cluster, Command, Guest, Outcome, ParseError, Result} from '../../types.ts';
import {programInGuest, type Work} from '../in-guest.ts';

const hostScript = readFileSync(join(import.meta.dirname, 'probe.py'), 'utf8');
const guestSource = join(import.meta.dirname, 'reach.c');

/** An address that is tried: from these wires of the host, at these TCP ports. */
export interface ReachTarget {
  id: string;
  address: string;
  ports: readonly number[];
  wires: readonly string[];
}

/** What a host or guest has to try. A wire is one of its own addresses, by the names of the planes that it serves. */
export interface ReachOrder {
  wires: readonly {wire: string; address: string}[];
  targets: readonly ReachTarget[];
  /** Peers in each wire, which are handed packets as if they were gateways. */
  hops: Readonly<Record<string, readonly string[]>>;
}

const answer = z.discriminatedUnion('by', [
  z.object({by: z.literal('arp'), plane: z.string(), target: z.string(), mac: z.string()}),
  z.object({by: z.literal('echo'), plane: z.string(), target: z.string(), mac: z.string().optional()}),
  z.object({
    by: z.literal('tcp'),
    plane: z.string(),
    target: z.string(),
    port: z.number(),
    how: z.enum(['open', 'closed']),
  }),
  z.object({by: z.literal('hop'), plane: z.string(), target: z.string(), via: z.string(), mac: z.string().optional()}),
]);

const reachSeen = z.object({
  devices: z.record(z.string(), z.object({device: z.string(), mac: z.string()})),
  /** Wires whose address no interface has. */
  missing: z.array(z.string()),
  answers: z.array(answer),
});
export type ReachSeen = z.infer<typeof reachSeen>;
export type ReachAnswer = z.infer<typeof answer>;

/** Of each of the two rounds. */
const roundSeconds = 2;

export function reachCommand({wires, targets, hops}: ReachOrder): Command {
  const planes = wires.map(({wire, address}) => ({plane: wire, address}));
  const options = {
    seconds: roundSeconds,
    planes,
    targets: targets.map(({wires: from, ...rest}) => ({...rest, planes: from})),
    hops,
  };
  return {
    argv: ['python3', '-u', '-', JSON.stringify(options)],
    stdin: hostScript,
    timeoutMs: 60_000,
    idempotent: false,
  };
}

/** A guest has one wire. */
function workInGuest({wires, targets, hops}: ReachOrder): Work {
  const own = wires[0]?.address ?? '';
  const words = [
    ...Object.values(hops).flatMap(each => each.map(address => `hop=${address}`)),
    ...targets.map(({id, address, ports}) => `${id}=${address}=${ports.join(',') || '-'}`),
  ];
  return {words: ['try', own, String(roundSeconds), ...words], seconds: 2 * roundSeconds};
}

/** As it would be typed in a guest. */
export const reachArgv = (order: ReachOrder): readonly [string, ...string[]] => ['reach', ...workInGuest(order).words];

/**
 * Brings the program into the guest and runs it there. What keeps it from that is in the outcome: what others see
 * stands without it. Rejects when the signal is aborted.
 */
export async function reachInGuest(
  cluster: Cluster,
  guest: Guest,
  order: ReachOrder,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const program = await programInGuest(cluster, guest, guestSource);
    return await program.run(workInGuest(order), signal);
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    return {stdout: '', stderr: '', durationMs: 0, exit: {kind: 'unreachable', reason}};
  }
}

/** What the host's probe printed. */
export function parseReach(text: string, artefact: string): Result<ReachSeen, ParseError> {
  return readJson(text, artefact, reachSeen);
}

/** What the guest's printed, in the same terms. */
export function parseGuestReach(text: string, artefact: string, wire: string): Result<ReachSeen, ParseError> {
  const lines = text.trim().split('\n');
  if (lines.at(-1) !== 'end') {
    return {ok: false, error: {artefact, path: 'end', expected: 'a text that is whole', found: lines.at(-1) ?? ''}};
  }
  const devices: Record<string, {device: string; mac: string}> = {};
  const answers: ReachAnswer[] = [];
  for (const [index, line] of lines.slice(0, -1).entries()) {
    const [kind, first = '', second = '', third = ''] = line.split(' ');
    const of = {plane: wire, target: first};
    if (kind === 'device') devices[wire] = {device: first, mac: second.toLowerCase()};
    else if (kind === 'arp') answers.push({by: 'arp', ...of, mac: second.toLowerCase()});
    else if (kind === 'echo') answers.push({by: 'echo', ...of});
    else if (kind === 'hop') answers.push({by: 'hop', ...of, via: second});
    else if (kind === 'tcp' && (third === 'open' || third === 'closed'))
      answers.push({by: 'tcp', ...of, port: Number(second), how: third});
    else {
      const expected = 'device, arp, echo, tcp or hop';
      return {ok: false, error: {artefact, path: `line ${index + 1}`, expected, found: line.slice(0, 80)}};
    }
  }
  return {ok: true, value: {devices, missing: [], answers}};
}
