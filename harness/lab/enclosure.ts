/**
 * The rack: one set of namespaces that holds everything of a lab. Its processes are in a session of their own and carry
 * a mark in their environment, so the lab outlives the process that built it and is found again whatever was left
 * half-done.
 */
import {existsSync, readFileSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import {execa} from 'execa';
import type {Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {removeCgroups} from './cgroups.ts';
import {lives, type ProcessIdentity, processesMarked} from './proc.ts';
import {type LabPlace, livingRack} from './state.ts';

/** How every process of a lab is known, whatever became of its files: a variable of its environment. */
const markName = 'SEATRIAL_RACK';
export const markOf = (place: LabPlace): string => `${markName}=${place.state}`;

/** The rack's file system, seen from this machine. */
export const rackPath = (rack: ProcessIdentity, file: string): string => `/proc/${rack.pid}/root${file}`;

/** Starts the rack and waits until its switches are there. The state folder is complete by now. */
export async function startRack(place: LabPlace, signal: AbortSignal): Promise<Result<ProcessIdentity, string>> {
  const namespaces = ['--mount', '--pid', '--net', '--ipc', '--uts', '--fork'];
  const machine = ['tini', '--', 'sh', `${place.state}/machine/rack.sh`, place.state];
  const child = startApart(place, 'rack', ['unshare', ...namespaces, '--', ...machine]);
  let ended = false;
  void child.then(() => {
    ended = true;
  });
  return waitFor(
    'the rack',
    10_000,
    async () => {
      if (ended) throw new Error(`it ended with: ${lastWords(place)}`);
      const rack = livingRack(place);
      return rack !== undefined && existsSync(rackPath(rack, `${place.state}/run/ready`)) ? rack : undefined;
    },
    {intervalMs: 10, signal},
  );
}

/**
 * Starts a process of the lab that outlives this one, in a session of its own. What it says goes to `log/NAME`; the
 * promise ends with it.
 */
export function startApart(place: LabPlace, name: string, argv: readonly string[]): Promise<unknown> {
  // The shell opens the log: pipes to this process would break when it ends.
  const launch = ['-c', 'log=$1; shift; exec "$@" >>"$log" 2>&1', name, `${place.state}/log/${name}`];
  const child = execa('sh', [...launch, ...argv], {
    detached: true,
    cleanup: false,
    reject: false,
    extendEnv: false,
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      LANG: 'C.UTF-8',
      [markName]: place.state,
    },
    stdio: 'ignore',
    cwd: '/',
  });
  child.nodeChildProcess.unref();
  return child;
}

/** What the rack's scripts said last. */
function lastWords(place: LabPlace): string {
  try {
    return readFileSync(`${place.state}/log/rack`, 'utf8').trim().split('\n').slice(-3).join(' / ') || 'nothing said';
  } catch {
    return 'no log';
  }
}

/** Ends everything of the lab and removes its folder. Safe to call for a lab that is half there, or not at all. */
export async function removeRack(place: LabPlace): Promise<Result<void, string>> {
  const gone = await waitFor(
    `the processes of lab ${place.name} to end`,
    10_000,
    async () => {
      const rack = livingRack(place);
      // Killed between its birth and its registration, a rack is known by its mark alone.
      const left = [...(rack === undefined ? [] : [rack]), ...processesMarked(markOf(place))];
      for (const each of left) {
        if (!lives(each)) continue;
        try {
          process.kill(each.pid, 'SIGKILL');
        } catch {
          // Ended meanwhile.
        }
      }
      return left.length === 0 ? true : undefined;
    },
    {intervalMs: 25},
  );
  if (!gone.ok) return gone;
  const freed = await waitFor(
    `control groups of lab ${place.name} to be empty`,
    10_000,
    async () => (removeCgroups(place).length === 0 ? true : undefined),
    {intervalMs: 25},
  );
  if (!freed.ok) return freed;
  try {
    await rm(place.state, {recursive: true, force: true, maxRetries: 3});
  } catch (reason) {
    return {ok: false, error: `${place.state} could not be removed: ${String(reason)}`};
  }
  return {ok: true, value: undefined};
}

/** The words in front of a command that is to run with the network of the administrator's machine. */
export function adminEntrance(place: LabPlace): [string, ...string[]] | undefined {
  const rack = livingRack(place);
  return rack === undefined ? undefined : ['nsenter', `--net=/proc/${rack.pid}/ns/net`, '--'];
}
