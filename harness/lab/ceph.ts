/**
 * The lab's Ceph: one monitor and one OSD a node, one manager, all traffic on the storage plane.
 *
 * Two halves. The texts (ceph.conf, keyrings, scripts) are pure. `bootstrapCeph` and `createGuestDisks` carry them to
 * the machines through the transport. What a node needs to come back by itself lies on its persistent folder, with a
 * boot hook: a node that was fenced and powered on again must rejoin with no harness process alive.
 *
 * What is deliberately *not* in ceph.conf: every timing that decides how long a failover takes (heartbeat grace, watch
 * time-out, monitor lease, the clients' pings). The file beats the monitors' configuration database, so a profile could
 * not change them any more; and out of the box the lab must have Ceph's real defaults.
 */
import {randomBytes} from 'node:crypto';
import {type CephTarget, cephCommands, cephReadiness, imageCreate, sentenceOf} from '../cluster/storage.ts';
import type {Host, Result, Transport} from '../types.ts';
import {waitFor} from '../wait.ts';

/** Inside a node; survives its power cycles. */
const disk = '/var/lib/seatrial/disk';
const home = `${disk}/ceph`;
/** Where the boot hook lies; `20` runs after nothing and before whatever wants storage. */
const cephBootHookPath = `${disk}/boot.d/20-ceph`;

/** RBD pool of the lab's guests. */
export const labPool = 'guests';
const placementGroups = 8;
/** Each OSD's sparse file. Three copies: the cluster carries a third of the sum. */
const osdBytes = 4 * 1024 ** 3;

export interface CephNode {
  name: string;
  /** On the storage plane, IPv4. */
  address: string;
  /** OSD number, from 0 in the order of the nodes. */
  osd: number;
  osdUuid: string;
}

/** Everything that is decided before a machine is touched. */
export interface CephPlan {
  fsid: string;
  /** CIDR of the storage plane: public and cluster network alike. */
  network: string;
  nodes: readonly CephNode[];
  keys: {mon: string; admin: string; mgr: string; osd: readonly string[]};
}

/** Random bytes and wall clock, from outside: the plan itself is pure. */
export interface CephSeed {
  bytes(count: number): Uint8Array;
  nowSeconds: number;
}

/**
 * A cephx secret: type 1 (AES), creation time, 16 bytes of key; little endian, base64. Source: CryptoKey::encode in
 * Ceph.
 */
export function cephxSecret(key: Uint8Array, createdSeconds: number): string {
  const secret = Buffer.alloc(12 + key.length);
  secret.writeUInt16LE(1, 0);
  secret.writeUInt32LE(createdSeconds, 2);
  secret.writeUInt32LE(0, 6);
  secret.writeUInt16LE(key.length, 10);
  secret.set(key, 12);
  return secret.toString('base64');
}

/**
 * Fails when a node has no IPv4 address on the storage plane, or there are no nodes. The network is the /24 around the
 * first.
 */
export function planCeph(hosts: readonly Host[], seed: CephSeed): Result<CephPlan, string> {
  const secret = () => cephxSecret(seed.bytes(16), seed.nowSeconds);
  const nodes: CephNode[] = [];
  for (const [osd, host] of hosts.entries()) {
    const address = host.addresses.storage;
    if (address === undefined || !/^\d+\.\d+\.\d+\.\d+$/.test(address)) {
      return {
        ok: false,
        error: `node ${host.name}: Ceph needs an IPv4 address on the storage plane, found ${address ?? 'none'}`,
      };
    }
    nodes.push({name: host.name, address, osd, osdUuid: uuid(seed.bytes(16))});
  }
  const first = nodes[0];
  if (first === undefined) return {ok: false, error: 'Ceph needs at least one node, found none'};
  return {
    ok: true,
    value: {
      fsid: uuid(seed.bytes(16)),
      network: first.address.replace(/\d+$/, '0/24'),
      nodes,
      keys: {mon: secret(), admin: secret(), mgr: secret(), osd: nodes.map(secret)},
    },
  };
}

function uuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

/** The same on every node. Small and quiet; no timing in here that a failover would feel. */
export function cephConf(plan: CephPlan): string {
  const vector = (node: CephNode) => `[v2:${node.address}:3300,v1:${node.address}:6789]`;
  return `[global]
fsid = ${plan.fsid}
mon_initial_members = ${plan.nodes.map(node => node.name).join(',')}
mon_host = ${plan.nodes.map(vector).join(',')}
public_network = ${plan.network}
cluster_network = ${plan.network}
auth_allow_insecure_global_id_reclaim = false
osd_pool_default_size = ${Math.min(3, plan.nodes.length)}
osd_pool_default_min_size = ${Math.min(2, plan.nodes.length)}
osd_pool_default_pg_num = ${placementGroups}
osd_pool_default_pg_autoscale_mode = off
run_dir = /run/ceph
ms_async_op_threads = 1
${quiet.map(subsystem => `debug_${subsystem} = 0/0`).join('\n')}

[mon]
mon_data = ${home}/mon
mon_data_avail_warn = 3
mon_data_avail_crit = 1
mon_cluster_log_to_file = true

[mgr]
mgr_data = ${home}/mgr
mgr_stats_period = 1
mgr_disabled_modules = ${idleModules.join(' ')}

[osd]
osd_data = ${home}/osd
osd_objectstore = bluestore
bluestore_block_size = ${osdBytes}
bluestore_block_db_create = false
bluestore_block_wal_create = false
bluestore_cache_autotune = false
bluestore_cache_size = 33554432
osd_max_pg_log_entries = 500
osd_op_num_shards = 2
osd_recovery_sleep_hdd = 0

[client]
keyring = /etc/ceph/ceph.client.admin.keyring
`;
}

/** Logging into memory costs a tenth of a small machine; the cluster's own log (who was marked down, by whom) stays. */
const quiet = [
  'asok',
  'auth',
  'bdev',
  'bluefs',
  'bluestore',
  'client',
  'filestore',
  'heartbeatmap',
  'mgr',
  'mgrc',
  'mon',
  'monc',
  'ms',
  'objecter',
  'objectcacher',
  'osd',
  'paxos',
  'rados',
  'rbd',
  'rocksdb',
  'timer',
  'tp',
];

/**
 * Manager modules that are not loaded: half its memory and four of its six seconds to start. The always-on ones must
 * stay.
 */
const idleModules = [
  'alerts',
  'cephadm',
  'dashboard',
  'diskprediction_local',
  'influx',
  'insights',
  'iostat',
  'k8sevents',
  'localpool',
  'mds_autoscaler',
  'mirroring',
  'nfs',
  'osd_perf_query',
  'osd_support',
  'prometheus',
  'restful',
  'rook',
  'selftest',
  'snap_schedule',
  'stats',
  'telegraf',
  'test_orchestrator',
  'zabbix',
];

/** What the monitors are made with: every identity at once, so that nothing has to be added by hand afterwards. */
export function cephSeedKeyring(plan: CephPlan): string {
  const entries = [
    entry('mon.', plan.keys.mon, {mon: 'allow *'}),
    entry('client.admin', plan.keys.admin, {mon: 'allow *', mgr: 'allow *', osd: 'allow *', mds: 'allow *'}),
    entry(`mgr.${managerOf(plan)}`, plan.keys.mgr, {mon: 'allow profile mgr', osd: 'allow *', mds: 'allow *'}),
    ...plan.nodes.map(node =>
      entry(`osd.${node.osd}`, osdKey(plan, node), {
        mon: 'allow profile osd',
        mgr: 'allow profile osd',
        osd: 'allow *',
      }),
    ),
  ];
  return entries.join('');
}

/** For `ceph`, `rbd` and QEMU alike: the lab's hosts are all trusted. */
export function cephAdminKeyring(plan: CephPlan): string {
  return entry('client.admin', plan.keys.admin, {});
}

