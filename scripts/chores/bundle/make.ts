/** Makes a bundle's folder: the program with all it needs, the guest image, lists of Debian packages, sums. */
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {chmodSync, cpSync, globSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {cacheFolder} from '../../../harness/guest/cache.ts';
import {buildGuestImage} from '../../../harness/guest/image.ts';
import {buildBeacon} from '../../../harness/probes/beacon/binary.ts';
import {version} from '../../cli/kit/package-files.ts';
import {commit} from '../bench/machine.ts';
import {type Deb, debsOf, harnessPackages, hostPackages, type Release} from './debs.ts';
import {bundleReadme} from './readme.ts';

const top = join(import.meta.dirname, '../../..');

export interface Wanted {
  /** The folder to make; removed first. */
  folder: string;
  /** Built, which takes root and the Debian packages of scripts/packages.txt. */
  image: boolean;
  /** Releases whose packages are listed; asked of the Debian mirror. */
  releases: readonly Release[];
  say: (text: string) => void;
}

export async function makeBundle({folder, image, releases, say}: Wanted): Promise<void> {
  rmSync(folder, {recursive: true, force: true});
  mkdirSync(folder, {recursive: true});
  addProgram(folder, say);
  if (image) await addImage(folder, say);
  for (const release of releases) addDebs(folder, release, say);
  writeFileSync(
    join(folder, 'README.md'),
    bundleReadme({
      name: basename(folder),
      version: version(),
      commit: commit(),
      nodeVersion: process.versions.node,
      hasImage: image,
      releases,
    }),
  );
  writeSums(folder);
}

/**
 * `app/`: the package as npm packs it, with the dependencies of the lockfile, which are those that were tested; `node/`
 * that runs it, and `bin/seatrial` in front of both.
 */
function addProgram(folder: string, say: Wanted['say']): void {
  say('building and packing');
  const app = join(folder, 'app');
  mkdirSync(app);
  run(process.execPath, ['scripts/chores/build.ts'], top);
  const [tarball = ''] = run('npm', ['pack', '--silent', '--pack-destination', app], top).trim().split('\n').slice(-1);
  run('tar', ['--extract', '--gzip', '--strip-components=1', '--no-same-owner', `--file=${tarball}`], app);
  rmSync(join(app, tarball));
  say('installing what it depends on');
  cpSync(join(top, 'package-lock.json'), join(app, 'package-lock.json'));
  run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], app);
  mkdirSync(join(folder, 'node'));
  cpSync(process.execPath, join(folder, 'node/node'), {dereference: true});
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/seatrial'), wrapper);
  chmodSync(join(folder, 'bin/seatrial'), 0o755);
}

const wrapper = `#!/bin/sh
# seatrial out of its bundle, with the Node that came with it; a link to this file works too.
here=$(dirname "$(readlink -f "$0")")/..
exec "$here/node/node" "$here/app/dist/scripts/start.js" "$@"
`;

/** The folders of the cache that the image is built from and into. */
async function addImage(folder: string, say: Wanted['say']): Promise<void> {
  const image = await buildGuestImage(say);
  const beacon = await buildBeacon();
  if (!image.ok) throw new Error(image.error);
  if (!beacon.ok) throw new Error(beacon.error);
  say('copying the guest image');
  for (const path of [dirname(image.value.kernel), dirname(beacon.value.path), join(cacheFolder(), 'kernel')]) {
    cpSync(path, join(folder, 'cache', basename(path)), {recursive: true});
  }
}

const hostVars = join(top, 'harness/provision/roles/packages/vars/main.yml');

function addDebs(folder: string, release: Release, say: Wanted['say']): void {
  say(`asking the mirror what Debian ${release} needs`);
  const lists = debsOf(release, {
    harness: harnessPackages(readFileSync(join(top, 'scripts/packages.txt'), 'utf8')),
    hosts: hostPackages(readFileSync(hostVars, 'utf8'), release),
  });
  mkdirSync(join(folder, 'debs'), {recursive: true});
  for (const [name, debs] of Object.entries<readonly Deb[]>(lists)) {
    const path = join(folder, `debs/debian-${release}-${name}`);
    const bytes = debs.reduce((sum, deb) => sum + deb.bytes, 0);
    say(`Debian ${release}, ${name}: ${debs.length} packages, ${Math.round(bytes / 1e6)} MB`);
    writeFileSync(`${path}.urls`, debs.map(({url}) => `${url}\n`).join(''));
    writeFileSync(`${path}.sha256`, debs.map(({sha256, file}) => `${sha256}  ${file}\n`).join(''));
  }
}

/** Of every file, also through links: what a link leads to is checked under its name. */
function writeSums(folder: string): void {
  const files = globSync('**', {cwd: folder}).filter(path => !lstatSync(join(folder, path)).isDirectory());
  const lines = files.sort().map(path => {
    const sum = createHash('sha256')
      .update(readFileSync(join(folder, path)))
      .digest('hex');
    return `${sum}  ${path}\n`;
  });
  writeFileSync(join(folder, 'SHA256SUMS'), lines.join(''));
}

function run(command: string, argv: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, argv, {cwd, encoding: 'utf8', maxBuffer: 2 ** 26, stdio: 'pipe', timeout: 300_000});
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Error(`${command} ${argv[0]} failed: ${said.split('\n').slice(-5).join(' | ')}`);
  }
}
