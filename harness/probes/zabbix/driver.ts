/** Runs the probe of a pair of Zabbix servers on the client. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {stdoutOf} from '../../cluster/commands.ts';
import type {Cluster, Command, Result, Zabbix} from '../../types.ts';

const script = readFileSync(join(import.meta.dirname, 'probe.py'), 'utf8');
const intervalMs = 200;

export type ZabbixMode = 'setup' | 'ready' | 'raise' | 'quiet';
export type AskedZabbix = Pick<Zabbix, 'servers'> & {of: NonNullable<Zabbix['existing']>};

/** The password goes by standard input, as the script does: nobody sees it in a list of processes. */
export function zabbixProbeCommand({servers, of}: AskedZabbix, mode: ZabbixMode, seconds: number): Command {
  const {api, host, key, login} = of;
  const addresses = servers.map(({address}) => address);
  const options = JSON.stringify({mode, api, host, key, ...login, servers: addresses, seconds, intervalMs});
  return {
    argv: ['python3', '-u', '-'],
    stdin: `import json\nOPTIONS = json.loads(${JSON.stringify(options)})\n${script}`,
    timeoutMs: (seconds + 30) * 1000,
    idempotent: false,
  };
}

export function askZabbix(
  {client, transport}: Cluster,
  asked: AskedZabbix,
  mode: Exclude<ZabbixMode, 'raise'>,
  seconds: number,
): Promise<Result<string, string>> {
  return stdoutOf(transport, client, zabbixProbeCommand(asked, mode, seconds));
}
