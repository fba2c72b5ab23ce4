/** The storage and network scenarios on a lab of this very machine. Needs root. */
import {mkdtempSync, rmSync} from 'node:fs';
import test from 'ava';
import {raised} from '../../fixtures/kit/lab.ts';
import {recordedTrial} from '../../fixtures/kit/replay-transport.ts';
import {settle} from '../../harness/cluster/audit/index.ts';
import {diskSlow} from '../../harness/faults/disk-slow.ts';
import {labDown} from '../../harness/lab/index.ts';
import type {Cluster, Parameters, ParseError, PlannedTrial, Sample, Scenario, Trial} from '../../harness/types.ts';
import {iperf3} from '../network/iperf3.ts';
import {fio} from '../storage/fio.ts';
import {guideJob} from '../storage/guide-job.ts';
import {hostGuest} from '../storage/host-guest.ts';
import {snapshot} from '../storage/snapshot.ts';
import {uniformity} from '../storage/uniformity.ts';
import {sweep} from './sweep.ts';

const root = mkdtempSync('/var/tmp/seatrial-load-');
const name = 'load';
let cluster: Cluster;

test.serial.before('a lab with two guests', async () => {
  const lab = {name, nodes: 3, storage: 'ceph', guests: 2, stateRoot: root} as const;
  cluster = await raised(lab);
});

test.after.always('the lab is gone', async () => {
  await labDown(name, root);
  rmSync(root, {recursive: true, force: true});
});

async function tried(scenario: Scenario, parameters: Parameters) {
  const estimatedSeconds = scenario.estimateSeconds(parameters);
  const planned: PlannedTrial = {
    slot: 1,
    scenario: scenario.name,
    profile: 'stock',
    repetition: 1,
    parameters,
    estimatedSeconds,
  };
  const {trial, artefacts} = recordedTrial(cluster, planned, {name: 'stock', title: '', settings: []});
  await scenario.run({...trial, ...onTheLab});
  return scenario.measure(artefacts, planned);
}

/** Faults for real, without a journal: the lab goes away with the tests. */
const onTheLab: Pick<Trial, 'inject' | 'heal'> = {
  async inject(fault) {
    const before = {monotonicBeforeMs: performance.now(), wallBeforeMs: Date.now()};
    const {exit, stderr} = await fault.inject(cluster);
    if (exit.kind !== 'exited' || exit.code !== 0) throw new Error(`${fault.kind}: ${JSON.stringify(exit)} ${stderr}`);
    const after = {monotonicAfterMs: performance.now()};
    return {fault: fault.kind, host: fault.nodes.join(','), ...before, ...after};
  },
  async heal(fault) {
    const healed = await fault.heal(cluster);
    if (!healed.ok) throw new Error(`${fault.kind}: ${healed.error}`);
  },
};

/** All hosts of a lab are one machine, which is its own limit. */
function notOfTheLab({path}: ParseError): boolean {
  return path !== 'limit';
}

function tell(samples: readonly Sample[]): string {
  const words = samples
    .filter(({labels}) => labels.percentile === undefined || labels.percentile === 'p99')
    .map(({metric, value, labels}) => `${metric} ${Object.values(labels).join(' ')}: ${value.toPrecision(4)}`);
  return words.join('\n');
}

test.serial('storage/fio: every figure of every pattern out of two guests', async t => {
  const {samples, problems} = await tried(fio, fio.parameters.quick);
  t.log(tell(samples));
  t.deepEqual(problems.filter(notOfTheLab), []);
  t.is(samples.filter(({metric}) => metric !== 'storage.cpu').length, 5 * 8 + 3);
  for (const host of ['vm1', 'vm2', 'client', 'n1'])
    t.true(
      samples.some(({metric, labels}) => metric === 'storage.cpu' && labels.host === host),
      host,
    );
});

test.serial("storage/guide-job: the guide's own job, scaled", async t => {
  const {samples, problems} = await tried(guideJob, guideJob.parameters.quick);
  t.log(tell(samples));
  t.deepEqual(problems.filter(notOfTheLab), []);
  t.true(samples.some(sample => sample.metric === 'storage.runtime' && sample.labels.pattern === 'guide-scaled'));
});

