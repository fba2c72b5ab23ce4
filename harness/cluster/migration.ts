/**
 * Live migration by `virsh migrate`, as the cluster's own agent types it, with options that the agent takes only from
 * the resource's definition: to change that would restart the guest.
 */
import type {Cluster, Command, Guest, Host, Result, Running} from '../types.ts';
import {waitFor} from '../wait.ts';
import {failureMessage, idempotent, stdoutOf, succeeded} from './commands.ts';
import {domains} from './libvirt.ts';
import type {ResourceDefinition} from './pacemaker.ts';

/** Ways to move, by name. `mt` and `xbzrle` compress; `mt` has broken emulated guests and said that all went well. */
const migrationOptions = {
  'pre-copy': [],
  'auto-converge': ['--auto-converge'],
  'post-copy': ['--postcopy', '--postcopy-after-precopy'],
  multifd: ['--parallel', '--parallel-connections', '2'],
  xbzrle: ['--compressed', '--comp-methods', 'xbzrle'],
  mt: ['--compressed', '--comp-methods', 'mt'],
  tls: ['--tls'],
} as const satisfies Record<string, readonly string[]>;

export type MigrationOption = keyof typeof migrationOptions;
export const migrationOptionNames = Object.keys(migrationOptions) as [MigrationOption, ...MigrationOption[]];

/** QEMU's own limit of the pause at the end, unless told otherwise; virsh calls the speed without limit so. */
const usualDowntimeMs = 300;
const noSpeedLimit = 8_796_093_022_207;
/** A move of the cluster's own has its own time-out, of 120 s. */
const restDeadlineMs = {hand: 30_000, cluster: 180_000};
/** At least ten samples a second: `virsh` answers within a few milliseconds. */
const sampleSeconds = 0.08;

const virsh = (...words: string[]): Command['argv'] => ['virsh', '--connect', 'qemu:///system', ...words];

export interface MigrationRequest {
  guest: Guest;
  to: Host;
  /** Of the guest's resource: how a peer is reached is written there. */
  parameters: ResourceDefinition['parameters'];
  option: MigrationOption;
  /** 0 for no limit. */
  bandwidthMiBPerSecond: number;
  timeoutMs: number;
}

/** Ends when the guest has moved, was called back, or could not be moved. */
export function migrateCommand({guest, to, parameters, option, ...asked}: MigrationRequest): Command {
  const limit = String(asked.bandwidthMiBPerSecond);
  const limits = asked.bandwidthMiBPerSecond > 0 ? ['--bandwidth', limit] : [];
  const afterwards = limits.length > 0 && option === 'post-copy' ? ['--postcopy-bandwidth', limit] : [];
  const {peer, data} = addressesOf(parameters, to.name);
  const words = ['migrate', '--live', ...migrationOptions[option], ...limits, ...afterwards, guest.name, peer, ...data];
  return {argv: virsh(...words), timeoutMs: asked.timeoutMs, idempotent: false};
}

/** As VirtualDomain makes them out of a resource's parameters: libvirt's address and, where stated, the data's. */
function addressesOf(parameters: ResourceDefinition['parameters'], node: string): {peer: string; data: string[]} {
  const {remoteuri, migration_user: user, migration_network_suffix: suffix = '', migrateuri, migrateport} = parameters;
  const named = node.replace(/^[^.]+/, bare => `${bare}${suffix}`);
  const transport = parameters.migration_transport === undefined ? '' : `+${parameters.migration_transport}`;
  const peer = remoteuri?.replaceAll('%n', node) ?? `qemu${transport}://${user ? `${user}@` : ''}${named}/system`;
  if (migrateuri !== undefined) return {peer, data: [migrateuri.replaceAll('%n', named)]};
  return {peer, data: suffix === '' ? [] : [`tcp:${named}:${migrateport ?? ''}`.replace(/:$/, '')]};
}

