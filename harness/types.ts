/**
 * The vocabulary. It imports nothing and reads as a glossary: from machines, over artefacts and samples, to verdicts.
 * Base units only (seconds, bytes, bits, operations, counts, ratios); renderers scale.
 */

// ───────────────────────────── values ─────────────────────────────

/**
 * Base units. `ratio` is dimensionless: 0.5 is a half; 1.33 as an effect is a third more. `s·s` is an area: a delay,
 * for as long as it lasts.
 */
export type Unit = 's' | 's·s' | 'B/s' | 'bit/s' | 'op/s' | 'B' | 'count' | 'ratio';

export type Result<T, E> = {ok: true; value: T} | {ok: false; error: E};

/** Where a text stopped making sense. `path` is a JSON pointer, an XPath or `line 12`, whatever finds the place. */
export interface ParseError {
  artefact: string;
  path: string;
  expected: string;
  found: string;
}

/** Bad configuration: enough for a person to mend it. Line and column count from 1. */
export interface ConfigError {
  file: string;
  line: number;
  column: number;
  found: string;
  expected: string;
  /** What to do, with the nearest valid name for a typo. */
  hint: string;
}

// ───────────────────────────── machines ─────────────────────────────

/** A network plane by purpose. A host may carry several planes on one interface. */
export type Plane = 'management' | 'cluster' | 'storage' | 'service';
export const planes = ['management', 'cluster', 'storage', 'service'] as const satisfies readonly Plane[];

/** A baseboard controller: the way to a host's power that does not go through the host. */
export interface Bmc {
  address: string;
  port: number;
  username: string;
  /** Read from the inventory's password file or environment; never printed, never stored in a run. */
  password: string;
}

/**
 * A machine seatrial may touch.
 * `node`: member of the cluster. `client`: outside the cluster, on the service plane; probes and load start here.
 * `storage`: serves disks without being a member.
 */
export interface Host {
  name: string;
  role: 'node' | 'client' | 'storage';
  addresses: Partial<Record<Plane, string>>;
  interfaces: Partial<Record<Plane, string>>;
  bmc?: Bmc;
  /** Devices and directories that destructive work may use; nothing else is ever written to. */
  scratch: readonly string[];
}

/** A virtual machine of the cluster that carries seatrial's guest image: fio server, iperf3 server and beacon. */
export interface Guest {
  name: string;
  /** Address on the service plane. */
  address: string;
  /** Name of its Pacemaker resource. */
  resource: string;
  memoryBytes: number;
  vcpus: number;
  ports: {fio: number; iperf3: number; beacon: number};
  /** Device inside the guest that fio may overwrite, and its serial where the owner has stated one. */
  scratchDevice: string;
  scratchSerial?: string;
}

/**
 * One command for one host. `argv` is never joined into a shell line; say `['sh', '-c', …]` where a shell is wanted.
 */
export interface Command {
  argv: readonly [string, ...string[]];
  timeoutMs: number;
  /** Only idempotent commands may reconnect and run again. A measurement never is. */
  idempotent: boolean;
  /** It only looks: the audit file counts it, and does not list it. */
  readOnly?: true;
  stdin?: string;
}

export type Exit =
  | {kind: 'exited'; code: number}
  | {kind: 'signalled'; signal: string}
  | {kind: 'timed-out'}
  | {kind: 'unreachable'; reason: string};

export interface Outcome {
  stdout: string;
  stderr: string;
  durationMs: number;
  exit: Exit;
}

/** A command that was started and runs on. */
export interface Running {
  /** Settles when the command ends; never rejects. */
  outcome: Promise<Outcome>;
  /** SIGINT to the command's process group, SIGKILL after graceMs; settles with the outcome. Safe to call twice. */
  stop(graceMs?: number): Promise<Outcome>;
}

/** The only door to a machine. Never rejects: what went wrong is in the outcome. */
export interface Transport {
  exec(host: Host, command: Command): Promise<Outcome>;
  start(host: Host, command: Command): Promise<Running>;
  upload(host: Host, localPath: string, remotePath: string, mode?: number): Promise<Outcome>;
  download(host: Host, remotePath: string, localPath: string): Promise<Outcome>;
}

export type StorageKind = 'ceph' | 'nbd' | 'none';

