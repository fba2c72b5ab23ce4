/**
 * Bonds of a host: what the kernel tells in /proc/net/bonding, and Open vSwitch by `ovs-appctl bond/show` and
 * `lacp/show`. Pure.
 */
import type {ParseError, Result} from '../types.ts';

export interface Bond {
  name: string;
  by: 'kernel' | 'ovs';
  /** As its maker calls it, with how it finds out that a link is lost: `802.3ad, LACP fast`. */
  mode: string;
  /** `usable`: the bond counts on it, and sends by it where its turn comes. */
  members: readonly {name: string; usable: boolean}[];
}

/** Prints all that `parseBonds` reads. `end` comes last: what was cut off is seen. */
export const bondsScript = `for b in /proc/net/bonding/*; do [ -e "$b" ] && echo "=== kernel $(basename "$b")" && cat "$b"; done
for t in ovs-vswitchd ovs-vswitchd-dpdk; do
  shown=$(ovs-appctl -t $t bond/show 2>/dev/null) || continue
  echo "=== ovs"; echo "$shown"; echo "=== lacp"; ovs-appctl -t $t lacp/show
done
echo "=== end"`;

/** None is no error; an output that was cut off is, and a bond without its mode. */
export function parseBonds(text: string, artefact: string): Result<readonly Bond[], ParseError> {
  const wrong = (path: string, expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found},
  });
  const sections = text.split(/^=== /m).slice(1);
  if (sections.at(-1)?.trim() !== 'end') return wrong('the end', '=== end', text.trim().split('\n').at(-1) ?? '');
  const lacp = parts(sections.filter(each => each.startsWith('lacp\n')).join(''));
  const found = sections.flatMap((section): readonly (Bond | string)[] => {
    const [, kernel] = /^kernel (\S+)\n/.exec(section) ?? [];
    if (kernel !== undefined) return [kernelBond(kernel, section)];
    if (!section.startsWith('ovs\n')) return [];
    return [...parts(section)].map(([name, shown]) => ovsBond(name, shown, lacp.get(name) ?? ''));
  });
  const without = found.find(each => typeof each === 'string');
  if (without !== undefined) return wrong(without, 'the mode of the bond', 'none');
  return {ok: true, value: found.filter(each => typeof each !== 'string')};
}

/** `---- bond0 ----` and what follows, by name. */
function parts(text: string): ReadonlyMap<string, string> {
  const [, ...split] = text.split(/^---- (\S+) ----\n/m);
  return new Map(split.flatMap((name, index) => (index % 2 === 0 ? [[name, split[index + 1] ?? '']] : [])));
}

const kernelModes: readonly (readonly [RegExp, string])[] = [
  [/802\.3ad/, '802.3ad'],
  [/active-backup/, 'active-backup'],
  [/round-robin/, 'balance-rr'],
  [/xor/, 'balance-xor'],
  [/broadcast/, 'broadcast'],
  [/^transmit load balancing/, 'balance-tlb'],
  [/^adaptive load balancing/, 'balance-alb'],
];

/** The name alone where no mode is told. */
function kernelBond(name: string, text: string): Bond | string {
  const value = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(text)?.[1]?.trim();
  const told = value('Bonding Mode');
  const mode = kernelModes.find(([pattern]) => pattern.test(told ?? ''))?.[1];
  if (told === undefined || mode === undefined) return name;
  const [head = '', ...members] = text.split(/^(?=Slave Interface: )/m);
  const active = {
    aggregator: /^\s*Aggregator ID: (\d+)$/m.exec(head)?.[1],
    hasPeer: !/^\s*Partner Mac Address: 00:00:00:00:00:00$/m.test(head),
  };
  const arp = Number(value('ARP Polling Interval \\(ms\\)') ?? 0);
  const speaks = active.hasPeer ? `LACP ${value('LACP rate') ?? 'of unknown rate'}` : 'LACP not negotiated';
  const monitor = arp > 0 ? `ARP every ${arp} ms` : `miimon ${value('MII Polling Interval \\(ms\\)') ?? 0} ms`;
  return {
    name,
    by: 'kernel',
    mode: `${mode}, ${mode === '802.3ad' ? speaks : monitor}`,
    members: members.map(each => ({
      name: /^Slave Interface: (\S+)/.exec(each)?.[1] ?? '',
      usable: /^MII Status: up$/m.test(each) && (mode !== '802.3ad' || aggregates(each, active)),
    })),
  };
}

/** Bits of a port's state: it takes frames and sends them, and what it knows of the peer is neither old nor made up. */
const [carries, stale] = [0x30, 0xc0];

/** A bond to which nobody speaks LACP sends by the one port of its active aggregator, whatever that port's state is. */
function aggregates(member: string, active: {aggregator: string | undefined; hasPeer: boolean}): boolean {
  const own = /^Aggregator ID: (\d+)$/m.exec(member)?.[1];
  if (own === undefined || own !== active.aggregator) return false;
  const [, actor] = /details actor lacp pdu:[\s\S]*?port state: (\d+)/.exec(member) ?? [];
  // Told to root only.
  if (actor === undefined || !active.hasPeer) return true;
  return (Number(actor) & carries) === carries && (Number(actor) & stale) === 0;
}

function ovsBond(name: string, shown: string, lacp: string): Bond | string {
  const [, mode] = /^bond_mode: (\S+)$/m.exec(shown) ?? [];
  if (mode === undefined) return name;
  const [, status = 'off'] = /^lacp_status: (\S+)$/m.exec(shown) ?? [];
  const [, time = 'of unknown rate'] = /^\s*lacp_time: (\S+)$/m.exec(lacp) ?? [];
  const by = status === 'negotiated' ? `LACP ${time}` : status === 'off' ? 'no LACP' : 'LACP not negotiated';
  return {
    name,
    by: 'ovs',
    mode: `${mode}, ${by}`,
    members: [...shown.matchAll(/^(?:member|slave) (\S+): (enabled|disabled)$/gm)].map(([, member = '', state]) => ({
      name: member,
      usable: state === 'enabled',
    })),
  };
}
