/** The commands run for real, against an `ip` that does with routes and addresses what the kernel does. */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Command} from '../types.ts';
import {giveBackAlone, keptLinks, raise, raiseAgain, takeDown} from './link-kept.ts';

/** `HERE/DEVICE/4`, `6` and `addresses` are what there is; `connected` are the routes that the kernel makes itself. */
const kernel = (here: string) => `#!/bin/sh
cd ${here} || exit 1
echo "$*" >>asked
case "$*" in
'link set dev '*' down')
  for device in "$4" $(cat "$4/vlans" 2>/dev/null); do
    : >"$device/4"
    : >"$device/6"
    sed -i '/inet6/d' "$device/addresses"
  done ;;
'link set dev '*' up')
  for device in "$4" $(cat "$4/vlans" 2>/dev/null); do cat "$device/connected" >>"$device/4"; done ;;
'-o addr show dev '*) cat "$5/addresses" ;;
'-o addr show to '*) cat */addresses | grep -F " $5/" ;;
'-4 route show table all dev '*) [ ! -e mute ] && cat "$7/4" ;;
'-6 route show table all dev '*) cat "$7/6" ;;
'-6 -o addr show dev '*' to '*)
  grep -F " $8/" "$6/addresses"
  # The kernel has asked by the next look.
  grep -q dadfailed "$6/addresses" || sed -i 's/ tentative//' "$6/addresses" ;;
'-6 addr replace '*)
  failed=
  [ ! -e taken ] || failed=' dadfailed'
  echo "2: $6    inet6 $4 scope global tentative$failed \\\\       valid_lft forever preferred_lft forever" >>"$6/addresses" ;;
'-6 addr del '*) sed -i "\\\\# $4 #d" "$6/addresses" ;;
*' route replace '*)
  family=\${1#-}
  shift 3
  words="$*"
  # A gateway must be within reach.
  case $words in *' via '*) [ -s "\${words##* }/$family" ] || exit 2 ;; esac
  echo "\${words% dev *}" >>"\${words##* }/$family" ;;
*) exit 1 ;;
esac
`;

interface Given {
  addresses?: readonly string[];
  routes?: readonly string[];
  routes6?: readonly string[];
}

const connected = '10.0.3.0/24 proto kernel scope link src 10.0.3.1';
const inet = '2: serv0    inet 10.0.3.1/24 scope global serv0\\       valid_lft forever preferred_lft forever';
const inet6 = '2: serv0    inet6 fd00:3::1/64 scope global \\       valid_lft forever preferred_lft forever';

