/**
 * Where Pacemaker itself says that each guest goes when nodes are lost, from a CIB: nothing is connected to and nothing
 * changed, so that a file does as well as a live cluster.
 */
import {parseSimulated} from '../parse/crm-simulate.ts';
import {descendants, parseXml} from '../parse/xml.ts';
import type {Command, Outcome, Result} from '../types.ts';
import {readOnly, succeeded} from './commands.ts';

/** What becomes of the guests when these nodes are lost at once. */
export interface Foretold {
  lost: readonly string[];
  /** More than half of the nodes are left. */
  quorate: boolean;
  /** Resource of a guest → where it ends up; none is nowhere. */
  guests: Readonly<Record<string, readonly string[]>>;
}

/** Runs crm_simulate somewhere. */
export type Simulator = (command: Command) => Promise<Outcome>;

/** Every node alone, then every pair. Pure. */
export function lossesOf(nodes: readonly string[]): readonly (readonly string[])[] {
  const pairs = nodes.flatMap((one, index) => nodes.slice(index + 1).map(other => [one, other]));
  return [...nodes.map(node => [node]), ...pairs];
}

/** The cluster's nodes by the CIB, in its order. Pure. */
export function nodesOfCib(cib: string): Result<readonly string[], string> {
  const parsed = parseXml(cib, 'the CIB');
  if (!parsed.ok) return {ok: false, error: `the CIB: expected ${parsed.error.expected}, found ${parsed.error.found}`};
  const [section] = descendants(parsed.value, 'nodes');
  const names = section === undefined ? [] : descendants(section, 'node').map(node => node.attributes.uname ?? '');
  return names.length > 0 ? {ok: true, value: names} : {ok: false, error: 'the CIB names no nodes'};
}

/** One loss. The guests are the virtual machines, by their resource's agent. */
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
  if (!succeeded(outcome)) {
    const why = outcome.exit.kind === 'unreachable' ? outcome.exit.reason : outcome.stderr.trim();
    return {ok: false, error: `crm_simulate did not end well: ${why || outcome.exit.kind}`};
  }
  const placed = parseSimulated(outcome.stdout, 'crm_simulate');
  if (!placed.ok)
    return {ok: false, error: `crm_simulate: expected ${placed.error.expected}, found ${placed.error.found}`};
  // What cannot be fenced without quorum is taken for running where it was: a lost node serves nobody.
  const left = (nodes: readonly string[]) => nodes.filter(node => !lost.includes(node));
  const guests = placed.value.filter(({agent}) => agent.endsWith(':VirtualDomain'));
  return {
    ok: true,
    value: {lost, quorate, guests: Object.fromEntries(guests.map(each => [each.id, left(each.nodes)]))},
  };
}

/** Every single and every double loss. */
export async function foretellAll(simulate: Simulator, cib: string): Promise<Result<readonly Foretold[], string>> {
  const nodes = nodesOfCib(cib);
  if (!nodes.ok) return nodes;
  const all: Foretold[] = [];
  for (const lost of lossesOf(nodes.value)) {
    const one = await foretell(simulate, cib, lost);
    if (!one.ok) return one;
    all.push(one.value);
  }
  return {ok: true, value: all};
}

/** Without a connection: the CIB comes on standard input. */
function simulateCommand(cib: string, lost: readonly string[], quorate: boolean): Command {
  const losses = lost.flatMap(node => ['--node-fail', node]);
  const quorum = ['--quorum', quorate ? '1' : '0'];
  const argv = ['crm_simulate', '--simulate', '--xml-pipe', ...quorum, ...losses, '--output-as=xml'] as const;
  return {...readOnly([...argv]), stdin: cib};
}
