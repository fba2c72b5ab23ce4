/**
 * How long a lost node keeps its guests from serving, by the configuration in force: phase by phase, against the
 * bound that is promised, with the setting whose change would save most. Pure.
 *
 * Where the figures come from. Membership: the token time-out, with what each node beyond the second adds, and then
 * the consensus time-out (corosync.conf(5)); seen 3.7 s where 3.3 s are expected, 7.8 s where it is 8.0 s. Fencing by
 * IPMI: fence_ipmilan (fence-agents, fencing.py) asks for the power, orders it off, waits `power_wait` (2 s), asks
 * again until it is off, and for a reboot does the same with on; before it come `delay` and Pacemaker's
 * `pcmk_delay_base` and up to `pcmk_delay_max`; seen 3.6 s on an idle machine, 11 s on a busy one. Start:
 * VirtualDomain, seen 2.0 s from the fence to the started domain. Ceph, beside all that: the others give a silent OSD
 * up after `osd_heartbeat_grace` and a beat (seen 28–29 s stock, 6–8 s tuned), and a dead client keeps its disk for
 * `osd_client_watch_timeout` and a beat (seen 29.8–37.4 s stock, 4.9–9.5 s tuned). Service: seatrial's guest image
 * answers 2.8 s after its start; a guest of your own takes its own time.
 */

export interface BudgetInput {
  /** In force, the slowest node; absent where no node says. */
  totem?: {tokenMs: number; consensusMs: number};
  nodes: number;
  /** Of each node's fence device, as configured. */
  devices: readonly {node: string; agent: string; parameters: Readonly<Record<string, string>>}[];
  /** The cluster's `stonith-timeout`, as it is written; absent where Pacemaker's 60 s rule. */
  fencingTimeout?: string;
  /** Of one question to the slowest BMC, in seconds; absent where none answers. */
  bmcSeconds?: number;
  /** Of Ceph, in seconds; absent where it is not the store, or does not say. */
  ceph?: {graceSeconds: number; intervalSeconds: number; watchSeconds: number};
  hasCeph: boolean;
  boundSeconds: number;
}

export const phaseIds = ['membership', 'fence', 'start', 'storage-lost', 'storage-free', 'service'] as const;

export interface Phase {
  id: (typeof phaseIds)[number];
  name: string;
  seconds: number;
  /** What it follows from. */
  from: string;
  /** Runs beside the phases before it, from the loss on. */
  beside?: true;
  /** After so long it is given up, and has failed. */
  limitSeconds?: number;
}

export interface Advice {
  /** The phase that it shortens. */
  phase: Phase['id'];
  setting: string;
  now: string;
  better: string;
  savesSeconds: number;
}

export interface Budget {
  phases: readonly Phase[];
  totalSeconds: number;
  boundSeconds: number;
  /** What could not be read: the total is then at least this. */
  unknown: readonly string[];
  /** Those that save something, the most first. */
  advice: readonly Advice[];
}

/** power_wait of fence_ipmilan. */
const ipmiWaitSeconds = 2;
/** Status, off, status, on, status. */
const ipmiQuestions = 5;
/** An agent whose way is not known: an assumption. */
const otherAgentSeconds = 5;
const startSeconds = 2;
const serviceSeconds = 2.8;
/** What the tuned profile sets (harness/settings/tuned.yaml). */
const tuned = {tokenMs: 1000, consensusMs: 1200, graceSeconds: 4, intervalSeconds: 1, watchSeconds: 5} as const;

export function timingBudget(input: BudgetInput): Budget {
  const {boundSeconds} = input;
  const {phases, unknown} = phasesOf(input);
  const totalSeconds = total(phases);
  const advice = changes(input)
    .map(({changed, ...words}) => ({...words, savesSeconds: totalSeconds - total(phasesOf(changed).phases)}))
    .filter(({savesSeconds}) => savesSeconds >= 0.1)
    .sort((one, two) => two.savesSeconds - one.savesSeconds);
  return {phases, totalSeconds, boundSeconds, unknown, advice};
}

/** Membership, fencing and start one after the other; the storage beside them; then the service. */
function total(phases: readonly Phase[]): number {
  const sum = (some: readonly Phase[]) => some.reduce((seconds, phase) => seconds + phase.seconds, 0);
  const last = phases.at(-1);
  const chain = phases.filter(phase => !phase.beside && phase !== last);
  const beside = phases.filter(phase => phase.beside).map(({seconds}) => seconds);
  return Math.max(sum(chain), ...beside) + (last?.seconds ?? 0);
}

function phasesOf({
  totem,
  devices,
  bmcSeconds,
  ceph,
  hasCeph,
  fencingTimeout,
}: BudgetInput): Pick<Budget, 'phases' | 'unknown'> {
  const fence = devices
    .map(device => ({...fenceSeconds(device, bmcSeconds ?? 0), limitSeconds: limitOf(device, fencingTimeout)}))
    .sort((one, two) => two.seconds - one.seconds)[0];
  const phases: Phase[] = [
    ...(totem === undefined
      ? []
      : [
          {
            id: 'membership' as const,
            name: 'the loss is noticed',
            seconds: (totem.tokenMs + totem.consensusMs) / 1000,
            from: `token ${totem.tokenMs} ms, consensus ${totem.consensusMs} ms`,
          },
        ]),
    ...(fence === undefined ? [] : [{id: 'fence' as const, name: 'the node is fenced', ...fence}]),
    {id: 'start', name: 'the guest is started elsewhere', seconds: startSeconds, from: 'VirtualDomain, as seen'},
    ...(ceph === undefined ? [] : storagePhases(ceph)),
    {id: 'service', name: 'the guest serves', seconds: serviceSeconds, from: "seatrial's image, as seen"},
  ];
  const unknown = [
    ...(totem === undefined ? ["Corosync's time-outs"] : []),
    ...(fence === undefined ? ['the fence devices'] : []),
    ...(bmcSeconds === undefined ? ['how long a BMC takes to answer'] : []),
    ...(hasCeph && ceph === undefined ? ["Ceph's time-outs"] : []),
  ];
  return {phases, unknown};
}

