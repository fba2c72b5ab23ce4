import test from 'ava';
import {imageOf} from './disk-source.ts';
import {buildDomain} from './domain-xml.ts';

const guest = {
  name: 'vm1',
  memoryBytes: 2 ** 29,
  vcpus: 1,
  accelerator: 'qemu' as const,
  kernelPath: '/k',
  initramfsPath: '/i',
  commandLine: '',
  card: {bridge: 'br0'},
  consolePath: '/c',
};
const ledger = {serial: 'seatrial-ledger', source: {protocol: 'file' as const, path: '/srv/ledger'}};
const xmlWith = (source: Parameters<typeof buildDomain>[0]['disks'][number]['source']) =>
  buildDomain({...guest, disks: [ledger, {serial: 'seatrial-scratch', source}]});

test('the disk is found by its serial, in RBD and in NBD', t => {
  const rbd = xmlWith({protocol: 'rbd', pool: 'guests', image: 'vm1-scratch', monitors: [{host: 'a', port: 6789}]});
  t.deepEqual(imageOf(rbd, 'seatrial-scratch', 'vm1'), {
    ok: true,
    value: {protocol: 'rbd', pool: 'guests', image: 'vm1-scratch'},
  });
  const nbd = xmlWith({protocol: 'nbd', export: 'vm1-scratch', host: '10.0.0.1', port: 10810});
  t.deepEqual(imageOf(nbd, 'seatrial-scratch', 'vm1'), {
    ok: true,
    value: {protocol: 'nbd', host: '10.0.0.1', port: 10810, export: 'vm1-scratch'},
  });
});

test('another serial, another store or no XML is a sentence', t => {
  const of = (xml: string, serial = 'seatrial-scratch') => {
    const read = imageOf(xml, serial, 'vm1');
    return read.ok ? '' : read.error;
  };
  t.regex(of(xmlWith({protocol: 'file', path: '/srv/x'})), /found a disk of no network store/);
  t.regex(of(xmlWith({protocol: 'file', path: '/srv/x'}), 'other'), /no disk with serial other/);
  t.regex(of('no xml'), /the domain of vm1/);
});
