/** From bare hosts to a judged run and back: cluster, guests, a quick trial of migration, and nothing left. */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {parse, stringify} from 'yaml';
import {changes, seatrialAsAdmin} from './provision.ts';
import type {LongTrial, Stage} from './trial.ts';

const lab = 'guests-trial';
const hosts = ['n1', 'n2', 'n3', 'client'];
/** Debian 13 has another fio than the machine that builds the image: the client gets the guests' own. */
const release = 'debian-13';

const guests = [1, 2].map(index => ({
  name: `sea-vm${index}`,
  address: `10.77.3.${150 + index}`,
  memory: '384 MiB',
  vcpus: 1,
  scratchDevice: '/dev/scratch',
}));
const provision = {
  cluster: {osdFile: '4 GiB', osdMemory: '1 GiB'},
  guests: {
    prefix: 'sea-',
    owner: 'trial',
    expires: '2999-12-31',
    quota: {guests: 2, memory: '1 GiB', vcpus: 2, disk: '1 GiB'},
    disks: {ledger: '16 MiB', scratch: '64 MiB'},
    bridge: 'br-service',
    accelerator: 'qemu',
    store: {kind: 'rbd', pool: 'sea', makePool: true},
    migration: {transport: 'tls'},
  },
};

const trial: LongTrial = {
  proves: `Three bare ${release} hosts become a cluster with guests of ours, a quick trial of migration runs on it, a second time changes nothing, and nothing is left.`,
  minutes: 11,
  run,
};
export default trial;

async function run(stage: Stage): Promise<void> {
  stage.afterwards(() => stage.run(['seatrial', 'lab', 'down', lab], {exits: [0, 3]}));
  const inventory = join(stage.folder, 'inventory.yaml');
  await stage.step('bare hosts', async () => {
    await stage.run(['seatrial', 'lab', 'up', lab, '--bare', release]);
    const bare: object = parse(readFileSync(`/var/lib/seatrial/labs/${lab}/admin/inventory.yaml`, 'utf8'));
    writeFileSync(inventory, stringify({...bare, guests, provision}));
  });
  const on = async (host: string, script: string) =>
    (await stage.run(['seatrial', 'lab', 'exec', '--lab', lab, host, '--', 'sh', '-c', script])).stdout;
  const seatrial = (words: readonly string[], exits = [0]) =>
    seatrialAsAdmin(stage, lab, [...words, '--inventory', inventory], exits);
  const meant = ['--yes-i-mean', lab];

  await stage.step('provision --cluster --guests', async () => {
    stage.saw('changes', changes(await seatrial(['provision', '--cluster', '--guests', '--json'])));
    stage.saw("the client's fio", await on('client', 'fio --version'));
  });
  await stage.step('a second time', async () => {
    const again = changes(await seatrial(['provision', '--cluster', '--guests', '--json']));
    stage.saw('changes', again);
    if (again !== 0) throw new Error(`a second time changed ${again} things`);
  });
  await stage.step('a quick trial of migration', () =>
    seatrial(
      [
        'accept',
        '--quick',
        '--only',
        'migration',
        '--allow',
        'disruptive',
        ...meant,
        '--out',
        join(stage.folder, 'run'),
      ],
      [0, 1, 2],
    ),
  );
  await stage.step('unprovision --guests', async () => {
    await seatrial(['unprovision', '--guests', ...meant]);
    const left = await on('n1', 'ceph osd pool ls | grep -x sea; cibadmin --query | grep sea-; true');
    for (const host of hosts) await on(host, 'test ! -e /var/lib/seatrial/guests');
    if (left !== '') throw new Error(`left on n1: ${left}`);
    await on('client', 'test ! -e /usr/local/bin/fio');
  });
  await stage.step('unprovision --cluster', async () => {
    await seatrial(['unprovision', '--cluster', ...meant, '--json']);
  });
}
