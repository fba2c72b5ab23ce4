/**
 * A host's power through its baseboard controller, by ipmitool on the cluster's client: the way that does not go
 * through the host.
 */
import type {Bmc, Cluster, Command, Host, Outcome, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {failureMessage, succeeded} from './commands.ts';

/**
 * Ways to open a session, the safest first. The cipher suite is named: letting ipmitool ask for it costs 10 s where the
 * controller does not answer that question (measured with ipmi_sim; 0.05 s with the suite named). `lan` is IPMI 1.5,
 * for old controllers.
 */
const ways = [
  ['-I', 'lanplus', '-C', '17'],
  ['-I', 'lanplus', '-C', '3'],
  ['-I', 'lan'],
] as const;
type Way = (typeof ways)[number];

/** The way that worked, by controller: a refused session costs 0.04 s, an unreachable one several seconds. */
const known = new Map<string, Way>();

/**
 * The password goes through stdin into the environment: never into argv, which every user of the host and every stored
 * artefact can read.
 */
const shell = 'IFS= read -r IPMI_PASSWORD; export IPMI_PASSWORD; exec ipmitool "$@"';

/** One session, one request. A lost packet is sent again after a second, three times. */
export function powerCommand(bmc: Bmc, action: 'status' | 'on' | 'off', way: Way = ways[1]): Command {
  const session = [...way, '-N', '1', '-R', '3', '-H', bmc.address, '-p', String(bmc.port), '-U', bmc.username, '-E'];
  return {
    argv: ['sh', '-c', shell, 'ipmitool', ...session, 'chassis', 'power', action],
    stdin: `${bmc.password}\n`,
    timeoutMs: 15_000,
    // The same order twice leaves the same power.
    idempotent: true,
    ...(action === 'status' ? {readOnly: true} : {}),
  };
}

/** What the controller says. An answer that is neither on nor off is an error. */
export async function powerStatus(cluster: Cluster, host: Host): Promise<Result<'on' | 'off', string>> {
  const asked = await request(cluster, host, 'status');
  if (!asked.ok) return asked;
  const {outcome, command} = asked.value;
  if (!succeeded(outcome))
    return {
      ok: false,
      error: `controller of ${host.name}: ${failureMessage(cluster.client, command, outcome).replace(/^sh /, 'ipmitool ')}`,
    };
  const said = /Chassis Power is (on|off)/.exec(outcome.stdout)?.[1];
  if (said === 'on' || said === 'off') return {ok: true, value: said};
  return {
    ok: false,
    error: `controller of ${host.name}: expected "Chassis Power is on" or "off", found "${outcome.stdout.trim()}"`,
  };
}

/** Orders power on or off; the outcome is ipmitool's. A host without a controller gives an outcome that says so. */
export async function orderPower(cluster: Cluster, host: Host, power: 'on' | 'off'): Promise<Outcome> {
  const asked = await request(cluster, host, power);
  if (asked.ok) return asked.value.outcome;
  return {stdout: '', stderr: asked.error, durationMs: 0, exit: {kind: 'unreachable', reason: asked.error}};
}

/**
 * What the controller says, asked again until it answers: a controller is a small computer, and while it carries out an
 * order, or a fence agent holds its session, it may refuse another.
 */
export async function steadyPowerStatus(
  cluster: Cluster,
  host: Host,
  deadlineMs: number,
): Promise<Result<'on' | 'off', string>> {
  let last = 'no answer';
  const answered = await waitFor(`the controller of ${host.name} to answer`, deadlineMs, async () => {
    const status = await powerStatus(cluster, host);
    if (!status.ok) last = status.error;
    return status.ok ? status.value : undefined;
  });
  return answered.ok ? answered : {ok: false, error: `${answered.error}; last: ${last}`};
}

/** An order that was refused, or had no effect, is given again after this long. */
const orderAgainMs = 10_000;

/** Orders power and waits until the controller confirms it. Already so is no error, and orders nothing. */
export async function setPower(
  cluster: Cluster,
  host: Host,
  power: 'on' | 'off',
  deadlineMs: number,
): Promise<Result<void, string>> {
  let last = 'no answer';
  let orderedAt: number | undefined;
  const reached = await waitFor(`the power of ${host.name} to be ${power}`, deadlineMs, async () => {
    const status = await powerStatus(cluster, host);
    last = status.ok ? `it is ${status.value}` : status.error;
    if (status.ok && status.value === power) return true;
    if (status.ok && (orderedAt === undefined || performance.now() - orderedAt > orderAgainMs)) {
      orderedAt = performance.now();
      const ordered = await orderPower(cluster, host, power);
      if (!succeeded(ordered)) last = ordered.stderr.trim() || JSON.stringify(ordered.exit);
    }
    return undefined;
  });
  return reached.ok ? {ok: true, value: undefined} : {ok: false, error: `${reached.error}; last: ${last}`};
}

async function request(
  cluster: Cluster,
  host: Host,
  action: 'status' | 'on' | 'off',
): Promise<Result<{outcome: Outcome; command: Command}, string>> {
  const {bmc} = host;
  if (bmc === undefined) return {ok: false, error: `${host.name} has no baseboard controller in the inventory`};
  const key = `${cluster.name} ${bmc.address} ${bmc.port}`;
  const learned = known.get(key);
  let last: {outcome: Outcome; command: Command} | undefined;
  for (const way of learned === undefined ? ways : [learned]) {
    const command = powerCommand(bmc, action, way);
    const outcome = await cluster.transport.exec(cluster.client, command);
    last = {outcome, command};
    if (succeeded(outcome)) {
      known.set(key, way);
      return {ok: true, value: last};
    }
    // A refusal of this kind of session is answered at once; a controller that is silent stays silent the other ways.
    if (outcome.exit.kind !== 'exited' || outcome.durationMs > 2_500) break;
  }
  return last === undefined ? {ok: false, error: 'no way to ask'} : {ok: true, value: last};
}