/** Stores that one guest has beside its own disks, to be held against each other; `null` does nothing. */
export const storeKinds = [
  'null',
  'file',
  'rbd',
  'nbd',
  'iscsi',
  'gluster',
  'nfs',
  'cephfs',
  'nvme-tcp',
  'md-raid10',
] as const;
export type StoreKind = (typeof storeKinds)[number];

/** A store beside the guests' own disks, attached to one guest by its owner, on its host or in it. */
export interface Store {
  name: string;
  kind: StoreKind;
  guest: string;
  /** In that guest: a whole block device, or a file of ours on what is mounted from the store. It is overwritten. */
  path: string;
  /** What the device must say that it is; of block devices. */
  serial?: string;
  /**
   * Nodes, or guests, that serve it; with two or more it goes on when one of them is lost. None: it is served by the
   * guest's own host.
   */
  servers: readonly string[];
  /** As its servers call it, where they must be asked: a Gluster volume. */
  source?: string;
  /** Words of a command that attaches it in its guest, where that was started anew and has lost it; twice is once. */
  attach?: readonly [string, ...string[]];
}

/**
 * A virtual address on the service plane. Where it is not `existing` it is free: a trial has the cluster carry it, and
 * takes it away again.
 */
export interface VirtualAddress {
  address: string;
  prefixLength: number;
  existing: boolean;
}

/** A member of an etcd cluster: where clients ask it, and the node that it dies with. */
export interface EtcdMember {
  node: string;
  /** `http://10.0.0.1:2379`, without a path. */
  url: string;
}

export interface Etcd {
  members: readonly EtcdMember[];
  /** Else each trial starts the members, and ends them again. */
  existing: boolean;
  /** Files on the client host and on every member's node. */
  tls?: {ca: string; certificate: string; key: string};
}

/** Two Zabbix servers or more with Zabbix' own high availability, each under the name of its node. */
export interface Zabbix {
  /** `ADDRESS:PORT` where it takes values. */
  servers: readonly {node: string; address: string}[];
  /**
   * One that is there: its interface, and an item of type trapper with a trigger that fires while its value is above 0.
   * Else each trial makes one, and takes it away again.
   */
  existing?: {api: string; login: {username: string; password: string}; host: string; key: string};
}

/** A way of log lines from every node to the store of the one that collects them, by rsyslog. */
export interface Logs {
  /** Name of the node that collects. */
  collector: string;
  /**
   * One that is there: the file on the collector that holds an entry a line, and the folder where the nodes' own
   * rsyslogd keeps what nobody takes. Else each trial makes one.
   */
  existing?: {store: string; spool?: string};
}

/** What runs beside the guests. */
export interface Services {
  ipaddr2?: VirtualAddress;
  keepalived?: VirtualAddress;
  etcd?: Etcd;
  zabbix?: Zabbix;
  logs?: Logs;
}

/** Ways from plane to plane that may be there. */
export interface Isolation {
  allowed: readonly {from: Plane; to: Plane}[];
}

/** The alarms of the register, by what is wrong. */
export const alarmKinds = [
  'node-down',
  'storage-low',
  'guest-cpu',
  'logs-large',
  'guest-state',
  'disk-used',
  'overload',
  'exporter-silent',
  'ceph-health',
] as const;
export type AlarmKind = (typeof alarmKinds)[number];

/** Prometheus and Alertmanager beside the cluster, and how what they do is seen. */
export interface Monitoring {
  /** As the client reaches them, without a path: `http://10.0.0.9:9090`. */
  prometheus: string;
  alertmanager: string;
  /** For both, by HTTP's basic authentication or as a bearer. */
  login?: {username: string; password: string} | {token: string};
  /** A file on the client, for https. */
  ca?: string;
  /** `ADDRESS:PORT` of the client where a receiver of Alertmanager's posts: we listen there during a trial. */
  messages: string;
  /** Names of the rules that are to fire. */
  alerts: Partial<Record<AlarmKind, string>>;
  /** Folders on every node: what the rules on storage and on logs watch. */
  folders: {storage?: string; logs?: string};
}

