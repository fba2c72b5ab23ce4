/**
 * A store, a network or the processors made a tenth slower on purpose, and both sides the same: measured in turns on a
 * lab, compared as anybody would compare files, and attributed.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {z} from 'zod';
import {stdoutOf} from '../../harness/cluster/commands.ts';
import {openLab} from '../../harness/lab/index.ts';
import {readJson} from '../../harness/parse/json.ts';
import type {Command, Host, Transport} from '../../harness/types.ts';
import {deviceJob, type FioJobFile, fioOverClients} from '../../harness/workloads/fio.ts';
import type {LongTrial, Stage} from './trial.ts';

const lab = 'slowdown';
const shape = ['--storage', 'nbd', '--guests', '1'];
const pairs = Number(process.env.PAIRS ?? 6);

/** What is made slower, from a bound to nine tenths of it. */
type Plant = 'none' | 'storage' | 'network' | 'cpu';
type Layer = Exclude<Plant, 'none'>;
const layers = ['storage', 'network', 'cpu'] as const satisfies readonly Layer[];

const guest = {address: '10.77.3.101', port: 8765};
const node = {host: 'n1', address: '10.77.2.11', port: 5298};
const group = '/run/seatrial-cg/seatrial-slowdown';

/**
 * Shell that bounds a layer to a share of its bound. All are bounded on both sides, well below what they could do: what
 * else this machine is busy with is then no part of the figures.
 */
const bounds: Readonly<Record<Layer, {host: 'storage' | 'node'; bound: (share: number) => string; lift: string}>> = {
  // nbdkit's own rate filter, which takes another rate while it serves: bits a second, 600 operations.
  storage: {
    host: 'storage',
    bound: share => `echo ${Math.round(20e6 * share)} >/run/seatrial/nbd/vm1-scratch.rate`,
    lift: 'echo 0 >/run/seatrial/nbd/vm1-scratch.rate',
  },
  network: {
    host: 'storage',
    bound: share =>
      `tc qdisc replace dev stor0 root tbf rate ${Math.round(60_000 * share)}kbit burst 64kb latency 200ms`,
    lift: 'tc qdisc del dev stor0 root',
  },
  // Of a processor, all threads of the guest together; they come before whatever else runs.
  cpu: {
    host: 'node',
    bound: share => `g=${group}
mountpoint -q /run/seatrial-cg || { mkdir -p /run/seatrial-cg && mount -t cgroup -o cpu none /run/seatrial-cg; }
mkdir -p $g && echo 50000 >$g/cpu.shares
echo 50000 >$g/cpu.cfs_period_us && echo ${Math.round(25_000 * share)} >$g/cpu.cfs_quota_us
for t in /proc/$(pgrep -f 'guest=vm1' | head -n 1)/task/*; do echo "\${t##*/}" >$g/tasks; done`,
    lift: `while read -r t; do echo "$t" >/run/seatrial-cg/tasks || :; done <${group}/tasks
rmdir ${group}; umount /run/seatrial-cg`,
  },
};

const compared = z.object({
  rows: z.array(
    z.object({
      metric: z.string(),
      verdict: z.string(),
      labels: z.record(z.string(), z.string()),
      effect: z.object({value: z.number(), low: z.number(), high: z.number()}),
    }),
  ),
  attribution: z.object({layer: z.string().optional(), says: z.array(z.string())}).optional(),
});

/** Throws where the planted layer is not named, or, with none planted, where anything is told apart. */
async function plantedAndFound(stage: Stage, plant: Plant): Promise<void> {
  const sides = {whole: [] as string[], slower: [] as string[]};
  await stage.step(`${plant}: ${pairs} pairs in turns`, async () => {
    const {transport, shell} = await place();
    for (const layer of layers) await shell(layer, bounds[layer].bound(1));
    for (let pair = 1; pair <= pairs; pair += 1) {
      for (const side of pair % 2 === 1 ? (['whole', 'slower'] as const) : (['slower', 'whole'] as const)) {
        if (plant !== 'none') await shell(plant, bounds[plant].bound(side === 'slower' ? 0.9 : 1));
        sides[side].push(...(await measure(transport, join(stage.folder, plant, `${side}-${pair}`))));
      }
    }
    for (const layer of layers) await shell(layer, bounds[layer].lift);
  });
  await stage.step(`${plant}: compared`, async () => {
    // Said before anything is looked at; the same on both sides must be silent over all there is.
    const few = ['--metric', 'storage.iops,network.throughput'];
    const words = ['compare', '--paired', ...sides.whole, '--', ...sides.slower, '--format', 'json'] as const;
    const {stdout} = await stage.run(['seatrial', ...words, ...(plant === 'none' ? [] : few)], {exits: [0, 1, 2]});
    const read = readJson(stdout, 'comparison', compared);
    if (!read.ok) throw new Error(`${read.error.path}: ${read.error.expected}`);
    told(stage, plant, read.value);
  });
}

