import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {copyFile, mkdir} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import type {Command} from 'commander';
import {writeWhole} from '../../../harness/files.ts';
import {buildGuestDisk} from '../../../harness/guest/disk.ts';
import {buildGuestImage, type GuestIdentity} from '../../../harness/guest/image.ts';
import {CommandError, exitCodes} from '../kit/command-error.ts';
import {whole} from '../kit/options.ts';

export function setUp(command: Command): void {
  command
    .option('--out <folder>', 'put kernel, initramfs and their SHA256SUMS there')
    .option('--disk <file>', 'write a bootable qcow2 of one guest, where QEMU cannot be given a kernel')
    .option('--name <name>', "with --disk: the guest's name")
    .option('--address <address/bits>', "with --disk: the guest's address, 10.0.3.101/24")
    .option('--gateway <address>', 'with --disk: the way out of its network')
    .option('--mtu <bytes>', 'with --disk: of its interface', whole(1280, 65_535))
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  seatrial image                        where kernel and initramfs are; built first where they are not
  seatrial image --out /srv/guest       to carry them to where there is no compiler and no mirror
  seatrial image --disk vm1.qcow2 --name vm1 --address 10.0.3.101/24

The image is made of this machine's own fio, iperf3 and busybox, and of Debian's kernel. seatrial provision --guests builds
and copies it by itself.
Exit code: 0 it is there, 3 wrong usage, or something to build it with is missing.`,
    )
    .action(image);
}

interface Flags {
  out?: string;
  disk?: string;
  name?: string;
  address?: string;
  gateway?: string;
  mtu?: number;
  json?: true;
}

async function image(flags: Flags): Promise<void> {
  const identity = identityOf(flags);
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const built = await buildGuestImage(say);
  if (!built.ok) throw new CommandError(built.error, 'Mend that and run the same command again.');
  let {kernel, initramfs} = built.value;
  if (flags.out !== undefined) ({kernel, initramfs} = await copyTo(flags.out, kernel, initramfs));
  if (flags.disk !== undefined && identity !== undefined) {
    const disk = await buildGuestDisk(identity, resolve(flags.disk), say);
    if (!disk.ok) throw new CommandError(disk.error, 'Mend that and run the same command again.');
  }
  const said = {hash: built.value.hash, kernel, initramfs, ...(flags.disk === undefined ? {} : {disk: flags.disk})};
  const lines = Object.entries(said).map(([key, value]) => `${key.padEnd(10)}${value}\n`);
  process.stdout.write(flags.json ? `${JSON.stringify(said, null, 1)}\n` : lines.join(''));
}

/** Of the disk; the options that describe it come together or not at all. */
function identityOf({disk, name, address, gateway, mtu}: Flags): GuestIdentity | undefined {
  if (disk === undefined) {
    if (name === undefined && address === undefined && gateway === undefined && mtu === undefined) return undefined;
    throw new CommandError('--name, --address, --gateway and --mtu describe the guest of a disk', 'Add --disk FILE.');
  }
  const [, host, bits] = /^((?:\d{1,3}\.){3}\d{1,3})\/(\d{1,2})$/.exec(address ?? '') ?? [];
  if (name === undefined || host === undefined || Number(bits) > 32) {
    throw new CommandError('a disk needs a name and an address', 'Say --name vm1 --address 10.0.3.101/24.');
  }
  return {
    name,
    address: `${host}/${Number(bits)}`,
    ...(gateway === undefined ? {} : {gateway}),
    ...(mtu === undefined ? {} : {mtu}),
  };
}

async function copyTo(folder: string, kernel: string, initramfs: string): Promise<{kernel: string; initramfs: string}> {
  const copies = {kernel: join(folder, 'kernel'), initramfs: join(folder, 'initramfs')};
  try {
    await mkdir(folder, {recursive: true});
    await copyFile(kernel, copies.kernel);
    await copyFile(initramfs, copies.initramfs);
    const sums = `${await sha256(copies.kernel)}  kernel\n${await sha256(copies.initramfs)}  initramfs\n`;
    await writeWhole(join(folder, 'SHA256SUMS'), sums);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      `the image cannot be put into ${folder}: ${why}`,
      'Make room, or name another folder.',
      exitCodes.usage,
    );
  }
  return copies;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest('hex');
}