/** A cluster under test. Whether it is the local lab or a stranger's machines cannot be told from here. */
export interface Cluster {
  name: string;
  nodes: readonly Host[];
  client: Host;
  guests: readonly Guest[];
  storage: StorageKind;
  /** Beside the guests' own disks. */
  stores?: readonly Store[];
  /** Attaches a store in its guest, where no command of its own does; twice is once. Nothing where its owner does. */
  attachStore?(cluster: Cluster, store: Store): Promise<Result<void, string>> | undefined;
  /** Those that the inventory describes. */
  services?: Services;
  /** Without it no plane may reach another. */
  isolation?: Isolation;
  /** Where the inventory says how a further guest is ordered. */
  deploys?: Deploys;
  /** Where the inventory describes it. */
  monitoring?: Monitoring;
  transport: Transport;
  /**
   * Facts for the face of every report. `emulated`: guests run without hardware virtualization. `shared`: all hosts on
   * one machine.
   */
  hardware: {emulated: boolean; shared: boolean; note: string};
}

/** How one further guest is ordered, by the playbook that makes all others, and taken back. */
export interface Deploys {
  guest: Guest;
  /** Runs the playbook to its end; the second time it has nothing to do. Refusals and failures are sentences. */
  order(signal: AbortSignal, say: (text: string) => void): Promise<Result<Deployment, string>>;
  /** Whether it serves: waits until the guest answers and takes load. */
  serves(signal: AbortSignal): Promise<Result<void, string>>;
  /** Everything of it goes; twice, or for nothing, is no error. */
  takeBack(signal: AbortSignal): Promise<Result<void, string>>;
}

/** What a playbook did, by host. */
export interface Deployment {
  hosts: Readonly<Record<string, {ok: number; changed: number}>>;
}

// ───────────────────────────── profiles ─────────────────────────────

/** How a setting reaches the machines: each has one driver in harness/settings/. */
export type SettingDriver = 'domain' | 'corosync' | 'resource' | 'ceph' | 'link' | 'property' | 'fence' | 'alert';

/**
 * One setting as data. `key` is in the driver's own terms: `disk.cache`, `token`, `op.monitor.interval`,
 * `osd_heartbeat_grace`, `storage.mtu`.
 */
export interface Setting {
  id: string;
  driver: SettingDriver;
  key: string;
  value: string;
  /** Why one would set it so; goes into the report. */
  why: string;
  /** What a cluster must have for the setting to mean anything, e.g. `ceph`. */
  needs?: StorageKind;
}

/** A setting that holds at one place only: `where` is that of its read-back. */
export interface PlacedSetting extends Setting {
  where?: string;
}

/** Of a place of their own where the profile is what was found on machines that differ. */
export interface Profile {
  name: string;
  title: string;
  settings: readonly PlacedSetting[];
}

/** What the machine says is in force, per place (host, guest or cluster). */
export interface ReadBack {
  id: string;
  where: string;
  asked: string;
  found: string;
  agrees: boolean;
}

// ───────────────────────────── trials ─────────────────────────────

export type ClaimId = string;

/** What a scenario needs; where it is missing the scenario is reported as not applicable, with the reason. */
export interface Needs {
  nodes?: number;
  guests?: number;
  bmc?: boolean;
  planes?: readonly Plane[];
  /** Planes whose network interface must be named for every node: it is taken down. */
  interfaces?: readonly Plane[];
  /** Planes that share no address with another, nor their interface where that is asked for: they are cut alone. */
  alone?: readonly Plane[];
  storage?: readonly StorageKind[];
  /** Stores beside each other in one guest, a null disk among them. */
  stores?: true | readonly StoreKind[];
  services?: readonly (keyof Services)[];
  /** The inventory says how a further guest is ordered. */
  deploys?: true;
  /** Rules of these alarms are named, and the folders that the causes fill. */
  monitoring?: {alerts: readonly AlarmKind[]; folder?: keyof Monitoring['folders']};
  /**
   * Guests take load from the client by fio's own protocol. Found out on the running cluster, before the first trial
   * that needs it.
   */
  fio?: true;
  /** What every node's kernel and programs must be able to: found out on the running cluster, before the plan is. */
  tools?: readonly Tool[];
  /** Halves of it have the same number of nodes. */
  evenNodes?: true;
  /** Overwrites the guests' scratch devices: each is looked at just before, and refused where it is anything else. */
  scratch?: true;
}