/** The way to the lab's hosts, and to where a layer is bounded. */
async function place() {
  const opened = await openLab(lab);
  if (!opened.ok) throw new Error(opened.error.sentence);
  const {transport} = opened.value;
  const at = await placeOf(transport);
  const shell = (layer: Layer, script: string) =>
    on(transport, bounds[layer].host === 'node' ? at : 'storage', ['sh', '-ec', script]);
  return {transport, shell};
}

function told(stage: Stage, plant: Plant, {rows, attribution}: z.infer<typeof compared>): void {
  const apart = rows.filter(({verdict}) => verdict === 'better' || verdict === 'worse');
  const words = apart.map(({metric, labels, effect, verdict}) => {
    const name = `${metric} ${labels.job ?? labels.protocol ?? ''} ${labels.percentile ?? ''}`.trimEnd();
    return `${name} ${effect.value.toFixed(3)} [${effect.low.toFixed(3)}, ${effect.high.toFixed(3)}] ${verdict}`;
  });
  stage.saw('comparisons', rows.length);
  stage.saw('told apart', words.join(', ') || 'none');
  stage.saw('attribution', attribution?.says.join(' ') ?? 'none');
  if (plant === 'none' && apart.length > 0) throw new Error(`alike sides were told apart: ${words.join(', ')}`);
  if (plant !== 'none' && attribution?.layer !== plant)
    throw new Error(`${plant} was a tenth slower, and it was said to be ${attribution?.layer ?? 'not known'}`);
}

/** On a host of the lab, the store's too; throws with what went wrong. */
async function on(transport: Transport, host: string, argv: Command['argv']): Promise<string> {
  const place: Host = {name: host, role: 'storage', addresses: {}, interfaces: {}, scratch: []};
  const said = await stdoutOf(transport, place, {argv, timeoutMs: 60_000, idempotent: false});
  if (!said.ok) throw new Error(said.error);
  return said.value;
}

/** The node that the guest runs on. */
async function placeOf(transport: Transport): Promise<string> {
  const said = await on(transport, 'n1', ['crm_resource', '--locate', '--resource', 'vm1', '--quiet']);
  return said.trim().split('\n').at(-1)?.trim() ?? '';
}

/** The store, the same guest without a store, and the plane between them; gives the files, always in this order. */
async function measure(transport: Transport, folder: string): Promise<readonly string[]> {
  mkdirSync(folder, {recursive: true});
  const outputs = {
    'store.json': await fioInGuest(transport, 'store', storeJob),
    'null.json': await fioInGuest(transport, 'null', nullJob),
    'plane.json': await plane(transport),
  };
  return Object.entries(outputs).map(([name, text]) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  });
}

const seconds = 3;
const nullJob: FioJobFile = {
  global: {ioengine: 'null', bs: 4096, size: '1g', time_based: 1, runtime: seconds, thread: 1},
  jobs: {null: {rw: 'read'}},
};
const storeJob = deviceJob({
  pattern: 'randread',
  device: '/dev/scratch',
  blockBytes: 4096,
  sizeBytes: 64 * 2 ** 20,
  engine: 'libaio',
  depth: 16,
  jobs: 1,
  seconds,
  rampSeconds: 1,
});

async function fioInGuest(transport: Transport, name: string, {global, jobs}: FioJobFile): Promise<string> {
  const named = {[name]: Object.values(jobs)[0] ?? {}};
  const {argv} = fioOverClients([{server: guest, job: {global, jobs: named}}], seconds);
  return on(transport, 'client', argv);
}

/** From the store's host to a node, as reads go. */
async function plane(transport: Transport): Promise<string> {
  const {host, address, port} = node;
  await on(transport, host, ['sh', '-c', `iperf3 -s -1 -D -B ${address} -p ${port}; sleep 0.3`]);
  return on(transport, 'storage', ['iperf3', '-c', address, '-p', `${port}`, '-t', `${seconds}`, '-O', '1', '-J']);
}

/** A lab for it, taken down afterwards. */
async function inLab(stage: Stage): Promise<void> {
  stage.afterwards(() => stage.run(['seatrial', 'lab', 'down', lab], {exits: [0, 3]}));
  await stage.step('lab up', () => stage.run(['seatrial', 'lab', 'up', lab, ...shape]));
}

/** `PAIRS` takes another number of pairs. */
export function slowdownTrial(plant: Plant, proves: string): LongTrial {
  return {
    proves,
    minutes: 4,
    async run(stage) {
      await inLab(stage);
      await plantedAndFound(stage, plant);
    },
  };
}
