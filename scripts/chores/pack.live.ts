/**
 * The package as a user gets it: built, packed, installed with npm into an empty folder, and used there under plain
 * Node.
 */
import {execFileSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {z} from 'zod';

const top = join(import.meta.dirname, '../..');
const recording = join(top, 'fixtures/fio-3.42/randrw-two-jobs.out');
const folder = mkdtempSync(join(tmpdir(), 'seatrial-pack-'));
test.after.always(() => rmSync(folder, {recursive: true, force: true}));

function run(command: string, argv: readonly string[], cwd: string): string {
  return execFileSync(command, argv, {cwd, encoding: 'utf8', timeout: 120_000, maxBuffer: 2 ** 26, stdio: 'pipe'});
}

/** With the user's own options: the declarations must do. */
function tsc(...files: readonly string[]): string {
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
  const typeRoots = join(top, 'node_modules/@types');
  return run(join(top, 'node_modules/.bin/tsc'), [...options, '--typeRoots', typeRoots, ...files], folder);
}

/** The packed file. */
let tarball = '';

const packed = z.object({
  filename: z.string(),
  unpackedSize: z.number(),
  files: z.array(z.object({path: z.string(), size: z.number()})),
});
/** npm 10 prints a list, npm 11 an object of one member. */
const packing = z.union([z.array(packed), z.record(z.string(), packed).transform(byName => Object.values(byName))]);

test.serial('npm packs what is needed and nothing else', t => {
  run(process.execPath, ['scripts/chores/build.ts'], top);
  const [made] = packing.parse(JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder], top)));
  if (made === undefined) return t.fail('npm packed nothing');
  tarball = join(folder, made.filename);
  const paths = made.files.map(({path}) => path);
  t.deepEqual(
    paths.filter(path =>
      /\.(test|live|long)\.(ts|js|d\.ts)$|^dist\/(fixtures|scripts\/(chores|house|trials)|suites\/controls)|^(?!docs\/plugins\/).*(?<!\.d)\.ts$/.test(
        path,
      ),
    ),
    [],
  );
  for (const path of [
    'LICENSE',
    'README.md',
    'man/seatrial.1',
    'docs/quick-start.md',
    'docs/plugins/example/guest-paused.ts',
    'dist/suites/claims.yaml',
    'dist/harness/settings/tuned.yaml',
    'dist/harness/settings/ceph-fenced.py',
    'dist/harness/probes/etcd/probe.py',
    'dist/harness/provision/playbooks/cluster.yml',
    'dist/harness/provision/library/seatrial_record.py',
    'dist/harness/provision/roles/corosync/templates/corosync.conf.j2',
  ]) {
    t.true(paths.includes(path), path);
  }
  // A file that does not belong there shows: the largest that does has 63 kB, code and docs of everything 4.2 MB.
  t.deepEqual(
    made.files.filter(({size}) => size > 70e3),
    [],
  );
  t.true(made.unpackedSize < 4.5e6, `${made.unpackedSize} bytes`);
  writeFileSync(join(folder, 'package.json'), '{"type": "module", "private": true}');
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], folder);
});

test.serial('the command works there', t => {
  const command = join(folder, 'node_modules/.bin/seatrial');
  t.true((statSync(command).mode & 0o111) !== 0);
  t.regex(run(process.execPath, [command, '--help'], folder), /Usage: seatrial/);
  t.regex(run(process.execPath, [command, 'claims'], folder), /ha\.switch/);
  t.regex(run(process.execPath, [command, 'inspect', recording], folder), /oltp/);
});

/** As somebody who has nothing: an empty folder, no network, the tarball and what npm has in its cache. */
test.serial('npx runs it in an empty folder', t => {
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  const npx = (...words: readonly string[]) =>
    run('npx', ['--offline', '--yes', '--package', tarball, 'seatrial', ...words], empty);
  t.regex(npx('--version'), /^\d+\.\d+\.\d+\n$/);
  t.regex(npx('inspect', recording), /oltp/);
  t.deepEqual(readdirSync(empty), []);
});

test.serial('a plug-in of the user has its types and its helpers from the package', t => {
  const mine = join(folder, 'mine');
  cpSync(join(top, 'docs/plugins/example'), mine, {recursive: true});
  const command = join(folder, 'node_modules/.bin/seatrial');
  const planned = run(process.execPath, [command, 'accept', '--lab', 'x', '--dry-run', '--plugins', 'mine'], folder);
  t.regex(planned, /mine\/guest-paused/);
  t.notThrows(() => tsc('mine/guest-paused.ts', 'mine/token.ts'));
  writeFileSync(
    join(mine, 'wrong.ts'),
    "import type {Scenario} from 'seatrial';\nexport const wrong: Scenario['family'] = 'sotrage';\n",
  );
  t.throws(() => tsc('mine/wrong.ts'));
});

test.serial('so many files that threads read them are read there too', t => {
  const results = join(folder, 'results');
  mkdirSync(results);
  const count = Math.ceil((40 * 2 ** 20) / statSync(recording).size);
  for (let n = 0; n < count; n++) symlinkSync(recording, join(results, `${n}.json`));
  const printed = run(process.execPath, ['node_modules/.bin/seatrial', 'inspect', '--json', 'results'], folder);
  const contents = z.array(z.object({file: z.string(), records: z.array(z.unknown())})).parse(JSON.parse(printed));
  t.deepEqual(
    contents.map(({file, records}) => [file, records.length]),
    Array.from({length: count}, (_, n) => [`results/${n}.json`, 4]),
  );
});

test.serial('the library works there, with its types', t => {
  const source = (unit: string) => `
    import {readFileSync} from 'node:fs';
    import {parseFio} from 'seatrial';
    import {medianInterval} from 'seatrial/stats';
    import type {Sample} from 'seatrial/types';
    const read = parseFio(readFileSync(${JSON.stringify(recording)}, 'utf8'), 'recording');
    const version: string = read.ok ? read.value.version : read.error.found;
    const interval = medianInterval([1, 2, 3, 4, 5, 6], 0.95);
    const low: number = interval.ok ? interval.value.low : NaN;
    const unit: Sample['unit'] = '${unit}';
    console.log(version, low, unit);`;
  writeFileSync(join(folder, 'good.ts'), source('s'));
  writeFileSync(join(folder, 'bad.ts'), source('inch'));
  t.is(run(process.execPath, ['good.ts'], folder).trim(), 'fio-3.42 1 s');
  t.notThrows(() => tsc('good.ts'));
  t.throws(() => tsc('bad.ts'));
});
