import {chmod, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {probeAnswer} from '../guest/image.ts';
import {probeAcceleration} from './kvm-probe.ts';

const image = {kernel: '/k', initramfs: '/i', hash: 'abc'};

/** A machine with a device file and a program in QEMU's place that counts its starts. */
async function machine(body: string) {
  const folder = await mkdtemp(join(tmpdir(), 'seatrial-kvm-'));
  const program = join(folder, 'qemu');
  const device = join(folder, 'kvm');
  const bootIdFile = join(folder, 'boot_id');
  await writeFile(program, `#!/bin/sh\necho x >>${folder}/starts\n${body}\n`);
  await chmod(program, 0o755);
  await writeFile(device, '');
  await writeFile(bootIdFile, 'first-boot\n');
  process.env.SEATRIAL_CACHE = join(folder, 'cache');
  return {
    options: {program, device, bootIdFile},
    starts: async () => (await readFile(join(folder, 'starts'), 'utf8').catch(() => '')).length / 2,
    reboot: () => writeFile(bootIdFile, 'second-boot\n'),
    remove: () => rm(folder, {recursive: true}),
  };
}

test.serial('a guest that speaks and switches off means kvm, and is asked once a boot', async t => {
  const {options, starts, reboot, remove} = await machine(`echo '${probeAnswer}'`);
  t.is(await probeAcceleration(image, options), 'kvm');
  t.is(await probeAcceleration(image, options), 'kvm');
  t.is(await starts(), 1);
  await reboot();
  t.is(await probeAcceleration(image, options), 'kvm');
  t.is(await starts(), 2);
  await remove();
});

test.serial('a QEMU that fails, or a guest that says nothing, means emulation', async t => {
  for (const body of [`echo '${probeAnswer}'; exit 1`, 'exit 0']) {
    const {options, remove} = await machine(body);
    t.is(await probeAcceleration(image, options), 'tcg', body);
    t.is(await probeAcceleration(image, options), 'tcg', body);
    await remove();
  }
});

test.serial('a guest that hangs means emulation, and its QEMU is ended at the deadline', async t => {
  const {options, remove} = await machine(`echo $$ >"$(dirname "$0")/pid"; exec sleep 60`);
  t.is(await probeAcceleration(image, {...options, deadlineMs: 150}), 'tcg');
  const pid = Number(await readFile(join(options.program, '..', 'pid'), 'utf8'));
  t.throws(() => process.kill(pid, 0), {code: 'ESRCH'});
  await remove();
});

test.serial('without the device nothing is started', async t => {
  const {options, starts, remove} = await machine('exit 0');
  t.is(await probeAcceleration(image, {...options, device: `${options.device}-none`}), 'tcg');
  t.is(await starts(), 0);
  await remove();
});
