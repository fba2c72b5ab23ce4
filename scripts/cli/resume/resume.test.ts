/** What is refused before a cluster is touched: by what is stored, and by what the inventory says. */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {exampleRun} from '../../../fixtures/kit/example-run.ts';
import {readRun} from '../../../harness/run/store.ts';
import type {RunHeader, StoredRun} from '../../../harness/types.ts';
import {CommandError} from '../kit/command-error.ts';
import {writeManifest} from '../kit/manifest.ts';
import {machinesIn} from '../kit/open-cluster.ts';
import {sign} from '../kit/signature.ts';
import {openStored, refuseNoTime, sameChoice} from './resume.ts';

function place(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-resume-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  return folder;
}

/** A stored run as the harness leaves it when it is killed after its last trial. */
async function killed(t: ExecutionContext): Promise<string> {
  const folder = join(place(t), 'run');
  await exampleRun(folder, {trials: 3});
  rmSync(join(folder, 'end.json'));
  return folder;
}

async function headerOf(folder: string, more: Partial<RunHeader> = {}): Promise<RunHeader> {
  const run = await readRun(folder);
  if (!run.ok) throw new Error(run.error.found);
  return {...run.value.header, ...more};
}

test('a run that was killed is opened; one that is complete, none, altered or signed is refused', async t => {
  const folder = await killed(t);
  t.is((await openStored(folder, 'x')).plan.trials.length, 3);

  const complete = join(place(t), 'run');
  await exampleRun(complete, {trials: 3});
  await t.throwsAsync(openStored(complete, 'x'), {message: /^x cannot be resumed: it is complete/});
  await t.throwsAsync(openStored(place(t), 'x'), {message: /it is no stored run \(run\.json: ENOENT\)/});

  await writeManifest(folder);
  t.is((await openStored(folder, 'x')).plan.trials.length, 3, 'closed by a report');
  const keys = place(t);
  t.is(spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(keys, 'key')]).status, 0);
  t.true((await sign(folder, 'ssh', join(keys, 'key'))).ok);
  await t.throwsAsync(openStored(folder, 'x'), {message: /it is signed/});
  rmSync(join(folder, 'MANIFEST.sha256.sig'));
  writeFileSync(join(folder, 'stray'), '');
  await t.throwsAsync(openStored(folder, 'x'), {message: /not as it was stored: stray is in no line/});
});

test('planted: a time in which nothing can be tried ends no run, be it told now or when the run began', async t => {
  const stored = await openStored(await killed(t), 'x');
  const told = (run: StoredRun, closesInSeconds?: number): StoredRun => {
    const closes = new Date(Date.now() + (closesInSeconds ?? 0) * 1000).toISOString();
    const window = {
      asked: 'for 4h',
      offers: [{scenario: 'storage/fio', parameters: {}, estimatedSeconds: 60}],
      ...(closesInSeconds === undefined ? {} : {closes}),
    };
    return {...run, plan: {...run.plan, window}};
  };
  const minute = {words: 'for 1m', seconds: 60};
  const hours = {words: 'for 2h', seconds: 7200};
  const refused = {
    instanceOf: CommandError,
    message: /^for 1m nothing can be tried: the shortest trial, storage\/fio, may take 175s/,
  };
  t.throws(() => refuseNoTime(told(stored, 7200), minute), refused);
  t.throws(() => refuseNoTime(told(stored), minute), refused);
  for (const seconds of [-3600, 60]) {
    const past = told(stored, seconds);
    const error = t.throws(() => refuseNoTime(past, undefined), {instanceOf: CommandError});
    t.regex(error?.message ?? '', /^the run was told to end at .*Z: until then nothing can be tried any more$/);
    t.regex(error instanceof CommandError ? error.todo : '', /--for 2h: it goes on to that/);
    t.notThrows(() => refuseNoTime(past, hours));
    t.notThrows(() => refuseNoTime(past, {words: 'until decided'}));
  }
  t.notThrows(() => refuseNoTime(told(stored, 7200), undefined));
  t.notThrows(() => refuseNoTime(told(stored), undefined), 'until all is decided');
  t.notThrows(() => refuseNoTime(stored, undefined), 'repetitions need no time');

  // One that was interrupted in a trial tries that first.
  const open = {...stored, trials: stored.trials.slice(0, 2)};
  const seconds = (stored.plan.trials[2]?.estimatedSeconds ?? Number.NaN) + 45;
  const shorter = {words: 'for less', seconds: seconds - 1};
  t.throws(() => refuseNoTime(told(open), shorter), {message: /the next trial, storage\/fio, /});
  t.notThrows(() => refuseNoTime(told(open), {words: 'for it', seconds}));
});

