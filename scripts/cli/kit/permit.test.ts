import {spawn} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {readInventory} from '../../../harness/config/inventory.ts';
import type {MaintenanceWindow} from '../../../harness/config/maintenance.ts';
import {impactsOfPlan, worstImpact} from '../../../harness/run/impact.ts';
import type {Impact, PlannedTrial, Profile} from '../../../harness/types.ts';
import {scenarios} from '../../../suites/index.ts';
import type {ClusterChoice} from './cluster-options.ts';
import {CommandError} from './command-error.ts';
import {journalFolder} from './open-cluster.ts';
import {permit} from './permit.ts';

const asFound: Profile = {name: 'as-found', title: '', settings: []};
const tuned: Profile = {
  name: 'tuned',
  title: '',
  settings: [{id: 'a', driver: 'property', key: 'a', value: '1', why: 'because'}],
};
const profiles = [asFound, tuned];

const friday: MaintenanceWindow = {days: ['fri'], from: '22:00', to: '23:00', timezone: 'UTC'};
/** A Friday. */
const within = new Date('2026-11-27T22:10:00Z');

const described = {
  cluster: 'prod-a',
  storage: 'none',
  hardware: {emulated: false, shared: false, note: 'none'},
  nodes: [1, 2, 3].map(n => ({
    name: `n${n}`,
    addresses: {management: `192.0.2.${n}`, cluster: `192.0.2.1${n}`, service: `192.0.2.2${n}`},
    bmc: {address: `192.0.2.3${n}`, username: 'admin', passwordEnv: 'PERMIT_TEST_BMC'},
  })),
  client: {name: 'c1', addresses: {management: '192.0.2.9', service: '192.0.2.29'}},
  guests: [{name: 'vm1', address: '192.0.2.101', memory: '512 MiB', vcpus: 1, scratchDevice: '/dev/scratch'}],
};

function inventoryWith(maintenance?: readonly MaintenanceWindow[]): ClusterChoice {
  const read = readInventory(JSON.stringify({...described, ...(maintenance && {maintenance})}), 'cluster.yaml');
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return {kind: 'inventory', despite: [], inventory: read.value};
}

function planOf(...scenarioNames: string[]) {
  const trials = scenarioNames.map((scenario, index): PlannedTrial => {
    const parameters = scenarios.find(({name}) => name === scenario)?.parameters.quick ?? {};
    const profile = 'as-found';
    return {slot: index + 1, scenario, profile, repetition: 1, parameters, estimatedSeconds: 600};
  });
  return {seed: 1, profiles: ['as-found'], trials, notApplicable: []};
}

const asked = (...names: string[]) => ({plan: planOf(...names), profiles});

