/**
 * The lab's light store: one nbdkit a disk on a storage host of its own. Up in a blink, a few MiB, and every fault of a
 * disk can be put into it while it runs. It is a single point of failure without fencing: use Ceph to judge failovers.
 *
 * The volatile cache: with `lying`, nbdkit keeps all writes in a cache that it never writes out, and acknowledges
 * flushes that it has not done. The cache is a file without a name, so `kill -9` loses it: a fresh server over the same
 * file shows the old content. That is what a drive with a volatile cache does when the power goes. (The lab's hosts
 * share one kernel, whose page cache survives a host's death: without this lie no write would ever be lost here.)
 */
import {sentenceOf} from '../cluster/storage.ts';
import type {Host, Result, Transport} from '../types.ts';

/** The storage host, and the way to it. */
export interface NbdTarget {
  transport: Transport;
  host: Host;
}

export interface NbdDisk {
  /** Letters, digits, hyphens. It is the export's name too, though any name would be answered. */
  name: string;
  port: number;
  bytes: number;
  /** `noise`: full of random bytes, so that reads measure something. `zeros`: nothing stored yet. */
  content: 'noise' | 'zeros';
}

export interface NbdOptions {
  lying: boolean;
  /** Added to every read and write. Fixed until the next start. */
  delayMs?: number;
}

const home = '/var/lib/seatrial/disk/nbd';
const here = '/run/seatrial/nbd';
const firstPort = 10809;
const ledgerBytes = 16 * 1024 ** 2;
const noiseBytes = 16 * 1024 ** 2;

/**
 * Two disks a guest, like on Ceph: `NAME-ledger`, `NAME-scratch`. Ports count up from 10809 in the order of the guests.
 */
export function planNbdDisks(guests: readonly {name: string}[], scratchBytes = 256 * 1024 ** 2): readonly NbdDisk[] {
  return guests.flatMap(({name}, index): NbdDisk[] => [
    {name: `${name}-ledger`, port: firstPort + 2 * index, bytes: ledgerBytes, content: 'zeros'},
    {name: `${name}-scratch`, port: firstPort + 2 * index + 1, bytes: scratchBytes, content: 'noise'},
  ]);
}

/**
 * What is run. The order of filters is the way of a request: errors and pauses strike before the rate limit, and the
 * lie sits next to the file.
 */
export function nbdArgv(disk: NbdDisk, address: string, options: NbdOptions): readonly string[] {
  const own = `${here}/${disk.name}`;
  return [
    'nbdkit',
    `--ipaddr=${address}`,
    `--port=${disk.port}`,
    `--pidfile=${own}.pid`,
    '--filter=pause',
    '--filter=error',
    '--filter=rate',
    ...(options.delayMs === undefined ? [] : ['--filter=delay']),
    ...(options.lying ? ['--filter=cache'] : []),
    'file',
    `${home}/${disk.name}`,
    `pause-control=${own}.pause`,
    'error=EIO',
    'error-rate=100%',
    `error-file=${own}.error`,
    `rate-file=${own}.rate`,
    'burstiness=0.1',
    ...(options.delayMs === undefined ? [] : [`rdelay=${options.delayMs}ms`, `wdelay=${options.delayMs}ms`]),
    ...(options.lying ? ['cache=unsafe'] : []),
  ];
}

/** Where the boot hook of a disk lies: a storage host that loses power serves again when it is back. */
const nbdBootHookPath = (disk: NbdDisk): string => `/var/lib/seatrial/disk/boot.d/20-nbd-${disk.name}`;

/** Starts one server; comes back when it listens. */
export function nbdBootHook(disk: NbdDisk, address: string, options: NbdOptions): string {
  const own = `${here}/${disk.name}`;
  return `#!/bin/sh
# Disk ${disk.name} over NBD${options.lying ? '; acknowledges flushes it has not done' : ''}.
mkdir -p ${here}
rm -f ${own}.pause ${own}.pid
exec ${nbdArgv(disk, address, options).join(' ')} </dev/null
`;
}

/** Makes the disks' files. Existing ones are left as they are: they may hold what somebody was promised. */
export async function makeNbdDisks(target: NbdTarget, disks: readonly NbdDisk[]): Promise<Result<void, string>> {
  // Random bytes are dear (0.2 s of CPU for 64 MiB): one block of them is repeated. Nothing below removes duplicates.
  const lines = disks.map(({name, bytes, content}) => {
    const path = `${home}/${name}`;
    const copies = Math.ceil(bytes / noiseBytes);
    const noise = `{ i=0; while [ $i -lt ${copies} ]; do cat ${home}/.noise; i=$((i + 1)); done; } >${path}.new && `;
    const fill = `${content === 'noise' ? noise : ''}truncate -s ${bytes} ${path}.new`;
    return `[ -e ${path} ] || { ${fill} && mv ${path}.new ${path}; } &\np="$p $!"`;
  });
  const script = `mkdir -p ${home} && head -c ${noiseBytes} /dev/urandom >${home}/.noise || exit 1
p= failed=0
${lines.join('\n')}
for each in $p; do wait $each || failed=1; done
rm -f ${home}/.noise
exit $failed`;
  return order(target, `making ${disks.length} disks`, script, 120_000);
}

