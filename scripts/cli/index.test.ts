import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {Command, CommanderError} from 'commander';
import {unmetNeed} from '../../harness/run/plan.ts';
import {scenarios} from '../../suites/index.ts';
import {commands} from './index.ts';
import {readRegister, readSuite} from './kit/claims-register.ts';
import {CommandError} from './kit/command-error.ts';
import {planLines, planOf} from './kit/dry-run.ts';
import {confirmCluster} from './kit/open-cluster.ts';
import {comparable, readProfiles} from './kit/profiles.ts';
import {claimFolder, describedChoice, planned, runId} from './kit/run-suite.ts';

const profiles = readProfiles();
const suite = readSuite('acceptance', {
  scenarios: scenarios.map(scenario => scenario.name),
  profiles: profiles.map(profile => profile.name),
});
test('the resilience suite tries every failover scenario there is but the one that no platform withstands', t => {
  const known = {scenarios: scenarios.map(({name}) => name), profiles: profiles.map(({name}) => name)};
  const tried = readSuite('resilience', known).scenarios.map(({scenario}) => scenario);
  const meant = known.scenarios.filter(name => name.startsWith('failover/') && name !== 'failover/fence-lying');
  t.deepEqual([...tried].sort(), meant.sort());
});

test('a promise that no trial can show names a command that there is', t => {
  const known = Object.keys(commands);
  const said = readRegister().claims.flatMap(({saidBy}) => saidBy?.command ?? []);
  t.true(said.length > 0);
  for (const command of said) t.true(known.includes(command.replace(/^seatrial /, '')), command);
});

test('the migration suite tries every migration scenario there is', t => {
  const known = {scenarios: scenarios.map(({name}) => name), profiles: profiles.map(({name}) => name)};
  const tried = readSuite('migration', known).scenarios.map(({scenario}) => scenario);
  t.deepEqual([...tried].sort(), known.scenarios.filter(name => name.startsWith('migration/')).sort());
});

test('the compute suite tries every scenario of processors and memory there is', t => {
  const known = {scenarios: scenarios.map(({name}) => name), profiles: profiles.map(({name}) => name)};
  const tried = readSuite('compute', known).scenarios.map(({scenario}) => scenario);
  t.deepEqual([...tried].sort(), known.scenarios.filter(name => name.startsWith('compute/')).sort());
});

test('under load everything is measured in an hour, and quickly in ten minutes, by the plan for a lab of three nodes', t => {
  const known = {scenarios: scenarios.map(({name}) => name), profiles: profiles.map(({name}) => name)};
  const suite = readSuite('load', known);
  for (const [quick, minutes] of [
    [false, 60],
    [true, 10],
  ] as const) {
    for (const storage of ['nbd', 'ceph'] as const) {
      const cluster = describedChoice({kind: 'lab', lab: {name: 'x', nodes: 3, storage, guests: 2}, keep: false});
      const {trials} = planned({suite, scenarios, cluster, seed: 1, quick});
      const seconds = trials.reduce((sum, {estimatedSeconds}) => sum + estimatedSeconds, 0);
      t.true(trials.length >= 10 && seconds < minutes * 60, `${storage}, quick ${quick}: ${seconds} s`);
    }
  }
});

test('the monitoring suite tries every alarm there is, and all of them apply to a lab with monitoring', t => {
  const known = {scenarios: scenarios.map(({name}) => name), profiles: profiles.map(({name}) => name)};
  const tried = readSuite('monitoring', known).scenarios.map(({scenario}) => scenario);
  t.deepEqual([...tried].sort(), known.scenarios.filter(name => name.startsWith('alarm/')).sort());
  const lab = {name: 'x', nodes: 3, storage: 'ceph', guests: 2, monitoring: '1s'} as const;
  const cluster = describedChoice({kind: 'lab', lab, keep: false});
  const drills = scenarios.filter(({name}) => tried.includes(name));
  t.deepEqual(
    drills.flatMap(({needs}) => unmetNeed(needs, cluster) ?? []),
    [],
  );
  for (const {preview, parameters} of drills) t.true(preview(cluster, parameters.quick).length > 0);
});

const choice = {kind: 'lab', lab: {name: 'x', nodes: 3, storage: 'ceph', guests: 2}, keep: false} as const;

const setUps = await Promise.all(
  Object.entries(commands).map(async ([name, {about, load}]) => ({name, about, setUp: await load()})),
);