test('every scenario has its class', t => {
  const of = (name: string, more = {}) => {
    const scenario = scenarios.find(each => each.name === name);
    return scenario?.impact({...scenario.parameters.full, ...more});
  };
  const classes: Record<string, Impact> = Object.fromEntries(
    scenarios.map(({name}) => [name, of(name) ?? 'destructive']),
  );
  t.deepEqual(classes, {
    'storage/fio': 'load',
    'storage/guide-job': 'load',
    'storage/uniformity': 'load',
    'storage/matrix': 'load',
    'storage/snapshot': 'disruptive',
    'storage/host-guest': 'load',
    'storage/backends': 'load',
    'network/iperf3': 'load',
    'network/isolation': 'load',
    'network/planes': 'load',
    'network/bond-carrier': 'disruptive',
    'network/bond-silent': 'disruptive',
    'network/fastpath': 'load',
    'compute/overhead': 'load',
    'compute/page-faults': 'load',
    'compute/overcommit': 'disruptive',
    'compute/noisy-neighbour': 'disruptive',
    'compute/noisy-neighbour-cgroup': 'disruptive',
    'compute/ksm': 'disruptive',
    'compute/fragmentation': 'load',
    'compute/numa': 'read-only',
    'deploy/guest': 'disruptive',
    'compute/boot-storm': 'disruptive',
    'migration/live': 'disruptive',
    'alarm/rules': 'read-only',
    'alarm/zabbix-killed': 'disruptive',
    'alarm/log-pipeline': 'disruptive',
    'alarm/node-down': 'destructive',
    'alarm/storage-low': 'disruptive',
    'alarm/guest-cpu': 'disruptive',
    'alarm/logs-large': 'disruptive',
    'alarm/guest-state': 'disruptive',
    'alarm/disk-used': 'disruptive',
    'alarm/overload': 'disruptive',
    'alarm/exporter-silent': 'disruptive',
    'alarm/ceph-health': 'disruptive',
    'migration/matrix': 'disruptive',
    'migration/together': 'disruptive',
    'migration/evacuation': 'disruptive',
    'migration/killed-in-perform': 'disruptive',
    'migration/killed-in-finish': 'disruptive',
    'migration/path-cut': 'disruptive',
    // A node dies, and is fenced.
    'migration/target-dies': 'destructive',
    'migration/source-dies': 'destructive',
    'failover/corosync-hung': 'destructive',
    'failover/store-server-lost': 'destructive',
    'failover/nfs-server-killed': 'disruptive',
    'failover/metadata-server-killed': 'disruptive',
    'failover/iscsi-server-killed': 'disruptive',
    'failover/nbd-server-killed': 'disruptive',
    'failover/brick-killed': 'disruptive',
    'failover/nvme-target-hung': 'disruptive',
    'failover/array-member-pulled': 'disruptive',
    'failover/corosync-killed': 'destructive',
    'failover/fencing-cut-off': 'destructive',
    'failover/node-shutdown': 'disruptive',
    'failover/node-reboot': 'disruptive',
    'failover/coordinator-lost': 'destructive',
    'failover/second-node-lost': 'destructive',
    'failover/node-lost': 'destructive',
    'failover/cpu-hog': 'disruptive',
    'failover/memory-hog': 'disruptive',
    'failover/disk-full': 'disruptive',
    'failover/clock-step': 'disruptive',
    'failover/second-fence-level': 'destructive',
    'failover/power-and-bmc-lost': 'destructive',
    'failover/power-and-bmc-lost-confirmed': 'destructive',
    'failover/fence-refusing': 'destructive',
    'failover/fence-slow': 'destructive',
    'failover/fence-lying': 'destructive',
    'failover/guest-panic': 'disruptive',
    'failover/guest-panic-stays': 'disruptive',
    'failover/guest-hung': 'disruptive',
    'failover/guest-hung-process': 'disruptive',
    'failover/guest-killed': 'disruptive',
    'failover/host-crash': 'destructive',
    'failover/libvirtd-killed': 'disruptive',
    'failover/manager-killed': 'disruptive',
    'failover/monitor-killed': 'disruptive',
    // Its node is fenced for it.
    'failover/nic-down': 'destructive',
    'failover/node-hung': 'destructive',
    'failover/osd-killed': 'disruptive',
    'failover/osd-hung': 'disruptive',
    'failover/two-osds-killed': 'disruptive',
    'failover/disk-slow': 'disruptive',
    'failover/disk-errors': 'disruptive',
    'failover/storage-cut': 'disruptive',
    'failover/monitor-hung': 'disruptive',
    'failover/libvirtd-hung': 'disruptive',
    'failover/virtqemud-killed': 'disruptive',
    'failover/service-nic-down': 'disruptive',
    'failover/link-flapping': 'disruptive',
    'failover/link-cut': 'disruptive',
    'failover/packet-loss': 'disruptive',
    'failover/packet-delay': 'disruptive',
    'failover/packet-duplicates': 'disruptive',
    'failover/packet-loss-storage': 'disruptive',
    'failover/rate-limit': 'disruptive',
    'failover/pacemakerd-killed': 'disruptive',
    'failover/partition': 'destructive',
    'failover/partition-all': 'destructive',
    'failover/two-nodes-lost': 'destructive',
    'failover/ipaddr2-address-removed': 'disruptive',
    'failover/ipaddr2-corosync-killed': 'destructive',
    'failover/ipaddr2-host-crash': 'destructive',
    'failover/ipaddr2-nic-down': 'disruptive',
    'failover/keepalived-host-crash': 'destructive',
    'failover/keepalived-killed': 'disruptive',
    'failover/keepalived-nic-down': 'disruptive',
    'failover/etcd-leader-killed': 'disruptive',
    'failover/etcd-minority': 'disruptive',
    'failover/etcd-node-lost': 'destructive',
    'failover/partition-mute': 'destructive',
    'failover/partition-deaf': 'destructive',
    'failover/partition-minority': 'destructive',
    'failover/partition-halves': 'disruptive',
    'failover/partition-bridge': 'destructive',
    'failover/partition-ring': 'destructive',
    'failover/timeline': 'disruptive',
    'capacity/sweep': 'load',
    'conformance/rules': 'read-only',
  });
  t.is(of('capacity/sweep', {condition: 'node-lost'}), 'destructive');
});

