/**
 * A guest stands still while its node lives: its virtual processors are stopped by the hypervisor, which knows and says
 * so, or its QEMU is, of which libvirt knows nothing. Most clusters ask whether the process is there, and take either
 * for a guest that works.
 */
import {z} from 'zod';
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import {isSilent} from '../probes/beacon/driver.ts';
import type {Cluster, Command, Host, Result} from '../types.ts';
import {defineFault, only} from './fault.ts';

/** What stops: the processors, by `virsh suspend`, or the process, by SIGSTOP. */
const stopped = ['processors', 'process'] as const;
const parameters = z.strictObject({guest: z.string().min(1), stops: z.enum(stopped)});
type Wanted = z.infer<typeof parameters>;

/** Of each guest that stands still: which life it was. */
export const hungFolder = '/run/seatrial-hung';
/** `$1` the domain. Its life, by process and start in ticks of the kernel: one that is started anew has another. */
const life = `pid=$(cat "/run/libvirt/qemu/$1.pid" 2>/dev/null)
here=${hungFolder}
life() { [ -n "$pid" ] && [ -e "/proc/$pid" ] && echo "$pid $(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f20)"; }`;
const remember = 'mkdir -p "$here" && life "$1" >"$here/$1"';
const forget = 'rm -f "$here/$1"; rmdir "$here" 2>/dev/null; true';
const virsh = 'virsh --connect qemu:///system';
const scripts = {
  processors: {
    stop: `${virsh} suspend "$1"`,
    go: `[ "$(${virsh} domstate "$1" 2>/dev/null | head -n1)" != paused ] || ${virsh} resume "$1"`,
    stands: `[ "$(${virsh} domstate "$1" | head -n1)" = paused ]`,
  },
  process: {
    stop: 'kill -STOP "$pid"',
    go: '! life "$1" >/dev/null || kill -CONT "$pid"',
    stands: `grep -q '^State:.*stopped' "/proc/$pid/status"`,
  },
} as const;

/** What became of the life that stood still. */
const looked = {
  forgotten: 'its node has forgotten it',
  anew: 'it has been started anew',
  stands: 'it stands still',
  goes: 'it goes on',
} as const;

function scriptOf({stops}: Wanted, what: 'stop' | 'go' | 'look'): string {
  const own = scripts[stops];
  if (what === 'stop') return `${life}\n${remember} || exit 1\n${own.stop}`;
  if (what === 'go') return `${life}\n${own.go} || exit 1\n${forget}`;
  return `${life}
[ -s "$here/$1" ] || { echo forgotten; exit; }
[ "$(life "$1")" = "$(cat "$here/$1")" ] || { echo anew; exit; }
if ${own.stands}; then echo stands; else echo goes; fi`;
}

function command(wanted: Wanted, what: 'stop' | 'go'): Command {
  return idempotent(['sh', '-c', scriptOf(wanted, what), 'hang', wanted.guest], 20_000);
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

  /** By its node, which knows whether it is the same life, and by its clients. */
  async reached(cluster, nodes, wanted) {
    const node = only(nodes);
    const argv = ['sh', '-c', scriptOf(wanted, 'look'), 'look', wanted.guest] as const;
    const said = await stdoutOf(cluster.transport, node, readOnly(argv));
    if (!said.ok) return said;
    const state = said.value.trim();
    if (state !== 'stands' && state !== 'anew')
      return {ok: false, error: `${wanted.guest}: ${looked[state as keyof typeof looked] ?? state}`};
    if (state === 'anew') return {ok: true, value: `${wanted.guest}: ${looked.anew}`};
    const guest = cluster.guests.find(({name}) => name === wanted.guest);
    if (guest === undefined) return {ok: false, error: `the inventory has no guest ${wanted.guest}`};
    const silent = await isSilent(cluster, guest);
    if (!silent.ok) return silent;
    if (!silent.value) return {ok: false, error: `${guest.name}: ${looked.stands}, and somebody answers for it`};
    return {ok: true, value: `${guest.name}: ${looked.stands} on ${node.name}, and does not answer`};
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
