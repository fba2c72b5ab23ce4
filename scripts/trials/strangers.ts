/**
 * The whole way of somebody who did not write seatrial, over SSH as a user whose sudo asks for a password: bare hosts
 * are examined, become a cluster with guests, are tried, reported on, and are as they were.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {parse, stringify} from 'yaml';
import type {Release} from '../../harness/lab/bare/releases.ts';
import {readRun} from '../../harness/run/store.ts';
import {guestOrder, orderedGuests} from './ordered-guests.ts';
import {changes, seatrialAsAdmin} from './provision.ts';
import type {LongTrial, Stage} from './trial.ts';

const hosts = ['n1', 'n2', 'n3', 'client'];
const provision = {
  cluster: {osdFile: '4 GiB', osdMemory: '1 GiB'},
  guests: {
    ...guestOrder,
    owner: 'trial',
    store: {kind: 'rbd', pool: 'sea', makePool: true},
    migration: {transport: 'tls'},
  },
};

export function strangersTrial(release: Release): LongTrial {
  return {
    proves: `Three bare ${release} hosts, over SSH with passworded sudo: doctor, provision, accept with every suite, report, unprovision, and nothing is left.`,
    minutes: 25,
    run: stage => run(stage, release),
  };
}

async function run(stage: Stage, release: Release): Promise<void> {
  const lab = `strangers-${release.slice(-2)}`;
  stage.afterwards(() => stage.run(['seatrial', 'lab', 'down', lab], {exits: [0, 3]}));
  const inventory = join(stage.folder, 'inventory.yaml');
  const folder = join(stage.folder, 'run');
  await stage.step('bare hosts', async () => {
    await stage.run(['seatrial', 'lab', 'up', lab, '--bare', release]);
    const bare: object = parse(readFileSync(`/var/lib/seatrial/labs/${lab}/admin/inventory-sudo.yaml`, 'utf8'));
    writeFileSync(inventory, stringify({...bare, guests: orderedGuests, provision}));
  });
  const on = async (host: string, script: string) =>
    (await stage.run(['seatrial', 'lab', 'exec', '--lab', lab, host, '--', 'sh', '-c', script])).stdout;
  const seatrial = (words: readonly string[], exits = [0], timeoutMs = 1_200_000) =>
    seatrialAsAdmin(stage, lab, [...words, '--inventory', inventory], exits, timeoutMs);
  const meant = ['--yes-i-mean', lab];
  const whole = ['provision', '--cluster', '--guests', '--json'];

  await stage.step('doctor: there is no cluster yet', () => seatrial(['doctor'], [3]));
  await stage.step('provision --cluster --guests', async () => {
    stage.saw('changes', changes(await seatrial(whole)));
    stage.saw("the client's fio", (await on('client', 'fio --version')).trim());
  });
  await stage.step('a second time', async () => {
    const again = changes(await seatrial(whole));
    stage.saw('changes', again);
    if (again !== 0) throw new Error(`a second time changed ${again} things`);
  });
  await stage.step('doctor: no danger', () => seatrial(['doctor'], [0, 1]));
  await stage.step('accept, every scenario once', async () => {
    const words = ['accept', '--quick', '--reps', '1', '--profile', 'as-found', '--allow', 'destructive', ...meant];
    await seatrial([...words, '--out', folder], [0, 1, 2]);
    stage.saw('trials', await endOf(folder));
  });
  await stage.step('report and verify', async () => {
    await stage.run(['seatrial', 'report', folder, '--format', 'md', '--out', join(stage.folder, 'report.md')], {
      exits: [0, 1, 2],
    });
    await stage.run(['seatrial', 'verify', folder], {exits: [0, 1, 2]});
  });
  await stage.step('unprovision --guests', async () => {
    await seatrial(['unprovision', '--guests', ...meant]);
    const left = await on('n1', 'ceph osd pool ls | grep -x sea; cibadmin --query | grep sea-; true');
    for (const host of hosts) await on(host, 'test ! -e /var/lib/seatrial/guests');
    if (left !== '') throw new Error(`left on n1: ${left}`);
    await on('client', 'test ! -e /usr/local/bin/fio');
  });
  await stage.step('unprovision --cluster: the audit finds every host as it was', () =>
    seatrial(['unprovision', '--cluster', ...meant, '--json']),
  );
}

/** How the run ended, and how its trials did. */
async function endOf(folder: string): Promise<string> {
  const run = await readRun(folder);
  if (!run.ok) throw new Error(run.error.found);
  const {ended, trials} = run.value;
  const failed = trials.filter(({record}) => record.status !== 'done');
  if (ended?.status !== 'complete')
    throw new Error(`the run ended ${ended?.status ?? 'without an end'}: ${ended?.reason}`);
  return [
    `${trials.length - failed.length} of ${trials.length} trials done`,
    ...failed.map(({record}) => `${record.planned.scenario} ${record.status}: ${record.reason}`),
  ].join('; ');
}