/** `harness/cluster/tools.ts` says what each is and how it is found out. */
export type Tool =
  | 'packet-rules'
  | 'random-loss'
  | 'rate-limit'
  | 'bond'
  | 'mute-link'
  | 'two-links'
  | 'duplicates'
  | 'delay'
  | 'libvirtd'
  | 'virtqemud'
  | 'keepalived'
  | 'python3'
  | 'fallocate'
  | 'own-clock'
  | 'one-fence-level'
  | 'two-fence-levels'
  | 'page-merging'
  | 'control-groups'
  | 'fio-network-engines'
  | 'fence-password'
  | 'fast-path';

export type Parameters = Readonly<Record<string, number | string | readonly string[]>>;

/** One planned trial. `slot` counts from 1 over the whole run and names the trial's folder. */
export interface PlannedTrial {
  slot: number;
  scenario: string;
  profile: string;
  /** Pairs slots: the nth trial of A is compared with the nth of B. Counts from 1. */
  repetition: number;
  parameters: Parameters;
  estimatedSeconds: number;
}

export interface Plan {
  seed: number;
  profiles: readonly string[];
  trials: readonly PlannedTrial[];
  /** Scenarios that cannot run on this cluster, and why. */
  notApplicable: readonly {scenario: string; reason: string}[];
  /** Of a run that is told time, not repetitions: its trials are drawn as it goes. */
  window?: PlanWindow;
}

export interface PlanWindow {
  /** As it was asked for: `for 4h`. */
  asked: string;
  /** By the clock of the start; absent where it goes on until all is decided. ISO 8601. */
  closes?: string;
  /** What may be drawn. */
  offers: readonly {scenario: string; parameters: Parameters; estimatedSeconds: number}[];
  /** What was foreseen when it began, to be held against what came. */
  forecast?: WindowForecast;
}

/** What a window is likely to decide. */
export interface WindowForecast {
  /** Absent where it goes on until all is decided. */
  windowSeconds?: number;
  /** Those that are decided in the window, on average. */
  decided: number;
  open: number;
  /** Until all are decided that can be; median. */
  allSeconds: number;
  /** How many can be. */
  all: number;
  promises: readonly PromiseForecast[];
  /** At even times, how many are decided on average. */
  over: readonly {seconds: number; decided: number}[];
  /** Ids of the earlier runs that it rests on beside the estimates. */
  runs: readonly string[];
}

/** Of one promise. */
export interface PromiseForecast {
  id: string;
  /** That it is decided when the window closes; 0 to 1. */
  chance: number;
  /** Trials that speak for it, and the time from the start, where it is decided; medians. Absent where it never is. */
  trials?: number;
  seconds?: number;
}

/**
 * A fault heals without memory of its injection: `heal` must work in another process, after a crash, twice, or for
 * nothing.
 */
export interface Fault {
  /** Its kind's name in the registry (harness/faults/index.ts). */
  kind: string;
  /** Names of the nodes that it strikes. */
  nodes: readonly string[];
  /** What of them, in the kind's own terms. */
  parameters: Parameters;
  /** Shell-readable description for the journal and the plan. */
  describe: string;
  /** Asked just before the injection, while every host still answers. */
  deadMan(cluster: Cluster): Promise<Result<readonly DeadMan[], string>>;
  inject(cluster: Cluster): Promise<Outcome>;
  /** Asked while it is in force: the evidence that it bit, or why it did not. */
  reached(cluster: Cluster): Promise<Result<string, string>>;
  heal(cluster: Cluster): Promise<Result<void, string>>;
}

/**
 * A command that a host runs by itself when nobody has healed in time: it undoes a fault without the harness, and does
 * no harm where there is nothing to undo. Never with a secret in it.
 */
export interface DeadMan {
  host: Host;
  argv: Command['argv'];
}

/**
 * What a scenario puts on a host, or on the whole cluster, and means to take away again. `file`: a file of our own, its
 * absolute path. `virtual-address`: one that the cluster carries for the trial. `etcd`: its members and their data.
 * `zabbix`: its servers and their database. `logs`: rsyslog and its store. `moved-guest`: a guest that the cluster
 * leaves alone, or whose migrations are slowed down, found on that host. `standby`: a node that takes no guests.
 * `pinned-guest`: a guest that may run on fewer processors of its node than it did. `held-guest`: one in control groups
 * that limit it. `page-merging`: of a node's kernel, as it was. `snapshot`: of a guest's disk. `image`: one of our own
 * in the store. `ordered-guest`: one that a trial ordered anew.
 */
