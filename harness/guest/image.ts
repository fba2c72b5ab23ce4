/**
 * The guest that carries seatrial's services: a kernel and an initramfs out of Debian packages, for direct kernel boot.
 * Inside run `beacon serve` (UDP 7007, ledger on the disk with serial `seatrial-ledger`), `fio --server` (TCP 8765) and
 * two `iperf3 -s` (TCP/UDP 5201 and 5202). /dev/scratch is the disk with serial `seatrial-scratch`; /dev/shm is a tmpfs
 * of three quarters of the memory, for loads that dirty memory (fio, `ioengine=mmap`, `directory=/dev/shm`). The power
 * button ends it at once. The QEMU guest agent runs programs in it (exec.ts). The same for the lab and for real
 * clusters; see README.md beside this file.
 */
import {readdir, realpath, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {buildBeacon} from '../probes/beacon/binary.ts';
import {runLocally} from '../transport/local.ts';
import type {Outcome, Result} from '../types.ts';
import {cached, hashOf} from './cache.ts';

/** The kernel package: the general one, since Debian's cloud kernel has neither AHCI nor e1000. */
const kernelPackage = 'linux-image-amd64';
const sources = import.meta.dirname;
/** Each program of the image, and the package that has it. */
const programs = {fio: 'fio', iperf3: 'iperf3', 'qemu-ga': 'qemu-guest-agent', wipefs: 'util-linux'} as const;

/** What a guest with `seatrial.probe` on its command line prints before it switches itself off. */
export const probeAnswer = 'seatrial: the guest kernel runs';

export interface GuestImage {
  /** Uncompressed kernel with a PVH entry: QEMU starts it directly, and saves 3 s of decompression under emulation. */
  kernel: string;
  /** The same kernel as a boot loader wants it. */
  bootKernel: string;
  initramfs: string;
  /** Hash of all that went in. */
  hash: string;
}

/** What the kernel command line tells the guest about itself. `address` with prefix length; `mtu` in bytes. */
export interface GuestIdentity {
  name: string;
  address: `${string}/${number}`;
  gateway?: string;
  mtu?: number;
}

/**
 * The kernel command line of a guest. Self-tests and tracing that take a second under emulation are left out; a panic
 * restarts the guest after a second, which the beacon shows as a new life.
 */
export function guestCommandLine(identity: GuestIdentity): string {
  return [
    'console=ttyS0',
    'quiet',
    'loglevel=4',
    'panic=1',
    'mitigations=off',
    'random.trust_cpu=on',
    'tsc=reliable',
    'no_timer_check',
    'rodata=off',
    'lsm=capability',
    'audit=0',
    'cryptomgr.notests',
    'initcall_blacklist=crypto_kdf108_init,init_kprobe_trace',
    `seatrial.name=${identity.name}`,
    `seatrial.address=${identity.address}`,
    ...(identity.gateway === undefined ? [] : [`seatrial.gateway=${identity.gateway}`]),
    ...(identity.mtu === undefined ? [] : [`seatrial.mtu=${identity.mtu}`]),
  ].join(' ');
}

/**
 * Kernel and initramfs, built if this content was not built before (about 10 s, and 71 MB from the Debian mirror the
 * first time). `say` is told what takes long. Errors are sentences that say what to install or do.
 */
export async function buildGuestImage(say: (text: string) => void): Promise<Result<GuestImage, string>> {
  const beacon = await buildBeacon();
  if (!beacon.ok) return beacon;
  const kernel = await kernelDeb(say);
  if (!kernel.ok) return kernel;
  const inputs = await toolInputs();
  if (!inputs.ok) return inputs;
  const hash = await hashOf([
    ...['build.sh', 'init.sh', 'disks.sh', 'after-disks.sh', 'agent.sh', 'inittab'].map(name => ({
      name,
      file: join(sources, name),
    })),
    {name: 'beacon', text: beacon.value.hash},
    {name: 'kernel', text: kernel.value.split('/').at(-1) ?? ''},
    {name: 'tools', text: inputs.value},
  ]);
  const folder = await cached(`guest-${hash}`, async building => {
    say('building the guest image (about 10 s, once)');
    const outcome = await runLocally({
      argv: ['sh', join(sources, 'build.sh'), kernel.value, beacon.value.path, sources, building],
      timeoutMs: 180_000,
      idempotent: true,
    });
    return succeeded(outcome)
      ? {ok: true, value: undefined}
      : {ok: false, error: `cannot build the guest image: ${lastWords(outcome)}`};
  });
  if (!folder.ok) return folder;
  return {
    ok: true,
    value: {
      kernel: join(folder.value, 'vmlinux'),
      bootKernel: join(folder.value, 'vmlinuz'),
      initramfs: join(folder.value, 'initramfs'),
      hash,
    },
  };
}

/**
 * The kernel's package file out of the cache, or from the Debian mirror. To get a newer one, remove the folder `kernel`
 * of the cache.
 */
export async function kernelDeb(say: (text: string) => void): Promise<Result<string, string>> {
  const folder = await cached('kernel', async building => {
    say('fetching the guest kernel from the Debian mirror (71 MB, once)');
    // apt's own lists may be older than the mirror: a failed download is tried once more with fresh ones.
    const script = `cd "$1" && get() { p=$(apt-cache depends --important ${kernelPackage} | sed -n 's/^ *Depends: \\(linux-image-[0-9].*\\)/\\1/p' | head -n 1) && [ -n "$p" ] && apt-get -q -o APT::Sandbox::User=root download "$p"; }
      get || { apt-get -q update && get; }`;
    const outcome = await runLocally({
      argv: ['sh', '-c', script, 'sh', building],
      timeoutMs: 300_000,
      idempotent: true,
    });
    return succeeded(outcome)
      ? {ok: true, value: undefined}
      : {
          ok: false,
          error: `cannot download the package of ${kernelPackage}: ${lastWords(outcome)}; is a Debian mirror reachable?`,
        };
  });
  if (!folder.ok) return folder;
  const deb = (await readdir(folder.value)).find(name => name.endsWith('.deb'));
  return deb === undefined
    ? {ok: false, error: `there is no kernel package in ${folder.value}; remove that folder and start again`}
    : {ok: true, value: join(folder.value, deb)};
}

/** Identity of every program and library that goes in: another version makes another image. */
async function toolInputs(): Promise<Result<string, string>> {
  const found = Object.entries(programs)
    .map(([program, debianPackage]) => `find ${program} ${debianPackage}`)
    .join('; ');
  const outcome = await runLocally({
    argv: [
      'sh',
      '-c',
      `find() { f=$(PATH=$PATH:/usr/sbin:/sbin command -v "$1") || { echo "$1 is not installed (apt-get install $2)" >&2; exit 1; }; echo "$f"; ldd "$f" | awk '/=> \\//{print $3}'; }; ${found}; test -x /bin/busybox || { echo "there is no /bin/busybox (apt-get install busybox-static)" >&2; exit 1; }; echo /bin/busybox`,
    ],
    timeoutMs: 20_000,
    idempotent: true,
  });
  if (!succeeded(outcome)) return {ok: false, error: `cannot build the guest image: ${lastWords(outcome)}`};
  const files = [...new Set(outcome.stdout.split('\n').filter(line => line.startsWith('/')))].sort();
  const facts = await Promise.all(
    files.map(async file => {
      const path = await realpath(file);
      const status = await stat(path);
      return `${path} ${status.size} ${status.mtimeMs}`;
    }),
  );
  return {ok: true, value: facts.join('\n')};
}

export function succeeded(outcome: Outcome): boolean {
  return outcome.exit.kind === 'exited' && outcome.exit.code === 0;
}

export function lastWords(outcome: Outcome): string {
  const said = outcome.stderr.trim().split('\n').slice(-3).join(' | ');
  if (said !== '') return said;
  return outcome.exit.kind === 'exited' ? `exit code ${outcome.exit.code}` : outcome.exit.kind;
}
