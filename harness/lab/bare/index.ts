/** A lab of bare hosts: a Debian each with systemd and sshd, its controller, and nothing of a cluster. */
import {mkdirSync, readFileSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import path from 'node:path';
import {labTransport} from '../../transport/lab.ts';
import {runLocally} from '../../transport/local.ts';
import type {Host, Result} from '../../types.ts';
import {waitFor} from '../../wait.ts';
import {powerOn, randomSecret} from '../build.ts';
import {adminEntrance} from '../enclosure.ts';
import type {LabError} from '../error.ts';
import {groundOf, preflight} from '../preflight.ts';
import {raise, type Say} from '../raise.ts';
import {adminPath, type LabPlace, type LabRecord, labPlace, writeRecord} from '../state.ts';
import type {HostKeys} from './hosts.ts';
import {machineMirrors} from './mirrors.ts';
import {type BareOptions, planBare, writeBareState} from './plan.ts';
import {startProxy} from './proxy.ts';
import {goldenRoot} from './root.ts';
import {systemdStates} from './systemd.ts';

export type {BareOptions} from './plan.ts';
export {type Release, releases} from './releases.ts';

export interface BareLab {
  nodes: readonly Host[];
  client: Host;
  hardware: LabRecord['hardware'];
  /** Files for `--inventory`: logging in as root, and as a user with sudo and a password. */
  inventory: string;
  sudoInventory: string;
}

/**
 * Makes the hosts, and waits until each has booted and can be logged in to. The first one of a release on this machine
 * takes minutes. Whatever fails, or an abort of `signal`, ends with nothing left behind but that release's root.
 */
export async function bareUp(options: BareOptions, say: Say, signal: AbortSignal): Promise<Result<BareLab, LabError>> {
  const place = labPlace(options.name, options.stateRoot);
  if (!place.ok) return place;
  const fit = preflight(groundOf(place.value.root), 'bare', place.value.root);
  if (!fit.ok) return fit;
  return raise(place.value, () => build(place.value, options, say, signal), say, signal);
}

async function build(
  place: LabPlace,
  options: BareOptions,
  say: Say,
  signal: AbortSignal,
): Promise<Result<BareLab, string>> {
  const mirrors = await machineMirrors();
  if (!mirrors.ok) return mirrors;
  const root = await goldenRoot(place, options.release, mirrors.value, say, signal);
  if (!root.ok) return root;
  const plan = planBare(options, randomSecret);
  const {record} = plan;
  const keys = await makeKeys(
    place,
    plan.hosts.map(({host}) => host),
  );
  if (!keys.ok) return keys;
  writeBareState(place, plan, root.value, {keys: keys.value, password: randomSecret()});
  writeRecord(place, record);
  if (signal.aborted) return {ok: false, error: 'interrupted'};
  say(`powering on ${plan.hosts.length} bare hosts`);
  const powered = await powerOn(place, plan, signal);
  if (!powered.ok) return powered;
  const proxy = await startProxy(place, mirrors.value, signal);
  if (!proxy.ok) return proxy;
  say('waiting for systemd and sshd');
  const booted = await waitForHosts(
    place,
    plan.hosts.map(({host}) => host),
    signal,
  );
  if (!booted.ok) return booted;
  writeRecord(place, {...record, phase: 'up'});
  await rm(path.join(place.state, 'builder'), {force: true});
  say(`lab ${options.name} is up: ${record.nodes.length} bare ${options.release} hosts and a client`);
  return {
    ok: true,
    value: {
      nodes: record.nodes,
      client: record.client,
      hardware: record.hardware,
      inventory: adminPath(place, 'inventory.yaml'),
      sudoInventory: adminPath(place, 'inventory-sudo.yaml'),
    },
  };
}

/** One key pair a host, and one for who logs in. */
async function makeKeys(place: LabPlace, hosts: readonly Host[]): Promise<Result<(host: Host) => HostKeys, string>> {
  mkdirSync(adminPath(place, 'host-keys'), {recursive: true, mode: 0o700});
  const fileOf = (host: Host) => adminPath(place, `host-keys/${host.name}`);
  const pairs = [
    {file: adminPath(place, 'key'), comment: `seatrial-lab-${place.name}`},
    ...hosts.map(host => ({file: fileOf(host), comment: host.name})),
  ];
  const made = await Promise.all(
    pairs.map(({file, comment}) =>
      runLocally({
        argv: ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file],
        timeoutMs: 30_000,
        idempotent: false,
      }),
    ),
  );
  const failed = made.find(({exit}) => exit.kind !== 'exited' || exit.code !== 0);
  if (failed !== undefined) return {ok: false, error: `ssh-keygen made no key: ${failed.stderr.trim()}`};
  const read = (file: string) => readFileSync(file, 'utf8');
  const admin = read(adminPath(place, 'key.pub'));
  return {
    ok: true,
    value: host => ({secret: read(fileOf(host)), open: read(`${fileOf(host)}.pub`), admin}),
  };
}

const bootMs = 120_000;

/** Each host has finished to boot, and lets the administrator in by SSH. */
async function waitForHosts(
  place: LabPlace,
  hosts: readonly Host[],
  signal: AbortSignal,
): Promise<Result<void, string>> {
  const transport = labTransport(place);
  const booted = await Promise.all(
    hosts.map(host =>
      waitFor(
        `${host.name} to boot`,
        bootMs,
        async () => {
          const [state] = await systemdStates(transport, [host]);
          return state?.state === 'running' || state?.state === 'degraded' ? true : undefined;
        },
        {intervalMs: 250, signal},
      ),
    ),
  );
  const late = booted.find(each => !each.ok);
  if (late !== undefined && !late.ok) return late;
  const entered = await Promise.all(hosts.map(host => waitForLogin(place, host, signal)));
  return entered.find(each => !each.ok) ?? {ok: true, value: undefined};
}

async function waitForLogin(place: LabPlace, host: Host, signal: AbortSignal): Promise<Result<void, string>> {
  let said = '';
  const entrance = adminEntrance(place);
  const asked = await waitFor(
    `${host.name} to let the administrator in`,
    30_000,
    async () => {
      const outcome = await runLocally({
        argv: [
          ...(entrance ?? ['false']),
          ...['ssh', '-F', 'none', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5'],
          ...['-i', adminPath(place, 'key'), '-o', `UserKnownHostsFile=${adminPath(place, 'known_hosts')}`],
          ...[`root@${host.addresses.management}`, 'true'],
        ] as [string, ...string[]],
        timeoutMs: 15_000,
        idempotent: true,
      });
      said = outcome.stderr.trim();
      return outcome.exit.kind === 'exited' && outcome.exit.code === 0 ? true : undefined;
    },
    {intervalMs: 200, signal},
  );
  return asked.ok ? {ok: true, value: undefined} : {ok: false, error: `${asked.error}; ssh said: ${said}`};
}
