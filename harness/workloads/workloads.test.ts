import {spawnSync} from 'node:child_process';
import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {deviceJob, fioOverClients, jobFileText, netLoads} from './fio.ts';
import {iperf3Client, iperf3Server} from './iperf3.ts';

const device = {
  device: '/dev/scratch',
  blockBytes: 4096,
  sizeBytes: 2 ** 20,
  engine: 'libaio',
  depth: 8,
  jobs: 2,
  seconds: 5,
  rampSeconds: 0,
} as const;

test('a job on a device never creates a file, and a name cannot add a line', t => {
  const text = jobFileText(deviceJob({...device, pattern: 'mixed'}));
  t.regex(text, /^allow_file_create=0$/m);
  t.regex(text, /^\[mixed\]\nrw=randrw\nrwmixread=70\nfilename=\/dev\/scratch$/m);
  t.throws(() => jobFileText(deviceJob({...device, pattern: 'mixed', device: '/dev/x\nexec_prerun=rm'})));
  t.throws(() => jobFileText({global: {}, jobs: {'a]\n[b': {}}}));
});

test('each client reads the whole of its own job, and no file remains', t => {
  const [a, b, c] = [1, 2, 3].map(i => ({address: `10.0.0.${i}`, port: 8765}));
  if (a === undefined || b === undefined || c === undefined) return t.fail();
  const job = deviceJob({...device, pattern: 'randread'});
  const loads = [{server: a, job}, ...netLoads({from: a, to: b, port: 5300, seconds: 5}), {server: c, job}];
  const {argv, timeoutMs} = fioOverClients(loads, 5);
  t.true(timeoutMs > 60_000);
  // A fio that prints the job file of each client.
  const folder = mkdtempSync(join(tmpdir(), 'workloads-'));
  try {
    const fake =
      '#!/bin/sh\nfor word; do case $word in --client=*) echo "== $word";; /proc/*) cat "$word";; esac; done\nls "$TMPDIR"\n';
    writeFileSync(join(folder, 'fio'), fake);
    chmodSync(join(folder, 'fio'), 0o755);
    const env = {PATH: `${folder}:${process.env.PATH}`, TMPDIR: folder};
    const {stdout} = spawnSync(argv[0], argv.slice(1), {encoding: 'utf8', env});
    const wanted = loads.map(load => `== --client=${load.server.address},8765\n${jobFileText(load.job)}`);
    t.is(stdout, `${wanted.join('')}fio\n`);
  } finally {
    rmSync(folder, {recursive: true});
  }
});

test('addresses of IPv6 are told to fio as such', t => {
  const job = deviceJob({...device, pattern: 'randread'});
  t.true(
    fioOverClients([{server: {address: 'fd00::1', port: 8765}, job}], 1).argv.includes('--client=ip6:fd00::1,8765'),
  );
});

test('an iperf3 test says direction, protocol, rate per stream and where it comes from', t => {
  const {argv, idempotent} = iperf3Client({
    address: '10.0.0.1',
    port: 5299,
    protocol: 'udp',
    direction: 'reverse',
    seconds: 3,
    streams: 2,
    bitsPerSecond: 100e6,
    bind: '10.0.0.2',
  });
  t.is(argv.join(' '), 'iperf3 -c 10.0.0.1 -p 5299 -J -t 3 -P 2 --connect-timeout 5000 -R -u -b 50000000 -B 10.0.0.2');
  t.false(idempotent);
  const shape = {address: '10.0.0.1', port: 5299, seconds: 1, streams: 1};
  const small = iperf3Client({...shape, protocol: 'udp', direction: 'reverse', bitsPerSecond: 1e6, payloadBytes: 64});
  t.regex(small.argv.join(' '), /-R -u -b 1000000 -l 64$/);
  t.regex(iperf3Client({...shape, protocol: 'tcp', direction: 'both'}).argv.join(' '), / --bidir$/);
  t.is(iperf3Server('10.0.0.1', 5299, 60).argv.join(' '), 'timeout --foreground 60 iperf3 -s -B 10.0.0.1 -p 5299');
});
