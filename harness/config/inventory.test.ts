import {readFileSync} from 'node:fs';
import test from 'ava';
import {hostOf, readInventory, type Surroundings} from './inventory.ts';
import {defaultLimits} from './limits.ts';
import {formatConfigError} from './yaml.ts';

const good = `cluster: prod-a
ssh:
  user: root
  key: /root/.ssh/seatrial
storage: ceph
hardware: {emulated: false, shared: false, note: 3 nodes of one make}
nodes:
  - name: n1
    addresses: {management: 10.0.0.1, cluster: 10.0.1.1, storage: 10.0.1.1}
    interfaces: {cluster: ens192}
    bmc: {address: 10.0.9.1, username: admin, passwordFile: /etc/seatrial/bmc}
    scratch: [/dev/sdx, /srv/scratch]
  - name: n2
    addresses: {management: 10.0.0.2, cluster: 10.0.1.2}
    bmc: {address: 10.0.9.2, port: 6230, username: admin, passwordEnv: BMC_PASSWORD}
client:
  name: c1
  addresses: {management: 10.0.0.9, service: 10.0.3.9}
guests:
  - name: vm1
    address: 10.0.3.101
    memory: 512 MiB
    vcpus: 1
    scratchDevice: /dev/vdb
`;

function errorsOf(text: string): string {
  const read = readInventory(text, 'i.yaml');
  return read.ok ? '' : read.error.map(formatConfigError).join('\n');
}

/** The good inventory with one piece of its text replaced; the piece must be there. */
function altered(from: string, to: string): string {
  if (!good.includes(from)) throw new Error(`the inventory has no ${from}`);
  return good.replace(from, to);
}

test('a good inventory is read, with defaults', t => {
  const read = readInventory(good, 'i.yaml');
  if (!read.ok) {
    t.fail(read.error.map(formatConfigError).join('\n'));
    return;
  }
  t.deepEqual(read.value.ssh, {user: 'root', key: '/root/.ssh/seatrial'});
  t.deepEqual(read.value.nodes[0], {
    name: 'n1',
    role: 'node',
    addresses: {management: '10.0.0.1', cluster: '10.0.1.1', storage: '10.0.1.1'},
    interfaces: {cluster: 'ens192'},
    bmc: {address: '10.0.9.1', port: 623, username: 'admin', password: {file: '/etc/seatrial/bmc'}},
    scratch: ['/dev/sdx', '/srv/scratch'],
  });
  t.deepEqual(read.value.nodes[1]?.bmc?.password, {env: 'BMC_PASSWORD'});
  t.is(read.value.client.role, 'client');
  t.deepEqual(read.value.guests, [
    {
      name: 'vm1',
      address: '10.0.3.101',
      resource: 'vm1',
      memoryBytes: 512 * 2 ** 20,
      vcpus: 1,
      ports: {fio: 8765, iperf3: 5201, beacon: 7007},
      scratchDevice: '/dev/vdb',
    },
  ]);
});

test('the inventory to start from is a good one', t => {
  t.is(errorsOf(readFileSync(new URL('../../docs/inventory.yaml', import.meta.url), 'utf8')), '');
});

test('limits have defaults, which the inventory to start from states; windows have none', t => {
  const read = readInventory(good, 'i.yaml');
  const start = readInventory(readFileSync(new URL('../../docs/inventory.yaml', import.meta.url), 'utf8'), 'i.yaml');
  t.deepEqual(read.ok && read.value.limits, defaultLimits);
  t.deepEqual(start.ok && start.value.limits, defaultLimits);
  t.false(read.ok && 'maintenance' in read.value);
  const stated = readInventory(`${good}limits: {foreignAwaySeconds: 30, quorumMargin: 0}\n`, 'i.yaml');
  t.deepEqual(stated.ok && stated.value.limits, {...defaultLimits, foreignAwaySeconds: 30, quorumMargin: 0});
});

