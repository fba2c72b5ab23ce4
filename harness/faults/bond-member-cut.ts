/**
 * One of a bond's links is lost. `carrier`: it goes down, which every bond looks for. `silent`: it stays up and
 * carries nothing either way, as where a switch has died behind it or forwards no more; only LACP, or a monitor that
 * asks, finds that out.
 */
import {z} from 'zod';
import {bondsOf} from '../cluster/bonds.ts';
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import {type Cluster, type Command, type Host, planes, type Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {nftTable, withNft} from './drop-rules.ts';
import {defineFault, only} from './fault.ts';
import {takeBack, waitUntilBack} from './recovery.ts';

/** In the family `netdev`: before bonds and switches of the kernel see a frame. */
const table = 'seatrial-mute';
/** LACP at its slow rate hears of a link that is there again after 30 s. */
const wholeAgainMs = 120_000;
/** A monitor may look every few seconds. */
const seenDownMs = 10_000;

export const cuts = ['carrier', 'silent'] as const;
const parameters = z.strictObject({
  plane: z.enum(planes),
  bond: z.string(),
  member: z.string().regex(/^[\w.:-]{1,15}$/),
  cut: z.enum(cuts),
});

export const bondMemberCut = defineFault({
  name: 'bond-member-cut',
  strikes: 'link',
  parameters,
  needs: {nodes: 2, tools: ['bond']},
  /** Hiding this is what a bond is for. */
  effect: () => ({fences: [0], guests: 'unharmed'}),
  preview: (nodes, {bond, member, cut}) =>
    cut === 'carrier'
      ? `ip link set dev ${member} down  # on ${only(nodes).name}, of ${bond}`
      : `nft, xdp-filter: ${member} of ${bond} on ${only(nodes).name} carries nothing and stays up`,

  async deadMan(_cluster, nodes, {member}) {
    return {ok: true, value: [{host: only(nodes), argv: mendCommand(member).argv}]};
  },

  inject: ({transport}, nodes, {member, cut}) =>
    transport.exec(
      only(nodes),
      cut === 'carrier' ? idempotent(['ip', 'link', 'set', 'dev', member, 'down'], 10_000) : muteCommand(member),
    ),

  reached: (cluster, nodes, {bond, member, cut}) =>
    cut === 'carrier' ? seenDown(cluster, only(nodes), bond, member) : framesDropped(cluster, only(nodes), member),

  /** Ends when the bond counts on all its links again. */
  async heal(cluster, nodes, {bond, member}) {
    const node = only(nodes);
    const mended = await takeBack(cluster, node, mendCommand(member));
    if (!mended.ok) return mended;
    const whole = await waitFor(`${bond} on ${node.name} to count on ${member} again`, wholeAgainMs, async () =>
      (await usable(cluster, node, bond, member)) ? true : undefined,
    );
    return whole.ok ? waitUntilBack(cluster, node) : whole;
  },
});

async function usable(cluster: Cluster, node: Host, bond: string, member: string): Promise<boolean | undefined> {
  const bonds = await bondsOf(cluster, node);
  const members = bonds.ok ? bonds.value.find(({name}) => name === bond)?.members : undefined;
  return members?.find(({name}) => name === member)?.usable;
}

async function seenDown(cluster: Cluster, node: Host, bond: string, member: string): Promise<Result<string, string>> {
  const seen = await waitFor(`${bond} on ${node.name} to see ${member} down`, seenDownMs, async () =>
    (await usable(cluster, node, bond, member)) === false ? true : undefined,
  );
  return seen.ok ? {ok: true, value: `${bond} sees ${member} down`} : seen;
}

async function framesDropped({transport}: Cluster, node: Host, member: string): Promise<Result<string, string>> {
  const show = `cat /sys/class/net/${member}/carrier; nft list table netdev ${table} 2>/dev/null || true`;
  const said = await stdoutOf(transport, node, readOnly(['sh', '-c', show]));
  if (!said.ok) return said;
  if (!said.value.startsWith('1\n')) return {ok: false, error: `${member} has lost its carrier`};
  const dropped = [...said.value.matchAll(/counter packets (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  return dropped > 0
    ? {ok: true, value: `${dropped} frames dropped, and ${member} still has its carrier`}
    : {ok: false, error: `no frame was dropped on ${member}`};
}

/** A switch in user space reads a frame before these rules do; XDP is before it. What is in use already is refused. */
function muteCommand(member: string): Command {
  const chain = (hook: 'ingress' | 'egress') => [
    ` chain ${hook}s {`,
    `  type filter hook ${hook} device "${member}" priority -300; policy accept;`,
    '  counter drop',
    ' }',
  ];
  const lines = [
    `used() { xdp-filter status 2>/dev/null | grep -q "^  ${member} "; }`,
    `if [ ! -e /sys/class/net/${member}/master ] && used && ! nft list table netdev ${table} >/dev/null 2>&1; then`,
    `  echo "xdp-filter is in use on ${member}" >&2; exit 1`,
    'fi',
    ...nftTable(table, [...chain('ingress'), ...chain('egress')], 'netdev'),
    `if [ ! -e /sys/class/net/${member}/master ] && ! used; then`,
    '  mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf',
    `  xdp-filter load -m skb -p deny -f ethernet ${member}`,
    'fi',
  ];
  return idempotent(['sh', '-ec', lines.join('\n')], 15_000);
}

/** The table goes last: while it is there, the filter is ours. */
function mendCommand(member: string): Command {
  const lines = [
    `if ${withNft} && nft list table netdev ${table} >/dev/null 2>&1; then`,
    `  if xdp-filter status 2>/dev/null | grep -q "^  ${member} "; then xdp-filter unload ${member} || exit 1; fi`,
    `  nft delete table netdev ${table} || exit 1`,
    'fi',
    `ip link set dev ${member} up`,
  ];
  return idempotent(['sh', '-c', lines.join('\n')], 15_000);
}
