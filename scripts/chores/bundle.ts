/**
 * `npm run bundle`: everything a host without a way out needs, in one archive: `seatrial-VERSION-linux-x64.tar.gz`, in
 * the folder of `--out` or this one. Takes root for the guest image; `--without-image` leaves that out,
 * `--without-debs` the lists of Debian packages. Ends 0, or 1 with a sentence.
 */
import {execFileSync} from 'node:child_process';
import {mkdirSync, rmSync, statSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {version} from '../cli/kit/package-files.ts';
import {makeBundle} from './bundle/make.ts';

const {values} = parseArgs({
  options: {out: {type: 'string'}, 'without-image': {type: 'boolean'}, 'without-debs': {type: 'boolean'}},
});
const out = resolve(values.out ?? '.');
const name = `seatrial-${version()}-linux-x64`;
const folder = join(out, name);
try {
  mkdirSync(out, {recursive: true});
  await makeBundle({
    folder,
    image: !values['without-image'],
    releases: values['without-debs'] ? [] : [12, 13],
    say: text => void process.stderr.write(`${text}\n`),
  });
  const archive = `${folder}.tar.gz`;
  execFileSync('tar', [
    '--create',
    '--gzip',
    '--owner=0',
    '--group=0',
    `--file=${archive}`,
    `--directory=${out}`,
    name,
  ]);
  rmSync(folder, {recursive: true});
  process.stdout.write(`${archive} (${Math.round(statSync(archive).size / 1e6)} MB)\n`);
} catch (error) {
  process.stderr.write(`no bundle was made: ${error instanceof Error ? error.message : String(error)}\n`);
  rmSync(folder, {recursive: true, force: true});
  process.exitCode = 1;
}
