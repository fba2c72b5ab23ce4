/**
 * Runs a program inside a guest by the QEMU guest agent, through libvirt on whichever node the guest is: no network
 * into the guest and no login are needed, and the same works on every cluster whose guests carry the agent. The program
 * runs on while the guest moves; its end is then asked for on the other node.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {z} from 'zod';
import {readOnly, stdoutOf, succeeded} from '../cluster/commands.ts';
import {whereRuns} from '../cluster/pacemaker.ts';
import {readJson} from '../parse/json.ts';
import type {Cluster, Command, Guest, Host, Outcome, Result} from '../types.ts';
import {waitFor} from '../wait.ts';

export interface GuestCommand {
  /** The program as the guest finds it in its PATH, and its arguments; never a shell line. */
  argv: readonly [string, ...string[]];
  timeoutMs: number;
  stdin?: string;
  /** It takes at least so long: it is left alone until then, since asking takes processors that it may be measuring. */
  takesMs?: number;
}

/** Asking the agent itself takes milliseconds; a guest that is paused at the end of a migration answers later. */
const answerMs = 10_000;
const pollMs = 250;

const started = z.object({return: z.object({pid: z.number().int().positive()})});
const status = z.object({
  return: z.object({
    exited: z.boolean(),
    exitcode: z.number().int().optional(),
    signal: z.number().int().optional(),
    'out-data': z.string().optional(),
    'err-data': z.string().optional(),
    'out-truncated': z.boolean().optional(),
    'err-truncated': z.boolean().optional(),
  }),
});
type Status = z.infer<typeof status>['return'];

/** `virsh qemu-agent-command`, as an administrator would type it. */
function agentCommand(domain: string, execute: string, parameters?: Record<string, unknown>): Command {
  const request = JSON.stringify(parameters === undefined ? {execute} : {execute, arguments: parameters});
  const timeoutSeconds = String(answerMs / 1000);
  return {
    argv: ['virsh', '--connect', 'qemu:///system', 'qemu-agent-command', '--timeout', timeoutSeconds, domain, request],
    timeoutMs: answerMs + 5_000,
    // What starts a program must not be sent twice.
    idempotent: execute !== 'guest-exec',
    ...(execute === 'guest-exec' ? {} : {readOnly: true}),
  };
}

/**
 * Runs the program and waits for its end. Never rejects: like a transport's, the outcome says what went wrong.
 * `unreachable`: it was not started, or its guest was lost or started anew while it ran. `timed-out`: it was ended in
 * the guest. Output beyond the agent's own limit (16 MiB) is an error too, since a part would pass for the whole.
 */
export async function guestExec(cluster: Cluster, guest: Guest, command: GuestCommand): Promise<Outcome> {
  const begin = performance.now();
  const outcome = (exit: Outcome['exit'], stdout = '', stderr = ''): Outcome => ({
    stdout,
    stderr,
    durationMs: performance.now() - begin,
    exit,
  });
  const host = await hostOfGuest(cluster, guest);
  if (!host.ok) return outcome({kind: 'unreachable', reason: host.error});
  const pid = await start(cluster, guest, host.value, command);
  if (!pid.ok) return outcome({kind: 'unreachable', reason: pid.error});
  let at = host.value;
  let last = '';
  const ended = await waitFor<Status | string>(
    `${command.argv[0]} in ${guest.name} to end`,
    command.timeoutMs,
    async () => {
      const now = await statusOf(cluster, guest, at, pid.value);
      if (now.ok) return now.value.exited ? now.value : undefined;
      last = now.error;
      // It may have moved.
      const elsewhere = await hostOfGuest(cluster, guest);
      if (elsewhere.ok) at = elsewhere.value;
      // An agent that does not know the process is another incarnation's: waiting cannot cure that.
      return /PID .* does not exist|Invalid parameter 'pid'/.test(now.error) ? now.error : undefined;
    },
    {intervalMs: pollMs, firstAfterMs: command.takesMs ?? 0},
  );
  if (!ended.ok) {
    const killed = await endInGuest(cluster, guest, at, pid.value);
    if (last === '' || killed) return outcome({kind: 'timed-out'});
    return outcome({kind: 'unreachable', reason: `${ended.error}; last: ${last}`});
  }
  if (typeof ended.value === 'string') {
    return outcome({kind: 'unreachable', reason: `${guest.name} was started anew while it ran: ${ended.value}`});
  }
  return finished(ended.value, outcome);
}