function entry(name: string, key: string, caps: Readonly<Record<string, string>>): string {
  const lines = Object.entries(caps).map(([service, cap]) => `\tcaps ${service} = "${cap}"\n`);
  return `[${name}]\n\tkey = ${key}\n${lines.join('')}`;
}

function managerOf(plan: CephPlan): string {
  return plan.nodes[0]?.name ?? '';
}

/**
 * Runs at every power-on, inside the node, and needs nothing but the node's own folder. It waits for none of the
 * daemons: an OSD goes into the background only when the monitors have let it in, and libvirt need not wait for that.
 */
export function cephBootHook(plan: CephPlan, node: CephNode): string {
  const isManager = node.name === managerOf(plan);
  const start = (marker: string, daemon: string) =>
    `[ -e ${home}/${marker} ] && setsid ${daemon} </dev/null >>/var/log/ceph/boot.log 2>&1 &\n`;
  return `#!/bin/sh
# Ceph on ${node.name}: monitor, OSD ${node.osd}${isManager ? ' and the manager' : ''}.
mkdir -p /etc/ceph /run/ceph /var/log/ceph
cp ${home}/ceph.conf ${home}/ceph.client.admin.keyring /etc/ceph/
${start('mon.made', `ceph-mon -i ${node.name}`)}${start('osd.made', `ceph-osd -i ${node.osd}`)}${isManager ? start('mgr.made', `ceph-mgr -i ${node.name}`) : ''}exit 0
`;
}

/**
 * First boot, inside the node: lays down the texts, makes the monitor's and the OSD's data side by side, starts the
 * monitor. The OSD waits for its number (`cephOsdScript`).
 */
export function cephFormatScript(plan: CephPlan, node: CephNode): string {
  const addresses = plan.nodes.map(peer => `--addv ${peer.name} [v2:${peer.address}:3300,v1:${peer.address}:6789]`);
  return `set -e
if [ -e ${home}/osd.made ]; then echo 'Ceph has been made here before: ${home} is not empty' >&2; exit 1; fi
mkdir -p ${home}/mon ${home}/osd ${home}/mgr /etc/ceph /run/ceph /var/log/ceph
${file(`${home}/ceph.conf`, cephConf(plan))}${file(`${home}/ceph.client.admin.keyring`, cephAdminKeyring(plan))}${file(`${home}/seed.keyring`, cephSeedKeyring(plan))}${file(`${home}/osd/keyring`, entry(`osd.${node.osd}`, osdKey(plan, node), {}))}${file(`${home}/mgr/keyring`, entry(`mgr.${managerOf(plan)}`, plan.keys.mgr, {}))}${file(cephBootHookPath, cephBootHook(plan, node))}chmod 600 ${home}/*.keyring ${home}/*/keyring
cp ${home}/ceph.conf ${home}/ceph.client.admin.keyring /etc/ceph/
ceph-osd --mkfs --no-mon-config -i ${node.osd} --osd-uuid ${node.osdUuid} </dev/null >/var/log/ceph/mkfs-osd.log 2>&1 &
osd=$!
monmaptool --create --clobber --fsid ${plan.fsid} ${addresses.join(' ')} ${home}/monmap >/var/log/ceph/mkfs-mon.log 2>&1
ceph-mon --mkfs -i ${node.name} --monmap ${home}/monmap --keyring ${home}/seed.keyring </dev/null >>/var/log/ceph/mkfs-mon.log 2>&1 || { cat /var/log/ceph/mkfs-mon.log >&2; exit 1; }
rm ${home}/seed.keyring
touch ${home}/mon.made ${home}/mgr.made
sh ${cephBootHookPath}
wait $osd || { cat /var/log/ceph/mkfs-osd.log >&2; exit 1; }
`;
}

function file(path: string, content: string): string {
  return `mkdir -p ${path.replace(/\/[^/]*$/, '')}\ncat >${path} <<'SEATRIAL_END'\n${content}SEATRIAL_END\n`;
}

function osdKey(plan: CephPlan, node: CephNode): string {
  return plan.keys.osd[plan.nodes.indexOf(node)] ?? '';
}

