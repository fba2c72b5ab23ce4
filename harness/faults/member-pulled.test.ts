import {spawnSync} from 'node:child_process';
import {chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {faultNamed} from './index.ts';

const disk = (serial: string) =>
  `<disk type='file'><target dev='vd${serial.at(-1)}'/><serial>${serial}</serial></disk>`;

/** Runs the scripts for real over a virsh that keeps a running domain's disks in a file, a line each. */
function played(t: {teardown(fn: () => void): void}) {
  const folder = mkdtempSync(join(tmpdir(), 'member-pulled-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const disks = join(folder, 'disks');
  writeFileSync(disks, `${disk('array-a')}\n${disk('array-b')}\n`);
  writeFileSync(
    join(folder, 'virsh'),
    `#!/bin/sh
shift 2
case $1 in
dumpxml) echo '<domain>'; cat ${disks}; echo '</domain>' ;;
domstate) echo running ;;
detach-device) s=$(grep -o '<serial>[^<]*' "$3" | cut -d'>' -f2); grep -v "<serial>$s<" ${disks} >${disks}.new; mv ${disks}.new ${disks} ;;
attach-device) tr -d '\\n' <"$3" >>${disks}; echo >>${disks} ;;
esac
`,
  );
  chmodSync(join(folder, 'virsh'), 0o755);
  const {cluster} = fakeCluster((_, __, {argv, stdin}) => {
    const [program, ...rest] = argv.map(word => word.replaceAll('/run/seatrial-pulled', `${folder}/pulled`));
    const ran = spawnSync(program ?? '', rest, {
      encoding: 'utf8',
      env: {...process.env, PATH: `${folder}:${process.env.PATH}`},
      ...(stdin === undefined ? {} : {input: stdin}),
    });
    return {stdout: ran.stdout, stderr: ran.stderr, exit: ran.status ?? 1};
  });
  const serials = () => [...readFileSync(disks, 'utf8').matchAll(/<serial>([^<]*)</g)].map(([, serial]) => serial);
  return {cluster, serials, kept: () => existsSync(join(folder, 'pulled'))};
}

test('the disk with that serial is pulled, seen to be gone, and put back once', async t => {
  const {cluster, serials, kept} = played(t);
  const fault = faultNamed(cluster, 'member-pulled', ['n1'], {guest: 'vm1', serial: 'array-b'});
  if (!fault.ok) return t.fail(fault.error);
  t.deepEqual((await fault.value.inject(cluster)).exit, {kind: 'exited', code: 0});
  t.deepEqual(serials(), ['array-a']);
  t.regex(JSON.stringify(await fault.value.reached(cluster)), /vm1 has no disk array-b any more/);
  for (const _ of ['once', 'twice']) {
    t.deepEqual(await fault.value.heal(cluster), {ok: true, value: undefined});
    t.deepEqual(serials(), ['array-a', 'array-b']);
  }
  t.false(kept());
});

test('a disk that is not there is not pulled, and healing what was never pulled changes nothing', async t => {
  const {cluster, serials} = played(t);
  const fault = faultNamed(cluster, 'member-pulled', ['n1'], {guest: 'vm1', serial: 'array-c'});
  if (!fault.ok) return t.fail(fault.error);
  const {exit} = await fault.value.inject(cluster);
  t.regex(exit.kind === 'unreachable' ? exit.reason : '', /vm1 has no disk with the serial array-c on n1/);
  t.true((await fault.value.heal(cluster)).ok);
  t.deepEqual(serials(), ['array-a', 'array-b']);
});
