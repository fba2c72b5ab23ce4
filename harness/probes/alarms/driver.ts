/** Runs the probe of Prometheus and Alertmanager on the client. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {stdoutOf} from '../../cluster/commands.ts';
import type {Cluster, Command, Monitoring, Result, Running} from '../../types.ts';

const script = readFileSync(join(import.meta.dirname, 'probe.py'), 'utf8');

/** Between two looks at what fires. */
const lookMs = 250;

/** Of which alert: its rule, and what names the node or the guest that it must be about. */
export interface Asked {
  rule: string;
  names: readonly string[];
  /** What names the node: its exporters must answer before all is quiet. */
  node: readonly string[];
}

type Mode =
  | {mode: 'watch'}
  | {mode: 'facts'; rule: string; source: string | null}
  | {mode: 'rules'}
  | ({mode: 'firing'; message: boolean} & Asked)
  | ({mode: 'quiet'; pending: boolean} & Asked);

/** Passwords and tokens go by standard input, as the script does: nobody sees them in a list of processes. */
export function alarmProbeCommand({login, ca, ...where}: Monitoring, mode: Mode, seconds: number): Command {
  const {prometheus, alertmanager, messages} = where;
  const secret = login === undefined ? null : 'token' in login ? [login.token] : [login.username, login.password];
  const options = {
    prometheus,
    alertmanager,
    messages,
    login: secret,
    ca: ca ?? null,
    intervalMs: lookMs,
    seconds,
    ...mode,
  };
  const text = JSON.stringify(JSON.stringify(options));
  return {
    argv: ['python3', '-u', '-'],
    stdin: `import json\nOPTIONS = json.loads(${text})\n${script}`,
    timeoutMs: (seconds + 30) * 1000,
    idempotent: false,
  };
}

/** Looks and listens until it is stopped, or `seconds` are over. */
export function watchAlarms({client, transport}: Cluster, monitoring: Monitoring, seconds: number): Promise<Running> {
  return transport.start(client, alarmProbeCommand(monitoring, {mode: 'watch'}, seconds));
}

/** Waits until the alert fires, or fires no more; `no` where that did not come in time. */
export async function waitForAlarm(
  {client, transport}: Cluster,
  monitoring: Monitoring,
  mode: ({mode: 'firing'; message: boolean} | {mode: 'quiet'; pending: boolean}) & Asked,
  seconds: number,
): Promise<Result<boolean, string>> {
  const said = await stdoutOf(transport, client, alarmProbeCommand(monitoring, mode, seconds));
  return said.ok ? {ok: true, value: said.value.trim() === 'yes'} : said;
}