test('a profile that changes settings is disruptive, whatever is measured under it', t => {
  const plan = planOf('conformance/rules');
  const under = (profile: string) =>
    impactsOfPlan({trials: plan.trials.map(trial => ({...trial, profile}))}, scenarios, profiles).map(
      ({impact}) => impact,
    );
  t.deepEqual(under('as-found'), ['read-only']);
  t.deepEqual(under('tuned'), ['disruptive']);
  t.deepEqual(under('unknown'), ['destructive']);
  t.is(worstImpact([]), 'read-only');
});

test('a real cluster: only what reads goes without leave, and each class allows those before it', async t => {
  const choice = inventoryWith();
  const yesIMean = 'prod-a';
  t.deepEqual(await permit(choice, asked('conformance/rules'), {}), {mends: false});
  const cases: readonly [string, Impact][] = [
    ['network/iperf3', 'load'],
    ['migration/live', 'disruptive'],
    ['failover/host-crash', 'destructive'],
  ];
  const classes = ['read-only', 'load', 'disruptive', 'destructive'] as const;
  for (const [name, impact] of cases) {
    for (const allow of classes) {
      const leave = permit(choice, asked('conformance/rules', name), {allow, yesIMean});
      if (classes.indexOf(allow) >= classes.indexOf(impact)) {
        await t.notThrowsAsync(leave, `${name} with --allow ${allow}`);
        continue;
      }
      const error = await t.throwsAsync(leave, {instanceOf: CommandError});
      t.is(error.exitCode, 3);
      t.is(
        error.message,
        `on a real cluster nothing beyond ${allow} is done without leave: ${name} as-found is ${impact}`,
      );
      t.regex(error.todo, new RegExp(`say --allow ${impact}`));
    }
  }
});

test('the name is asked for what disturbs, and not for load', async t => {
  const choice = inventoryWith();
  await t.notThrowsAsync(permit(choice, asked('storage/fio'), {allow: 'load'}));
  const wrong = permit(choice, asked('migration/live'), {allow: 'disruptive', yesIMean: 'prod-b'});
  await t.throwsAsync(wrong, {message: /the name given is not that of the cluster, prod-a/});
});