/** Starts the OSD for the first time; from now on the boot hook does it. */
function cephOsdScript(node: CephNode): string {
  return `touch ${home}/osd.made && exec setsid ceph-osd -i ${node.osd} </dev/null >>/var/log/ceph/boot.log 2>&1`;
}

export interface CephReady {
  plan: CephPlan;
  /** From the first command, in seconds: monitors in quorum, first RBD image made, all placement groups clean. */
  quorumSeconds: number;
  firstImageSeconds: number;
  cleanSeconds: number;
}

/**
 * Makes Ceph on fresh nodes and waits until it can be used: a blocking `rbd create` first (HEALTH_OK says nothing),
 * then all placement groups active+clean. Afterwards the configuration database holds nothing that differs from Ceph's
 * defaults in how failures are found: profiles start from there.
 *
 * Fails with a sentence that names the node and the log when a step fails, when `deadlineMs` is over, or on abort.
 * Nothing is undone: what was made dies with the nodes.
 */
export async function bootstrapCeph(
  transport: Transport,
  hosts: readonly Host[],
  say: (text: string, host?: string) => void,
  signal: AbortSignal,
  deadlineMs = 90_000,
): Promise<Result<CephReady, string>> {
  const start = performance.now();
  const elapsedSeconds = () => (performance.now() - start) / 1000;
  const planned = planCeph(hosts, {bytes: count => randomBytes(count), nowSeconds: Math.floor(Date.now() / 1000)});
  if (!planned.ok) return planned;
  const plan = planned.value;
  const first = hosts[0];
  if (first === undefined) return {ok: false, error: 'Ceph needs at least one node, found none'};
  const making: Making = {
    plan,
    hosts,
    target: {transport, host: first},
    signal,
    leftMs: () => Math.max(1000, deadlineMs - (performance.now() - start)),
  };
  const failed = (error: string): Result<CephReady, string> => ({ok: false, error: `Ceph: ${error}`});

  say(`Ceph: making ${plan.nodes.length} monitors and OSDs`);
  const quorum = await makeMonitors(making);
  if (!quorum.ok) return failed(quorum.error);
  const quorumSeconds = elapsedSeconds();

  say('Ceph: monitors in quorum; starting OSDs');
  const image = await makeFirstImage(making);
  if (!image.ok) return failed(image.error);
  const firstImageSeconds = elapsedSeconds();

  say('Ceph: first image made; waiting for clean placement groups');
  const clean = await waitUntilClean(making);
  if (!clean.ok) return failed(clean.error);
  const cleanSeconds = elapsedSeconds();
  say(`Ceph: clean after ${cleanSeconds.toFixed(1)} s`);
  return {ok: true, value: {plan, quorumSeconds, firstImageSeconds, cleanSeconds}};
}

interface Making {
  plan: CephPlan;
  hosts: readonly Host[];
  /** Where `ceph` is asked. */
  target: CephTarget;
  signal: AbortSignal;
  /** Until the deadline; never less than 1 s. */
  leftMs(): number;
}

/**
 * A fresh set of monitors elects twice, and the second time one of the three is often late: then it takes the whole
 * election time-out of 5 s. The client's own hunting must not add to that.
 */
const huntingFast = ['--mon-client-hunt-interval=0.3'];

/** Monitors and OSDs get their data, the monitors a quorum, the OSDs their numbers, the guests a pool. */
async function makeMonitors(making: Making): Promise<Result<unknown, string>> {
  const {plan, target} = making;
  const made = await everywhere(making, 'making monitor and OSD', node => cephFormatScript(plan, node));
  if (!made.ok) return made;
  return cephCommands(
    target,
    [
      ...hurry.map(([who, option, value]) => `config set ${who} ${option} ${value}`),
      ...plan.nodes.map(node => `osd new ${node.osdUuid} ${node.osd}`),
      'config set mgr mgr/devicehealth/enable_monitoring false --force',
      `osd pool create ${labPool} ${placementGroups} ${placementGroups}`,
      `osd pool application enable ${labPool} rbd`,
    ],
    {client: huntingFast, timeoutMs: making.leftMs()},
  );
}

