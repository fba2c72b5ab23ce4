/**
 * Open vSwitch as recorded in a lab (3.1, in user space), and for balance-tcp with its own dummy interfaces
 * (`--enable-dummy`, the same 3.1); the kernel's after what Linux 4.19 to 6.14 print.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {type Bond, parseBonds} from './bonds.ts';

const told = (...sections: readonly string[]) => `${[...sections, '=== end'].join('\n')}\n`;

function bonds(...sections: readonly string[]): readonly Bond[] {
  const read = parseBonds(told(...sections), 'a');
  if (!read.ok) throw new Error(read.error.expected);
  return read.value;
}

const ovs = (second: string, status = 'negotiated', mode = 'balance-slb') => `=== ovs
---- bond0 ----
bond_mode: ${mode}
bond may use recirculation: no, Recirc-ID : -1
bond-hash-basis: 0
lb_output action: disabled, bond-id: -1
all members active: false
updelay: 0 ms
downdelay: 0 ms
next rebalance: 1144 ms
lacp_status: ${status}
lacp_fallback_ab: false
active-backup primary: <none>
active member mac: ca:48:af:83:ec:69(serv0a)

member serv0a: enabled
  active member
  may_enable: true

member serv0b: ${second}
  may_enable: ${second === 'enabled'}
`;

const lacp = (time: string) => `=== lacp
---- bond0 ----
  status: active negotiated
  sys_id: 3e:91:1e:dd:cb:4e
  sys_priority: 65534
  aggregation key: 2
  lacp_time: ${time}

member: serv0a: current attached
  port_id: 3
  actor state: activity timeout aggregation synchronized collecting distributing
`;

const slave = (name: string, status: string, further: string) =>
  `\nSlave Interface: ${name}\nMII Status: ${status}\nSpeed: 25000 Mbps\nDuplex: full\nLink Failure Count: 0\nSlave queue ID: 0\n${further}`;

const aggregated = (aggregator: number, state: number | undefined) =>
  `Aggregator ID: ${aggregator}\nActor Churn State: none\n${
    state === undefined
      ? ''
      : `details actor lacp pdu:\n    system priority: 65535\n    port number: 1\n    port state: ${state}\ndetails partner lacp pdu:\n    system priority: 32768\n    port state: 61\n`
  }`;

const ad = (rate: string, ...slaves: readonly string[]) => `=== kernel bond0
Ethernet Channel Bonding Driver: v6.1.0-25-amd64

Bonding Mode: IEEE 802.3ad Dynamic link aggregation
Transmit Hash Policy: layer3+4 (1)
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 0

802.3ad info
LACP active: on
LACP rate: ${rate}
Min links: 0
Active Aggregator Info:
\tAggregator ID: 1
\tNumber of ports: 2
\tPartner Mac Address: 3c:c7:86:43:ac:f1
${slaves.join('')}`;

const usable = ([bond]: readonly Bond[]) => bond?.members.filter(each => each.usable).map(({name}) => name);

test('Open vSwitch: the mode with the rate of LACP, and which members count', t => {
  const [bond] = bonds(ovs('enabled'), lacp('fast'));
  t.deepEqual(bond, {
    name: 'bond0',
    by: 'ovs',
    mode: 'balance-slb, LACP fast',
    members: [
      {name: 'serv0a', usable: true},
      {name: 'serv0b', usable: true},
    ],
  });
  t.is(bonds(ovs('enabled'), lacp('slow'))[0]?.mode, 'balance-slb, LACP slow');
  t.deepEqual(usable(bonds(ovs('disabled'), lacp('fast'))), ['serv0a']);
});

const balanceTcp = (name: string): readonly Bond[] => {
  const path = join(import.meta.dirname, '../../fixtures/bond/ovs-3.1-balance-tcp', `${name}.txt`);
  const read = parseBonds(readFileSync(path, 'utf8'), name);
  if (!read.ok) throw new Error(read.error.expected);
  return read.value;
};

test('Open vSwitch, balance-tcp: both links, one that is down, a peer that went silent, and one that never spoke', t => {
  const whole = balanceTcp('up');
  t.deepEqual([whole[0]?.mode, usable(whole)], ['balance-tcp, LACP fast', ['p0a', 'p0b']]);
  t.deepEqual(usable(balanceTcp('member-down')), ['p0a']);
  t.is(balanceTcp('member-down')[0]?.members.length, 2);
  t.deepEqual(usable(balanceTcp('peer-silent')), [], 'it still says "negotiated"');
  // `lacp-fallback-ab`: it goes on by one of them.
  t.is(balanceTcp('without-peer')[0]?.mode, 'balance-tcp, LACP not negotiated');
});

test('planted: a bond that does not speak LACP, or whose peer does not, says so', t => {
  t.is(bonds(ovs('enabled', 'off', 'active-backup'), lacp('fast'))[0]?.mode, 'active-backup, no LACP');
  t.is(bonds(ovs('enabled', 'configured'), lacp('fast'))[0]?.mode, 'balance-slb, LACP not negotiated');
});

test('the kernel, 802.3ad: a member that is up and not of the active aggregator, or hears nobody, does not count', t => {
  const good = slave('eno1', 'up', aggregated(1, 63));
  const both = bonds(ad('fast', good, slave('eno2', 'up', aggregated(1, 61))));
  t.deepEqual([both[0]?.by, both[0]?.mode, usable(both)], ['kernel', '802.3ad, LACP fast', ['eno1', 'eno2']]);
  for (const bad of [
    slave('eno2', 'down', aggregated(1, 63)),
    slave('eno2', 'up', aggregated(2, 63)),
    // Defaulted, expired, neither collecting nor distributing.
    slave('eno2', 'up', aggregated(1, 125)),
    slave('eno2', 'up', aggregated(1, 191)),
    slave('eno2', 'up', aggregated(1, 15)),
  ])
    t.deepEqual(usable(bonds(ad('slow', good, bad))), ['eno1'], bad);
  t.deepEqual(usable(bonds(ad('slow', good, slave('eno2', 'up', aggregated(1, undefined))))), ['eno1', 'eno2']);
});

/** As of a VM without a switch that speaks LACP, one of whose two links is down (Linux 4.19, as root). */
const alone = (partner: string, second = 'down') => `=== kernel bond0
Ethernet Channel Bonding Driver: v3.7.1 (April 27, 2011)

Bonding Mode: IEEE 802.3ad Dynamic link aggregation
Transmit Hash Policy: layer2 (0)
MII Status: up
MII Polling Interval (ms): 100
Up Delay (ms): 2000
Down Delay (ms): 1000

802.3ad info
LACP rate: slow
Min links: 0
Aggregator selection policy (ad_select): stable
System priority: 65535
System MAC address: 52:54:00:00:00:01
Active Aggregator Info:
\tAggregator ID: 1
\tNumber of ports: 1
\tActor Key: 9
\tPartner Key: 1
\tPartner Mac Address: ${partner}
${slave('ens3', 'up', aggregated(1, 77))}${slave('ens4', second, aggregated(2, 69))}`;