export type Leftover =
  | {what: 'file'; host: string; path: string}
  | {what: 'virtual-address'; by: 'ipaddr2' | 'keepalived'; address: string; prefixLength: number}
  | {what: 'etcd'}
  | {what: 'zabbix'}
  | {what: 'logs'}
  | {what: 'moved-guest'; host: string; guest: string}
  | {what: 'standby'; host: string}
  | {what: 'ordered-guest'; guest: string}
  | {what: 'pinned-guest'; guest: string; was: Readonly<Record<string, string>>}
  | {what: 'held-guest'; host: string; guest: string; was: Readonly<Record<string, string>>}
  | {what: 'page-merging'; host: string; was: Readonly<Record<string, string>>}
  | {what: 'snapshot'; pool: string; image: string; snapshot: string}
  | {what: 'image'; pool: string; image: string};

/** Raw artefacts of one trial, by name. */
export interface Artefacts {
  names: readonly string[];
  /** Fails when there is no such artefact, or when its bytes are not those that were stored (sha256). */
  text(name: string): Result<string, ParseError>;
}

/** What a scenario is given to work with. */
export interface Trial {
  cluster: Cluster;
  planned: PlannedTrial;
  profile: Profile;
  signal: AbortSignal;
  /** Stores one raw artefact; a second one of the same name is an error. */
  keep(name: string, content: string): Promise<void>;
  /** Runs a command and keeps stdout as `name`, and `name.meta.json` with argv, exit, stderr and duration. */
  record(name: string, host: Host, command: Command): Promise<Outcome>;
  /** A line of progress for people: what is being done to which host. */
  say(text: string, host?: string): void;
  /** What its time goes into from now on. `inject` begins `fault`, `heal` begins `healing`, by themselves. */
  phase(phase: Phase): void;
  /**
   * It may take at least so many seconds from now on, of which the plan could not know: the cluster's own settings say
   * so. Before faults are injected: their dead-man timers wait for the end of the trial.
   */
  allow(seconds: number): void;
  /** Writes to the journal, then injects. Returns the injector's monotonic and wall clock around the injection. */
  inject(fault: Fault): Promise<Injection>;
  heal(fault: Fault): Promise<void>;
  /**
   * Writes to the journal what is about to be put on a host; whoever heals takes it away. Call what it gives back when
   * it is gone.
   */
  leave(leftover: Leftover): Promise<() => Promise<void>>;
}

/** Clocks are the harness's own. The fault struck somewhere between `before` and `after`; times count from `before`. */
export interface Injection {
  fault: string;
  host: string;
  monotonicBeforeMs: number;
  monotonicAfterMs: number;
  wallBeforeMs: number;
}

/** A fault as it was injected; runs that were stored earlier say nothing of its parameters. */
export interface Struck {
  fault: string;
  nodes: readonly string[];
  parameters?: Parameters | undefined;
}

/** What the runner noted of a trial: what was struck, and where each guest ran just before. */
export interface TrialFacts {
  injections: readonly Struck[];
  /** In the order of the inventory. */
  guests: readonly {guest: string; node: string}[];
}

/**
 * What became of a guest over a trial. `unharmed`: where it was, as it was. `migrated`: elsewhere, without a new start.
 * `restarted`: started anew, wherever.
 */
export type Fate = 'unharmed' | 'migrated' | 'restarted';

/** Names of nodes and guests, so that nothing is left to reading. */
export interface Expects {
  /** Node → how often it is fenced: every number that is lawful. A node that is not named is never fenced. */
  fences: Readonly<Record<string, readonly number[]>>;
  /** Guest → every fate that is lawful. A guest that is not named is unharmed. */
  guests: Readonly<Record<string, readonly Fate[]>>;
}

/** What `measure` found. Problems are kept: a sample that should be there and is not makes its verdict undecided. */
export interface Measured {
  samples: readonly Sample[];
  problems: readonly ParseError[];
  findings: readonly Finding[];
  /** Of a scenario that judges rules of conformance: each of them, on each place that it is for. */
  rules?: readonly RuleResult[];
}

