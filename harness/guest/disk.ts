/**
 * The guest as a bootable qcow2, for clusters where a kernel cannot be given to QEMU directly. The same kernel and
 * initramfs.
 */
import {mkdir, mkdtemp, rename, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {runLocally} from '../transport/local.ts';
import type {Outcome, Result} from '../types.ts';
import {unpackedDebs} from './debs.ts';
import {buildGuestImage, type GuestIdentity, guestCommandLine} from './image.ts';

/**
 * Writes the disk of one guest to `path` (about 27 MB); its name and address are part of it, so each guest has its own.
 * It boots by BIOS from any bus. Needs e2fsprogs and qemu-utils; GRUB is fetched from the Debian mirror once. Errors
 * are sentences.
 */
export async function buildGuestDisk(
  identity: GuestIdentity,
  path: string,
  say: (text: string) => void,
): Promise<Result<void, string>> {
  const line = guestCommandLine(identity);
  // The line becomes part of a GRUB script.
  if (!/^[A-Za-z0-9_.,:/= -]+$/.test(line))
    return {ok: false, error: `the guest cannot be called ${identity.name}: letters, digits, dots and dashes only`};
  const image = await buildGuestImage(say);
  if (!image.ok) return image;
  const grub = await unpackedDebs('grub', ['grub-pc-bin', 'grub-common'], () =>
    say('fetching GRUB from the Debian mirror (4 MB, once)'),
  );
  if (!grub.ok) return grub;
  let work: string | undefined;
  try {
    await mkdir(dirname(path), {recursive: true});
    work = await mkdtemp(join(dirname(path), '.guest-disk-'));
    const made = join(work, 'qcow2');
    const outcome = await runLocally({
      argv: [
        'sh',
        join(import.meta.dirname, 'disk.sh'),
        ...[grub.value, image.value.bootKernel, image.value.initramfs, line, work, made],
      ],
      timeoutMs: 120_000,
      idempotent: true,
    });
    const built = done(`cannot build the disk ${path}`, outcome);
    if (built.ok) await rename(made, path);
    return built;
  } catch (reason) {
    return {ok: false, error: `cannot write ${path}: ${reason instanceof Error ? reason.message : String(reason)}`};
  } finally {
    if (work !== undefined) await rm(work, {recursive: true, force: true});
  }
}

function done(what: string, outcome: Outcome): Result<void, string> {
  if (outcome.exit.kind === 'exited' && outcome.exit.code === 0) return {ok: true, value: undefined};
  const said = outcome.stderr.trim().split('\n').slice(-3).join(' | ');
  return {ok: false, error: `${what}: ${said === '' ? JSON.stringify(outcome.exit) : said}`};
}
