/** Bare hosts of one release become a cluster, are tried, and are as they were: for the trials of the releases. */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {z} from 'zod';
import type {Release} from '../../harness/lab/bare/releases.ts';
import {waitFor} from '../../harness/wait.ts';
import type {LongTrial, Stage} from './trial.ts';

/** As the lab names them. */
const hosts = ['n1', 'n2', 'n3', 'client'];
const small = 'provision:\n  cluster: {osdFile: 4 GiB, osdMemory: 1 GiB}\n';

/** `login`: as root by key, or as a user whose sudo asks for a password. */
export function provisionTrial(release: Release, login: 'root' | 'sudo'): LongTrial {
  return {
    proves: `Three bare ${release} hosts become a cluster that fences and stores, a second time changes nothing, and afterwards they are as they were.`,
    minutes: 10,
    run: stage => run(stage, release, login === 'root' ? 'inventory.yaml' : 'inventory-sudo.yaml'),
  };
}

async function run(stage: Stage, release: Release, described: string): Promise<void> {
  const lab = `provision-${release.slice(-2)}`;
  stage.afterwards(() => stage.run(['seatrial', 'lab', 'down', lab], {exits: [0, 3]}));
  const inventory = join(stage.folder, 'inventory.yaml');
  await stage.step('bare hosts', async () => {
    await stage.run(['seatrial', 'lab', 'up', lab, '--bare', release]);
    writeFileSync(inventory, readFileSync(`/var/lib/seatrial/labs/${lab}/admin/${described}`, 'utf8') + small);
  });
  const on = async (host: string, script: string) =>
    (await stage.run(['seatrial', 'lab', 'exec', '--lab', lab, host, '--', 'sh', '-c', script])).stdout;
  const sets = (way: string, flags: readonly string[], exits = [0]) =>
    seatrialAsAdmin(stage, lab, [way, '--cluster', '--inventory', inventory, ...flags], exits);

  const meant = ['--yes-i-mean', lab];

  await stage.step('what would be changed', async () => {
    await sets('provision', ['--check']);
    for (const host of hosts) await on(host, 'test ! -e /var/lib/seatrial/provision');
  });
  await stage.step('provision', async () => {
    stage.saw('changes', changes(await sets('provision', ['--json'])));
  });
  await stage.step('provision again', async () => {
    const again = changes(await sets('provision', ['--json']));
    stage.saw('changes', again);
    if (again !== 0) throw new Error(`a second time changed ${again} things`);
  });
  await stage.step('Ceph stores', () =>
    on(
      'n1',
      'ceph osd pool create trial 8 8 && rbd pool init trial && rbd create trial/x --size 64M && rbd bench --io-type write --io-total 4M trial/x',
    ),
  );
  await stage.step('a node is fenced by its BMC, and comes back', () => fenced(stage, on));
  await stage.step('libvirt lets its peers in by TLS', () => on('n1', 'virsh --connect qemu+tls://n2/system version'));
  await stage.step('something is left behind, and unprovision says so', async () => {
    await on('n2', 'touch /etc/left-behind');
    const [result] = await sets('unprovision', [...meant, '--json'], [4]);
    const told = result?.differences.map(({host, kind, thing}) => `${host} ${kind} ${thing}`).join(', ');
    stage.saw('told', told ?? 'nothing');
    if (told !== 'n2 file /etc/left-behind') throw new Error(`the audit told ${told} of /etc/left-behind on n2 alone`);
  });
  await stage.step('without it every host is as it was', async () => {
    await on('n2', 'rm /etc/left-behind');
    await sets('unprovision', [...meant, '--json']);
    for (const host of hosts) await on(host, 'test ! -e /var/lib/seatrial');
  });
}

const summaries = z.array(
  z.object({
    seconds: z.number(),
    hosts: z.record(z.string(), z.object({changed: z.number()})),
    differences: z.array(z.object({host: z.string(), kind: z.string(), thing: z.string()})),
    left: z.array(z.string()),
  }),
);

export function changes(results: z.infer<typeof summaries>): number {
  return results.flatMap(({hosts: each}) => Object.values(each)).reduce((sum, {changed}) => sum + changed, 0);
}

/** The command as an administrator runs it; what it prints with --json. */
export async function seatrialAsAdmin(
  stage: Stage,
  lab: string,
  words: readonly string[],
  exits: readonly number[],
  timeoutMs = 900_000,
): Promise<z.infer<typeof summaries>> {
  const argv = ['seatrial', 'lab', 'exec', '--lab', lab, 'admin', '--', 'seatrial', ...words] as const;
  const {stdout} = await stage.run([...argv], {exits, timeoutMs});
  return words.includes('--json') ? summaries.parse(JSON.parse(stdout)) : [];
}

async function fenced(stage: Stage, on: (host: string, script: string) => Promise<string>): Promise<void> {
  const started = performance.now();
  const after = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  await on('n1', 'stonith_admin --reboot n3 --timeout 60');
  stage.saw('fenced after', after());
  const whole =
    'crm_mon -1 | grep -q "Online: \\[ n1 n2 n3 \\]" && ceph osd stat | grep -q "3 up" && echo whole || true';
  const back = await waitFor(
    'the fenced node to be back with its OSD',
    180_000,
    async () => ((await on('n1', whole)).trim() === 'whole' ? true : undefined),
    {intervalMs: 2000, signal: stage.signal},
  );
  if (!back.ok) throw new Error(back.error);
  stage.saw('whole again after', after());
}