function program(): Command {
  const top = new Command('seatrial').exitOverride().configureOutput({writeErr: () => {}, writeOut: () => {}});
  for (const {name, about, setUp} of setUps) setUp(top.command(name).description(about).exitOverride());
  return top;
}

test('every command has examples in its help, and its exit codes where it is no group of others', t => {
  const all = program().commands;
  t.deepEqual(
    all.map(command => command.name()),
    Object.keys(commands),
  );
  for (const command of all.flatMap(each => [each, ...each.commands])) {
    let help = '';
    command.configureOutput({writeOut: text => (help += text)}).outputHelp();
    t.regex(help, /Examples:\n {2}seatrial /, command.name());
    if (command.commands.length === 0) t.regex(help, /\nExit code: \S/, command.name());
  }
});

for (const [words, expected] of [
  ['accept', /which cluster is meant/],
  ['soak', /which cluster is meant/],
  ['tune try tuned', /which cluster is meant/],
  ['tune try quick --lab', /there is no profile quick/],
  ['tune rank tuned --lab --settings disk.cash --dry-run', /no such setting or bundle; .*disk\.cache/],
  ['tune rank tuned --lab --settings disk.cache --dry-run', /only disk\.cache of tuned differs/],
  ['tune rank tuned --lab --metric storage.iop --dry-run', /no such metric/],
  ['tune rank tuned --lab --for 90s --dry-run', /an interval needs 2 rounds/],
  ['simulate /nowhere.xml', /nowhere\.xml/],
  ['accept --lab --inventory x.yaml', /exclude each other/],
  ['accept --inventory /nowhere.yaml', /there is no file \/nowhere\.yaml/],
  ['accept --lab --yes-i-mean x', /--yes-i-mean is for real clusters/],
  ['accept --lab --allow load', /--allow is for real clusters/],
  ['accept --lab --profile x', /there is no profile x/],
  ['accept --inventory x.yaml --nodes 3', /--nodes describes a lab/],
  ['accept --inventory x.yaml --monitoring', /--monitoring describes a lab/],
  ['lab up x --bare debian-12 --monitoring', /--monitoring describes a cluster/],
  ['accept --lab --only storge --dry-run', /no such scenario or family/],
  ['claims --targets /nowhere.yaml', /there is no file/],
  ['report /nowhere', /is no stored run/],
  ['heal --lab x --inventory y', /exclude each other/],
  ['unlock', /which cluster is meant/],
  ['unlock --lab x --inventory y', /exclude each other/],
  ['verify /nowhere', /is no stored run/],
  ['sign /nowhere', /which key/],
  ['capacity', /which cluster is meant/],
  ['capacity /nowhere', /holds no round/],
  ['capacity /nowhere --lab', /nothing is measured/],
  ['capacity --lab --profile none', /there is no profile none/],
  ['provision', /what is to be provisioned/],
  ['provision --cluster', /which hosts are meant/],
  ['provision --print ha_cluster', /which hosts are meant/],
  ['unprovision', /what is to be taken back/],
  ['unprovision --cluster --inventory /nowhere.yaml', /there is no file/],
  ['nightly', /which cluster is meant/],
  ['lab status nobody-made-this', /is not up/],
  ['lab exec --lab nobody-made-this admin -- true', /is not up/],
  ['lab up x --hosts 2', /--hosts is for bare hosts/],
  ['lab up x --bare debian-12 --guests 2', /--guests describes a cluster/],
  ['lab up Bad --bare debian-12', /is no name for a lab/],
  ['lab exec --lab nobody-made-this n1 -- true', /is not up/],
] as const) {
  test(`refused with 3: ${words}`, async t => {
    const error = await t.throwsAsync(program().parseAsync(words.split(' '), {from: 'user'}), {
      instanceOf: CommandError,
    });
    t.is(error?.exitCode, 3);
    t.regex(error?.message ?? '', expected);
    t.not(error?.todo, '');
  });
}

for (const words of [
  'accept --lab --nodes 6',
  'accept --lab --reps 0',
  'report x --format docx',
  'lab up --guests many',
  'lab exec',
]) {
  test(`wrong usage: ${words}`, async t => {
    await t.throwsAsync(program().parseAsync(words.split(' '), {from: 'user'}), {instanceOf: CommanderError});
  });
}

