/**
 * The hosts of a local lab: commands enter a host's namespaces, as a console would. No network is in the way. They
 * carry the mark that those over SSH carry.
 */
import path from 'node:path';
import {rackPath} from '../lab/enclosure.ts';
import {isEnding, type ProcessIdentity, readLiving} from '../lab/proc.ts';
import {type LabPlace, livingRack} from '../lab/state.ts';
import type {Command, Host, Outcome, Running, Transport} from '../types.ts';
import {type ProcessRequest, startProcess, unreachable} from './process.ts';

/** A host's PID 1: its PID as the rack sees it, and where this machine sees the rack's /proc. */
interface Entrance {
  proc: string;
  init: ProcessIdentity;
}

/**
 * A transport to every host of the lab. A host that has no power is unreachable at once, also in the middle of a
 * command.
 */
export function labTransport(place: LabPlace): Transport {
  const start = (host: Host, request: Omit<ProcessRequest, 'signals'>): Running => {
    const entrance = findEntrance(place, host.name);
    if (typeof entrance === 'string') {
      const outcome = Promise.resolve(unreachable(entrance));
      return {outcome, stop: () => outcome};
    }
    const running = startProcess({
      ...request,
      argv: [...entering(entrance), ...request.argv] as const,
      signals: 'followers',
    });
    const told = running.outcome.then(outcome => explain(outcome, host, entrance));
    return {
      outcome: told,
      async stop(graceMs) {
        await running.stop(graceMs);
        return told;
      },
    };
  };
  const begin = (host: Host, command: Command) =>
    start(host, {
      argv: command.argv,
      timeoutMs: command.timeoutMs,
      env: {SEATRIAL_COMMAND: 'lab'},
      ...(command.stdin === undefined ? {} : {stdin: command.stdin}),
    });
  return {
    exec: (host, command) => begin(host, command).outcome,
    start: async (host, command) => begin(host, command),
    upload: (host, localPath, remotePath, mode) =>
      start(host, {
        // Under another name first: a reader sees the old file or the new one.
        argv: ['sh', '-c', receive, 'upload', remotePath, mode === undefined ? '' : mode.toString(8)],
        stdinFile: localPath,
        timeoutMs: copyMs,
      }).outcome,
    download: (host, remotePath, localPath) =>
      start(host, {argv: ['cat', '--', remotePath], stdoutFile: localPath, timeoutMs: copyMs}).outcome,
  };
}

const copyMs = 60_000;
const receive =
  'mkdir -p -- "$(dirname -- "$1")" && cat >"$1.part" && { [ -z "$2" ] || chmod "$2" "$1.part"; } && mv -- "$1.part" "$1"';

/** Commands inside the rack itself, where switches, power buttons and controllers are. */
export function rackTransport(place: LabPlace): (command: Command) => Promise<Outcome> {
  return command => {
    const rack = livingRack(place);
    if (rack === undefined) return Promise.resolve(unreachable(`lab ${place.name} is not running`));
    return startProcess({
      argv: [...entering({proc: '/proc', init: rack}), ...command.argv] as const,
      timeoutMs: command.timeoutMs,
      signals: 'followers',
      ...(command.stdin === undefined ? {} : {stdin: command.stdin}),
    }).outcome;
  };
}

function findEntrance(place: LabPlace, host: string): Entrance | string {
  const rack = livingRack(place);
  if (rack === undefined) return `lab ${place.name} is not running`;
  const proc = rackPath(rack, '/proc');
  const init = readLiving(rackPath(rack, path.join(place.state, 'run/hosts', host, 'reachable')), proc);
  return init === undefined ? `${host} has no power, or is still booting` : {proc, init};
}

/** Is the host's power on? Undefined where the lab itself is not running. */
export function hostIsOn(place: LabPlace, host: string): boolean | undefined {
  const rack = livingRack(place);
  if (rack === undefined) return undefined;
  const file = rackPath(rack, path.join(place.state, 'run/hosts', host, 'power'));
  return readLiving(file, rackPath(rack, '/proc')) !== undefined;
}

function entering({proc, init}: Entrance): [string, ...string[]] {
  const of = (kind: string) => `${proc}/${init.pid}/ns/${kind}`;
  return [
    'nsenter',
    `--mount=${of('mnt')}`,
    `--pid=${of('pid')}`,
    `--net=${of('net')}`,
    `--ipc=${of('ipc')}`,
    `--uts=${of('uts')}`,
    '--',
  ];
}

/**
 * A host that dies takes its commands with it; to the caller that is a host out of reach, not a command that was
 * killed.
 */
function explain(outcome: Outcome, host: Host, {proc, init}: Entrance): Outcome {
  const {exit} = outcome;
  const cut = (exit.kind === 'signalled' && exit.signal === 'SIGKILL') || (exit.kind === 'exited' && exit.code !== 0);
  if (!cut || !isEnding(init, proc)) return outcome;
  return {...outcome, exit: {kind: 'unreachable', reason: `${host.name} lost its power while the command ran`}};
}
