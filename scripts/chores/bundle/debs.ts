/**
 * Which Debian packages a host without a way out needs, with everything they depend on, counted from an empty system:
 * asked of apt itself, with lists and state of its own, so that neither this machine's release nor what it has
 * installed matters.
 */
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parse} from 'yaml';
import {z} from 'zod';

const releases = {12: 'bookworm', 13: 'trixie'} as const;
export type Release = keyof typeof releases;

export interface Deb {
  file: string;
  bytes: number;
  sha256: string;
  url: string;
}

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Asks for each of the lists of names; throws with apt's words where a name is none. */
export function debsOf<Name extends string>(
  release: Release,
  wanted: Readonly<Record<Name, readonly string[]>>,
): Readonly<Record<Name, readonly Deb[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-apt-'));
  try {
    const apt = aptIn(folder, releases[release]);
    apt('update');
    const lists = Object.entries<readonly string[]>(wanted).map(([name, packages]) => [
      name,
      parseUris(apt('install', '--yes', '--no-install-recommends', '--print-uris', ...packages)),
    ]);
    return Object.fromEntries(lists);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

function aptIn(folder: string, suite: string): (...words: readonly string[]) => string {
  for (const part of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, part), {recursive: true});
  writeFileSync(join(folder, 'status'), '');
  const sources = [`${suite} main`, `${suite}-updates main`]
    .map(each => `deb [signed-by=${keyring}] http://deb.debian.org/debian ${each}\n`)
    .concat(`deb [signed-by=${keyring}] http://deb.debian.org/debian-security ${suite}-security main\n`);
  writeFileSync(join(folder, 'sources.list'), sources.join(''));
  const options = {
    'Dir::State': folder,
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::SourceList': join(folder, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'APT::Architecture': 'amd64',
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::ForceHash': 'sha256',
  };
  const argv = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  return (...words) => {
    try {
      return execFileSync('apt-get', ['-q', ...argv, ...words], {encoding: 'utf8', maxBuffer: 2 ** 26, stdio: 'pipe'});
    } catch (error) {
      const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
      throw new Error(`apt cannot say what ${suite} needs: ${said.split('\n').slice(-3).join(' | ')}`);
    }
  };
}

/** `'URL' FILE BYTES SHA256:SUM`, a line a package, as `apt-get --print-uris` prints them. */
export function parseUris(text: string): readonly Deb[] {
  return text.split('\n').flatMap((line): Deb[] => {
    if (!line.startsWith("'")) return [];
    const [, url, file, bytes, sha256] = /^'([^']+)' (\S+) (\d+) SHA256:([0-9a-f]{64})$/.exec(line) ?? [];
    if (url === undefined || file === undefined || bytes === undefined || sha256 === undefined) {
      throw new Error(`apt printed a package without its SHA256: ${line}`);
    }
    return [{url, file, bytes: Number(bytes), sha256}];
  });
}

/** The packages of scripts/packages.txt, without those that only tests need. */
export function harnessPackages(text: string): readonly string[] {
  return (text.split('# tests only')[0] ?? '')
    .split('\n')
    .map(line => line.split('#', 1)[0]?.trim() ?? '')
    .filter(name => name !== '');
}

const hostVars = z.looseObject({
  fence_package: z.string(),
  node_packages: z.array(z.string()),
  ceph_packages: z.array(z.string()),
  client_packages: z.array(z.string()),
});

/** What `seatrial provision --cluster` installs on hosts, from the variables of its role; with what keeps the time. */
export function hostPackages(text: string, release: Release): readonly string[] {
  const vars = hostVars.parse(parse(text));
  const [, newer, older] = /'([a-z-]+)' if release \| int >= 13 else '([a-z-]+)'/.exec(vars.fence_package) ?? [];
  const fence = release >= 13 ? newer : older;
  if (fence === undefined) throw new Error(`which fencing package is meant by ${vars.fence_package}?`);
  const named = [...vars.node_packages, ...vars.ceph_packages, ...vars.client_packages, 'chrony'];
  return [...new Set(named.map(name => (name === '{{ fence_package }}' ? fence : name)))];
}