/** One rule of conformance on one host, or on the cluster as a whole. */
export interface RuleResult {
  /** `C-01` */
  rule: string;
  /** What is demanded. */
  title: string;
  /** The promise that it speaks to. */
  claim?: ClaimId;
  /** `critical`: nothing else that was measured on this cluster can be trusted. */
  severity: 'critical' | 'major' | 'minor';
  /** The host's name, or `cluster`. */
  host: string;
  state: 'violated' | 'not-known' | 'not-applicable' | 'holds';
  /** What was found, why it is not known, or the fact that makes it pointless. */
  found: string;
  /** What happens where it is violated. */
  why: string;
  source: string;
  mend: string;
}

/**
 * What rules that do not apply to the cluster leave open of the promises they speak to, whatever is tried: everything,
 * or that it is met.
 */
export type Unruled = ReadonlyMap<ClaimId, 'everything' | 'met'>;

/**
 * What a trial may do to a cluster, the mildest first; docs/safety.md says what each may and may not. Nothing beyond
 * `read-only` is done to a real cluster without leave.
 */
export type Impact = 'read-only' | 'load' | 'disruptive' | 'destructive';

export const families = [
  ...(['storage', 'network', 'compute', 'migration', 'failover', 'capacity'] as const),
  ...(['conformance', 'deploy', 'alarm'] as const),
] as const;

export interface Scenario {
  /** `family/name`, e.g. `failover/host-crash`. */
  name: string;
  family: (typeof families)[number];
  purpose: string;
  needs: Needs;
  /** It comes before the others: what they measure stands on what it finds. */
  first?: true;
  /** By these parameters; what the profile does comes on top. Pure. */
  impact(parameters: Parameters): Impact;
  claims: readonly ClaimId[];
  /** Metrics a complete trial yields; a planned trial without them is a hole in the data. */
  provides: readonly string[];
  /**
   * What a whole trial does to the platform, given what it struck and who ran where. Exact: anything else is a critical
   * finding. Pure.
   */
  expects(facts: TrialFacts): Expects;
  parameters: {full: Parameters; quick: Parameters};
  estimateSeconds(parameters: Parameters): number;
  /** One that waits long for what does not come may take so long, where four times the estimate is less. */
  mayTakeSeconds?: number;
  /** The commands a trial would run, for `--dry-run`. */
  preview(cluster: Cluster, parameters: Parameters): readonly {host: string; argv: readonly string[]}[];
  /** Leaves artefacts, nothing else. */
  run(trial: Trial): Promise<void>;
  /** Pure. */
  measure(raw: Artefacts, planned: PlannedTrial): Measured;
}

/**
 * Something that must not be: a double life, a lost write, a setting left in force. `critical` findings forbid `met`.
 */
export interface Finding {
  severity: 'critical' | 'warning';
  invariant: string;
  detail: string;
  artefact?: string;
  /** Nobody could look, since a connection was lost: no promise is kept by that, and none is broken. */
  unknown?: true;
}

/**
 * What a trial's time goes into. `auditing`: looking whether the cluster is whole, before and after. `settings`: the
 * profile, until guests answer under it and it is read back. `setting up`: what the scenario needs before it begins to
 * watch. `baseline`: watched before the fault. `fault`: from the injection until guests have back what it took.
 * `waiting`: watched or held on. `collecting`: logs and the like. `healing`: until the cluster is whole. `running`: all
 * of a scenario that injects nothing.
 */
export type Phase =
  | ('auditing' | 'settings' | 'setting up' | 'baseline' | 'fault')
  | ('waiting' | 'collecting' | 'healing' | 'running');

export interface Spent {
  phase: Phase;
  seconds: number;
}

export type TrialStatus = 'done' | 'aborted' | 'unhealed' | 'failed';

export interface StoredArtefact {
  name: string;
  bytes: number;
  sha256: string;
}

/**
 * What is stored of one trial when it has ended. A trial folder without this record was interrupted: it reads as
 * aborted.
 */
