/**
 * A long way: what a node sends in a plane arrives late, by more or less, and not in its order. The kernel's netem does
 * it; where there is none, frames go through a program that holds them, as through a slow cable.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {z} from 'zod';
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import {type Cluster, type Command, type Host, type Plane, planes, type Result} from '../types.ts';
import {nftTable, withNft} from './drop-rules.ts';
import {defineFault, impairs, notInjected, only} from './fault.ts';
import {deviceOf} from './plane-device.ts';
import {queueHandle} from './rate-limit.ts';
import {undoAndWait} from './recovery.ts';

const program = readFileSync(join(import.meta.dirname, 'slow-cable.py'), 'utf8');
/** Of the program, while it runs. */
export const delayFolder = '/run/seatrial-delay';
const table = 'seatrial-delay';
/** Its own frames carry it. */
const mark = '0x5ea7';
/** Of what was asked for: echoes that came back at once among late ones pull the mean down. */
const enough = 0.7;

const parameters = z.strictObject({
  plane: z.enum(planes),
  delayMs: z.number().int().min(5).max(2000),
  /** More or less than the delay, evenly; no more than it. */
  jitterMs: z.number().int().min(0).max(2000),
  /** So many in a hundred are not held, and overtake. */
  reorderPercent: z.number().int().min(0).max(50),
});
type Delay = z.infer<typeof parameters>;

export const packetDelay = defineFault({
  name: 'packet-delay',
  strikes: 'link',
  parameters,
  needs: {nodes: 3, tools: ['delay']},
  effect: ({plane}) => impairs(plane),
  preview: (nodes, delay) =>
    `tc qdisc add … netem ${netemWords(delay)}  # on ${only(nodes).name}, ${delay.plane} plane; or a program that holds its frames`,

  async deadMan(_cluster, nodes) {
    return {ok: true, value: [{host: only(nodes), argv: promptCommand().argv}]};
  },

  async inject(cluster, nodes, delay) {
    const device = deviceOf(only(nodes), delay.plane);
    if (!device.ok) return notInjected(device.error);
    return cluster.transport.exec(only(nodes), delayCommand(device.value, delay));
  },

  async reached(cluster, nodes, delay) {
    const node = only(nodes);
    const held = await stdoutOf(cluster.transport, node, readOnly(['sh', '-c', heldScript]));
    if (!held.ok) return held;
    if (!(Number(held.value.trim()) > 0)) return {ok: false, error: 'no frame was held'};
    const took = await roundTrip(cluster, node, delay.plane);
    if (!took.ok) return took;
    const wanted = enough * delay.delayMs * (1 - delay.reorderPercent / 100);
    const words = `${held.value.trim()} frames held; an echo took ${took.value.toFixed(1)} ms on average`;
    return took.value >= wanted
      ? {ok: true, value: words}
      : {ok: false, error: `${words}, ${wanted.toFixed(1)} ms were wanted`};
  },

  heal: (cluster, nodes) => undoAndWait(cluster, only(nodes), promptCommand()),
});

function netemWords({delayMs, jitterMs, reorderPercent}: Delay): string {
  const jitter = jitterMs > 0 ? ` ${Math.min(jitterMs, delayMs)}ms` : '';
  return `delay ${delayMs}ms${jitter}${reorderPercent > 0 ? ` reorder ${reorderPercent}%` : ''}`;
}

/** Frames that were held, of either kind. */
const heldScript = `cat ${delayFolder}/held 2>/dev/null ||
  tc -s qdisc show 2>/dev/null | sed -n '/^qdisc netem ${queueHandle}/{n;s/.* \\([0-9]*\\) pkt.*/\\1/p;}'`;

/** In milliseconds, on average, to the first peer in the plane. */
async function roundTrip({transport, nodes}: Cluster, node: Host, plane: Plane): Promise<Result<number, string>> {
  const address = nodes.find(each => each.name !== node.name && each.addresses[plane] !== undefined)?.addresses[plane];
  if (address === undefined) return {ok: false, error: `${node.name} has no peer in the ${plane} plane`};
  const ping = readOnly(['ping', '-n', '-c', '10', '-i', '0.2', '-W', '5', address], 30_000);
  const said = await stdoutOf(transport, node, ping);
  if (!said.ok) return said;
  const [, mean] = /= [\d.]+\/([\d.]+)\//.exec(said.value) ?? [];
  return mean === undefined ? {ok: false, error: 'ping told no time'} : {ok: true, value: Number(mean)};
}

/**
 * Fails where the interface has a queue of its owner's, which could not be given back. Twice is once. The rules come
 * when the program is ready, so that nothing is lost.
 */
export function delayCommand(device: string, delay: Delay): Command {
  const {delayMs, jitterMs, reorderPercent} = delay;
  const words = `seatrial-delay ${delayFolder} "${device}" ${delayMs} ${Math.min(jitterMs, delayMs)} ${reorderPercent}`;
  const lines = [
    `if tc qdisc show dev "${device}" 2>/dev/null | grep -q "netem ${queueHandle}"; then exit 0; fi`,
    'if unshare --net tc qdisc add dev lo root netem delay 1ms 2>/dev/null; then',
    `  exec tc qdisc add dev "${device}" root handle ${queueHandle} netem ${netemWords(delay)}`,
    'fi',
    `${withNft} || { echo 'neither tc with netem nor nft' >&2; exit 1; }`,
    `if [ -e ${delayFolder}/pid ]; then exit 0; fi`,
    `mkdir -p ${delayFolder}`,
    `cat >${delayFolder}/cable.py`,
    'if [ -d /run/systemd/system ]; then',
    `  systemd-run --quiet --collect --unit=seatrial-delay -- python3 ${delayFolder}/cable.py ${words}`,
    'else',
    `  env -u SEATRIAL_COMMAND setsid python3 ${delayFolder}/cable.py ${words} </dev/null >/dev/null 2>${delayFolder}/said &`,
    'fi',
    'tries=0',
    `until [ -s ${delayFolder}/pid ]; do`,
    `  [ $tries -lt 100 ] || { echo "the cable did not start: $(cat ${delayFolder}/said 2>/dev/null)" >&2; exit 1; }`,
    '  tries=$((tries + 1))',
    '  sleep 0.1',
    'done',
    ...nftTable(
      table,
      [
        ' chain outputs {',
        `  type filter hook egress device "${device}" priority 0; policy accept;`,
        `  meta mark != ${mark} counter fwd to "seatrial-cable"`,
        ' }',
      ],
      'netdev',
    ),
  ];
  return idempotent(['sh', '-ec', lines.join('\n')], 30_000, program);
}

/** First the rules, else the interface would send nothing. Exits 1 with what is left. */
function promptCommand(): Command {
  const own = `tc qdisc show 2>/dev/null | sed -n 's/^qdisc netem ${queueHandle} dev \\([^ ]*\\) .*/\\1/p'`;
  const lines = [
    `for device in $(${own}); do tc qdisc del dev "$device" root; done`,
    `if ${withNft}; then nft delete table netdev ${table} 2>/dev/null; fi`,
    `left="$(${own})$(nft list tables 2>/dev/null | grep ${table})"`,
    '[ -z "$left" ] || { echo "still there: $left" >&2; exit 1; }',
    `if [ -s ${delayFolder}/pid ]; then`,
    `  pid=$(cat ${delayFolder}/pid)`,
    // Only what still is that program.
    '  ! grep -qs seatrial-delay "/proc/$pid/cmdline" || kill -9 "$pid" || exit 1',
    'fi',
    `rm -rf ${delayFolder}`,
  ];
  return idempotent(['sh', '-c', lines.join('\n')], 20_000);
}
