import {spawnSync} from 'node:child_process';
import {appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {nights, place, register} from '../../../fixtures/kit/nights.ts';
import {manifestName} from '../../../harness/run/manifest.ts';
import {checkManifest, writeManifest} from '../kit/manifest.ts';
import {writePool} from '../kit/pool/folder.ts';
import {givenRuns} from '../kit/pool/known.ts';
import {sign, signer} from '../kit/signature.ts';

const top = join(import.meta.dirname, '../../..');

function folderOf(t: {teardown(fn: () => void): void}): string {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-archive-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  return folder;
}

function seatrial(...words: string[]) {
  return spawnSync(process.execPath, ['scripts/seatrial.ts', ...words], {cwd: top, encoding: 'utf8', timeout: 60_000});
}

/** A closed run: the stored one with its report. */
function closed(t: {teardown(fn: () => void): void}): string {
  const folder = join(folderOf(t), 'run');
  cpSync(join(top, 'fixtures/runs/quick'), folder, {recursive: true});
  const made = seatrial('report', folder);
  if (made.stderr !== '') throw new Error(made.stderr);
  return folder;
}

test('a closed run verifies, also by sha256sum; every kind of change is named', t => {
  const folder = closed(t);
  const sound = seatrial('verify', folder, '--json');
  t.is(sound.status, 0, sound.stdout + sound.stderr);
  const checks = JSON.parse(sound.stdout).checks.map((each: {check: string}) => each.check);
  t.deepEqual(checks, ['manifest', 'run', 'run', 'report', 'signature']);
  t.is(spawnSync('sha256sum', ['--check', '--quiet', '--strict', manifestName], {cwd: folder}).status, 0);

  const report = join(folder, 'report/report.json');
  const said = readFileSync(report, 'utf8');
  writeFileSync(report, said.replace('"missed"', '"met"'));
  const forged = seatrial('verify', folder);
  t.is(forged.status, 1);
  t.regex(forged.stdout, /manifest: report\/report\.json was altered/);
  t.regex(forged.stdout, /report: report\/report\.json is not what this program makes of the run/);
  writeFileSync(report, said);

  writeFileSync(join(folder, 'stray.txt'), 'x');
  t.regex(seatrial('verify', folder).stdout, /stray\.txt is in no line/);
  rmSync(join(folder, 'stray.txt'));
  rmSync(join(folder, 'plan.json'));
  t.regex(seatrial('verify', folder).stdout, /plan\.json is missing/);
});

test('a format that came after the run was closed is owed by nobody; one that is listed, and report.json, is', t => {
  const folder = closed(t);
  const ctrf = join(folder, 'report/ctrf.json');
  const written = readFileSync(ctrf, 'utf8');
  const sums = readFileSync(join(folder, manifestName), 'utf8');
  const unlisted = (name: string) =>
    writeFileSync(
      join(folder, manifestName),
      sums
        .split('\n')
        .filter(line => !line.endsWith(name))
        .join('\n'),
    );

  rmSync(ctrf);
  const taken = seatrial('verify', folder);
  t.is(taken.status, 1);
  t.regex(taken.stdout, /WRONG {2}report: report\/ctrf\.json is missing/);

  unlisted('report/ctrf.json');
  const before = seatrial('verify', folder);
  t.is(before.status, 0, before.stdout);
  t.regex(before.stdout, /all 8 files follow from the run: \w+; closed without report\/ctrf\.json/);

  writeFileSync(ctrf, written.replace('"failed"', '"passed"'));
  const forged = seatrial('verify', folder);
  t.is(forged.status, 1);
  t.regex(forged.stdout, /report\/ctrf\.json is not what this program makes of the run/);

  writeFileSync(ctrf, written);
  rmSync(join(folder, 'report/report.json'));
  unlisted('report/report.json');
  t.regex(seatrial('verify', folder).stdout, /WRONG {2}report: report\/report\.json is missing/);
  rmSync(join(folder, manifestName));
  t.regex(seatrial('verify', folder).stdout, /WRONG {2}report: report\/report\.json is missing/);
});

const noRegister = 'claims: [\n';

test('planted: a register that no longer parses is damage, and no wrong usage: everything else is still said', t => {
  t.timeout(120_000);
  const folder = closed(t);
  writeFileSync(join(folder, 'claims.yaml'), noRegister);
  const found = seatrial('verify', folder);
  t.is(found.status, 1, found.stdout + found.stderr);
  t.is(found.stderr, '');
  t.regex(found.stdout, /^WRONG {2}manifest: claims\.yaml was altered$/m);
  t.regex(found.stdout, /^WRONG {2}report: it cannot be made: claims\.yaml:\d+:\d+: found /m);
  t.regex(found.stdout, /IS NOT as it was stored/);
  const told = seatrial('verify', folder, '--json');
  t.is(told.status, 1);
  const read: {sound: boolean; checks: readonly {check: string; wrong: readonly string[]}[]} = JSON.parse(told.stdout);
  t.false(read.sound);
  const wrong = read.checks.filter(each => each.wrong.length > 0).map(({check}) => check);
  t.deepEqual(wrong, ['manifest', 'run', 'report']);
});

test('planted: a folder of several runs of which a part cannot be read is damaged; without a plug-in it is not judged', async t => {
  t.timeout(300_000);
  const at = place(t);
  const whole = join(at, 'signed');
  await writePool(whole, await givenRuns(await nights(at, 1, 2)), [], register);
  const sound = seatrial('verify', whole);
  t.is(sound.status, 0, sound.stdout + sound.stderr);
  const copy = (name: string) => {
    const folder = join(at, name);
    cpSync(whole, folder, {recursive: true});
    return folder;
  };
  const broken: readonly [file: string, text: string | undefined, said: RegExp][] = [
    ['pool.json', '{}', /^WRONG {2}report: it cannot be made: .* is no folder of several runs: pool\.json/m],
    ['pool.json', 'no', /^WRONG {2}report: it cannot be made: .* is no folder of several runs: pool\.json/m],
    ['claims.yaml', noRegister, /^WRONG {2}report: it cannot be made: claims\.yaml:\d+:\d+: found /m],
    ['claims.yaml', undefined, /^WRONG {2}report: it cannot be made: ENOENT.*claims\.yaml/m],
    ['runs/night-1/run.json', undefined, /^WRONG {2}report: it cannot be made: .*night-1 is no stored run: run\.json/m],
  ];
  for (const [index, [file, text, said]] of broken.entries()) {
    const folder = copy(`broken-${index}`);
    if (text === undefined) rmSync(join(folder, file));
    else writeFileSync(join(folder, file), text);
    const found = seatrial('verify', folder);
    t.is(found.status, 1, found.stdout + found.stderr);
    t.regex(found.stdout, said);
    const line = `WRONG  manifest: ${file} ${text === undefined ? 'is missing' : 'was altered'}\n`;
    t.true(found.stdout.includes(line), found.stdout);
    const told = seatrial('verify', folder, '--json');
    t.is(told.status, 1);
    t.false(JSON.parse(told.stdout).sound);
  }
  for (const text of [undefined, noRegister]) {
    const folder = copy(`plugged-${text === undefined ? 'whole' : 'broken'}`);
    const header = join(folder, 'runs/night-2/run.json');
    const plugins = [{file: 'mine.ts', sha256: 'a'.repeat(64)}];
    writeFileSync(header, JSON.stringify({...JSON.parse(readFileSync(header, 'utf8')), plugins}));
    if (text !== undefined) writeFileSync(join(folder, 'claims.yaml'), text);
    const refused = seatrial('verify', folder);
    t.is(refused.status, 3, refused.stdout + refused.stderr);
    t.regex(refused.stderr, /run night-2 was made with a plug-in, and cannot be judged without it/);
  }
});

test('an altered artefact stays altered when the report is made again', async t => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'artefact.txt'), 'as measured');
  await writeManifest(folder);
  t.deepEqual(await checkManifest(folder), []);
  writeFileSync(join(folder, 'artefact.txt'), 'as wished');
  await writeManifest(folder);
  t.deepEqual(await checkManifest(folder), ['artefact.txt was altered']);
  rmSync(join(folder, 'artefact.txt'));
  await writeManifest(folder);
  t.deepEqual(await checkManifest(folder), ['artefact.txt is missing']);
});

