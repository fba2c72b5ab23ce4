/**
 * The one door to a device that is overwritten: it must be the disk that is meant, whole, used by nobody, and empty of
 * signatures. Looked at just before, in the guest that it belongs to, through the guest agent.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {guestExec} from '../guest/exec.ts';
import type {Cluster, Guest, Result} from '../types.ts';
import {failureMessage} from './commands.ts';

/** What the script has found; several values of one fact stand in their order. */
type Facts = ReadonlyMap<string, readonly string[]>;

const script = readFileSync(join(import.meta.dirname, 'scratch-device.sh'), 'utf8');

/** For a shell with the device as its first word. */
export function scratchFactsArgv(device: string): readonly [string, ...string[]] {
  return ['sh', '-c', script, 'scratch-device', device];
}

/** Why guests' scratch devices must not be written to, a sentence each; empty where all of them may. */
export async function scratchRefusals(cluster: Cluster): Promise<readonly string[]> {
  const found = await Promise.all(cluster.guests.map(guest => refusalsOf(cluster, guest)));
  return found.flat();
}

function refusalsOf(cluster: Cluster, guest: Guest): Promise<readonly string[]> {
  return deviceRefusals(cluster, guest, guest.scratchDevice, guest.scratchSerial);
}

/** Why this device in the guest must not be written to. */
export async function deviceRefusals(
  cluster: Cluster,
  guest: Guest,
  device: string,
  serial: string | undefined,
): Promise<readonly string[]> {
  const facts = await factsIn(cluster, guest, scratchFactsArgv(device));
  const which = `${device} of ${guest.name}`;
  if (!facts.ok) return [`${which} is not written to, since nobody can see what it is: ${facts.error}`];
  return whyNot(facts.value, serial).map(why => `${which} is not written to: ${why}`);
}

async function factsIn(
  cluster: Cluster,
  guest: Guest,
  argv: readonly [string, ...string[]],
): Promise<Result<Facts, string>> {
  const outcome = await guestExec(cluster, guest, {argv, timeoutMs: 20_000});
  if (outcome.exit.kind === 'exited' && outcome.exit.code === 0) return {ok: true, value: parseFacts(outcome.stdout)};
  const host = {...cluster.client, name: guest.name};
  return {ok: false, error: failureMessage(host, {argv, timeoutMs: 20_000, idempotent: true}, outcome)};
}

/** Pure. */
export function parseFacts(text: string): Facts {
  const facts = new Map<string, readonly string[]>();
  for (const line of text.split('\n')) {
    const [, what, value] = /^(\S+) (.*)$/.exec(line.trim()) ?? [];
    if (what !== undefined && value !== undefined) facts.set(what, [...(facts.get(what) ?? []), value]);
  }
  return facts;
}

/** What forbids it, in the words of what was found. Whatever could not be read forbids it too. Pure. */
export function whyNot(facts: Facts, serial: string | undefined): readonly string[] {
  const all = (what: string) => facts.get(what) ?? [];
  const has = (what: string, sentence: (values: string) => string) =>
    all(what).length > 0 ? [sentence(all(what).join(', '))] : [];
  const [kind = 'unknown'] = all('kind');
  if (kind !== 'block') return [kind === 'nothing' ? 'there is no such device' : `it is no block device (${kind})`];
  const [found] = all('serial');
  const another = serial !== undefined && !found?.endsWith(serial);
  return [
    ...(another ? [`its serial is ${found ?? 'not known'}, and the inventory says ${serial}`] : []),
    ...has('ledger', () => 'it is the disk of the ledger'),
    ...has('part-of-a-disk', () => 'it is a part of a disk, and no whole one'),
    ...has('read-only', () => 'it is read-only'),
    ...has('partition', names => `it has partitions: ${names}`),
    ...has('holder', names => `it is held by ${names}`),
    ...has('mounted', places => `it is mounted on ${places}`),
    ...has('swap', () => 'it is used as swap'),
    ...has('signature', types => `it carries ${types}`),
    ...(all('signatures').includes('read') ? [] : [`signatures are ${all('signatures')[0] ?? 'not looked for'}`]),
  ];
}
