import test from 'ava';
import {planes} from '../types.ts';
import {
  bmcAddress,
  cableEnd,
  guestAddress,
  hostOf,
  hostsText,
  nodeCables,
  otherCables,
  planesText,
} from './addresses.ts';

test('a node has one cable a plane, each with an address in hardware that stays; the service plane ends in the bridge of the guests', t => {
  t.is(
    planesText('n2', nodeCables(2)),
    `management mgmt0 10.77.0.12/24 - n2-mgmt 02:77:00:00:00:0c
cluster clus0 10.77.1.12/24 - n2-clus 02:77:00:00:01:0c
storage stor0 10.77.2.12/24 - n2-stor 02:77:00:00:02:0c
service serv0 10.77.3.12/24 br-service n2-serv 02:77:00:00:03:0c
`,
  );
});

test('the client reaches controllers and guests, and nothing that is the cluster’s own', t => {
  t.deepEqual(
    otherCables('client').map(({plane, address}) => [plane, address]),
    [
      ['management', '10.77.0.250'],
      ['service', '10.77.3.250'],
    ],
  );
});

test('no two hosts share an address, in the largest lab', t => {
  const numbers = [1, 2, 3, 4, 5];
  const all = [
    ...numbers.flatMap(index => nodeCables(index).map(({address}) => address)),
    ...numbers.map(bmcAddress),
    ...numbers.map(guestAddress),
    ...otherCables('client').map(({address}) => address),
    ...otherCables('storage').map(({address}) => address),
  ];
  t.is(new Set(all).size, all.length);
});

test('interface names fit into the kernel’s 15 characters', t => {
  for (const host of ['n5', 'client', 'storage']) {
    for (const cable of nodeCables(1)) t.true(cableEnd(host, cable).length <= 15);
  }
});

test('the bare name of a node is its address in the cluster plane, that of the client its service address', t => {
  const text = hostsText([hostOf('n1', 'node', nodeCables(1)), hostOf('client', 'client', otherCables('client'))]);
  t.regex(text, /^10\.77\.1\.11 n1 n1-cluster$/m);
  t.regex(text, /^10\.77\.0\.11 n1-management$/m);
  t.regex(text, /^10\.77\.3\.250 client client-service$/m);
  t.is(text.split('\n').filter(line => / n1( |$)/.test(line)).length, 1);
});

test('a host carries every plane it has a cable in', t => {
  t.deepEqual(Object.keys(hostOf('n1', 'node', nodeCables(1)).addresses), [...planes]);
});