test.serial('network/iperf3: all planes, to a guest, and from guest to guest', async t => {
  const {samples, problems} = await tried(iperf3, iperf3.parameters.quick);
  t.log(tell(samples));
  t.deepEqual(problems, []);
  const paths = new Set(samples.map(sample => sample.labels.path));
  t.deepEqual([...paths], ['management', 'cluster', 'storage', 'service', 'client-guest', 'guest-guest']);
  t.is(samples.length, 5 * 7 + 2);
});

test.serial('a load that is stopped leaves nothing running in the guests', async t => {
  const [command] = fio.preview(cluster, {...fio.parameters.quick, seconds: 60}).slice(1);
  const [program, ...words] = command?.argv ?? [];
  if (program === undefined) return t.fail('no command');
  const running = await cluster.transport.start(cluster.client, {
    argv: [program, ...words],
    timeoutMs: 60_000,
    idempotent: false,
  });
  await new Promise(resolve => setTimeout(resolve, 3000));
  const stopped = await running.stop(2000);
  t.not(stopped.exit.kind, 'timed-out');
  // The servers take the next load at once.
  const {problems} = await tried(fio, {...fio.parameters.quick, seconds: 2, sizeMiB: 8, patterns: ['randread']});
  t.deepEqual(problems.filter(notOfTheLab), []);
});

test.serial('storage/uniformity: an OSD that is slow is found by its name, and no other', async t => {
  t.timeout(300_000);
  const parameters = {...uniformity.parameters.quick, kinds: ['osd'], rounds: 3};
  const named = async () => (await tried(uniformity, parameters)).findings.map(({detail}) => detail);
  const [, node] = cluster.nodes;
  if (node === undefined) return t.fail('no second node');
  const slow = diskSlow.at([node], {nth: 0, stoppedMs: 400, goingMs: 50, times: 300});
  await onTheLab.inject(slow);
  const [found = '', ...others] = await named();
  await onTheLab.heal(slow);
  t.log(found);
  t.regex(found, new RegExp(`^osd\\.\\d+ of ${node.name} does \\d+ % of what the others`));
  t.deepEqual(others, []);
  t.deepEqual(await settle(cluster, 120_000), []);
});

test.serial('storage/snapshot: a snapshot is taken beside writes, and a rollback gives back what was laid', async t => {
  t.timeout(300_000);
  const {samples, problems, findings} = await tried(snapshot, snapshot.parameters.quick);
  t.log(tell(samples));
  t.deepEqual([problems, findings], [[], []]);
  t.is(samples.find(({metric}) => metric === 'storage.rollback-wrong')?.value, 0);
});

test.serial('storage/host-guest: the same image from the node and from its guest', async t => {
  const {samples} = await tried(hostGuest, hostGuest.parameters.quick);
  t.log(tell(samples));
  // On a machine that others use the two turns of the node may differ: then there is no ratio, and both rates.
  t.is(samples.filter(({metric, value}) => metric === 'storage.place-iops' && value > 0).length, 2);
});

test.serial('capacity/sweep: both loops with a node lost for good, and everything whole afterwards', async t => {
  t.timeout(300_000);
  const loads = ['closed:2', 'open:50'];
  const parameters = {...sweep.parameters.quick, seconds: 4, sizeMiB: 8, condition: 'node-lost', loads};
  const {samples, problems} = await tried(sweep, parameters);
  t.log(tell(samples));
  t.deepEqual(problems, []);
  const throughputs = samples.filter(({metric}) => metric === 'capacity.throughput');
  t.deepEqual(
    throughputs.map(({labels}) => `${labels.loop}:${labels.load}`),
    loads,
  );
  t.true(samples.some(({metric, labels}) => metric === 'capacity.use' && labels.resource === 'cpu'));
  // The lost node is back in the cluster, and its disks are in use again.
  t.deepEqual(await settle(cluster, 120_000), []);
});