export interface TrialRecord {
  planned: PlannedTrial;
  status: TrialStatus;
  reason: string;
  startedAt: string;
  durationSeconds: number;
  /** What they went into, in order; absent in runs of before. */
  phases?: readonly Spent[];
  readBack: readonly ReadBack[];
  auditBefore: readonly Finding[];
  auditAfter: readonly Finding[];
  artefacts: readonly StoredArtefact[];
  /** Somebody stopped it, or the harness died: `seatrial resume` tries it anew, which nothing else may be. */
  interrupted?: true;
}

/** Name → version or fact, per host: kernel, cpu, qemu, libvirt, corosync, pacemaker, ceph, fio, iperf3. */
export interface Fingerprint {
  host: string;
  facts: Readonly<Record<string, string>>;
}

/** A file of a plug-in's folder, by its path in it. */
export interface PluginFile {
  file: string;
  sha256: string;
}

export interface RunHeader {
  schema: 'seatrial-run/1';
  id: string;
  seatrialVersion: string;
  commit: string;
  startedAt: string;
  cluster: string;
  suite: string;
  /** The scenarios or families asked for with `--only`; absent when the whole suite was meant. */
  only?: readonly string[];
  /** Id of the run whose suspected changes this one measures again, the same night. */
  confirms?: string;
  /** The user's own files whose scenarios, faults, rules and metrics took part; judging it again takes the same. */
  plugins?: readonly PluginFile[];
  /** Dangers that the doctor found before the run, and that were let through by name: sentences. */
  despite?: readonly string[];
  /** The sums of the run's files are in events.jsonl too; absent in runs of before. */
  sums?: 'twice';
  quick: boolean;
  seed: number;
  storage: StorageKind;
  hardware: Cluster['hardware'];
  nodes: readonly string[];
  /** Which machines the nodes are; absent in runs of before. */
  machines?: readonly Machine[];
  guests: readonly string[];
  profiles: readonly Profile[];
  fingerprints: readonly Fingerprint[];
}

/** A node by the canonical addresses of its management plane and its BMC (`BMC 10.0.0.1:623`). */
export interface Machine {
  name: string;
  addresses: readonly string[];
}

/** How a run was gone on with. */
export interface Resumption {
  at: string;
  /** The last that was heard of the run before. */
  since: string;
  /** Slots that had been interrupted and are tried anew. */
  anew: readonly number[];
  /** What was not as before, and may be so: sentences. */
  differs: readonly string[];
}

/** A trial as read from its folder. */
export interface StoredTrial {
  record: TrialRecord;
  folder: string;
  artefacts: Artefacts;
}

/** A run as read from its folder. `ended` is absent when the harness died before it could say so. */
export interface StoredRun {
  header: RunHeader;
  plan: Plan;
  /** One a slot: the last that was tried. */
  trials: readonly StoredTrial[];
  /** Of a run that was gone on with: how often, and what earlier trials of a slot left when they were interrupted. */
  resumed?: {times: readonly Resumption[]; interrupted: readonly StoredTrial[]};
  ended?: {status: 'complete' | 'aborted' | 'unhealed'; at: string; reason: string};
  /** The register in force when the run was made: text of claims.yaml. */
  claims: string;
  /** Damage found while reading: nothing in here was used, and nothing in this run shows a promise kept. */
  damage: readonly ParseError[];
  /** What cannot be shown of a run that an older version stored: sentences. */
  unproven: readonly string[];
  /** What its audit file lists; absent where there is none. For people: nothing is judged by it. */
  audited?: {commands: number; hosts: number};
}

// ───────────────────────────── numbers ─────────────────────────────

/**
 * One number of one trial. Labels always hold `scenario`, `profile`, `trial` (slot) and `repetition` once it leaves its
 * scenario. `halfWidth`: the value is known to ± this much (a histogram bin, a probe's interval). `censored`: it never
 * ended; the value is how long we waited, a lower bound. `operations`: of a percentile, how many operations it was
 * taken over; too few cannot show it.
 */
export interface Sample {
  metric: string;
  unit: Unit;
  value: number;
  labels: Readonly<Record<string, string>>;
  from: {artefact: string; path: string};
  halfWidth?: number;
  censored?: true;
  operations?: number;
}

/** Over trials. `low`/`high` may be infinite where the data say nothing; `n` counts trials. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
  n: number;
  confidence: number;
  method: string;
}

/**
 * One promise made precise. `median`: the median over trials. `p99`: the median over trials of each trial's P99.
 * `worst`: every trial; met once enough clean trials show `reliability`, missed at the first that breaks the bound.
 * `proportion`: the share of trials on the good side of `limit` is at least/at most `bound`. `ratio`: profile
 * `against[1]` divided by `against[0]`, paired by repetition.
 */