test('disruptive work lies inside the window, with its healing', async t => {
  const choice = inventoryWith([friday]);
  const leave = {allow: 'destructive', yesIMean: 'prod-a'} as const;
  const at = (now: Date, ...more: string[]) => permit(choice, asked('failover/host-crash', ...more), leave, now);
  t.deepEqual(await at(within), {mends: true, closes: new Date('2026-11-27T23:00:00Z')});
  // 600 s and 120 s of healing do not fit into 11 minutes; 12 minutes are enough.
  await t.notThrowsAsync(at(new Date('2026-11-27T22:48:00Z')));
  await t.throwsAsync(at(new Date('2026-11-27T22:49:00Z')), {
    message:
      /would not end in the maintenance window of prod-a.* closes at Fri 2026-11-27 23:00 UTC; the next one is Fri 2026-12-04 22:00 UTC/,
  });
  await t.throwsAsync(at(within, ...Array(5).fill('failover/host-crash')), {message: /would not end/});
  const early = await t.throwsAsync(at(new Date('2026-11-27T21:59:59Z')), {instanceOf: CommandError});
  t.is(
    early.message,
    'this is destructive, and no maintenance window of prod-a is open: the next one is Fri 2026-11-27 22:00 UTC to Fri 2026-11-27 23:00 UTC',
  );
  t.is(early.exitCode, 3);
  // What only reads or loads needs no window, nor does a cluster that states none.
  await t.notThrowsAsync(permit(choice, asked('storage/fio'), {allow: 'load'}, new Date('2026-11-25T12:00:00Z')));
  t.deepEqual(await permit(inventoryWith(), asked('failover/host-crash'), leave), {mends: true});
});

test('a lab that seatrial made needs no leave', async t => {
  const lab: ClusterChoice = {kind: 'lab', lab: {name: 'l', nodes: 3, storage: 'nbd', guests: 1}, keep: false};
  t.deepEqual(await permit(lab, asked('failover/host-crash'), {}), {mends: true});
});

/** The command line itself; the addresses are of documentation, so that a slip would go nowhere. */
async function accept(inventory: object, ...words: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-permit-'));
  const file = join(folder, 'cluster.yaml');
  writeFileSync(file, JSON.stringify(inventory));
  const program = join(import.meta.dirname, '../../seatrial.ts');
  const out = join(folder, 'run');
  const child = spawn(process.execPath, [program, 'accept', '--inventory', file, '--out', out, '--quick', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, PERMIT_TEST_BMC: 'planted'},
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  const code = await new Promise<number | null>(resolve => child.once('close', resolve));
  const touched = existsSync(out) || existsSync(join(journalFolder, `${described.cluster}.jsonl`));
  rmSync(folder, {recursive: true, force: true});
  return {code, said, touched};
}

test('the command line: each refusal ends with 3, and nothing was touched', async t => {
  t.timeout(120_000);
  // A day that is never today nor tomorrow.
  const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
  const far = weekdays[(new Date().getUTCDay() + 3) % 7] ?? 'sun';
  const closed = {...described, maintenance: [{...friday, days: [far]}]};
  const allowed = ['--only', 'failover/host-crash', '--allow', 'destructive'];
  for (const [inventory, words, sentence] of [
    [described, [], /nothing beyond read-only is done without leave: .*failover\/host-crash stock is destructive/],
    [described, ['--allow', 'load'], /nothing beyond load .*storage\/fio stock is disruptive/],
    [described, ['--allow', 'all'], /--allow/],
    [closed, [...allowed, '--yes-i-mean', 'prod-a'], /no maintenance window of prod-a is open: the next one is /],
    [described, allowed, /The power of nodes.* of prod-a will be disturbed, and nobody is here to confirm it/],
    [described, [...allowed, '--yes-i-mean', 'prod'], /not that of the cluster, prod-a/],
  ] as const) {
    const {code, said, touched} = await accept(inventory, ...words);
    t.is(code, 3, said);
    t.regex(said, sentence);
    t.false(touched, said);
  }
});

test('the command line: a dry run says the class of every trial, and asks for no leave', async t => {
  const {code, said} = await accept(described, '--dry-run', '--only', 'failover/host-crash');
  t.is(code, 0, said);
  t.regex(said, /2 trials, about .*, destructive$/m);
  t.regex(said, /failover\/host-crash tuned #1, destructive, about/);
  const looked = await accept(described, '--dry-run', '--only', 'conformance', '--profile', 'as-found');
  t.regex(looked.said, /conformance\/rules as-found #1, read-only, about/);
});
