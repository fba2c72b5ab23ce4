/** What this machine has and lacks for the local reference cluster. `examine` looks; `findings` is pure and judges. */
import {existsSync, readFileSync} from 'node:fs';
import {statfs} from 'node:fs/promises';
import {availableParallelism, freemem, totalmem} from 'node:os';
import {join} from 'node:path';
import {cacheFolder} from '../../../harness/guest/cache.ts';
import {runLocally} from '../../../harness/transport/local.ts';
import {shipped} from '../kit/package-files.ts';

export interface Machine {
  isRoot: boolean;
  nodeVersion: string;
  /** Packages of packages.txt that are not installed; absent where there is no dpkg. */
  missingPackages?: readonly string[];
  cores: number;
  memoryBytes: number;
  freeMemoryBytes: number;
  /** Room where labs keep their disks and runs their artefacts. */
  freeDiskBytes: number;
  /** Kinds of namespaces that `unshare` could make. */
  namespaces: readonly string[];
  hasOverlay: boolean;
  /** `not tried`: the first lab finds out, by booting a guest with it. */
  kvm: 'absent' | 'works' | 'does not work' | 'not tried';
}

/** `missing`: no lab can be built without it. */
export interface MachineFinding {
  state: 'ok' | 'note' | 'missing';
  subject: string;
  text: string;
  /** Empty where nothing is to be done. */
  todo: string;
}

/** Namespaces a node of the lab consists of. */
const wantedNamespaces = ['mount', 'pid', 'net', 'uts', 'ipc'] as const;
const gibibyte = 2 ** 30;
const wantedMemoryBytes = 3 * gibibyte;
const wantedDiskBytes = 3 * gibibyte;
const stateFolder = '/var/lib/seatrial';

/** The names in packages.txt. */
export function packageNames(text: string): string[] {
  return text
    .split('\n')
    .map(line => line.split('#', 1)[0]?.trim() ?? '')
    .filter(line => line !== '');
}

export function findings(machine: Machine): MachineFinding[] {
  const found: MachineFinding[] = [];
  const add = (state: MachineFinding['state'], subject: string, text: string, todo = '') => {
    found.push({state, subject, text, todo});
  };
  const gib = (bytes: number) => `${(bytes / gibibyte).toFixed(1)} GiB`;

  if (machine.isRoot) add('ok', 'root', 'yes');
  else add('missing', 'root', 'the lab makes namespaces and mounts', 'Run as root, for example: sudo seatrial …');

  if (Number.parseInt(machine.nodeVersion, 10) >= 24) add('ok', 'node', machine.nodeVersion);
  else add('missing', 'node', `${machine.nodeVersion}, 24 is wanted`, 'In this folder: npm run seatrial -- …');

  if (machine.missingPackages === undefined) {
    add('missing', 'packages', 'this is not Debian: dpkg-query is missing', 'Use a Debian 12 machine for the lab.');
  } else if (machine.missingPackages.length === 0) add('ok', 'packages', 'all installed');
  else {
    const names = machine.missingPackages.join(' ');
    add('missing', 'packages', names, `apt-get update && apt-get install --no-install-recommends ${names}`);
  }

  const lacking = wantedNamespaces.filter(kind => !machine.namespaces.includes(kind));
  if (lacking.length === 0) add('ok', 'namespaces', wantedNamespaces.join(', '));
  else if (!machine.isRoot) add('note', 'namespaces', 'only root can tell');
  else {
    add(
      'missing',
      'namespaces',
      `the kernel refuses ${lacking.join(', ')}`,
      'In a container: start it with --privileged, or --cap-add SYS_ADMIN --cap-add NET_ADMIN.',
    );
  }
  if (machine.hasOverlay) add('ok', 'overlay', 'the kernel has it');
  else add('missing', 'overlay', 'the kernel lacks the overlay file system', 'modprobe overlay');

  if (machine.cores >= 2) add('ok', 'processors', String(machine.cores));
  else add('note', 'processors', `${machine.cores}: times will be long`, 'Use a machine with two or more.');

  if (machine.freeMemoryBytes >= wantedMemoryBytes) add('ok', 'memory', `${gib(machine.freeMemoryBytes)} free`);
  else {
    const text = `${gib(machine.freeMemoryBytes)} of ${gib(machine.memoryBytes)} free, ${gib(wantedMemoryBytes)} wanted`;
    add('missing', 'memory', text, 'End what uses memory, or: seatrial lab up --storage nbd');
  }
  if (machine.freeDiskBytes >= wantedDiskBytes) add('ok', 'disk', `${gib(machine.freeDiskBytes)} free`);
  else {
    const text = `${gib(machine.freeDiskBytes)} free under ${stateFolder}, ${gib(wantedDiskBytes)} wanted`;
    add('missing', 'disk', text, `Make room on the disk of ${stateFolder}.`);
  }

  if (machine.kvm === 'works') add('ok', 'KVM', 'a guest boots with it');
  else if (machine.kvm === 'not tried')
    add('note', 'KVM', '/dev/kvm is there; the first lab finds out whether a guest boots with it');
  else {
    const why = machine.kvm === 'absent' ? 'there is no /dev/kvm' : '/dev/kvm is there, but no guest boots with it';
    add('note', 'KVM', `${why}: guests are emulated, and every report says so`);
  }
  return found;
}

