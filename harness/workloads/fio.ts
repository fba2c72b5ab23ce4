/**
 * fio as pure commands: load in guests, driven by fio's own client/server protocol, with no shell in the guest.
 * The job file exists on the client host only while fio reads it.
 */
import type {Command} from '../types.ts';

/** A `fio --server` in a guest or on a host. */
export interface FioServer {
  address: string;
  port: number;
}

export type FioOptions = Readonly<Record<string, string | number>>;

export interface FioJobFile {
  global: FioOptions;
  jobs: Readonly<Record<string, FioOptions>>;
}

/** What one server is to run. */
export interface FioLoad {
  server: FioServer;
  job: FioJobFile;
}

/** Distinct job files of one command: each is handed over on a file descriptor, and a shell names them by one digit. */
const mostJobFiles = 6;

/**
 * The text of a job file. Throws on an option or a name that would break the format: that is a mistake of the caller.
 */
export function jobFileText({global, jobs}: FioJobFile): string {
  const section = (name: string, options: FioOptions): string => {
    const lines = Object.entries(options).map(([key, value]) => `${key}=${value}`);
    for (const line of [name, ...lines]) {
      if (/[\r\n[\]]/.test(line)) throw new Error(`no line of a fio job file: ${JSON.stringify(line)}`);
    }
    return [`[${name}]`, ...lines, ''].join('\n');
  };
  return [section('global', global), ...Object.entries(jobs).map(([name, options]) => section(name, options))].join('');
}

/**
 * One `fio --client` for all loads at once; they start together, and `json+` comes back with one entry a client.
 * `runSeconds` is how long the jobs should take: half as much again and a minute more, and the command is ended,
 * because fio can hang.
 */
export function fioOverClients(loads: readonly FioLoad[], runSeconds: number): Command {
  const texts = [...new Set(loads.map(({job}) => jobFileText(job)))];
  if (texts.length > mostJobFiles) throw new Error(`at most ${mostJobFiles} different job files, not ${texts.length}`);
  // Written, opened and unlinked before fio starts: nothing is left behind, whatever ends fio.
  const handOver = texts.map(
    (_, index) => `f=$(mktemp) && printf %s "$1" >"$f" && exec ${index + 3}<"$f" && rm -f "$f" && shift`,
  );
  const script = [...handOver, 'exec fio "$@"'].join(' && ');
  const clients = loads.flatMap(({server, job}) => [
    `--client=${server.address.includes(':') ? `ip6:${server.address}` : server.address},${server.port}`,
    `/proc/self/fd/${texts.indexOf(jobFileText(job)) + 3}`,
  ]);
  return {
    argv: ['sh', '-c', script, 'fio', ...texts, ...clients, '--output-format=json+'],
    timeoutMs: Math.round(runSeconds * 1500 + 60_000),
    idempotent: false,
  };
}

/**
 * The smallest load there is: 4 KiB from nowhere. It runs where client and server speak one protocol, and touches no
 * disk.
 */
export function helloFio(server: FioServer): Command {
  const job = {global: {ioengine: 'null', rw: 'read', bs: '4k', size: '4k', thread: 1}, jobs: {hello: {}}};
  return {...fioOverClients([{server, job}], 1), timeoutMs: 20_000};
}

/** `4k` random accesses and the like on a device: what to do, how hard, how long. */
export interface DeviceLoad {
  /** `mixed` is random reads and writes at once. */
  pattern: 'randread' | 'randwrite' | 'mixed' | 'read' | 'write';
  /** Of `mixed` the reads; 70 where nothing is said. */
  readPercent?: number;
  device: string;
  blockBytes: number;
  /** The part of the device that is used. */
  sizeBytes: number;
  engine: string;
  depth: number;
  jobs: number;
  seconds: number;
  rampSeconds: number;
  /**
   * Arrivals a second over all jobs, at random times (Poisson): an open loop as long as fewer than `depth` are waiting.
   * Without it the next access starts when one has ended. Not for `mixed`.
   */
  arrivalsPerSecond?: number;
  /** Each write ends when it is durable (O_DSYNC), so that no cache on its way answers for the store. */
  durable?: true;
}

/** Keeps a missing device from becoming a regular file in /dev, and the load in the server's own process. */
const onDevice: FioOptions = {direct: 1, allow_file_create: 0, thread: 1, group_reporting: 1};

/** Time-based load on a device that may be overwritten. */
export function deviceJob(load: DeviceLoad): FioJobFile {
  const mixed = load.pattern === 'mixed';
  return {
    global: {
      ...onDevice,
      ioengine: load.engine,
      bs: load.blockBytes,
      size: load.sizeBytes,
      iodepth: load.depth,
      numjobs: load.jobs,
      time_based: 1,
      runtime: load.seconds,
      ...(load.durable ? {sync: 'dsync'} : {}),
      ...(load.rampSeconds > 0 ? {ramp_time: load.rampSeconds} : {}),
      ...(load.arrivalsPerSecond === undefined
        ? {}
        : {rate_iops: Math.max(1, Math.round(load.arrivalsPerSecond / load.jobs)), rate_process: 'poisson'}),
      // Every trial meets other addresses, or a cache could learn them.
      randrepeat: 0,
      norandommap: 1,
    },
    jobs: {
      [load.pattern]: {
        rw: mixed ? 'randrw' : load.pattern,
        ...(mixed ? {rwmixread: load.readPercent ?? 70} : {}),
        filename: load.device,
      },
    },
  };
}