test('the kernel, 802.3ad, one link down and nobody who speaks LACP: it sends by the one, and says so', t => {
  const [bond] = bonds(alone('00:00:00:00:00:00'));
  t.deepEqual([bond?.mode, usable(bonds(alone('00:00:00:00:00:00')))], ['802.3ad, LACP not negotiated', ['ens3']]);
  // Both links are up, each an aggregator of its own: still one carries.
  t.deepEqual(usable(bonds(alone('00:00:00:00:00:00', 'up'))), ['ens3']);
  t.deepEqual(usable(bonds(alone('3c:c7:86:43:ac:f1'))), [], 'with a peer a port in that state carries nothing');
});

test('planted: the kernel, 802.3ad, without an active aggregator: no member carries', t => {
  const none = ad(
    'fast',
    slave('eno1', 'up', 'Aggregator ID: N/A\n'),
    slave('eno2', 'up', 'Aggregator ID: N/A\n'),
  ).replace(/Active Aggregator Info:\n(?:\t.*\n)*/, 'bond bond0 has no active aggregator\n');
  t.regex(none, /no active aggregator/);
  t.deepEqual(usable(bonds(none)), []);
});

test('the kernel without LACP: how it finds out is of the mode', t => {
  const backup = (arp: string) =>
    `=== kernel bond1\nBonding Mode: fault-tolerance (active-backup)\nCurrently Active Slave: eno1\nMII Status: up\nMII Polling Interval (ms): 100\n${arp}${slave('eno1', 'up', '')}${slave('eno2', 'down', '')}`;
  t.is(bonds(backup(''))[0]?.mode, 'active-backup, miimon 100 ms');
  t.is(bonds(backup('ARP Polling Interval (ms): 200\n'))[0]?.mode, 'active-backup, ARP every 200 ms');
  t.deepEqual(usable(bonds(backup(''))), ['eno1']);
});

test('no bond is no error; what is cut off, or has no mode, is', t => {
  t.deepEqual(bonds(), []);
  const cut = parseBonds(ovs('enabled'), 'a');
  t.is(cut.ok ? '' : cut.error.expected, '=== end');
  const odd = parseBonds(told('=== kernel bond0\nMII Status: up\n'), 'a');
  t.is(odd.ok ? '' : odd.error.path, 'bond0');
});