/** Looks at this machine; changes nothing. */
export async function examine(): Promise<Machine> {
  const isRoot = process.getuid?.() === 0;
  const missingPackages = await lookForPackages();
  return {
    isRoot,
    nodeVersion: process.versions.node,
    ...(missingPackages === undefined ? {} : {missingPackages}),
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    freeMemoryBytes: availableMemory(),
    freeDiskBytes: await freeDisk(),
    namespaces: isRoot ? await workingNamespaces() : [],
    hasOverlay: readOr('/proc/filesystems', '').includes('overlay'),
    kvm: kvm(),
  };
}

async function lookForPackages(): Promise<string[] | undefined> {
  const names = packageNames(readOr(shipped('scripts/packages.txt'), ''));
  const said = await runLocally({
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own notation
    argv: ['dpkg-query', '-W', '-f=${Package} ${db:Status-Status}\n', ...names],
    timeoutMs: 30_000,
    idempotent: true,
  });
  // 1: some packages are unknown to dpkg; the others are listed all the same.
  if (said.exit.kind !== 'exited' || said.exit.code > 1) return undefined;
  const installed = new Set(
    said.stdout
      .split('\n')
      .filter(line => line.endsWith(' installed'))
      .map(line => line.split(' ')[0]),
  );
  return names.filter(name => !installed.has(name));
}

async function workingNamespaces(): Promise<string[]> {
  const tried = await Promise.all(
    wantedNamespaces.map(async kind => {
      const argv: [string, ...string[]] = ['unshare', `--${kind}`, ...(kind === 'pid' ? ['--fork'] : []), 'true'];
      const said = await runLocally({argv, timeoutMs: 10_000, idempotent: true});
      return said.exit.kind === 'exited' && said.exit.code === 0 ? kind : undefined;
    }),
  );
  return tried.filter(kind => kind !== undefined);
}

/** What programs could still get, which is more than what lies idle. */
function availableMemory(): number {
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readOr('/proc/meminfo', ''))?.[1];
  return kibibytes === undefined ? freemem() : Number(kibibytes) * 1024;
}

async function freeDisk(): Promise<number> {
  let folder = stateFolder;
  while (!existsSync(folder)) folder = folder.slice(0, folder.lastIndexOf('/')) || '/';
  const {bavail, bsize} = await statfs(folder);
  return bavail * bsize;
}

/**
 * What the last lab of this boot found out (harness/lab/kvm-probe.ts keeps it); trying takes a guest image and may
 * hang.
 */
function kvm(): Machine['kvm'] {
  if (!existsSync('/dev/kvm')) return 'absent';
  const boot = readOr('/proc/sys/kernel/random/boot_id', '').trim();
  const [tried, , answer] = readOr(join(cacheFolder(), 'acceleration'), '').trim().split(' ');
  if (boot === '' || tried !== boot) return 'not tried';
  return answer === 'kvm' ? 'works' : 'does not work';
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