function node(t: ExecutionContext, devices: Readonly<Record<string, Given>>) {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-link-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const [here, net] = [join(folder, 'here'), join(folder, 'net')];
  const text = (lines: readonly string[]) => lines.map(line => `${line}\n`).join('');
  for (const [name, {addresses = [inet], routes = [], routes6 = []}] of Object.entries(devices)) {
    mkdirSync(join(here, name), {recursive: true});
    mkdirSync(join(net, name), {recursive: true});
    writeFileSync(join(here, name, 'addresses'), text(addresses));
    writeFileSync(join(here, name, 'connected'), text([connected]));
    writeFileSync(join(here, name, '4'), text([connected, ...routes]));
    writeFileSync(join(here, name, '6'), text(routes6));
  }
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'ip'), kernel(here), {mode: 0o755});
  const files = join(folder, 'kept-');
  const ours = [
    [keptLinks, files],
    ['/sys/class/net', net],
    ['sleep 0.25', ':'],
  ] as const;
  const placed = (word: string) => ours.reduce((text, [there, here]) => text.replaceAll(there, here), word);
  const env = {...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`};
  const run = ({argv: [program, ...words]}: Command) => spawnSync(program, words.map(placed), {encoding: 'utf8', env});
  const read = (name: string) => readFileSync(join(here, name), 'utf8').trim().split('\n');
  const asked = () => (existsSync(join(here, 'asked')) ? read('asked') : []);
  return {here, net, run, read, asked, isKept: () => existsSync(`${files}serv0`)};
}

const extra: Given = {
  addresses: [inet, inet6],
  routes: [
    'default via 10.0.4.254 proto static metric 100',
    '10.0.4.0/24 scope link linkdown',
    '10.0.9.0/24 via 10.0.3.9 table 7',
    '10.9.0.0/16 via 10.0.3.9 proto bird metric 32',
    'local 10.0.3.1 table local proto kernel scope host src 10.0.3.1',
  ],
  routes6: [
    'fd00:3::/64 proto kernel metric 256',
    'fd00:9::/64 via fd00:3::9 metric 1024 pref medium',
    'default via fe80::1 proto ra metric 1024 expires 1700sec',
  ],
};
/** What is to come back of it. */
const again = {
  routes: [
    connected,
    '10.0.4.0/24 scope link',
    'default via 10.0.4.254 proto static metric 100',
    '10.0.9.0/24 via 10.0.3.9 table 7',
  ],
  addresses: [inet, inet6],
};

/** What a command of ours made of the link and its routes, in its order. */
const changes = (asked: readonly string[]) => asked.filter(words => /link set|replace|del/.test(words));

test('planted: what a link had is kept before it goes down, and there again after it is up', t => {
  const {run, read, asked, isKept, here} = node(t, {serv0: extra});
  t.is(run(takeDown('serv0')).status, 0);
  t.true(isKept());
  t.is(
    asked().findIndex(words => words.includes('link set')),
    asked().length - 1,
    'it is kept first',
  );
  t.is(run(takeDown('serv0')).status, 0, 'twice');
  // The kernel makes it with the address.
  writeFileSync(join(here, 'serv0', '6'), 'fd00:3::/64 proto kernel metric 256\n');
  const before = asked().length;
  const raised = run(raise('serv0'));
  t.is(raised.status, 0, raised.stderr);
  const [first, ...after] = changes(asked().slice(before));
  t.is(first, 'link set dev serv0 up');
  t.true(after.length > 0 && after.every(words => words.includes('replace')), after.join('\n'));
  t.deepEqual(read('serv0/4'), again.routes);
  t.deepEqual(read('serv0/addresses'), again.addresses);
  t.is(read('serv0/6')[1], 'fd00:9::/64 via fd00:3::9 metric 1024 pref medium');
  t.is(read('serv0/6').length, 2, 'what a router says comes from it again');
  t.false(isKept());
});

test('planted: a link whose routes could not be read is not taken down, and has back what was kept of it', t => {
  const {run, read, asked, isKept, here} = node(t, {serv0: extra});
  const mute = join(here, 'mute');
  writeFileSync(mute, '');
  t.not(run(takeDown('serv0')).status, 0);
  t.false(isKept());
  t.deepEqual(changes(asked()), []);
  rmSync(mute);
  t.is(run(takeDown('serv0')).status, 0);
  writeFileSync(mute, '');
  // The kernel makes it with the address.
  writeFileSync(join(here, 'serv0', '6'), 'fd00:3::/64 proto kernel metric 256\n');
  const raised = run(raise('serv0'));
  t.is(raised.status, 0, raised.stderr);
  t.deepEqual(read('serv0/4').slice(0, again.routes.length), again.routes);
  t.false(isKept());
});

test('a link that has nothing of its own is left as it was, and so is one that was never taken down', t => {
  const {run, read, asked, isKept} = node(t, {serv0: {}});
  t.is(run(giveBackAlone('serv0')).status, 0);
  t.deepEqual(asked(), []);
  t.is(run(takeDown('serv0')).status, 0);
  t.true(isKept());
  t.is(run(raise('serv0')).status, 0);
  t.deepEqual(changes(asked()), ['link set dev serv0 down', 'link set dev serv0 up']);
  t.deepEqual(read('serv0/4'), [connected]);
  t.false(isKept());
});

test('a link that somebody else has raised gets back what it had', t => {
  const {run, read, isKept} = node(t, {serv0: {routes: ['default via 10.0.3.254']}});
  t.is(run(takeDown('serv0')).status, 0);
  t.is(run({argv: ['ip', 'link', 'set', 'dev', 'serv0', 'up'], timeoutMs: 1000, idempotent: true}).status, 0);
  t.deepEqual(read('serv0/4'), [connected]);
  t.is(run(giveBackAlone('serv0')).status, 0);
  t.deepEqual(read('serv0/4'), [connected, 'default via 10.0.3.254']);
  t.false(isKept());
});

test('one that goes down again and again has all each time that it is up, and is kept until the end', t => {
  const {run, read, isKept} = node(t, {serv0: {routes: ['default via 10.0.3.254']}});
  for (let time = 0; time < 3; time += 1) {
    t.is(run(takeDown('serv0')).status, 0);
    t.deepEqual(read('serv0/4'), ['']);
    t.is(run(raiseAgain('serv0')).status, 0);
    t.deepEqual(read('serv0/4'), [connected, 'default via 10.0.3.254']);
    t.true(isKept());
  }
  t.is(run(raise('serv0')).status, 0);
  t.false(isKept());
});

test('a VLAN on the link goes down with it, and has its own again; a bridge that it is a part of does not', t => {
  const {run, read, asked, here, net} = node(t, {serv0: {}, vlan7: {routes: ['10.7.0.0/16 via 10.0.3.7']}, br0: {}});
  writeFileSync(join(here, 'serv0', 'vlans'), 'vlan7\n');
  symlinkSync('../vlan7', join(net, 'serv0', 'upper_vlan7'));
  symlinkSync('../br0', join(net, 'serv0', 'upper_br0'));
  symlinkSync('../br0', join(net, 'serv0', 'master'));
  t.is(run(takeDown('serv0')).status, 0);
  t.deepEqual(read('vlan7/4'), ['']);
  t.is(run(raise('serv0')).status, 0);
  t.deepEqual(read('vlan7/4'), [connected, '10.7.0.0/16 via 10.0.3.7']);
  t.false(asked().some(words => words.includes('br0')));
});

test('an address that another host has taken meanwhile is given up', t => {
  const {run, read, here, isKept} = node(t, {serv0: {addresses: [inet, inet6]}});
  t.is(run(takeDown('serv0')).status, 0);
  writeFileSync(join(here, 'taken'), '');
  const raised = run(raise('serv0'));
  t.is(raised.status, 0, raised.stderr);
  t.deepEqual(read('serv0/addresses'), [inet]);
  t.false(isKept());
});

test('where whoever manages the network makes the routes of the addresses, they are put back too', t => {
  const own = inet.replace('scope global serv0', 'scope global noprefixroute serv0');
  const {run, read, here} = node(t, {serv0: {addresses: [own], routes: ['default via 10.0.3.254 proto static']}});
  writeFileSync(join(here, 'serv0', 'connected'), '');
  t.is(run(takeDown('serv0')).status, 0);
  t.is(run(raise('serv0')).status, 0);
  t.deepEqual(read('serv0/4'), [connected, 'default via 10.0.3.254 proto static']);
});

test('planted: what cannot be put back is told, and stays kept', t => {
  const {run, here, isKept} = node(t, {serv0: {routes: ['default via 10.0.3.254']}});
  t.is(run(takeDown('serv0')).status, 0);
  writeFileSync(join(here, 'serv0', 'connected'), '');
  const raised = run(raise('serv0'));
  t.is(raised.status, 1);
  t.is(raised.stderr.trim(), 'serv0 has not got back: ip -4 route replace default via 10.0.3.254 dev serv0');
  t.true(isKept());
});
