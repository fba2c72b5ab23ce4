/** Runs the beacon on a cluster's client host: the watch over guests, and the check of a guest's ledger. */
import {randomUUID} from 'node:crypto';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {succeeded} from '../../cluster/commands.ts';
import type {Cluster, Command, Guest, Outcome, Result, Trial} from '../../types.ts';
import {waitFor} from '../../wait.ts';
import {complaint, pathOnHost, placeOnHost} from '../compiled.ts';
import {buildBeacon} from './binary.ts';

export interface BeaconOptions {
  /** Between two requests to each guest, 1…1000. */
  intervalMs: number;
  /** The watch ends by itself after so long, 1…86400, should nobody stop it. */
  durationSeconds: number;
  /** Of the trial, so that a killed harness leaves no log behind. */
  leave?: Trial['leave'];
}

export interface BeaconWatch {
  /**
   * Ends the watch and gives its log; a second call gives the same. The log is cut when the watch was killed: the
   * parser says so.
   */
  stop(): Promise<Result<string, string>>;
  /** The log, once the watch has ended by itself or by `stop`. */
  ended: Promise<Result<string, string>>;
}

const folder = '/var/tmp';
const startDeadlineMs = 10_000;
const stopGraceMs = 5_000;
/** Of a beacon that had no answer in time. */
const silentExit = 1;

/** The command line of a watch; `log` is a path on the client host. */
function watchArgv(
  program: string,
  guests: readonly Guest[],
  options: BeaconOptions,
  log: string,
): readonly [string, ...string[]] {
  return [
    program,
    'watch',
    ...guests.flatMap(guest => ['--target', targetOf(guest)]),
    '--interval-ms',
    String(options.intervalMs),
    '--duration-s',
    String(options.durationSeconds),
    '--out',
    log,
  ];
}

/** The command line of a ledger check; prints the verify log. */
function verifyArgv(program: string, guest: Guest, timeoutSeconds: number): readonly [string, ...string[]] {
  return [program, 'verify', '--target', targetOf(guest), '--timeout-s', String(timeoutSeconds), '--out', '-'];
}

/** `vm1=10.0.0.7:7007`; IPv6 addresses in brackets. */
function targetOf(guest: Guest): string {
  const address = guest.address.includes(':') ? `[${guest.address}]` : guest.address;
  return `${guest.name}=${address}:${guest.ports.beacon}`;
}

/** Starts a watch on the client host; when this returns, it has begun to write its log. Errors are sentences. */
export async function startBeacon(
  cluster: Cluster,
  guests: readonly Guest[],
  options: BeaconOptions,
): Promise<Result<BeaconWatch, string>> {
  const {client, transport} = cluster;
  if (guests.length === 0) return {ok: false, error: 'there is no guest to watch'};
  const program = await placeBeacon(cluster);
  if (!program.ok) return program;
  const log = join(folder, `seatrial-beacon-${randomUUID()}.log`);
  const gone = await options.leave?.({what: 'file', host: client.name, path: log});
  const running = await transport.start(client, {
    argv: watchArgv(program.value, guests, options, log),
    timeoutMs: options.durationSeconds * 1000 + 30_000,
    idempotent: false,
  });
  let end: Outcome | undefined;
  const ended = running.outcome.then(async outcome => {
    end = outcome;
    const fetched = await fetchLog(cluster, log, outcome);
    if (fetched.ok) await gone?.();
    return fetched;
  });
  const begun = await waitFor(
    `the beacon on ${client.name} to begin`,
    startDeadlineMs,
    async () => {
      if (end !== undefined) return 'ended' as const;
      const there = await transport.exec(client, look(['test', '-s', log]));
      return succeeded(there) ? ('begun' as const) : undefined;
    },
    {intervalMs: 50},
  );
  if (!begun.ok) {
    await running.stop(0);
    return begun;
  }
  if (begun.value === 'ended') {
    const fetched = await ended;
    if (!fetched.ok) return fetched;
  }
  return {
    ok: true,
    value: {
      ended,
      stop: async () => {
        await running.stop(stopGraceMs);
        return ended;
      },
    },
  };
}

