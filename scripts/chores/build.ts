/**
 * Makes dist/: JavaScript and declarations by tsc, and the data files beside the code that reads them. `npm run build`;
 * `npm pack` takes it from there.
 */
import {execFileSync} from 'node:child_process';
import {chmodSync, cpSync, globSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {z} from 'zod';
import {keepReachable} from './declarations.ts';

const top = join(import.meta.dirname, '../..');
const dist = join(top, 'dist');

/** What the code reads at run time, by pattern. */
const data = [
  'suites/*.yaml',
  'harness/**/*.{yaml,sh,c,h,py}',
  'harness/guest/inittab',
  'harness/provision/{playbooks,roles}/**/*.{yml,j2}',
  'scripts/packages.txt',
  'scripts/start.js',
];

rmSync(dist, {recursive: true, force: true});
try {
  // Comments belong to the declarations, which editors show; the code runs without them and is an eighth smaller.
  for (const emit of [['--emitDeclarationOnly'], ['--declaration', 'false', '--removeComments']])
    execFileSync(join(top, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json', ...emit], {
      cwd: top,
      stdio: 'inherit',
    });
} catch {
  process.stderr.write('the types are wrong: mend what tsc says above; dist/ was not made\n');
  rmSync(dist, {recursive: true, force: true});
  process.exit(1);
}
const {exports} = z
  .object({exports: z.record(z.string(), z.string())})
  .parse(JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')));
keepReachable(top, Object.values(exports));
// tsc indents by four spaces, a twelfth of all: by tabs it is the same code, and strings stay as they are.
const format = ['format', '--write', `--config-path=${join(import.meta.dirname, 'dist-format.json')}`, dist];
execFileSync(join(top, 'node_modules/.bin/biome'), format, {cwd: top, stdio: ['ignore', 'ignore', 'inherit']});
const copied = globSync(data, {cwd: top});
for (const path of copied) cpSync(join(top, path), join(dist, path));
chmodSync(join(dist, 'scripts/start.js'), 0o755);
process.stdout.write(`dist/: built, with ${copied.length} data files\n`);
