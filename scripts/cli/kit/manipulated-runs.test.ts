/**
 * What somebody may do to a stored run so that it shows a promise kept. None of it may: in no command, with or without
 * mended sums.
 */
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {cpSync, linkSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {easyRegister, exampleRun, mendSums, rewrite, strikeFromPlan} from '../../../fixtures/kit/example-run.ts';
import {manifestName} from '../../../harness/run/manifest.ts';
import {readRun} from '../../../harness/run/store.ts';
import type {StoredRun} from '../../../harness/types.ts';
import type {Report} from '../../../reports/run/report.ts';
import {scenarios} from '../../../suites/index.ts';
import {recoveredIn} from '../availability/availability.ts';
import {loadTopology} from '../availability/topology.ts';
import {registerOf} from './claims-register.ts';
import {CommandError} from './command-error.ts';
import {importRun} from './history/import.ts';
import {withHistory} from './history/index.ts';
import {readRunToImport, toImport} from './history/night.ts';
import {judgeRun} from './judge-run.ts';
import {writeManifest} from './manifest.ts';

const top = join(import.meta.dirname, '../../..');
const quick = join(top, 'fixtures/runs/quick');
const trials = 7;

function place(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-manipulated-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  return folder;
}

async function read(folder: string): Promise<StoredRun> {
  const run = await readRun(folder);
  if (!run.ok) throw new Error(JSON.stringify(run.error));
  return run.value;
}

function judge(run: StoredRun, register?: string): Report {
  return judgeRun(run, registerOf(register ?? run.claims, 'claims.yaml').claims, scenarios);
}

async function judged(folder: string, register?: string): Promise<Report> {
  return judge(await read(folder), register);
}

const made = mkdtempSync(join(tmpdir(), 'seatrial-example-'));
test.before(() => exampleRun(made, {trials}));
test.after.always(() => rmSync(made, {recursive: true}));

function seatrial(...words: string[]) {
  return spawnSync(process.execPath, ['scripts/seatrial.ts', ...words], {cwd: top, encoding: 'utf8', timeout: 120_000});
}

const last = 'trials/0007-storage.fio-tuned-r7';
const shorten = (folder: string, keep: (line: string) => boolean) =>
  rewrite(folder, 'events.jsonl', text =>
    text
      .split('\n')
      .filter(line => line === '' || keep(line))
      .join('\n'),
  );

/** On a run whose sums are kept twice; each with its sums in end.json as they were, and mended to fit. */
const manipulations: Readonly<Record<string, (folder: string) => void>> = {
  'the last trial struck from the plan, its folder left': folder => void strikeFromPlan(folder, trials),
  'the last trial struck from the plan with its folder': folder =>
    rmSync(join(folder, strikeFromPlan(folder, trials)), {recursive: true}),
  'a trial in the middle struck from the plan with its folder': folder =>
    rmSync(join(folder, strikeFromPlan(folder, 3)), {recursive: true}),
  'the folder of a trial taken away': folder => rmSync(join(folder, last), {recursive: true}),
  'the record of a trial taken away': folder => rmSync(join(folder, last, 'trial.json')),
  'a bound loosened in claims.yaml': folder => rewrite(folder, 'claims.yaml', text => text.replace('>= 1', '>= 0.5')),
  'run.json says that it was no emulation': folder =>
    rewrite(folder, 'run.json', text => text.replace('an example', 'real hardware')),
  'run.json says another suite': folder => rewrite(folder, 'run.json', text => text.replace('"nightly"', '"other"')),
  'the record of a trial rewritten': folder =>
    rewrite(folder, `${last}/trial.json`, text => text.replace('"durationSeconds": 50', '"durationSeconds": 49')),
  'events.jsonl taken away': folder => rmSync(join(folder, 'events.jsonl')),
  'events.jsonl emptied': folder => writeFileSync(join(folder, 'events.jsonl'), ''),
  'events.jsonl without its last line': folder => shorten(folder, line => !line.includes('"ended"')),
  'events.jsonl without the end of a trial': folder => shorten(folder, line => !line.includes('"slot":7')),
  'events.jsonl without any of its sums': folder =>
    shorten(folder, line => !/"kind":"(opened|trial-ended|ended)"/.test(line)),
  'events.jsonl with a line of a trial that is not planned': folder =>
    rewrite(folder, 'events.jsonl', text => text.replace('\n', '\n{"at":"x","kind":"said","slot":8,"text":"x"}\n')),
  'a trial put in beside the planned ones': folder =>
    cpSync(join(folder, last), join(folder, 'trials/0008-storage.fio-tuned-r8'), {recursive: true}),
  'an artefact made a link': folder => {
    const path = join(folder, last, 'artefacts/fio-randread.json');
    cpSync(path, `${folder}.elsewhere`);
    rmSync(path);
    symlinkSync(`${folder}.elsewhere`, path);
  },
};
/** Of end.json itself, which nothing but events.jsonl contradicts. */
const onlyEnd: Readonly<Record<string, (folder: string) => void>> = {
  'end.json says another end': folder =>
    rewrite(folder, 'end.json', text => text.replace('"reason": ""', '"reason": "x"')),
  'end.json says another time': folder => rewrite(folder, 'end.json', text => text.replace(/"at": "20../, '"at": "21')),
  'end.json without the sum of a trial': folder => rewrite(folder, 'end.json', text => text.replace(/.*0007.*\n/, '')),
  'end.json without the sum of events.jsonl': folder =>
    rewrite(folder, 'end.json', text => text.replace(/,\n.*events\.jsonl.*\n/, '\n')),
  'end.json with a file of no trial': folder =>
    rewrite(folder, 'end.json', text => text.replace('"run.json":', '"other.json": "x",\n  "run.json":')),
};

test('as it was stored the example keeps its promise, has no damage and says that it is unsigned', async t => {
  const folder = join(place(t), 'run');
  cpSync(made, folder, {recursive: true});
  const report = await judged(folder);
  t.deepEqual(report.damage, []);
  t.is(report.overall, 'met');
  t.is(report.exitCode, 0);
  t.true(report.warnings.some(({text}) => text.startsWith('unsigned')));
  t.false(report.warnings.some(({text}) => text.startsWith('made before')));
});

for (const [what, manipulate] of [...Object.entries(manipulations), ...Object.entries(onlyEnd)]) {
  for (const sums of what in onlyEnd ? [false] : [false, true]) {
    test(`${what}${sums ? ', and the sums mended' : ''}`, async t => {
      const folder = join(place(t), 'run');
      cpSync(made, folder, {recursive: true});
      manipulate(folder);
      if (sums && !what.includes('put in') && !what.includes('made a link')) mendSums(folder);
      const run = await read(folder);
      const report = judge(run);
      t.true(report.damage.length > 0, 'damage is told');
      t.not(report.overall, 'met');
      t.not(report.exitCode, 0);
      t.false(report.verdicts.some(({kind}) => kind === 'met'));
      t.true(report.warnings.some(({text}) => text.startsWith('damaged')));
      const {night, whole, samples} = toImport(run, report, folder);
      t.false(whole);
      t.false(night.counts);
      t.is(samples.length, 0);
      t.regex(night.reason, /^it is damaged: /);
    });
  }
}

/** On a run of before: its sums are in end.json only. */
const onOldRuns: Readonly<Record<string, (folder: string) => void>> = {
  'the last trial struck from the plan with its folder': folder => {
    rmSync(join(folder, strikeFromPlan(folder, 12)), {recursive: true});
    mendSums(folder);
  },
  'the last trial struck from the plan, its folder left': folder => {
    strikeFromPlan(folder, 12);
    mendSums(folder);
  },
  'a trial in the middle struck from the plan with its folder': folder => {
    rmSync(join(folder, strikeFromPlan(folder, 6)), {recursive: true});
    mendSums(folder);
  },
  'claims.yaml loosened': folder => rewrite(folder, 'claims.yaml', text => `${text}\n`),
  'run.json says that it was no quick run': folder =>
    rewrite(folder, 'run.json', text => text.replace('"quick": true', '"quick": false')),
  'events.jsonl taken away with its sum': folder => {
    rmSync(join(folder, 'events.jsonl'));
    mendSums(folder);
  },
  'events.jsonl cut before its last trial': folder => {
    shorten(folder, line => !line.includes('"slot":12'));
    mendSums(folder);
  },
};
const topologyFile = join(top, 'docs/topology.yaml');
const topology = loadTopology(readFileSync(topologyFile, 'utf8'), topologyFile);

for (const [what, manipulate] of Object.entries(onOldRuns)) {
  test(`a run of before: ${what}`, async t => {
    const folder = join(place(t), 'run');
    cpSync(quick, folder, {recursive: true});
    manipulate(folder);
    const run = await read(folder);
    const report = judge(run);
    t.true(report.damage.length > 0);
    t.false(toImport(run, report, folder).night.counts);
    if (!topology.ok) return t.fail();
    const taken = await recoveredIn([folder], topology.value, scenarios, []).catch((error: unknown) => {
      if (error instanceof CommandError) return error;
      throw error;
    });
    // The struck trial was the only one of its kind: then there is nothing to take at all.
    if (taken instanceof CommandError) t.regex(taken.message, /was not measured/);
    else t.true(taken.blockers.some(text => /is damaged: /.test(text)));
  });
}

test('a run of before is read and judged as ever, and what it cannot show is said', async t => {
  const run = await read(quick);
  t.deepEqual(run.damage, []);
  t.is(run.unproven.length, 1);
  t.true((await judged(quick)).warnings.some(({text}) => text.startsWith('made before the sums')));
});

test('who mends all sums alike is found by the manifest of a closed run, else by a signature only: unsigned is said', async t => {
  const folder = join(place(t), 'run');
  await exampleRun(folder, {trials});
  await writeManifest(folder);
  const before = readFileSync(join(folder, 'claims.yaml'), 'utf8');
  const after = before.replace('>= 1', '>= 0.5');
  const sum = (text: string) => createHash('sha256').update(text).digest('hex');
  writeFileSync(join(folder, 'claims.yaml'), after);
  rewrite(folder, 'events.jsonl', text => text.replace(sum(before), sum(after)));
  mendSums(folder);
  const closed = await judged(folder);
  t.deepEqual([...new Set(closed.damage.map(({artefact}) => artefact))], ['claims.yaml', 'end.json', 'events.jsonl']);
  t.is(closed.overall, 'undecided');
  rmSync(join(folder, manifestName));
  const open = await judged(folder);
  t.deepEqual(open.damage, []);
  t.true(open.warnings.some(({text}) => text.startsWith('unsigned')));
});

test('one trial sixty times in a run is one trial', async t => {
  const folder = join(place(t), 'run');
  const sure = easyRegister('>= 1 op/s').replace('statistic: median', 'statistic: worst\n        reliability: 0.95');
  await exampleRun(folder, {trials: 60, copies: true});
  const report = await judged(folder, sure);
  t.is(report.damage.length, 59);
  t.is(new Set(report.samples.map(({labels}) => labels.trial)).size, 1);
  t.is(report.overall, 'undecided');
  const own = join(place(t), 'own');
  await exampleRun(own, {trials: 60});
  t.is((await judged(own, sure)).overall, 'met', 'sixty trials of their own do show it');
});

test('history: a run under another id, one that ran beside it, and the true next night', async t => {
  const folder = place(t);
  const run = async (id: string, hoursAgo: number, more: {header?: {cluster: string}; trials?: number} = {}) => {
    await exampleRun(join(folder, id), {trials, id, hoursAgo, ...more});
    return readRunToImport(join(folder, id));
  };
  const first = await run('first', 9);
  const ended = {...first, piece: {...first.piece, endMs: first.piece.startMs + 1_800_000}};
  const copy = await run('copy', 5);
  const beside = {...(await run('beside', 8.9)), piece: {...ended.piece, name: 'run beside', contents: ['own']}};
  const own = {...copy, piece: {...copy.piece, contents: ['its own']}};
  await withHistory(join(folder, 'history.sqlite'), file => {
    t.is(importRun(file, ended), 'imported');
    t.is(importRun(file, ended), 'already-there');
    t.throws(() => importRun(file, copy), {message: /run copy holds what run first measured, to the byte/});
    t.throws(() => importRun(file, beside), {message: /started at the same moment as run first/});
    const across = {...beside.piece, startMs: beside.piece.startMs + 60_000};
    t.throws(() => importRun(file, {...beside, piece: across}), {message: /ran at the same time as run first/});
    t.is(importRun(file, own), 'imported');
  });
});

test.serial('the commands: damage and copies end none of them as kept', async t => {
  const folder = place(t);
  const run = join(folder, 'run');
  cpSync(quick, run, {recursive: true});
  const words = ['availability', '--topology', topologyFile, '--promise', '50%', '--years', '200', '--runs'];
  t.is(seatrial(...words, run).status, 0, 'as it was stored the promise is met');
  shorten(run, line => !line.includes('"slot":12'));
  mendSums(run);
  const damaged = seatrial(...words, run);
  t.is(damaged.status, 2);
  t.regex(damaged.stdout, /is damaged: events\\?\.jsonl/);
  const copied = seatrial(...words, quick, run);
  t.is(copied.status, 3);
  t.regex(copied.stderr, /named twice|holds what/);

  const example = join(folder, 'example');
  await exampleRun(example, {trials});
  t.is(seatrial('report', example).status, 0);
  t.is(seatrial('verify', example).status, 0);
  const imported = ['history', 'import', example, '--history', join(folder, 'history.sqlite')];
  const nightly = ['nightly', '--analyse-only', '--runs', folder, '--out', join(folder, 'nightly')];
  rmSync(join(folder, 'run'), {recursive: true});
  rewrite(example, 'claims.yaml', text => text.replace('>= 1', '>= 0.5'));
  mendSums(example);
  const report = seatrial('report', example, '--format', 'md');
  t.is(report.status, 2);
  t.regex(report.stdout, /damaged: expected sha256/);
  t.regex(seatrial(...imported).stdout, /complete, gives no figures: it is damaged: claims\.yaml/);
  const night = seatrial(...nightly);
  t.is(night.status, 2, night.stdout + night.stderr);
  t.regex(night.stdout, /it is damaged: claims\.yaml/);
  t.regex(seatrial('verify', example).stdout, /WRONG {2}run: claims\.yaml: expected sha256/);
});

test.serial('verify: a forged report with its line in the manifest, a stranger in report/, and links', async t => {
  const folder = join(place(t), 'run');
  await exampleRun(folder, {trials});
  t.is(seatrial('report', folder).status, 0);
  const sound = seatrial('verify', folder);
  t.is(sound.status, 0, sound.stdout);
  t.regex(sound.stdout, /open {3}signature: unsigned/);
  t.regex(sound.stdout, /is as it was stored, and unsigned/);
  for (const name of ['report.html', 'report.md', 'junit.xml', 'report.csv', 'verdicts.csv', 'report.schema.json']) {
    const forged = `${folder}-${name}`;
    cpSync(folder, forged, {recursive: true});
    t.teardown(() => rmSync(forged, {recursive: true}));
    rewrite(forged, `report/${name}`, text => `${text} `);
    seal(forged, `report/${name}`);
    const found = seatrial('verify', forged);
    t.is(found.status, 1, name);
    t.true(
      found.stdout.includes(`WRONG  report: report/${name} is not what this program makes of the run`),
      found.stdout,
    );
  }
  const linked = `${folder}-linked`;
  cpSync(folder, linked, {recursive: true});
  t.teardown(() => rmSync(linked, {recursive: true}));
  symlinkSync('/etc', join(linked, 'folder'));
  symlinkSync('plan.json', join(linked, 'file'));
  linkSync(join(linked, 'claims.yaml'), `${linked}.outside`);
  t.teardown(() => rmSync(`${linked}.outside`));
  const found = seatrial('verify', linked);
  t.is(found.status, 1);
  t.is(found.stderr, '');
  t.regex(found.stdout, /manifest: folder is a link/);
  t.regex(found.stdout, /manifest: file is a link/);
  t.regex(found.stdout, /manifest: claims\.yaml has a second name/);
  t.is(seatrial('sign', linked, '--ssh-key', '/nowhere').status, 1, 'and it is not signed');
});

/** Renews a file's line in the manifest. */
function seal(folder: string, name: string): void {
  const said = spawnSync('sha256sum', [name], {cwd: folder, encoding: 'utf8'}).stdout.trim();
  rewrite(folder, 'MANIFEST.sha256', text =>
    text
      .split('\n')
      .map(line => (line.endsWith(`  ${name}`) ? said : line))
      .join('\n'),
  );
}
