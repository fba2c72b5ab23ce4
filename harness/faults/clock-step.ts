/**
 * A node's clock jumps, as after a battery that is empty, or a time server that lies: whoever keeps it right is stopped
 * first, and goes on when it is healed. What the clock had been ahead of the kernel's own count of seconds is kept on
 * the node: that gives the right time back, whoever heals, and however late.
 */
import {z} from 'zod';
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import type {Command} from '../types.ts';
import {defineFault, only} from './fault.ts';
import {undoAndWait} from './recovery.ts';

/** Two lines: the clock less the seconds since the boot; the units that were stopped. A reboot forgets it. */
export const clockFile = '/run/seatrial-clock';
/** Nearer is as it was. */
const near = 0.5;

const ahead = `awk -v now="$(date +%s.%N)" '{printf "%.3f\\n", now - $1}' /proc/uptime`;
const keepers = 'chronyd.service chrony.service ntpsec.service ntpd.service ntp.service systemd-timesyncd.service';

/** `$1` seconds, forward or back. Written down first: what was not stepped yet is then not far from right. */
const step = `[ ! -e ${clockFile} ] || { echo "the clock is stepped already" >&2; exit 1; }
units=
if [ -d /run/systemd/system ]; then
  for unit in ${keepers}; do ! systemctl is-active --quiet "$unit" || units="$units $unit"; done
fi
{ ${ahead}; echo "$units"; } >${clockFile}.new
mv ${clockFile}.new ${clockFile}
[ -z "$units" ] || systemctl stop $units
date --set="$1 seconds" >/dev/null`;

/** How far the clock is from where it would be, in seconds. */
const off = `awk -v is="$(${ahead})" -v was="$(head -n1 ${clockFile})" 'BEGIN {printf "%.3f\\n", is - was}'`;

/** Twice, or for nothing, is fine. */
const back = `[ -e ${clockFile} ] || exit 0
off=$(${off})
if awk -v off="$off" 'BEGIN {exit !(off > ${near} || off < -${near})}'; then
  date --set="$(awk -v off="$off" 'BEGIN {printf "%.3f", -off}') seconds" >/dev/null || exit 1
fi
units=$(sed -n 2p ${clockFile})
[ -z "$units" ] || systemctl start $units || exit 1
rm -f ${clockFile}`;

export const clockCommands = {
  step: (seconds: number): Command => ({
    argv: ['sh', '-ec', step, 'step', String(seconds)],
    timeoutMs: 20_000,
    idempotent: false,
  }),
  off: readOnly(['sh', '-ec', off]),
  back: idempotent(['sh', '-c', back], 20_000),
};

export const clockStep = defineFault({
  name: 'clock-step',
  strikes: 'node',
  /** How far, forward or back. */
  parameters: z.strictObject({
    seconds: z
      .number()
      .int()
      .min(-86_400)
      .max(86_400)
      .refine(each => each !== 0),
  }),
  needs: {nodes: 3, tools: ['own-clock']},
  /** Corosync and Pacemaker count by the kernel's own seconds. */
  effect: () => ({fences: [0], guests: 'unharmed'}),
  preview: (nodes, {seconds}) => `systemctl stop chronyd; date --set='${seconds} seconds'  # on ${only(nodes).name}`,

  async deadMan(_cluster, nodes) {
    return {ok: true, value: [{host: only(nodes), argv: clockCommands.back.argv}]};
  },

  inject: (cluster, nodes, {seconds}) => cluster.transport.exec(only(nodes), clockCommands.step(seconds)),

  async reached({transport}, nodes, {seconds}) {
    const said = await stdoutOf(transport, only(nodes), clockCommands.off);
    if (!said.ok) return said;
    const is = Number(said.value.trim());
    const found = `the clock of ${only(nodes).name} is ${said.value.trim()} s from where it was`;
    return Math.abs(is - seconds) < 1 ? {ok: true, value: found} : {ok: false, error: `${found}, expected ${seconds}`};
  },

  heal: (cluster, nodes) => undoAndWait(cluster, only(nodes), clockCommands.back),
});