async function start(
  cluster: Cluster,
  guest: Guest,
  host: Host,
  command: GuestCommand,
): Promise<Result<number, string>> {
  const [path, ...arg] = command.argv;
  const request = agentCommand(guest.name, 'guest-exec', {
    path,
    arg,
    'capture-output': true,
    ...(command.stdin === undefined ? {} : {'input-data': Buffer.from(command.stdin).toString('base64')}),
  });
  const said = await stdoutOf(cluster.transport, host, request);
  if (!said.ok) return said;
  const read = answer(started, said.value);
  return read.ok ? {ok: true, value: read.value.return.pid} : read;
}

async function statusOf(cluster: Cluster, guest: Guest, host: Host, pid: number): Promise<Result<Status, string>> {
  const said = await stdoutOf(cluster.transport, host, agentCommand(guest.name, 'guest-exec-status', {pid}));
  if (!said.ok) return said;
  const read = answer(status, said.value);
  return read.ok ? {ok: true, value: read.value.return} : read;
}

/** Ends the program in the guest, so that it does not disturb the next trial. */
async function endInGuest(cluster: Cluster, guest: Guest, host: Host, pid: number): Promise<boolean> {
  const ended = await start(cluster, guest, host, {argv: ['kill', '-9', String(pid)], timeoutMs: answerMs});
  if (!ended.ok) return false;
  await sleep(pollMs);
  const now = await statusOf(cluster, guest, host, pid);
  return now.ok && now.value.exited;
}

function finished(
  {exitcode, signal, ...data}: Status,
  outcome: (exit: Outcome['exit'], stdout?: string, stderr?: string) => Outcome,
): Outcome {
  const stdout = decoded(data['out-data']);
  const stderr = decoded(data['err-data']);
  if (data['out-truncated'] === true || data['err-truncated'] === true) {
    return outcome({kind: 'unreachable', reason: 'it printed more than the guest agent keeps'}, stdout, stderr);
  }
  if (signal !== undefined) return outcome({kind: 'signalled', signal: String(signal)}, stdout, stderr);
  if (exitcode === undefined) return outcome({kind: 'unreachable', reason: 'the guest agent gave no exit code'});
  return outcome({kind: 'exited', code: exitcode}, stdout, stderr);
}

function decoded(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf8');
}

/**
 * The one node on which the guest's domain runs: what libvirt says, since the cluster's own view lags behind a
 * migration.
 */
async function hostOfGuest(cluster: Cluster, guest: Guest): Promise<Result<Host, string>> {
  const asked = await Promise.all(
    cluster.nodes.map(async host => {
      const said = await cluster.transport.exec(
        host,
        readOnly(['virsh', '--connect', 'qemu:///system', 'domstate', guest.name], 5_000),
      );
      return {host, running: succeeded(said) && said.stdout.trim() === 'running'};
    }),
  );
  const running = asked.filter(each => each.running);
  const [only] = running;
  if (only !== undefined && running.length === 1) return {ok: true, value: only.host};
  if (running.length > 1) {
    const names = running.map(({host}) => host.name).join(' and ');
    return {ok: false, error: `${guest.name} runs on ${names} at once: none of them is asked`};
  }
  const placed = await whereRuns(cluster, guest.resource);
  const where = placed.ok ? `the cluster has it on ${placed.value.join(', ') || 'no node'}` : placed.error;
  return {ok: false, error: `${guest.name} runs on no node that answers; ${where}`};
}

function answer<T>(schema: z.ZodType<T>, text: string): Result<T, string> {
  const read = readJson(text, 'the guest agent', schema);
  if (read.ok) return read;
  return {ok: false, error: `the guest agent answered ${JSON.stringify(text.slice(0, 200))}`};
}
