/**
 * A guest stands still while its node lives: its virtual processors are stopped by the hypervisor, which knows and says
 * so, or its QEMU is, of which libvirt knows nothing. Most clusters ask whether the process is there, and take either
 * for a guest that works.
 */
import {z} from 'zod';
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import type {Cluster, Command, Host, Result} from '../types.ts';
import {defineFault, only} from './fault.ts';

/** What stops: the processors, by `virsh suspend`, or the process, by SIGSTOP. */
const stopped = ['processors', 'process'] as const;
const parameters = z.strictObject({guest: z.string().min(1), stops: z.enum(stopped)});
type Wanted = z.infer<typeof parameters>;

/** `$1` the domain. */
const pid = 'pid=$(cat "/run/libvirt/qemu/$1.pid" 2>/dev/null)';
const virsh = 'virsh --connect qemu:///system';
const scripts = {
  processors: {
    stop: `${virsh} suspend "$1"`,
    go: `[ "$(${virsh} domstate "$1" 2>/dev/null | head -n1)" != paused ] || ${virsh} resume "$1"`,
    state: `${virsh} domstate "$1" | head -n1`,
    stands: 'paused',
  },
  process: {
    stop: `${pid} && kill -STOP "$pid"`,
    go: `! ${pid} || [ ! -e "/proc/$pid" ] || kill -CONT "$pid"`,
    state: `${pid} && sed -n 's/^State:.*(\\(.*\\))/\\1/p' "/proc/$pid/status"`,
    stands: 'stopped',
  },
} as const;

function command({guest, stops}: Wanted, what: 'stop' | 'go'): Command {
  return idempotent(['sh', '-c', scripts[stops][what], 'hang', guest], 20_000);
}

export const guestHung = defineFault({
  name: 'guest-hung',
  strikes: 'guest',
  parameters,
  needs: {},
  /** It goes on where it stood when it is healed, unless the cluster has started it anew. */
  effect: () => ({fences: [0], guests: 'restarted', fates: ['restarted', 'unharmed']}),
  preview: (nodes, {guest, stops}) =>
    `${stops === 'processors' ? `virsh suspend ${guest}` : `kill -STOP of the QEMU of ${guest}`}  # on ${only(nodes).name}`,

  async deadMan(_cluster, nodes, wanted) {
    return {ok: true, value: [{host: only(nodes), argv: command(wanted, 'go').argv}]};
  },

  inject: (cluster, nodes, wanted) => cluster.transport.exec(only(nodes), command(wanted, 'stop')),

  async reached(cluster, nodes, {guest, stops}) {
    const {state, stands} = scripts[stops];
    const said = await stdoutOf(cluster.transport, only(nodes), readOnly(['sh', '-c', state, 'state', guest]));
    if (said.ok && said.value.trim() === stands) return {ok: true, value: `${guest} is ${stands}`};
    // One that was started anew has not the life that stood still.
    return {ok: true, value: `${guest} is not ${stands} any more on ${only(nodes).name}`};
  },

  /** On every node: the cluster may have started it elsewhere, and nobody else's life is stopped. */
  async heal(cluster, _nodes, wanted) {
    const went = await Promise.all(cluster.nodes.map(node => goesOn(cluster, node, wanted)));
    return went.find(each => !each.ok) ?? {ok: true, value: undefined};
  },
});

async function goesOn(cluster: Cluster, node: Host, wanted: Wanted): Promise<Result<void, string>> {
  const went = await stdoutOf(cluster.transport, node, command(wanted, 'go'));
  return went.ok ? {ok: true, value: undefined} : went;
}