async function makeFirstImage(making: Making): Promise<Result<unknown, string>> {
  const {target, signal} = making;
  const started = await everywhere(making, 'starting OSD', cephOsdScript);
  if (!started.ok) return started;
  if (signal.aborted) return {ok: false, error: 'interrupted'};
  return imageCreate(target, labPool, 'seatrial-probe', 1024 ** 2, {client: huntingFast, timeoutMs: making.leftMs()});
}

/** Afterwards what hurried the making is taken back. */
async function waitUntilClean({target, signal, leftMs}: Making): Promise<Result<unknown, string>> {
  let missing = 'not asked yet';
  const clean = await waitFor(
    'all placement groups active+clean',
    leftMs(),
    async () => {
      const readiness = await cephReadiness(target, {timeoutMs: 5000});
      missing = readiness.ok ? (readiness.value ?? '') : readiness.error;
      return readiness.ok && readiness.value === undefined ? true : undefined;
    },
    {intervalMs: 300, signal},
  );
  if (!clean.ok) return {ok: false, error: `${clean.error}; last seen: ${missing}`};
  return cephCommands(
    target,
    hurry.map(([who, option]) => `config rm ${who} ${option}`),
  );
}

/** Runs each node's script on it, all at once. */
async function everywhere(
  {plan, hosts, target: {transport}, signal, leftMs}: Making,
  what: string,
  script: (node: CephNode) => string,
): Promise<Result<void, string>> {
  if (signal.aborted) return {ok: false, error: `${what}: interrupted`};
  const failures = await Promise.all(
    hosts.map(async (host, index) => {
      const node = plan.nodes[index];
      if (node === undefined) return undefined;
      const command = {argv: ['sh', '-s'], stdin: script(node), timeoutMs: leftMs(), idempotent: false} as const;
      return sentenceOf(what, host, await transport.exec(host, command));
    }),
  );
  const failure = failures.find(sentence => sentence !== undefined);
  return failure === undefined ? {ok: true, value: undefined} : {ok: false, error: failure};
}

/** In force only while the cluster is being made: each change of the maps would otherwise wait up to a second. */
const hurry: readonly (readonly [who: string, option: string, value: string])[] = [
  ['mon', 'paxos_propose_interval', '0.05'],
  ['mon', 'paxos_min_wait', '0.01'],
];

/** A guest's two disks. `ledger`: where the beacon writes what it acknowledges. `scratch`: what fio may overwrite. */
export interface GuestDisks {
  ledger: string;
  scratch: string;
}

export function guestDisks(guest: string): GuestDisks {
  return {ledger: `${guest}-ledger`, scratch: `${guest}-scratch`};
}

const ledgerBytes = 16 * 1024 ** 2;
const defaultScratchBytes = 256 * 1024 ** 2;

/**
 * Two RBD images a guest, both empty: whoever reads from them for a measurement writes them first. The images are made
 * from different nodes at once. Fails with a sentence when an image exists.
 */
export async function createGuestDisks(
  transport: Transport,
  hosts: readonly Host[],
  guests: readonly {name: string}[],
  say: (text: string, host?: string) => void,
  scratchBytes = defaultScratchBytes,
): Promise<Result<void, string>> {
  const made = await Promise.all(
    guests.map(async ({name}, index): Promise<Result<void, string>> => {
      const host = hosts[index % hosts.length];
      if (host === undefined) return {ok: false, error: 'no node to make the disks from'};
      const target: CephTarget = {transport, host};
      const disks = guestDisks(name);
      say(`making ${disks.ledger} and ${disks.scratch}`, host.name);
      const [ledger, scratch] = await Promise.all([
        imageCreate(target, labPool, disks.ledger, ledgerBytes),
        imageCreate(target, labPool, disks.scratch, scratchBytes),
      ]);
      return ledger.ok ? scratch : ledger;
    }),
  );
  return made.find(result => !result.ok) ?? {ok: true, value: undefined};
}