/**
 * Has a guest read its ledger again, record by record, and gives the verify log. A guest that stops answering half-way
 * gives a log that the parser calls incomplete; one that never answers is an error.
 */
export async function verifyLedger(
  cluster: Cluster,
  guest: Guest,
  timeoutSeconds = 30,
): Promise<Result<string, string>> {
  const program = await placeBeacon(cluster);
  if (!program.ok) return program;
  const outcome = await cluster.transport.exec(cluster.client, {
    argv: verifyArgv(program.value, guest, timeoutSeconds),
    timeoutMs: timeoutSeconds * 1000 + 10_000,
    idempotent: true,
    readOnly: true,
  });
  if (succeeded(outcome) || outcome.stdout.startsWith('seatrial-beacon-verify '))
    return {ok: true, value: outcome.stdout};
  return {ok: false, error: `cannot check the ledger of ${guest.name}: ${complaint(outcome)}`};
}

/**
 * Which incarnation of a guest answers: the boot id that its beacon says. A restarted guest has another one, a migrated
 * guest has not.
 */
export async function incarnationOf(cluster: Cluster, guest: Guest): Promise<Result<string, string>> {
  const log = await verifyLedger(cluster, guest, 1);
  if (!log.ok) return log;
  const boot = /^seatrial-beacon-verify \d+ target=\S+ boot=(\S+)/.exec(log.value)?.[1];
  if (boot !== undefined) return {ok: true, value: boot};
  return {ok: false, error: `${guest.name}: expected the boot id of its beacon, found ${log.value.slice(0, 80)}`};
}

/** Whether nobody answers for the guest; an error where that could not be asked. */
export async function isSilent(cluster: Cluster, guest: Guest): Promise<Result<boolean, string>> {
  const program = await placeBeacon(cluster);
  if (!program.ok) return program;
  const command: Command = {...look(verifyArgv(program.value, guest, 2)), timeoutMs: 10_000};
  const outcome = await cluster.transport.exec(cluster.client, command);
  if (outcome.stdout.startsWith('seatrial-beacon-verify ')) return {ok: true, value: false};
  const asked = outcome.exit.kind === 'exited' && outcome.exit.code === silentExit;
  return asked ? {ok: true, value: true} : {ok: false, error: `cannot ask ${guest.name}: ${complaint(outcome)}`};
}

/** Puts the program on the client host, under a name that tells its contents; does nothing when it is there. */
async function placeBeacon(cluster: Cluster): Promise<Result<string, string>> {
  const {client, transport} = cluster;
  const binary = await buildBeacon();
  if (!binary.ok) return binary;
  // Logs that a killed harness left behind go with the same look.
  const there = await transport.exec(
    client,
    look([
      'sh',
      '-c',
      `find ${folder} -maxdepth 1 -name 'seatrial-beacon-*.log' -mmin +1440 -exec rm -f {} + ; test -x "$1"`,
      'sh',
      pathOnHost(binary.value),
    ]),
  );
  return placeOnHost(transport, client, binary.value, there);
}

async function fetchLog(cluster: Cluster, log: string, outcome: Outcome): Promise<Result<string, string>> {
  const {client, transport} = cluster;
  const place = await mkdtemp(join(tmpdir(), 'seatrial-beacon-'));
  try {
    const local = join(place, 'log');
    const downloaded = await transport.download(client, log, local);
    const text = succeeded(downloaded) ? await readFile(local, 'utf8') : '';
    // The log decides, not the exit: a killed watch leaves a log that says so itself.
    if (text === '') {
      const why = succeeded(outcome) ? complaint(downloaded) : complaint(outcome);
      return {ok: false, error: `the beacon on ${client.name} left no log: ${why}`};
    }
    await transport.exec(client, look(['rm', '-f', log]));
    return {ok: true, value: text};
  } catch (reason) {
    return {
      ok: false,
      error: `cannot read the beacon's log: ${reason instanceof Error ? reason.message : String(reason)}`,
    };
  } finally {
    await rm(place, {recursive: true, force: true});
  }
}

function look(argv: readonly [string, ...string[]]): Command {
  return {argv, timeoutMs: 10_000, idempotent: true};
}