test('a lab is named by the run, and is no other one', async t => {
  const shape = {nodes: ['n1', 'n2', 'n3'], guests: ['vm1', 'vm2'], storage: 'nbd'} as const;
  const header = await headerOf(await killed(t), {...shape, cluster: 'mylab'});
  const choice = await sameChoice(header, {lab: true});
  t.deepEqual(choice, {kind: 'lab', keep: false, lab: {name: 'mylab', nodes: 3, guests: 2, storage: 'nbd'}});
  await t.throwsAsync(sameChoice(header, {}), {message: 'which cluster? The run was on mylab'});
  await t.throwsAsync(sameChoice(header, {lab: 'other'}), {
    message: 'this is not the cluster of the run: its name was mylab, and here it is other',
  });
  await t.throwsAsync(sameChoice({...header, nodes: ['a']}, {lab: true}), {message: /was on no lab/});
});

test('an inventory must name the same nodes, guests and machines', async t => {
  const folder = place(t);
  for (const name of ['key', 'known_hosts', 'bmc']) writeFileSync(join(folder, name), 'x', {mode: 0o600});
  const node = (name: string, address: string) => ({
    name,
    addresses: {management: address, cluster: address},
    bmc: {address: `${address}0`, username: 'u', passwordFile: join(folder, 'bmc')},
  });
  const file = join(folder, 'cluster.yaml');
  const inventory = (third: string) =>
    writeFileSync(
      file,
      JSON.stringify({
        cluster: 'prod-a',
        ssh: {key: join(folder, 'key'), knownHosts: join(folder, 'known_hosts')},
        storage: 'none',
        hardware: {emulated: false, shared: false, note: 'x'},
        nodes: [node('n1', '10.0.0.1'), node('n2', '10.0.0.2'), node('n3', third)],
        client: {name: 'client', addresses: {management: '10.0.0.9', service: '10.0.0.9'}},
        guests: [{name: 'vm1', address: '10.0.0.11', memory: '512 MiB', vcpus: 1, scratchDevice: '/dev/vdb'}],
      }),
    );
  inventory('10.0.0.3');
  const header = await headerOf(await killed(t), {
    cluster: 'prod-a',
    nodes: ['n1', 'n2', 'n3'],
    guests: ['vm1'],
    storage: 'none',
    machines: await machinesIn(
      ['1', '2', '3'].map(one => ({
        name: `n${one}`,
        role: 'node',
        addresses: {management: `10.0.0.${one}`},
        interfaces: {},
        scratch: [],
        bmc: {address: `10.0.0.${one}0`, port: 623, username: 'u', password: ''},
      })),
    ),
  });
  t.is((await sameChoice(header, {inventory: file})).kind, 'inventory');
  inventory('10.0.0.4');
  await t.throwsAsync(sameChoice(header, {inventory: file}), {
    message:
      /^these are not the machines of the run: n3 had 10\.0\.0\.3, BMC 10\.0\.0\.30:623 and has 10\.0\.0\.4, BMC 10\.0\.0\.40:623$/,
  });
  const other = {...header, nodes: ['n1', 'n2'], storage: 'ceph'} as const;
  await t.throwsAsync(sameChoice(other, {inventory: file}), {
    message:
      'this is not the cluster of the run: its storage was ceph, and here it is none; its nodes were n1, n2, and here they are n1, n2, n3',
  });
});