test('a password that was read joins its host, and a host without one has no BMC', t => {
  const read = readInventory(good, 'i.yaml');
  const host = read.ok ? read.value.nodes[0] : undefined;
  t.is(host && hostOf(host, 'secret').bmc?.password, 'secret');
  t.is(host && hostOf(host, undefined).bmc, undefined);
});

const bad: {title: string; from: string; to: string; expected: RegExp}[] = [
  {
    title: 'a window in no place on earth',
    from: 'storage: ceph',
    to: 'storage: ceph\nmaintenance: [{days: [sat], from: "22:00", to: "04:00", timezone: Mars/Olympus}]',
    expected: /^i\.yaml:6:67: found .*Mars\/Olympus.*expected a time zone such as Europe\/Berlin or UTC/,
  },
  {
    title: 'a limit that would stop a run at the first hiccup',
    from: 'storage: ceph',
    to: 'storage: ceph\nlimits: {foreignAwaySeconds: 1}',
    expected: /^i\.yaml:6:30: found 1 for limits.foreignAwaySeconds, expected at least 5/,
  },
  {
    title: 'a limit that there is not',
    from: 'storage: ceph',
    to: 'storage: ceph\nlimits: {foreignSeconds: 60}',
    expected: /^i\.yaml:6:10: found unknown key "foreignSeconds"/,
  },
  {
    title: 'a misspelt plane',
    from: 'cluster: 10.0.1.2',
    to: 'clutser: 10.0.1.2',
    expected: /^i\.yaml:14:39: found unknown key "clutser".*did you mean "cluster"\?$/,
  },
  {
    title: 'a node without management address',
    from: '{management: 10.0.0.2, cluster: 10.0.1.2}',
    to: '{cluster: 10.0.1.2}',
    expected:
      /^i\.yaml:14:16: found no nodes\[2\]\.addresses\.management, expected the management address of a node; add it: ssh/,
  },
  {
    title: 'a client without service address',
    from: ', service: 10.0.3.9',
    to: '',
    expected: /the service address of a client/,
  },
  {
    title: 'one address for two hosts',
    from: 'management: 10.0.0.2',
    to: 'management: 10.0.0.1',
    expected: /^i\.yaml:14:29: found "10\.0\.0\.1" .*address that is not n1's already/,
  },
  {title: 'one name for two hosts', from: 'name: n2', to: 'name: n1', expected: /^i\.yaml:13:11: .*not n1's already/},
  {title: 'one BMC for two hosts', from: '10.0.9.2, port: 6230', to: '10.0.9.1', expected: /BMC that is not n1's/},
  {
    title: 'a plain password',
    from: 'passwordEnv: BMC_PASSWORD',
    to: 'password: secret',
    expected: /unknown key "password".*did you mean/,
  },
  {
    title: 'no password source',
    from: ', passwordEnv: BMC_PASSWORD',
    to: '',
    expected: /exactly one of passwordFile and passwordEnv/,
  },
  {
    title: 'an option in place of an address',
    from: 'management: 10.0.0.2',
    to: 'management: -oProxyCommand=x',
    expected: /expected an address or a host name/,
  },
  {
    title: 'two places for the password of sudo',
    from: '  key: /root/.ssh/seatrial',
    to: '  become: {method: sudo, passwordFile: /etc/seatrial/sudo, ask: true}',
    expected: /^i\.yaml:4:11: .*at most one of passwordFile, passwordEnv and ask/,
  },
  {
    title: 'the password of sudo itself',
    from: '  key: /root/.ssh/seatrial',
    to: '  become: {method: sudo, password: secret}',
    expected: /unknown key "password".*did you mean/,
  },
  {
    title: 'another user than root',
    from: '  key: /root/.ssh/seatrial',
    to: '  become: {method: sudo, user: ceph}',
    expected: /found "ceph" for ssh\.become\.user, expected .*root/,
  },
  {
    title: 'an option in place of a jump host',
    from: '  key: /root/.ssh/seatrial',
    to: '  jump: -oProxyCommand=x',
    expected: /a jump host as \[user@\]host\[:port\]/,
  },
  {title: 'a system folder as scratch', from: '/srv/scratch', to: '/etc/passwd', expected: /a whole device such as/},
  {title: 'all devices as scratch', from: '/srv/scratch', to: '/dev', expected: /a whole device such as/},
  {title: 'the root as scratch', from: '/srv/scratch', to: '/', expected: /a whole device such as/},
  {title: 'a path that climbs', from: '/srv/scratch', to: '/srv/../etc', expected: /without \. and \.\./},
  {title: 'an unknown storage', from: 'storage: ceph', to: 'storage: cefh', expected: /did you mean "ceph"\?/},
  {title: 'memory without unit', from: '512 MiB', to: '512', expected: /^i\.yaml:22:13: .*expected text/},
];
test('guests may be yet to be made: the list is empty, or left out', t => {
  for (const to of ['guests: []\n', '']) {
    const read = readInventory(altered(good.slice(good.indexOf('guests:')), to), 'i.yaml');
    t.deepEqual(read.ok ? read.value.guests : read.error, [], to);
  }
});

for (const {title, from, to, expected} of bad) {
  test(`refused: ${title}`, t => {
    t.regex(errorsOf(altered(from, to)), expected);
  });
}

const whole: Surroundings = {
  privateKey: () => undefined,
  secretFile: () => undefined,
  file: () => undefined,
  variable: () => undefined,
};
function troublesOf(surroundings: Partial<Surroundings>): string[] {
  const read = readInventory(good, 'i.yaml', {...whole, ...surroundings});
  return read.ok ? [] : read.error.map(formatConfigError);
}

test('what an inventory names must be there, and is told with its place and its owner', t => {
  t.deepEqual(troublesOf({}), []);
  t.deepEqual(troublesOf({privateKey: path => `there is no ${path}`}), [
    'i.yaml:4:8: found "/root/.ssh/seatrial" for ssh.key, expected the private key to log in with; there is no /root/.ssh/seatrial',
  ]);
  t.deepEqual(troublesOf({secretFile: () => 'there is no such file'}), [
    'i.yaml:11:61: found "/etc/seatrial/bmc" for nodes[1].bmc.passwordFile, expected a file with the password of the BMC of n1; there is no such file',
  ]);
  t.deepEqual(troublesOf({variable: name => `${name} is not set`}), [
    'i.yaml:15:72: found "BMC_PASSWORD" for nodes[2].bmc.passwordEnv, expected a variable with the password of the BMC of n2; BMC_PASSWORD is not set',
  ]);
  const strict = altered('  key: /root/.ssh/seatrial', '  knownHosts: /etc/known');
  const read = readInventory(strict, 'i.yaml', {...whole, file: path => (path === '/etc/known' ? 'gone' : undefined)});
  t.deepEqual(read.ok ? [] : read.error.map(formatConfigError), [
    'i.yaml:4:15: found "/etc/known" for ssh.knownHosts, expected a file with the host keys; gone',
  ]);
});

test('how to log in may be left to ssh, or be said for all and for one host', t => {
  const plain = readInventory(altered('ssh:\n  user: root\n  key: /root/.ssh/seatrial\n', ''), 'i.yaml');
  t.deepEqual(plain.ok && plain.value.ssh, {});
  const rich = altered(
    '  key: /root/.ssh/seatrial',
    '  config: /etc/seatrial/ssh\n  jump: ops@gate:2222\n  become: {method: sudo, user: root, passwordEnv: SUDO}',
  ).replace('  - name: n2\n', '  - name: n2\n    ssh: {user: admin, port: 2222, key: /k}\n');
  const read = readInventory(rich, 'i.yaml', {
    ...whole,
    privateKey: path => `${path} is open`,
    variable: name => (name === 'SUDO' ? 'it is not set' : undefined),
    file: path => (path === '/etc/seatrial/ssh' ? 'it is gone' : undefined),
  });
  t.deepEqual(read.ok ? [] : read.error.map(formatConfigError), [
    'i.yaml:4:11: found "/etc/seatrial/ssh" for ssh.config, expected a configuration of ssh; it is gone',
    'i.yaml:6:51: found "SUDO" for ssh.become.passwordEnv, expected a variable with the password for sudo; it is not set',
    'i.yaml:16:41: found "/k" for nodes[2].ssh.key, expected the private key to log in to n2 with; /k is open',
  ]);
  const good = readInventory(rich, 'i.yaml');
  t.deepEqual(good.ok && good.value.ssh.become, {password: {env: 'SUDO'}});
  t.deepEqual(good.ok && good.value.nodes[1]?.ssh, {user: 'admin', port: 2222, key: '/k'});
});

test('a slip in the inventory itself is told first, and nothing is looked for', t => {
  let looked = 0;
  const count = () => {
    looked++;
    return undefined;
  };
  const text = altered('storage: ceph', 'storage: cefh');
  t.false(readInventory(text, 'i.yaml', {privateKey: count, secretFile: count, file: count, variable: count}).ok);
  t.is(looked, 0);
});

const withServices = (services: object) => `${good}services: ${JSON.stringify(services)}\n`;
const virtual = {address: '10.0.3.200', prefixLength: 24};
const members = ['n1', 'n2', 'n1'].map((node, index) => ({node, url: `http://10.0.0.${index + 1}:2379`}));

test('services are as described, and none where none is', t => {
  const read = (text: string) => {
    const inventory = readInventory(text, 'i.yaml');
    return inventory.ok ? inventory.value.services : inventory.error.map(formatConfigError).join('\n');
  };
  t.deepEqual(read(good), {});
  t.deepEqual(read(withServices({ipaddr2: virtual, keepalived: {...virtual, address: '10.0.3.201', existing: true}})), {
    ipaddr2: {...virtual, existing: false},
    keepalived: {...virtual, address: '10.0.3.201', existing: true},
  });
  t.deepEqual(read(withServices({etcd: {members}})), {etcd: {members, existing: false}});
});

test('a service that could not be tried as it is described is refused', t => {
  const tls = {ca: '/a', certificate: '/b', key: '/c'};
  const secured = members.map(each => ({...each, url: each.url.replace('http:', 'https:')}));
  const cases: readonly [object, RegExp][] = [
    [{ipaddr2: {...virtual, address: 'vip.example'}}, /an IPv4 address/],
    [{ipaddr2: {...virtual, address: '10.0.3.101'}}, /address that is not vm1's already/],
    [{ipaddr2: virtual, keepalived: virtual}, /address that is not services.ipaddr2's already/],
    [{etcd: {members: members.slice(1)}}, /at least 3/],
    [{etcd: {members: members.map(each => ({...each, node: 'n9'}))}}, /the name of a node/],
    [{etcd: {members: members.map(each => ({...each, url: 'http://n1'}))}}, /an address and a port/],
    [{etcd: {members: secured}}, /plain http for members that a trial starts/],
    [{etcd: {members, tls}}, /plain http/],
    [
      {zabbix: {servers: [1, 2].map(port => ({node: 'n1', address: `10.0.0.1:1005${port}`}))}},
      /services\.zabbix\.servers\[2\]\.node, expected a node that no other server of it runs on/,
    ],
  ];
  for (const [services, sentence] of cases) t.regex(errorsOf(withServices(services)), sentence);
  t.is(errorsOf(withServices({etcd: {members: secured, tls, existing: true}})), '');
});

test('monitoring is as described, and what could not be reached or read is refused', t => {
  const there = {prometheus: 'http://10.0.0.9:9090', alertmanager: 'http://10.0.0.9:9093', messages: '10.0.0.9:9099'};
  const withMonitoring = (monitoring: object) => `${good}monitoring: ${JSON.stringify({...there, ...monitoring})}\n`;
  const read = readInventory(
    withMonitoring({alerts: {'node-down': 'Down'}, login: {username: 'a', passwordFile: '/etc/p'}}),
    'i.yaml',
  );
  t.deepEqual(read.ok && read.value.monitoring, {
    ...there,
    alerts: {'node-down': 'Down'},
    folders: {},
    login: {username: 'a', password: {file: '/etc/p'}},
  });
  const cases: readonly [object, RegExp][] = [
    [{prometheus: '10.0.0.9:9090'}, /http:\/\/ or https:\/\//],
    [{prometheus: 'http://10.0.0.9:9090/'}, /without a slash at the end/],
    [{messages: '9099'}, /an address of the client and a port/],
    [{alerts: {'node-dwon': 'Down'}}, /node-dwon/],
    [{folders: {logs: 'var/log'}}, /an absolute path/],
    [{login: {username: 'a'}}, /username with one of passwordFile and passwordEnv, or one of tokenFile and tokenEnv/],
    [{login: {passwordFile: '/etc/p'}}, /username with one of/],
    [{login: {tokenFile: '/etc/t', tokenEnv: 'T'}}, /or one of tokenFile and tokenEnv/],
    [{login: {username: 'a', tokenFile: '/etc/t'}}, /or one of tokenFile and tokenEnv/],
    [{ca: 'ca.pem'}, /an absolute path/],
    [{login: {username: 'a', password: 'secret'}}, /password/],
  ];
  for (const [monitoring, sentence] of cases) t.regex(errorsOf(withMonitoring(monitoring)), sentence);
  const nothing = () => undefined;
  for (const [login, sentence] of [
    [{username: 'a', passwordFile: '/etc/p'}, /with the password of Prometheus and Alertmanager.*others can read it/s],
    [{tokenFile: '/etc/p'}, /with the token of Prometheus and Alertmanager.*others can read it/s],
  ] as const) {
    const found = readInventory(withMonitoring({login}), 'i.yaml', {
      privateKey: nothing,
      secretFile: path => (path === '/etc/p' ? 'others can read it' : undefined),
      file: nothing,
      variable: nothing,
    });
    t.regex(found.ok ? '' : found.error.map(formatConfigError).join('\n'), sentence);
  }
});

/** Two nodes by what their names and addresses are. */
const nodes = (one: string, other: string) =>
  `${good.slice(0, good.indexOf('nodes:'))}nodes:\n  - {${one}}\n  - {${other}}\n${good.slice(good.indexOf('client:'))}`;
const first = 'name: n1, addresses: {management: 10.0.0.1}';
const second = (management: string) => `name: n2, addresses: {management: ${management}}`;

const twice: [title: string, one: string, other: string, expected: RegExp][] = [
  [
    'a number above 255',
    first,
    second('10.0.0.300'),
    /^i\.yaml:9:40: found "10\.0\.0\.300" for nodes\[2\]\.addresses\.management, expected an IPv4 address of four numbers/,
  ],
  [
    'zeros before a number, which some read as octal',
    first,
    second('010.0.0.1'),
    /expected an IPv4 address of four numbers from 0 to 255, without zeros before them/,
  ],
  ['a port', first, second('"10.0.0.2:22"'), /expected an address without a port/],
  [
    'one name in two cases',
    first,
    'name: N1, addresses: {management: 10.0.0.2}',
    /found "N1" for nodes\[2\]\.name, expected a name that is not n1's already/,
  ],
  [
    'one host name in two cases',
    'name: n1, addresses: {management: Node-A.example}',
    second('node-a.example'),
    /found "node-a\.example" for .*management, expected a address that is not n1's already/,
  ],
  [
    'one IPv6 address in two spellings',
    'name: n1, addresses: {management: "fd00::1"}',
    second('"FD00:0:0::0001"'),
    /found "FD00:0:0::0001" for .*management, expected a address that is not n1's already/,
  ],
];
for (const [title, one, other, expected] of twice) {
  test(`refused: ${title}`, t => {
    t.regex(errorsOf(nodes(one, other)), expected);
  });
}
