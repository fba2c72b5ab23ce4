/**
 * The kernel of a guest panics. Whether it starts anew is its own affair (`kernel.panic`): a hypervisor that has no
 * panic device to hear of it goes on calling the guest "running", and the cluster believes it.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {z} from 'zod';
import {idempotent, stdoutOf, succeeded} from '../cluster/commands.ts';
import {domains, resetDomain} from '../cluster/libvirt.ts';
import {guestExec} from '../guest/exec.ts';
import type {Cluster, Guest} from '../types.ts';
import {waitFor} from '../wait.ts';
import {defineFault, notInjected, only} from './fault.ts';

/** In the guest's memory: one that has started anew has forgotten it. */
const mark = '/run/seatrial-panic';
/** The answer comes first, then the panic: the agent dies with the kernel. */
const delaySeconds = 0.3;
const script = `mkdir -p /run && : >${mark}
echo "$1" >/proc/sys/kernel/panic || exit 1
[ -w /proc/sysrq-trigger ] || { echo "no /proc/sysrq-trigger" >&2; exit 1; }
setsid sh -c 'sleep ${delaySeconds}; echo c >/proc/sysrq-trigger' </dev/null >/dev/null 2>&1 &`;
const answerDeadlineMs = 20_000;
const bootDeadlineMs = 120_000;

export const guestPanic = defineFault({
  name: 'guest-panic',
  strikes: 'guest',
  /** Its libvirt domain; after how long its kernel starts anew, 0: never. */
  parameters: z.strictObject({guest: z.string().min(1), restartSeconds: z.number().int().min(0).max(60)}),
  needs: {},
  effect: () => ({fences: [0], guests: 'restarted'}),
  preview: (_nodes, {guest, restartSeconds}) =>
    `sysctl kernel.panic=${restartSeconds}; echo c >/proc/sysrq-trigger  # in ${guest}`,

  async deadMan(_cluster, nodes, {guest, restartSeconds}) {
    if (restartSeconds > 0) return {ok: true, value: []};
    return {ok: true, value: [{host: only(nodes), argv: ['virsh', '--connect', 'qemu:///system', 'reset', guest]}]};
  },

  /** Ends when the kernel is dead. */
  async inject(cluster, _nodes, {guest, restartSeconds}) {
    const known = guestNamed(cluster, guest);
    if (known === undefined) return notInjected(`the inventory has no guest ${guest}`);
    const argv = ['sh', '-c', script, 'panic', String(restartSeconds)] as const;
    const ordered = await guestExec(cluster, known, {argv: [...argv], timeoutMs: 15_000});
    if (succeeded(ordered)) await sleep(delaySeconds * 2000);
    return ordered;
  },

  async reached(cluster, _nodes, {guest}) {
    const known = guestNamed(cluster, guest);
    if (known === undefined) return {ok: false, error: `the inventory has no guest ${guest}`};
    const looked = await guestExec(cluster, known, {argv: ['test', '-e', mark], timeoutMs: 8_000});
    if (looked.exit.kind !== 'exited') return {ok: true, value: 'its agent is silent'};
    return looked.exit.code === 0
      ? {ok: false, error: 'the guest goes on as before'}
      : {ok: true, value: 'it has started anew'};
  },

  async heal(cluster, _nodes, {guest}) {
    const known = guestNamed(cluster, guest);
    if (known === undefined) return {ok: false, error: `the inventory has no guest ${guest}`};
    if (await untilAnswers(cluster, known, answerDeadlineMs)) return {ok: true, value: undefined};
    const {active, silent} = await domains(cluster);
    const where = cluster.nodes.find(({name}) => active.some(({domain, node}) => domain === guest && node === name));
    if (where === undefined && silent.length > 0) {
      const silence = silent.map(({node, reason}) => `${node}: ${reason}`).join('; ');
      return {ok: false, error: `${guest} does not answer, and may be on a node that does not either: ${silence}`};
    }
    // The cluster starts one that runs nowhere; whoever heals waits for every guest.
    if (where === undefined) return {ok: true, value: undefined};
    const reset = await stdoutOf(cluster.transport, where, idempotent(resetDomain(guest)));
    if (!reset.ok) return reset;
    if (await untilAnswers(cluster, known, bootDeadlineMs)) return {ok: true, value: undefined};
    return {ok: false, error: `${guest} was reset on ${where.name} and does not answer by its agent`};
  },
});

function guestNamed(cluster: Cluster, name: string): Guest | undefined {
  return cluster.guests.find(guest => guest.name === name);
}

async function untilAnswers(cluster: Cluster, guest: Guest, deadlineMs: number): Promise<boolean> {
  const answered = await waitFor(`${guest.name} to answer`, deadlineMs, async () =>
    succeeded(await guestExec(cluster, guest, {argv: ['true'], timeoutMs: 5_000})) ? true : undefined,
  );
  return answered.ok;
}
