/**
 * Can guests of this machine use KVM? That /dev/kvm opens proves nothing: there are machines where it does and a stock
 * kernel then hangs for ever. So the guest's own kernel is booted with it, under a deadline.
 */
import {access, mkdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {writeWhole} from '../files.ts';
import {cacheFolder} from '../guest/cache.ts';
import {type GuestImage, guestCommandLine, probeAnswer} from '../guest/image.ts';
import {runLocally} from '../transport/local.ts';
import type {Outcome} from '../types.ts';

export type Acceleration = 'kvm' | 'tcg';

/** A guest under working KVM is up within a second. */
const bootDeadlineMs = 5_000;
/** A process that hangs in the kernel may not even die at once; nobody waits longer for it. */
const dyingMs = 3_000;

export interface ProbeOptions {
  device?: string;
  program?: string;
  /** Changes with each boot of the machine, and with it the kept answer. */
  bootIdFile?: string;
  /** How long the guest may take to speak; default 5000. */
  deadlineMs?: number;
}

/** The answer is kept for as long as this machine stays up: later calls start nothing. Never rejects. */
export async function probeAcceleration(
  image: Pick<GuestImage, 'kernel' | 'initramfs' | 'hash'>,
  options: ProbeOptions = {},
): Promise<Acceleration> {
  const device = options.device ?? '/dev/kvm';
  const there = await access(device).then(
    () => true,
    () => false,
  );
  if (!there) return 'tcg';
  const bootId = await readFile(options.bootIdFile ?? '/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const kept = join(cacheFolder(), 'acceleration');
  const key = `${bootId.trim()} ${image.hash}`;
  const known = await readFile(kept, 'utf8').catch(() => '');
  if (bootId !== '' && known === `${key} kvm\n`) return 'kvm';
  if (bootId !== '' && known === `${key} tcg\n`) return 'tcg';
  const answer = await boots(image, options.program ?? 'qemu-system-x86_64', options.deadlineMs ?? bootDeadlineMs);
  // An answer that cannot be kept is asked for again; that costs seconds, not correctness.
  await keep(kept, `${key} ${answer}\n`).catch(() => undefined);
  return answer;
}

async function boots(
  image: Pick<GuestImage, 'kernel' | 'initramfs'>,
  program: string,
  deadlineMs: number,
): Promise<Acceleration> {
  const commandLine = `${guestCommandLine({name: 'probe', address: '192.0.2.1/32'})} seatrial.probe`;
  const outcome = runLocally({
    argv: [
      program,
      ...['-accel', 'kvm', '-machine', 'q35', '-cpu', 'host', '-m', '256', '-smp', '1'],
      ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', 'stdio'],
      ...['-kernel', image.kernel, '-initrd', image.initramfs, '-append', commandLine],
    ],
    timeoutMs: deadlineMs,
    idempotent: true,
  });
  const stopWaiting = new AbortController();
  const ended = await Promise.race([
    outcome,
    sleep(deadlineMs + dyingMs, undefined, {signal: stopWaiting.signal, ref: false}).catch(() => undefined),
  ]);
  stopWaiting.abort();
  return ended !== undefined && answered(ended) ? 'kvm' : 'tcg';
}

/** Only a guest that spoke and then switched itself off counts. */
function answered(outcome: Outcome): boolean {
  return outcome.exit.kind === 'exited' && outcome.exit.code === 0 && outcome.stdout.includes(probeAnswer);
}

async function keep(file: string, text: string): Promise<void> {
  await mkdir(cacheFolder(), {recursive: true});
  await writeWhole(file, text);
}