export interface Target {
  id: string;
  claim: ClaimId;
  metric: string;
  unit: Unit;
  where: Readonly<Record<string, string>>;
  /** Parameters that its trials must have had: another load says nothing of the promise. */
  under?: readonly LoadCondition[];
  /** `observed`: what was seen, and nothing about the next trial; for what is configured, not measured. */
  statistic: 'median' | 'p99' | 'worst' | 'proportion' | 'ratio' | 'observed';
  relation: 'at-most' | 'at-least';
  bound: number;
  confidence: number;
  reliability?: number;
  limit?: number;
  against?: readonly [string, string];
  source: string;
}

export interface LoadCondition {
  /** A number among the scenario's parameters, in its unit. */
  parameter: string;
  relation: 'at-least' | 'at-most';
  value: number;
}

/**
 * A promise of the register. Exactly one of `targets` (judged), `saidBy` (a command of its own judges it),
 * `notTestable` (no cluster test can judge it), `noScenarioYet`.
 */
export interface Claim {
  id: ClaimId;
  title: string;
  /** What the guide prints, what it must mean, and the arithmetic between the two. */
  figure: string;
  printed?: string;
  arithmetic?: string;
  source: string;
  targets: readonly Target[];
  saidBy?: {command: string; why: string};
  notTestable?: string;
  noScenarioYet?: string;
}

/** A figure that others have published: context beside one's own, never a target. */
export interface Reference {
  id: string;
  title: string;
  /** Which of our figures stands beside it: the samples of this metric with these labels. */
  metric: string;
  where: Readonly<Record<string, string>>;
  /** As published. */
  figures: readonly string[];
  /** Hardware and software it was seen on, or that it was only documented for. */
  measuredOn: string;
  source: string;
  /** What keeps the two from being the same thing. */
  differs: string;
}

/** What tuning is said to give: context beside one's own before and after, never a target. Base units. */
export interface Improvement {
  id: string;
  title: string;
  /** Which comparison of ours stands beside it. */
  metric: string;
  where: Readonly<Record<string, string>>;
  before: number;
  after: number;
  source: string;
}

/** The look from which on a promise was decided, where it was looked at after every trial. */
export interface Look {
  /** From 1: the number of trials that had spoken by then. */
  number: number;
  /** Slot of the trial after which it was taken. */
  trial: number;
}

export type Verdict =
  | {
      kind: 'met';
      estimate: Estimate;
      look?: Look;
      /** What is true of it besides, in half a sentence: that the values drift towards the bound. */
      note?: string;
    }
  | {kind: 'missed'; estimate: Estimate; look?: Look}
  | {kind: 'undecided'; estimate?: Estimate; reason: string; trialsNeeded?: number};

// ───────────────────────────── suites and progress ─────────────────────────────

/** A suite file as read: which scenarios, how often, with which parameters. */
export interface Suite {
  name: string;
  purpose: string;
  /** The first is "before", the second "after". */
  profiles: readonly string[];
  /** A quick run of all of it is told so long, in place of repetitions. */
  quickMinutes?: number;
  scenarios: readonly {
    scenario: string;
    repetitions: {full: number; quick: number};
    /** Over the scenario's own defaults. */
    parameters: Parameters;
  }[];
}

/** What a person watching is told. Never the source of a number. */
export type Progress =
  | {kind: 'plan'; trials: number; estimatedSeconds: number}
  | {
      kind: 'trial-started';
      slot: number;
      of: number;
      scenario: string;
      profile: string;
      repetition: number;
      estimatedSeconds: number;
    }
  | {kind: 'said'; text: string; host?: string}
  /** How far a run is, that decides as it goes what comes next. */
  | {kind: 'standing'; text: string}
  | {kind: 'measured'; metric: string; unit: Unit; value: number; labels: Readonly<Record<string, string>>}
  | {kind: 'trial-ended'; slot: number; status: TrialStatus; reason: string; durationSeconds: number}
  | {kind: 'ended'; status: 'complete' | 'aborted' | 'unhealed'; reason: string};