/** Starts the server of one disk whose file is there. Fails with a sentence when it runs already. */
export async function startNbd(target: NbdTarget, disk: NbdDisk, options: NbdOptions): Promise<Result<void, string>> {
  const address = target.host.addresses.storage;
  if (address === undefined) {
    return {ok: false, error: `${target.host.name} has no address on the storage plane: no place for an NBD server`};
  }
  const hook = nbdBootHookPath(disk);
  const script = `mkdir -p ${hook.replace(/\/[^/]*$/, '')}
if ${lives(disk)}; then echo 'a server for ${disk.name} runs already' >&2; exit 1; fi
cat >${hook} <<'SEATRIAL_END'
${nbdBootHook(disk, address, options)}SEATRIAL_END
sh ${hook} >${here.replace(/\/[^/]*$/, '')}/nbd-${disk.name}.log 2>&1 || { cat ${here.replace(/\/[^/]*$/, '')}/nbd-${disk.name}.log >&2; exit 1; }`;
  return order(target, `starting the server of ${disk.name}`, `mkdir -p ${here}\n${script}`, 10_000);
}

/** Disks, servers and boot hooks for all guests of a lab; ends when every server listens. */
export async function bootstrapNbd(
  target: NbdTarget,
  disks: readonly NbdDisk[],
  say: (text: string, host?: string) => void,
  options: NbdOptions = {lying: false},
): Promise<Result<void, string>> {
  say(`nbd: making ${disks.length} disks`, target.host.name);
  const made = await makeNbdDisks(target, disks);
  if (!made.ok) return made;
  const started = await Promise.all(disks.map(disk => startNbd(target, disk, options)));
  return started.find(result => !result.ok) ?? {ok: true, value: undefined};
}

/**
 * `kill -9`; ends when the process is gone. What an honest server acknowledged is in its file; what a lying one did, is
 * not.
 */
export function killNbd(target: NbdTarget, disk: NbdDisk): Promise<Result<void, string>> {
  const script = `if ${lives(disk)}; then kill -9 $pid; tries=0
  while kill -0 $pid 2>/dev/null; do tries=$((tries + 1)); [ $tries -lt 500 ] || { echo "process $pid does not end" >&2; exit 1; }; sleep 0.01; done
fi
rm -f ${here}/${disk.name}.pid`;
  return order(target, `killing the server of ${disk.name}`, script, 10_000);
}

/** While paused every request waits; none is lost. Comes back when the server has taken the order. Safe to repeat. */
export function pauseNbd(target: NbdTarget, disk: NbdDisk, paused: boolean): Promise<Result<void, string>> {
  // The server answers with the same letter, in capitals.
  const script = `perl -MIO::Socket::UNIX -e '
alarm 5; my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "no server: $!\\n";
$s->syswrite($ARGV[1]); my $answer; $s->sysread($answer, 1) or die "no answer\\n";
$answer eq uc $ARGV[1] or die "answered $answer\\n"' ${here}/${disk.name}.pause ${paused ? 'p' : 'r'}`;
  return order(target, `${paused ? 'pausing' : 'resuming'} ${disk.name}`, script, 10_000);
}

/** While failing every read and write gets EIO. Safe to repeat. */
export function failNbd(target: NbdTarget, disk: NbdDisk, failing: boolean): Promise<Result<void, string>> {
  const file = `${here}/${disk.name}.error`;
  const script = failing ? `mkdir -p ${here} && : >${file}` : `rm -f ${file}`;
  return order(target, `${failing ? 'making' : 'no longer making'} ${disk.name} fail`, script, 10_000);
}

/** Reads and writes each get so many bytes a second; `undefined` lifts the limit. Safe to repeat. */
export function limitNbd(
  target: NbdTarget,
  disk: NbdDisk,
  bytesPerSecond: number | undefined,
): Promise<Result<void, string>> {
  const file = `${here}/${disk.name}.rate`;
  // nbdkit counts bits. A file that goes away keeps the last rate, 0 means none.
  const bits = bytesPerSecond === undefined ? 0 : Math.max(1, Math.round(bytesPerSecond * 8));
  const script = `mkdir -p ${here} && echo ${bits} >${file}.new && mv ${file}.new ${file}`;
  return order(target, `limiting ${disk.name}`, script, 10_000);
}

/** Names of the disks whose server does not run. */
export async function deadNbd(
  target: NbdTarget,
  disks: readonly NbdDisk[],
): Promise<Result<readonly string[], string>> {
  const script = disks.map(disk => `${lives(disk)} || echo ${disk.name}`).join('\n');
  const outcome = await target.transport.exec(target.host, {
    argv: ['sh', '-s'],
    stdin: `${script}\nexit 0\n`,
    timeoutMs: 10_000,
    idempotent: true,
  });
  const sentence = sentenceOf('looking for the NBD servers', target.host, outcome);
  if (sentence !== undefined) return {ok: false, error: sentence};
  return {ok: true, value: outcome.stdout.split('\n').filter(line => line !== '')};
}

/** Shell: true when the server lives; sets $pid. */
function lives(disk: NbdDisk): string {
  return `{ read -r pid <${here}/${disk.name}.pid; } 2>/dev/null && [ "$(cat /proc/$pid/comm 2>/dev/null)" = nbdkit ]`;
}

async function order(
  target: NbdTarget,
  what: string,
  script: string,
  timeoutMs: number,
): Promise<Result<void, string>> {
  const outcome = await target.transport.exec(target.host, {
    argv: ['sh', '-s'],
    stdin: `${script}\n`,
    timeoutMs,
    idempotent: false,
  });
  const sentence = sentenceOf(what, target.host, outcome);
  return sentence === undefined ? {ok: true, value: undefined} : {ok: false, error: sentence};
}