function storagePhases({graceSeconds, intervalSeconds, watchSeconds}: NonNullable<BudgetInput['ceph']>): Phase[] {
  return [
    {
      id: 'storage-lost',
      name: "the node's OSDs are given up",
      seconds: graceSeconds + intervalSeconds,
      from: `osd_heartbeat_grace ${graceSeconds} s, osd_heartbeat_interval ${intervalSeconds} s`,
      beside: true,
    },
    {
      id: 'storage-free',
      name: "the guest's disk is free again",
      seconds: watchSeconds + intervalSeconds,
      from: `osd_client_watch_timeout ${watchSeconds} s`,
      beside: true,
    },
  ];
}

function fenceSeconds(
  {agent, parameters}: BudgetInput['devices'][number],
  bmcSeconds: number,
): {seconds: number; from: string} {
  const delays = ['delay', 'pcmk_delay_base', 'pcmk_delay_max'] as const;
  const given = delays.filter(name => delayOf(parameters, name) > 0);
  const delay = Math.max(0, delayOf(parameters, 'delay')) + pacemakerDelay(parameters);
  const told = given.map(name => `, ${name} ${parameters[name]}`).join('');
  if (!/ipmi|ilo|idrac|drac|imm/.test(agent)) {
    return {seconds: otherAgentSeconds + delay, from: `${agent}: ${otherAgentSeconds} s assumed${told}`};
  }
  const cycles = parameters.method === 'cycle' ? 1 : 2;
  const wait = Number(parameters.power_wait ?? ipmiWaitSeconds) || 0;
  return {
    seconds: cycles * wait + ipmiQuestions * bmcSeconds + delay,
    from: `${agent}: ${cycles} × power_wait ${wait} s, ${ipmiQuestions} questions of ${bmcSeconds.toFixed(2)} s${told}`,
  };
}

/** What a device may take: its own `pcmk_reboot_timeout`, else the cluster's `stonith-timeout`, else 60 s. */
function limitOf({parameters}: BudgetInput['devices'][number], fencingTimeout: string | undefined): number {
  const limit = delayOf({limit: parameters.pcmk_reboot_timeout ?? fencingTimeout ?? '60s'}, 'limit');
  return limit > 0 ? limit : 60;
}

/** The base and, of what is added at random up to the most, all of it: the promise is for every time. */
function pacemakerDelay(parameters: Readonly<Record<string, string>>): number {
  return Math.max(delayOf(parameters, 'pcmk_delay_base'), delayOf(parameters, 'pcmk_delay_max'));
}

/** `5s`, `5`, `500ms`; a map of nodes (`n1:5s;n2:0`) counts as its longest. In seconds. */
function delayOf(parameters: Readonly<Record<string, string>>, name: string): number {
  const values = (parameters[name] ?? '').split(/[;,\s]+/).map(each => each.split(':').at(-1) ?? '');
  return Math.max(
    0,
    ...values.flatMap(value => {
      const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|sec|m|min)?$/.exec(value) ?? [];
      if (number === undefined) return [];
      const factor = unit === 'ms' ? 0.001 : unit === 'm' || unit === 'min' ? 60 : 1;
      return [Number(number) * factor];
    }),
  );
}

type Change = Omit<Advice, 'savesSeconds'> & {changed: BudgetInput};

/** Each setting, or set of settings that go together, at what the tuned profile has. */
function changes(input: BudgetInput): readonly Change[] {
  const {totem, ceph, devices, nodes} = input;
  const found: Change[] = [];
  if (totem !== undefined && totem.tokenMs > tuned.tokenMs) {
    found.push({
      phase: 'membership',
      setting: 'corosync.conf: token, token_coefficient, consensus',
      now: `${totem.tokenMs} ms and ${totem.consensusMs} ms in force`,
      better: `${tuned.tokenMs}, 0, ${tuned.consensusMs}`,
      changed: {...input, totem: {tokenMs: tuned.tokenMs, consensusMs: tuned.consensusMs}},
    });
  }
  if (ceph !== undefined && (ceph.graceSeconds > tuned.graceSeconds || ceph.watchSeconds > tuned.watchSeconds)) {
    const {graceSeconds, intervalSeconds, watchSeconds} = tuned;
    found.push({
      phase: 'storage-lost',
      setting: 'Ceph: osd_heartbeat_grace, osd_heartbeat_interval, osd_client_watch_timeout',
      now: `${ceph.graceSeconds}, ${ceph.intervalSeconds}, ${ceph.watchSeconds} s`,
      better: `${graceSeconds}, ${intervalSeconds}, ${watchSeconds} s`,
      changed: {...input, ceph: {graceSeconds, intervalSeconds, watchSeconds}},
    });
  }
  for (const name of ['delay', 'pcmk_delay_base', 'pcmk_delay_max']) {
    // Of two nodes without a majority the delay decides which one lives.
    if (nodes < 3 || !devices.some(({parameters}) => delayOf(parameters, name) > 0)) continue;
    found.push({
      phase: 'fence',
      setting: `${name} of the fence devices`,
      now: devices.map(({node, parameters}) => `${node} ${parameters[name] ?? '0'}`).join(', '),
      better: 'none: a majority needs no head start',
      changed: {...input, devices: devices.map(each => ({...each, parameters: {...each.parameters, [name]: '0'}}))},
    });
  }
  return found;
}