test('the shipped suite, profiles and register fit together', t => {
  t.is(comparable(profiles, suite.profiles).length, 2);
  const claims = readRegister().claims;
  const ids = claims.map(claim => claim.id);
  for (const scenario of scenarios) {
    for (const id of scenario.claims) t.true(ids.includes(id), `${scenario.name} speaks to ${id}, which is no claim`);
  }
  for (const target of claims.flatMap(claim => claim.targets)) {
    const scenario = scenarios.find(one => one.name === target.where.scenario);
    t.true(scenario?.provides.includes(target.metric), `${target.id}: no scenario gives ${target.metric}`);
    t.true(
      scenario?.claims.includes(target.claim),
      `${target.id}: ${scenario?.name} does not speak to ${target.claim}`,
    );
    for (const profile of [target.where.profile, ...(target.against ?? [])]) {
      t.true(profile === undefined || suite.profiles.includes(profile), `${target.id}: no profile ${profile}`);
    }
  }
});

test('a dry run names every trial and every command, and starts nothing', t => {
  const cluster = describedChoice(choice);
  const plan = planned({suite, scenarios, cluster, seed: 1, quick: true, reps: 1});
  // No inventory says how a lab orders a further guest.
  t.deepEqual(
    plan.notApplicable.map(({scenario}) => scenario),
    ['deploy/guest'],
  );
  t.is(plan.trials.length, 2 * (suite.scenarios.length - 1));
  const lines = planLines(planOf(plan, cluster, scenarios, profiles));
  for (const {scenario} of plan.trials)
    t.regex(lines, new RegExp(`commands of each trial of ${scenario}\n  (the node of )?\\S+\\$ `));
  t.regex(lines, /ipmitool/);
  t.regex(lines, /profile tuned/);
});

test('a plan without trials is refused with the reasons', t => {
  const cluster = {...describedChoice(choice), guests: [], nodes: []};
  t.throws(() => planned({suite, scenarios, cluster, seed: 1, quick: true}), {message: /nothing can be tried/});
});

test('a real cluster is only touched by its name', async t => {
  await t.notThrowsAsync(confirmCluster('prod-a', 'prod-a', 'Guests'));
  await t.throwsAsync(confirmCluster('prod-a', 'prod-b', 'Guests'), {message: /nothing was started/});
  await t.throwsAsync(confirmCluster('prod-a', '', 'Guests'), {message: /nothing was started/});
});

test('a run never overwrites another', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-run-'));
  await t.notThrowsAsync(claimFolder(join(folder, 'new/run')));
  await t.notThrowsAsync(claimFolder(join(folder, 'new/run')));
  writeFileSync(join(folder, 'new/run/run.json'), '');
  await t.throwsAsync(claimFolder(join(folder, 'new/run')), {message: /not empty/});
  await t.throwsAsync(claimFolder(join(folder, 'new/run/run.json')), {message: /cannot be made/});
  rmSync(folder, {recursive: true});
  t.is(runId('prod-a', new Date('2025-11-24T15:06:12.345Z')), '2025-11-24T15-06-12-prod-a');
});

test('a run that is refused takes its folder away, and nothing that was there or holds something', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-run-'));
  await (await claimFolder(join(folder, 'new/deep/run')))();
  t.deepEqual(readdirSync(folder), []);
  mkdirSync(join(folder, 'there'));
  await (await claimFolder(join(folder, 'there')))();
  t.deepEqual(readdirSync(folder), ['there']);
  const giveUp = await claimFolder(join(folder, 'there/run'));
  writeFileSync(join(folder, 'there/run/run.json'), '{}');
  await giveUp();
  t.deepEqual(readdirSync(join(folder, 'there/run')), ['run.json']);
  rmSync(folder, {recursive: true});
});

test('a Node that is too old is told so in one sentence', t => {
  const start = readFileSync(join(import.meta.dirname, '../start.js'), 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-start-'));
  // The same file in front of a Node that says it is 20: nothing else may be loaded before the sentence.
  writeFileSync(
    join(folder, 'start.mjs'),
    `Object.defineProperty(process.versions, 'node', {value: '20.20.2'});\n${start.replace(/^#!.*/, '')}`,
  );
  const {status, stderr} = spawnSync(process.execPath, [join(folder, 'start.mjs')], {encoding: 'utf8'});
  rmSync(folder, {recursive: true});
  t.is(status, 3);
  t.regex(stderr, /^seatrial needs Node 24 or later, and this is/);
  t.notRegex(stderr, /at .*\.js:/);
});