/** Writes the used part of a device, so that no read finds a hole (thin images answer those without any disk). */
export function fillJob(device: string, sizeBytes: number, engine: string, times = 1): FioJobFile {
  const often = times === 1 ? {} : {loops: times};
  return {
    global: {
      ...onDevice,
      // On what a guest has mounted it is a file, which is made.
      ...(device.startsWith('/dev/') ? {} : {allow_file_create: 1}),
      ioengine: engine,
      bs: '1m',
      size: sizeBytes,
      iodepth: 4,
      refill_buffers: 1,
      ...often,
    },
    jobs: {fill: {rw: 'write', filename: device}},
  };
}

/** The same short job for every disk of its kind, as its host types it: 7 reads of 4 KiB to 3 writes, 16 in flight. */
export function aloneArgv(path: string, sizeBytes: number, seconds: number): readonly [string, ...string[]] {
  return [
    'fio',
    '--name=alone',
    `--filename=${path}`,
    `--size=${sizeBytes}`,
    '--ioengine=libaio',
    '--direct=1',
    '--rw=randrw',
    '--rwmixread=70',
    '--bs=4k',
    '--iodepth=16',
    '--time_based',
    `--runtime=${seconds}`,
    '--randrepeat=0',
    '--norandommap',
    '--output-format=json+',
  ];
}

/** Small random accesses on an image in the store, from a host that has access to it: past every guest and cache. */
export function imageArgv(
  image: {protocol: 'rbd'; pool: string; image: string} | {protocol: 'nbd'; host: string; port: number; export: string},
  load: Pick<DeviceLoad, 'pattern' | 'blockBytes' | 'sizeBytes' | 'depth' | 'seconds'>,
): readonly [string, ...string[]] {
  const to =
    image.protocol === 'rbd'
      ? ['--ioengine=rbd', '--clientname=admin', `--pool=${image.pool}`, `--rbdname=${image.image}`]
      : ['--ioengine=nbd', `--uri=nbd://${bracketed(image.host)}:${image.port}/${image.export}`];
  return [
    'env',
    // A guest's disk without a cache has none of librbd either.
    'CEPH_ARGS=--rbd_cache=false',
    'fio',
    '--name=image',
    ...to,
    `--rw=${load.pattern}`,
    `--bs=${load.blockBytes}`,
    `--size=${load.sizeBytes}`,
    `--iodepth=${load.depth}`,
    '--direct=1',
    '--time_based',
    `--runtime=${load.seconds}`,
    '--randrepeat=0',
    '--norandommap',
    '--output-format=json+',
  ];
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** One access, noted with its time on the guest's clock since boot, in a log `start_lat.1.log` where fio runs. */
export function startedJob(device: string): FioJobFile {
  return {
    global: {
      ...onDevice,
      ioengine: 'libaio',
      rw: 'randread',
      bs: '4k',
      size: '1m',
      number_ios: 1,
      write_lat_log: 'start',
      clocksource: 'clock_gettime',
      log_alternate_epoch: 1,
      // CLOCK_BOOTTIME
      log_alternate_epoch_clock_id: 7,
    },
    jobs: {start: {filename: device}},
  };
}

/**
 * The reference guide's job, word for word (`--ioengine=libaio --direct=1 --size=10G --numjobs=16 --runtime=600`), on a
 * safe device.
 */
export interface GuideLoad {
  device: string;
  /** Per job; the guide says 10 GiB. */
  sizeBytes: number;
  /** The guide says 16. */
  jobs: number;
  /** The guide says 600. */
  seconds: number;
}

/**
 * What the guide leaves out stays at fio's default: sequential reads of 4 KiB at depth 1. Ends when all is read, or at
 * the time limit.
 */
export function guideJob({device, sizeBytes, jobs, seconds}: GuideLoad): FioJobFile {
  return {
    global: {...onDevice, ioengine: 'libaio', rw: 'read', bs: '4k', size: sizeBytes, numjobs: jobs, runtime: seconds},
    jobs: {guide: {filename: device}},
  };
}

/** Traffic from one fio server to another by fio's net engine. */
export interface NetLoad {
  from: FioServer;
  to: FioServer;
  /** TCP port that the receiving side listens on. */
  port: number;
  seconds: number;
}

/**
 * The receiver has a second to listen before the sender connects, and waits ten seconds longer than the sender sends.
 */
export function netLoads({from, to, port, seconds}: NetLoad): readonly FioLoad[] {
  const common = {ioengine: 'net', protocol: 'tcp', port, bs: '64k', size: '1t', time_based: 1, thread: 1};
  return [
    {server: to, job: {global: {...common, listen: 1, runtime: seconds + 10}, jobs: {receive: {rw: 'read'}}}},
    {
      server: from,
      job: {global: {...common, hostname: to.address, startdelay: 1, runtime: seconds}, jobs: {send: {rw: 'write'}}},
    },
  ];
}
