/**
 * Where Pacemaker itself says that each guest goes when nodes are lost, from a CIB: of a file, or of a cluster as it is
 * now. Nothing is changed.
 */
import {z} from 'zod';
import {parseSimulated} from '../parse/crm-simulate.ts';
import {descendants, parseXml} from '../parse/xml.ts';
import {runLocally} from '../transport/local.ts';
import type {Cluster, Command, Host, Outcome, Result} from '../types.ts';
import {readOnly, succeeded} from './commands.ts';
import {membersIn} from './fencing.ts';
import {queryCib} from './pacemaker.ts';

const oneForetold = z.object({
  lost: z.array(z.string()).readonly(),
  /** More than half of the nodes are left. */
  quorate: z.boolean(),
  /** Resource of a guest → where it ends up; none is nowhere. */
  guests: z.record(z.string(), z.array(z.string()).readonly()),
});
export const foretoldSchema = z.array(oneForetold);
/** What becomes of the guests when these nodes are lost at once. */
export type Foretold = z.infer<typeof oneForetold>;

/** Nothing, every node alone, and every pair where the cluster survives it: on five nodes or more. Pure. */
export function survivableLosses(nodes: readonly string[]): readonly (readonly string[])[] {
  const pairs = nodes.length >= 5 && nodes.length <= mostNodesInPairs;
  return [[], ...lossesOf(nodes).filter(({length}) => length === 1 || pairs)];
}

/** More would take too long to ask. */
const mostNodesInPairs = 16;

/** Runs crm_simulate somewhere. */
export type Simulator = (command: Command) => Promise<Outcome>;

/** Every node alone, then every pair. Pure. */
export function lossesOf(nodes: readonly string[]): readonly (readonly string[])[] {
  const pairs = nodes.flatMap((one, index) => nodes.slice(index + 1).map(other => [one, other]));
  return [...nodes.map(node => [node]), ...pairs];
}

/** The cluster's nodes by the CIB, in its order; remote ones are none. Pure. */
export function nodesOfCib(cib: string): Result<readonly string[], string> {
  const parsed = parseXml(cib, 'the CIB');
  if (!parsed.ok) return {ok: false, error: `the CIB: expected ${parsed.error.expected}, found ${parsed.error.found}`};
  const [section] = descendants(parsed.value, 'nodes');
  const names = section === undefined ? [] : membersIn(section).map(node => node.attributes.uname ?? '');
  return names.length > 0 ? {ok: true, value: names} : {ok: false, error: 'the CIB names no nodes'};
}

/** One loss. The guests are the virtual machines, by their resource's agent, that are not ordered to be stopped. */
export async function foretell(
  simulate: Simulator,
  cib: string,
  lost: readonly string[],
): Promise<Result<Foretold, string>> {
  const nodes = nodesOfCib(cib);
  if (!nodes.ok) return nodes;
  const stranger = lost.find(node => !nodes.value.includes(node));
  if (stranger !== undefined)
    return {ok: false, error: `the CIB has no node ${stranger}; it has ${nodes.value.join(', ')}`};
  const quorate = (nodes.value.length - lost.length) * 2 > nodes.value.length;
  const outcome = await simulate(simulateCommand(cib, lost, quorate));
  if (!succeeded(outcome)) return {ok: false, error: whyFailed(outcome)};
  const placed = parseSimulated(outcome.stdout, 'crm_simulate');
  if (!placed.ok)
    return {ok: false, error: `crm_simulate: expected ${placed.error.expected}, found ${placed.error.found}`};
  // What cannot be fenced without quorum is taken for running where it was: a lost node serves nobody.
  const left = (nodes: readonly string[]) => nodes.filter(node => !lost.includes(node));
  const guests = placed.value.filter(({agent, stopped}) => agent.endsWith(':VirtualDomain') && !stopped);
  return {
    ok: true,
    value: {lost, quorate, guests: Object.fromEntries(guests.map(each => [each.id, left(each.nodes)]))},
  };
}

/** Each of these losses; every single and double one where nothing else is asked. */
export async function foretellAll(
  simulate: Simulator,
  cib: string,
  wanted: (nodes: readonly string[]) => readonly (readonly string[])[] = lossesOf,
): Promise<Result<readonly Foretold[], string>> {
  const nodes = nodesOfCib(cib);
  if (!nodes.ok) return nodes;
  const all: Foretold[] = [];
  for (const lost of wanted(nodes.value)) {
    const one = await foretell(simulate, cib, lost);
    if (!one.ok) return one;
    all.push(one.value);
  }
  return {ok: true, value: all};
}

/** The same of a cluster as it is now, on the first node that has the tool, or here. */
export async function foretellLive(
  cluster: Cluster,
  wanted?: (nodes: readonly string[]) => readonly (readonly string[])[],
): Promise<Result<readonly Foretold[], string>> {
  const cib = await queryCib(cluster);
  if (!cib.ok) return cib;
  const simulator = await simulatorFor(cluster);
  return simulator === undefined
    ? {ok: false, error: missing('any node, nor here')}
    : foretellAll(simulator, cib.value, wanted);
}

async function simulatorFor({nodes, transport}: Cluster): Promise<Simulator | undefined> {
  const look = readOnly(['crm_simulate', '--version']);
  const on =
    (host: Host): Simulator =>
    command =>
      transport.exec(host, command);
  for (const simulator of [...nodes.map(on), runLocally as Simulator])
    if (succeeded(await simulator(look))) return simulator;
  return undefined;
}

function missing(where: string): string {
  return `there is no crm_simulate on ${where}: it comes with pacemaker-cli-utils (Debian), pacemaker-cli (RHEL, SLES)`;
}

/** A shell says 127, and a program that this machine lacks is not started at all. */
function whyFailed({exit, stderr}: Outcome): string {
  const absent =
    (exit.kind === 'exited' && exit.code === 127) || (exit.kind === 'unreachable' && /ENOENT/.test(exit.reason));
  if (absent) return missing('this machine');
  const why = exit.kind === 'unreachable' ? exit.reason : stderr.trim();
  return `crm_simulate did not end well: ${why || exit.kind}`;
}

/** Without a connection: the CIB comes on standard input. */
function simulateCommand(cib: string, lost: readonly string[], quorate: boolean): Command {
  const losses = lost.flatMap(node => ['--node-fail', node]);
  const quorum = ['--quorum', quorate ? '1' : '0'];
  const argv = ['crm_simulate', '--simulate', '--xml-pipe', ...quorum, ...losses, '--output-as=xml'] as const;
  return {...readOnly([...argv]), stdin: cib};
}