/** How long the guest may pause at the end of its next migration. */
export function downtimeCommand(domain: string, milliseconds: number): Command {
  return idempotent(virsh('migrate-setmaxdowntime', domain, String(milliseconds)));
}

/** How fast its next migrations may send, whoever starts them. */
export function speedCommand(domain: string, mebibytesPerSecond: number): Command {
  return idempotent(virsh('migrate-setspeed', domain, String(mebibytesPerSecond)));
}

/** Prints the state of the domain's job about eleven times a second, by one connection, for so long. */
export function watchJob({transport}: Cluster, host: Host, domain: string, seconds: number): Promise<Running> {
  const looks = Math.ceil(seconds / sampleSeconds);
  const script =
    'i=0; while [ $i -lt "$2" ]; do echo "domjobinfo $1"; sleep "$3"; i=$((i + 1)); done | exec virsh -q -c qemu:///system';
  const argv: Command['argv'] = ['sh', '-c', script, 'watch', domain, String(looks), String(sampleSeconds)];
  return transport.start(host, {argv, timeoutMs: seconds * 2000 + 30_000, idempotent: false});
}

/** Prints what libvirt tells of the domain, with its time: rounds over the memory, the pause, the end of a job. */
export function watchEvents({transport}: Cluster, host: Host, domain: string, seconds: number): Promise<Running> {
  const timeout = String(Math.ceil(seconds));
  const argv = virsh('event', '--all', '--domain', domain, '--loop', '--timestamp', '--timeout', timeout);
  return transport.start(host, {argv, timeoutMs: seconds * 1000 + 30_000, idempotent: false});
}

/** Asks QEMU to give a migration up; whoever started it says when that has come about. */
export async function callBack({transport}: Cluster, host: Host, domain: string): Promise<Result<void, string>> {
  const command = idempotent(virsh('domjobabort', domain));
  const outcome = await transport.exec(host, command);
  return succeeded(outcome) ? {ok: true, value: undefined} : {ok: false, error: failureMessage(host, command, outcome)};
}

/**
 * Waits until the domain is on one node only, and gives that node; none where it is nowhere. Takes away limits that
 * were set for its migrations. What is on its way by hand is called back. What the cluster itself moves is let go, at
 * full speed: to the cluster a move that was called back is a failed one, and it starts the guest anew.
 */
export async function atRest(
  cluster: Cluster,
  domain: string,
  mover: 'hand' | 'cluster',
): Promise<Result<Host | undefined, string>> {
  let last = '';
  const waited = await waitFor(`${domain} to be on one node`, restDeadlineMs[mover], async () => {
    const {active, silent} = await domains(cluster);
    const [quiet] = silent;
    if (quiet !== undefined) last = `${quiet.node} does not say what it runs: ${quiet.reason}`;
    const places = active.filter(each => each.domain === domain);
    if (places.length > 1) last = `it is on ${places.map(({node, state}) => `${node} (${state})`).join(' and ')}`;
    if (places.length <= 1 && quiet === undefined) return {place: places[0]};
    // Only the source has a job; where there is none, nothing is done.
    for (const host of hostsOf(
      cluster,
      places.map(({node}) => node),
    ))
      await (mover === 'hand'
        ? callBack(cluster, host, domain)
        : cluster.transport.exec(host, speedCommand(domain, noSpeedLimit)));
    return undefined;
  });
  if (!waited.ok) return {ok: false, error: `${waited.error}; last: ${last}`};
  const [host] = hostsOf(cluster, waited.value.place === undefined ? [] : [waited.value.place.node]);
  if (host === undefined) return {ok: true, value: undefined};
  for (const command of [speedCommand(domain, noSpeedLimit), downtimeCommand(domain, usualDowntimeMs)]) {
    const reset = await stdoutOf(cluster.transport, host, command);
    if (!reset.ok) return reset;
  }
  return {ok: true, value: host};
}

function hostsOf({nodes}: Cluster, names: readonly string[]): readonly Host[] {
  return nodes.filter(({name}) => names.includes(name));
}
