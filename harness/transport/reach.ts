/** Asks every host once, before anything is touched: can it be worked on, and if not, why? */
import {createHash} from 'node:crypto';
import type {Host} from '../types.ts';
import {unlessAborted} from '../wait.ts';
import {startProcess} from './process.ts';
import type {Unreached} from './reach-sentences.ts';
import type {SshTransport} from './ssh.ts';
import {type Cause, causeOf, type KeyPlace} from './ssh-cause.ts';

export interface ReachOptions {
  /**
   * Nobody is waited for any longer than this, whatever the number of hosts; but while hosts keep answering, it is only
   * this machine that is slow, and it goes on.
   */
  deadlineMs: number;
  /** Of one host: to connect and to log in. */
  connectSeconds: number;
  /** Connections that are being opened at the same time. */
  parallel: number;
  signal?: AbortSignal;
}

/** 200 silent hosts are told within 15 s: two rounds of 7 s. */
export const reachDefaults: ReachOptions = {deadlineMs: 14_000, connectSeconds: 6, parallel: 128};
/**
 * Hosts behind one jump host share its sshd, which turns connections away beyond ten that are being opened
 * (MaxStartups).
 */
const gentle = 8;
const commandMs = 4000;
const scanSeconds = 3;

/**
 * The hosts that cannot be worked on, in the order given. A connection that was opened stays open for what comes.
 * When the signal is aborted, what was not asked by then counts as silent: look at the signal.
 */
export async function reach(
  hosts: readonly Host[],
  transport: Pick<SshTransport, 'connect' | 'exec'>,
  options: ReachOptions = reachDefaults,
): Promise<readonly Unreached[]> {
  const deadline = new AbortController();
  const started = performance.now();
  let timer = setTimeout(() => deadline.abort(), options.deadlineMs);
  const oneAnswered = () => {
    const left = options.deadlineMs - (performance.now() - started);
    clearTimeout(timer);
    timer = setTimeout(() => deadline.abort(), Math.max(left, options.connectSeconds * 1000));
  };
  const signal = AbortSignal.any([deadline.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const causes = new Map<Host, Cause | undefined>();
  const askAll = async (some: readonly Host[], parallel: number) => {
    await eachOf(some, parallel, async host => {
      if (signal.aborted) return void causes.set(host, {kind: 'timeout'});
      const asked = askOne(host, transport, options.connectSeconds).then(cause => {
        if (cause === undefined && !signal.aborted) oneAnswered();
        return {cause};
      });
      causes.set(host, ((await unlessAborted(signal, asked)) ?? {cause: {kind: 'timeout'}}).cause);
    });
  };
  await askAll(hosts, options.parallel);
  const turnedAway = hosts.filter(host => causes.get(host)?.kind === 'dropped');
  if (turnedAway.length > 0 && !signal.aborted) await askAll(turnedAway, gentle);
  clearTimeout(timer);
  return hosts.flatMap(host => {
    const cause = causes.get(host);
    return cause === undefined ? [] : [{name: host.name, address: host.addresses.management ?? '', cause}];
  });
}

async function askOne(
  host: Host,
  transport: Pick<SshTransport, 'connect' | 'exec'>,
  connectSeconds: number,
): Promise<Cause | undefined> {
  const opened = await transport.connect(host, connectSeconds);
  if (opened.exit.kind !== 'exited' || opened.exit.code !== 0) return withFingerprint(causeOf(opened));
  const ran = await transport.exec(host, {argv: ['id', '-u'], timeoutMs: commandMs, idempotent: false});
  if (ran.exit.kind === 'exited' && ran.exit.code === 0) {
    return ran.stdout.trim() === '0' ? undefined : {kind: 'not-root'};
  }
  const said = ran.stderr.trim() || ran.stdout.trim();
  return {kind: 'no-shell', said: said.split('\n').at(-1) || JSON.stringify(ran.exit)};
}

/**
 * ssh does not say which key it was sent when it knows none: the host is asked for it. Behind a jump host that may
 * fail.
 */
async function withFingerprint(cause: Cause): Promise<Cause> {
  if (cause.kind !== 'unknown-key') return cause;
  const fingerprint = await offeredFingerprint(cause.keyType, cause.at);
  return fingerprint === undefined ? cause : {...cause, fingerprint};
}

async function offeredFingerprint(keyType: string, {address, port = 22}: KeyPlace): Promise<string | undefined> {
  const said = await startProcess({
    argv: ['ssh-keyscan', '-T', String(scanSeconds), '-t', keyType.toLowerCase(), '-p', String(port), '--', address],
    timeoutMs: (scanSeconds + 1) * 1000,
    signals: 'group',
  }).outcome;
  return fingerprintOf(said.stdout);
}

/** A line of known_hosts → the fingerprint that ssh-keygen -l prints of it. Pure. */
export function fingerprintOf(line: string): string | undefined {
  const key = /^\S+ (?:ssh|ecdsa|sk)-\S+ ([A-Za-z0-9+/]+={0,2})\s*$/m.exec(line)?.[1];
  if (key === undefined) return undefined;
  return `SHA256:${createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64').replace(/=+$/, '')}`;
}

/** Acts on every item, on so many at the same time. */
export async function eachOf<T>(items: readonly T[], parallel: number, act: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(item);
  };
  await Promise.all(Array.from({length: Math.min(parallel, items.length)}, worker));
}
