/**
 * The guest image and the beacon for real: a guest under emulation, its tools driven from outside, killed and started
 * again on the same disk, then its ledger damaged. Everything lives in one network namespace and one folder, and goes
 * with them.
 */
import {existsSync} from 'node:fs';
import {mkdtemp, open, readFile, rm, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {
  blackouts,
  firstDurable,
  lifeVerdict,
  loss,
  parseBeacon,
  parseBeaconVerify,
  sendSchedule,
  writeLedger,
} from '../../../reports/beacon/index.ts';
import {buildGuestImage, guestCommandLine} from '../../guest/image.ts';
import {localTransport, runLocally, startLocally} from '../../transport/local.ts';
import type {Cluster, Command, Guest, Host, Running} from '../../types.ts';
import {waitFor} from '../../wait.ts';
import {startBeacon, verifyLedger} from './driver.ts';

const namespace = `seatrial-live-${process.pid}`;
const sectorBytes = 512;
const guest: Guest = {
  name: 'vm1',
  address: '10.99.7.11',
  resource: 'vm1',
  memoryBytes: 256 * 1024 * 1024,
  vcpus: 1,
  ports: {fio: 8765, iperf3: 5201, beacon: 7007},
  scratchDevice: '/dev/scratch',
};
const client: Host = {name: 'client', role: 'client', addresses: {}, interfaces: {}, scratch: []};

function inside(command: Command): Command {
  return {...command, argv: ['ip', 'netns', 'exec', namespace, ...command.argv]};
}

function cluster(): Cluster {
  const local = localTransport();
  return {
    name: 'live',
    nodes: [],
    client,
    guests: [guest],
    storage: 'none',
    transport: {
      ...local,
      exec: (host, command) => local.exec(host, inside(command)),
      start: (host, command) => local.start(host, inside(command)),
    },
    hardware: {emulated: true, shared: true, note: 'live test'},
  };
}

async function must(...argv: [string, ...string[]]): Promise<string> {
  const outcome = await runLocally({argv, timeoutMs: 20_000, idempotent: false});
  if (outcome.exit.kind !== 'exited' || outcome.exit.code !== 0)
    throw new Error(`${argv.join(' ')}: ${JSON.stringify(outcome.exit)} ${outcome.stderr}`);
  return outcome.stdout;
}

/** What a run that was killed has left: its namespace carries its pid. */
async function clearAfterTheDead(): Promise<void> {
  const names = (await must('ip', 'netns', 'list')).split('\n').flatMap(line => line.split(' ', 1));
  for (const name of names) {
    const pid = /^seatrial-live-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await must('ip', 'netns', 'delete', name);
  }
}

test('a guest boots, is driven, crashes, comes back, and its ledger tells the truth', async t => {
  t.timeout(300_000);
  const folder = await mkdtemp(join(tmpdir(), 'seatrial-live-'));
  const disk = (name: string) => join(folder, `${name}.img`);
  let qemu: Running | undefined;
  try {
    const image = await buildGuestImage(text => t.log(text));
    if (!image.ok) return t.fail(image.error);
    await clearAfterTheDead();
    await must('ip', 'netns', 'add', namespace);
    await must('ip', '-n', namespace, 'link', 'set', 'lo', 'up');
    await must('ip', '-n', namespace, 'tuntap', 'add', 'tap0', 'mode', 'tap');
    await must('ip', '-n', namespace, 'address', 'add', '10.99.7.1/24', 'dev', 'tap0');
    await must('ip', '-n', namespace, 'link', 'set', 'tap0', 'up');
    for (const [name, bytes] of [
      ['ledger', 4 * 1024 * 1024],
      ['scratch', 64 * 1024 * 1024],
    ] as const) {
      await writeFile(disk(name), '');
      await truncate(disk(name), bytes);
    }
    const boot = () => {
      const drive = (name: string) => [
        ...['-drive', `if=none,id=${name},file=${disk(name)},format=raw,cache=none,aio=threads`],
        ...['-device', `virtio-blk-pci,drive=${name},serial=seatrial-${name}`],
      ];
      qemu = startLocally(
        inside({
          argv: [
            'qemu-system-x86_64',
            ...['-nodefaults', '-no-user-config', '-display', 'none', '-serial', `file:${join(folder, 'console')}`],
            ...['-accel', 'tcg,thread=multi', '-machine', 'q35', '-cpu', 'max', '-m', '256'],
            ...['-kernel', image.value.kernel, '-initrd', image.value.initramfs],
            ...['-append', guestCommandLine({name: guest.name, address: `${guest.address}/24`})],
            ...drive('ledger'),
            ...drive('scratch'),
            ...['-netdev', 'tap,id=n,ifname=tap0,script=no,downscript=no', '-device', 'virtio-net-pci,netdev=n'],
          ],
          timeoutMs: 290_000,
          idempotent: false,
        }),
      );
    };
    const crash = async () => {
      await qemu?.stop(0);
      qemu = undefined;
    };
    const readLedger = async () => {
      const text = await verifyLedger(cluster(), guest, 60);
      if (!text.ok) throw new Error(`${text.error}\n${await readFile(join(folder, 'console'), 'utf8')}`);
      const parsed = parseBeaconVerify(text.value);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
      return parsed.value;
    };

    // ── first life: every tool answers ──
    boot();
    const fresh = await readLedger();
    t.is(fresh.atBoot, 0);
    const empty = await readFile(disk('ledger'));

    const started = await startBeacon(cluster(), [guest], {intervalMs: 10, durationSeconds: 200});
    if (!started.ok) return t.fail(started.error);
    const job = join(folder, 'job');
    await writeFile(
      job,
      '[r]\nioengine=libaio\ndirect=1\nrw=randread\nbs=4k\nfilename=/dev/scratch\nruntime=1\ntime_based=1\n',
    );
    const answers = async (what: string, argv: readonly [string, ...string[]], pattern: RegExp) => {
      const reached = await waitFor(what, 30_000, async () => {
        const outcome = await runLocally(inside({argv, timeoutMs: 20_000, idempotent: true}));
        return pattern.test(outcome.stdout) ? true : undefined;
      });
      t.true(reached.ok, reached.ok ? what : reached.error);
    };
    await answers(
      'fio',
      ['fio', `--client=${guest.address}`, '--output-format=json', job],
      /"client_stats"[\s\S]*"iops" : [1-9]/,
    );
    for (const port of ['5201', '5202'])
      await answers(
        'iperf3',
        ['iperf3', '-c', guest.address, '-p', port, '-t', '1', '-J'],
        /"sum_received":[\s\S]*"bytes":\t[1-9]/,
      );

    // ── second life, on the same disk ──
    await crash();
    boot();
    const back = await waitFor(
      'the second life to write',
      90_000,
      async () => {
        const looked = await startBeacon(cluster(), [guest], {intervalMs: 50, durationSeconds: 1});
        const seen = looked.ok ? await looked.value.ended : looked;
        const parsed = seen.ok ? parseBeacon(seen.value) : undefined;
        return parsed?.ok === true ? firstDurable(parsed.value, guest.name) : undefined;
      },
      {intervalMs: 5_000},
    );
    const text = await started.value.stop();
    if (!back.ok || !text.ok) return t.fail(back.ok ? 'no log' : back.error);
    const log = parseBeacon(text.value);
    if (!log.ok) return t.fail(JSON.stringify(log.error));
    t.true(log.value.complete, JSON.stringify(log.value.damage));
    const verdict = lifeVerdict(log.value, 'vm1');
    t.is(verdict?.kind, 'rebooted');
    const [longest] = [...(blackouts(log.value, 'vm1') ?? [])].sort((a, b) => b.seconds - a.seconds);
    t.true(longest !== undefined && longest.seconds > 1 && longest.toSeconds !== undefined);
    t.log(`blackout ${longest?.seconds.toFixed(2)} s, loss ${JSON.stringify(loss(log.value, 'vm1'))}`);
    t.log(`send schedule ${JSON.stringify(sendSchedule(log.value))}, ${JSON.stringify(log.value.instrument)}`);
    const second = verdict?.kind === 'rebooted' ? verdict.bootIds[1] : undefined;
    t.truthy(firstDurable(log.value, 'vm1', second));
    const intact = await readLedger();
    const kept = writeLedger(log.value, 'vm1', intact);
    t.deepEqual(kept?.lost, []);
    t.true(
      kept !== undefined && kept.acknowledged > 100 && kept.readable === kept.acknowledged,
      JSON.stringify({...kept, lost: 0}),
    );

    // ── third life: one record wiped, one changed in its middle, one from another time ──
    await crash();
    const place = (record: number) => (record % intact.slots) * sectorBytes;
    const file = await open(disk('ledger'), 'r+');
    await file.write(Buffer.alloc(sectorBytes), 0, sectorBytes, place(20));
    await file.write(Buffer.from([1, 2, 3]), 0, 3, place(30) + 300);
    const other = Buffer.alloc(sectorBytes);
    await file.read(other, 0, sectorBytes, place(39));
    await file.write(other, 0, sectorBytes, place(40));
    await file.close();
    boot();
    const damaged = writeLedger(log.value, 'vm1', await readLedger());
    t.deepEqual(
      damaged?.lost.map(({record, reason}) => [record, reason]),
      [
        [20, 'blank'],
        [30, 'corrupt'],
        [40, 'corrupt'],
      ],
    );

    // ── fourth life: a disk that had acknowledged and kept nothing ──
    await crash();
    await writeFile(disk('ledger'), empty);
    boot();
    const remembered = await readLedger();
    const lying = writeLedger(log.value, 'vm1', remembered);
    // The disk is back at the moment before the watch: the first questions had left a record or two.
    t.true(remembered.atBoot < 20);
    t.true(
      lying !== undefined && lying.readable === remembered.atBoot && lying.lost.length > 100,
      JSON.stringify(remembered.atBoot),
    );
    t.is(lying?.lost.length, (lying?.acknowledged ?? 0) - remembered.atBoot);
  } finally {
    await qemu?.stop(0);
    await runLocally({argv: ['ip', 'netns', 'delete', namespace], timeoutMs: 10_000, idempotent: true});
    await rm(folder, {recursive: true, force: true});
  }
  t.false((await must('ip', 'netns', 'list')).includes('seatrial-live-'), 'a namespace is left');
});
