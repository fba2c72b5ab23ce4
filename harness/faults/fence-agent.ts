/**
 * A fence device's own agent, run as the cluster would run it and with the values that are in force for it: what the
 * controller really does with them, and not what the configuration says.
 */
import {type FenceDevice, plugsOf} from '../cluster/fencing.ts';
import type {Command, Host, Outcome, Transport} from '../types.ts';

/** Agents lie where an administrator's PATH looks. */
const run = 'PATH="$PATH:/usr/sbin:/sbin" exec "$1"';

/** One that looks, or that is given a wrong password: what it would switch stays as it is. */
export interface Question {
  node: Host;
  device: FenceDevice;
  values: Readonly<Record<string, string>>;
  action: string;
  timeoutMs: number;
}

/** Values go by stdin, as the cluster gives them: a password is among them. What the agent says is not passed on. */
export async function askAgent(transport: Transport, from: Host, question: Question): Promise<Outcome> {
  const outcome = await transport.exec(from, agentCommand(question));
  return {...outcome, stdout: '', stderr: ''};
}

function agentCommand({node, device, values, action, timeoutMs}: Question): Command {
  const own = Object.entries({...device.parameters, ...values}).filter(([name]) => !name.startsWith('pcmk_'));
  const plug = plugsOf(device.parameters).get(node.name) ?? node.name;
  const given = {port: plug, nodename: node.name, ...Object.fromEntries(own), action};
  const stdin = Object.entries(given).map(([name, value]) => `${name}=${value}\n`);
  const argv = ['sh', '-c', run, 'agent', device.agent] as const;
  return {argv, stdin: stdin.join(''), timeoutMs, idempotent: false};
}

/** In place of the device's own; nothing where it has none, or reads it by a program that would count first. */
export function wrongPassword({parameters}: FenceDevice): Readonly<Record<string, string>> | undefined {
  const byScript = ['password_script', 'passwd_script'].some(name => parameters[name] !== undefined);
  const names = ['password', 'passwd'].filter(name => parameters[name] !== undefined);
  if (byScript || names.length === 0) return undefined;
  return Object.fromEntries(names.map(name => [name, 'not-the-password']));
}