test('a manifest that makes no sense is wrong by its line, and an empty one is wrong', async t => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'a'), '');
  await writeManifest(folder);
  appendFileSync(join(folder, manifestName), 'what?\n');
  t.deepEqual(await checkManifest(folder), [`${manifestName}, line 2: expected a sha256, two spaces and a name`]);
  writeFileSync(join(folder, manifestName), '');
  t.true((await checkManifest(folder)).includes(`${manifestName} lists no file`));
});

test('an SSH signature is by whom the signers file says, and falls with a byte of the manifest', async t => {
  const folder = folderOf(t);
  const keys = folderOf(t);
  const key = join(keys, 'key');
  t.is(spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]).status, 0);
  writeFileSync(join(folder, 'a'), 'x');
  await writeManifest(folder);
  t.true((await sign(folder, 'ssh', key)).ok);
  const signers = join(keys, 'signers');
  writeFileSync(signers, `chief@example.org ${readFileSync(`${key}.pub`, 'utf8')}`);
  t.deepEqual(await signer(folder, 'ssh', signers), {ok: true, value: 'chief@example.org'});
  // The signature itself is no file of the archive.
  t.deepEqual(await checkManifest(folder), []);

  const strangers = join(keys, 'strangers');
  t.is(spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(keys, 'other')]).status, 0);
  writeFileSync(strangers, `stranger@example.org ${readFileSync(join(keys, 'other.pub'), 'utf8')}`);
  const unknown = await signer(folder, 'ssh', strangers);
  t.regex(unknown.ok ? '' : unknown.error, /not among the allowed signers/);

  appendFileSync(join(folder, manifestName), ' ');
  t.false((await signer(folder, 'ssh', signers)).ok);
});

test('a signed run is not written into again, and an altered one is not signed', t => {
  const folder = closed(t);
  const key = join(folder, '../key');
  t.is(spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]).status, 0);
  t.is(seatrial('sign', folder, '--ssh-key', key).status, 0);
  t.regex(seatrial('verify', folder).stdout, /open {3}ssh signature: not checked/);
  const again = seatrial('report', folder);
  t.is(again.status, 3);
  t.regex(again.stderr, /is signed/);
  appendFileSync(join(folder, 'claims.yaml'), '\n');
  const altered = seatrial('sign', folder, '--ssh-key', key);
  t.is(altered.status, 1);
  t.regex(altered.stderr, /claims\.yaml was altered/);
});
