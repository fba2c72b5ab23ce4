/**
 * What an administrator would type at libvirt, node by node.
 */
import type {Cluster, Command, Host, Result} from '../types.ts';
import {failureMessage, idempotent, readOnly, stdoutOf, succeeded} from './commands.ts';

const virsh = (...words: string[]): readonly [string, ...string[]] => [
  'virsh',
  '--connect',
  'qemu:///system',
  ...words,
];

/**
 * Statistics of the last completed migration, as libvirt prints them. Valid on the source and on the destination; gone
 * once the domain is. Without --keep-completed reading them would destroy them.
 */
export function domjobinfoCommand(domain: string): Command {
  return readOnly(virsh('domjobinfo', domain, '--completed', '--keep-completed'));
}

function dumpxmlCommand(domain: string): Command {
  return readOnly(virsh('dumpxml', domain));
}

export interface DomainOnNode {
  domain: string;
  node: string;
  state: string;
}

/**
 * Names and states of the domains that are active on this node; a migrating guest is active on both ends, paused on
 * one.
 */
async function activeDomains(cluster: Cluster, host: Host): Promise<Result<readonly DomainOnNode[], string>> {
  const listed = await stdoutOf(cluster.transport, host, readOnly(virsh('list')));
  if (!listed.ok) return listed;
  return {ok: true, value: parseList(listed.value).map(({domain, state}) => ({domain, state, node: host.name}))};
}

/** Table of `virsh list`, whatever its column widths. Pure. */
function parseList(text: string): readonly {domain: string; state: string}[] {
  return text.split('\n').flatMap(line => {
    const match = /^\s*(?:\d+|-)\s+(\S+)\s+(\S.*?)\s*$/.exec(line);
    return match?.[1] === undefined || match[2] === undefined ? [] : [{domain: match[1], state: match[2]}];
  });
}

/** Where every domain is active, over all nodes that answer; `silent` are those that do not, with the reason. */
export async function domains(
  cluster: Cluster,
): Promise<{active: readonly DomainOnNode[]; silent: readonly {node: string; reason: string}[]}> {
  const lists = await Promise.all(cluster.nodes.map(async host => ({host, list: await activeDomains(cluster, host)})));
  return {
    active: lists.flatMap(({list}) => (list.ok ? list.value : [])),
    silent: lists.flatMap(({host, list}) => (list.ok ? [] : [{node: host.name, reason: list.error}])),
  };
}

/** The raw text of `domjobinfo --completed`; parse it with harness/parse/domjobinfo.ts. */
export async function completedJob(cluster: Cluster, host: Host, domain: string): Promise<Result<string, string>> {
  return stdoutOf(cluster.transport, host, domjobinfoCommand(domain));
}

/** The running domain as libvirt holds it, not as its file asked. */
export async function dumpxml(cluster: Cluster, host: Host, domain: string): Promise<Result<string, string>> {
  return stdoutOf(cluster.transport, host, dumpxmlCommand(domain));
}

/** Starts it anew where it runs, as the button of a machine does. */
export function resetDomain(domain: string): readonly [string, ...string[]] {
  return virsh('reset', domain);
}

/** Ends a domain at once, as a power cut would. A domain that is not there is no error. */
export async function destroyDomain(cluster: Cluster, host: Host, domain: string): Promise<Result<void, string>> {
  const command = idempotent(virsh('destroy', domain));
  const outcome = await cluster.transport.exec(host, command);
  if (succeeded(outcome)) return {ok: true, value: undefined};
  if (
    outcome.exit.kind === 'exited' &&
    /failed to get domain|Domain not found|domain is not running/.test(outcome.stderr)
  ) {
    return {ok: true, value: undefined};
  }
  return {ok: false, error: failureMessage(host, command, outcome)};
}
