/** A guest takes all of its processors, by its own doing: a loop on each, which ends by itself after a time. */
import {z} from 'zod';
import {failureMessage, succeeded} from '../cluster/commands.ts';
import {guestExec} from '../guest/exec.ts';
import type {Cluster, Guest, Outcome, Result} from '../types.ts';
import {defineFault, notInjected, only} from './fault.ts';

const file = '/run/seatrial-busy';

/** `$1` file of process ids, `$2` seconds. Any guest with a shell can do it. */
const start = `[ ! -e "$1" ] || { echo 'it is busy already' >&2; exit 1; }
for n in $(seq "$(nproc)"); do
  setsid sh -c 'while :; do :; done' seatrial-busy </dev/null >/dev/null 2>&1 &
  echo $! >>"$1"
done
setsid sh -c 'sleep "$2"; for p in $(cat "$1"); do kill -9 "$p"; done; rm -f "$1"' busy "$1" "$2" </dev/null >/dev/null 2>&1 &`;

const end = `for p in $(cat "$1" 2>/dev/null); do
  ! grep -qs seatrial-busy "/proc/$p/cmdline" || kill -9 "$p"
done
rm -f "$1"`;

const look = `for p in $(cat "$1"); do grep -qs seatrial-busy "/proc/$p/cmdline" && cut -d' ' -f14 "/proc/$p/stat"; done`;

async function inGuest(cluster: Cluster, name: string, script: string, ...words: string[]): Promise<Outcome> {
  const guest = cluster.guests.find(each => each.name === name);
  if (guest === undefined) return notInjected(`the inventory has no guest ${name}`);
  return guestExec(cluster, guest as Guest, {argv: ['sh', '-c', script, 'busy', file, ...words], timeoutMs: 30_000});
}

export const guestBusy = defineFault({
  name: 'guest-busy',
  strikes: 'guest',
  parameters: z.strictObject({guest: z.string().min(1), seconds: z.number().int().min(1).max(3600)}),
  needs: {},
  effect: () => ({fences: [0], guests: 'slowed'}),
  preview: (_nodes, {guest, seconds}) => `a busy loop on every processor for ${seconds} s at most  # in ${guest}`,

  /** It ends by itself. */
  async deadMan() {
    return {ok: true, value: []};
  },

  inject: (cluster, _nodes, {guest, seconds}) => inGuest(cluster, guest, start, String(seconds)),

  async reached(cluster, nodes, {guest}): Promise<Result<string, string>> {
    const said = await inGuest(cluster, guest, look);
    const ticks = said.stdout
      .trim()
      .split('\n')
      .filter(line => line !== '')
      .map(Number);
    const total = ticks.reduce((sum, each) => sum + each, 0);
    if (!succeeded(said) && ticks.length === 0)
      return {ok: false, error: `${guest} on ${only(nodes).name}: nothing of ours is busy in it`};
    const words = `${ticks.length} loops in ${guest} had ${total / 100} s of its processors`;
    return total > 0 ? {ok: true, value: words} : {ok: false, error: words};
  },

  async heal(cluster, nodes, {guest}): Promise<Result<void, string>> {
    const said = await inGuest(cluster, guest, end);
    if (succeeded(said)) return {ok: true, value: undefined};
    return {ok: false, error: failureMessage(only(nodes), {argv: ['sh'], timeoutMs: 30_000, idempotent: true}, said)};
  },
});
