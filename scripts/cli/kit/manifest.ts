/**
 * What makes a run's folder fit for the archive: MANIFEST.sha256 lists every file of it, as `sha256sum -c` reads it.
 * A signature over the manifest is one over everything.
 */
import {createHash} from 'node:crypto';
import {createReadStream, existsSync} from 'node:fs';
import {lstat, readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {writeWhole} from '../../../harness/files.ts';
import {manifestName, parseManifest, remadeFolder} from '../../../harness/run/manifest.ts';

/** Signatures over the manifest, by what made them. */
export const signatureNames = {ssh: `${manifestName}.sig`, minisign: `${manifestName}.minisig`} as const;
const outside = new Set<string>([manifestName, ...Object.values(signatureNames)]);

/**
 * Writes the manifest. What an earlier one lists keeps its line, and nothing but reports is added to it: making a
 * report again must not hide that an artefact was altered, taken away or put in.
 */
export async function writeManifest(folder: string): Promise<void> {
  const before = existsSync(join(folder, manifestName)) ? (await readManifest(folder)).sums : undefined;
  const sums = new Map([...(before ?? [])].filter(([name]) => !name.startsWith(remadeFolder)));
  for (const name of (await filesOf(folder)).plain) {
    if (before === undefined || name.startsWith(remadeFolder)) sums.set(name, await sha256Of(join(folder, name)));
  }
  const lines = [...sums].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, sum]) => `${sum}  ${name}\n`);
  await writeWhole(join(folder, manifestName), lines.join(''));
}

/** A sentence for everything in the folder that is not as the manifest says; empty where all is. */
export async function checkManifest(folder: string): Promise<readonly string[]> {
  if (!existsSync(join(folder, manifestName))) return [`there is no ${manifestName}: the folder was never closed`];
  const {plain, strange} = await filesOf(folder);
  const wrong = [...strange].map(([name, what]) => `${name} ${what}`);
  if (strange.has(manifestName)) return wrong;
  const {sums, malformed} = await readManifest(folder);
  wrong.push(...malformed.map(line => `${manifestName}, line ${line}: expected a sha256, two spaces and a name`));
  if (sums.size === 0) wrong.push(`${manifestName} lists no file`);
  const there = new Set(plain);
  for (const [name, sum] of sums) {
    if (strange.has(name)) continue;
    if (!there.has(name)) wrong.push(`${name} is missing`);
    else if ((await sha256Of(join(folder, name))) !== sum) wrong.push(`${name} was altered`);
  }
  for (const name of plain) if (!sums.has(name)) wrong.push(`${name} is in no line of ${manifestName}`);
  return wrong;
}

/** The names a closed folder lists; nothing where it has no manifest. */
export async function listedIn(folder: string): Promise<ReadonlySet<string>> {
  if (!existsSync(join(folder, manifestName))) return new Set();
  return new Set((await readManifest(folder)).sums.keys());
}

async function readManifest(folder: string): Promise<ReturnType<typeof parseManifest>> {
  return parseManifest(await readFile(join(folder, manifestName), 'utf8'));
}

interface Files {
  /** Every file but the manifest and its signatures, with `/`, sorted. */
  plain: readonly string[];
  /** What is no file of this folder alone, and what it is instead; the manifest and its signatures too. */
  strange: ReadonlyMap<string, string>;
}

async function filesOf(folder: string): Promise<Files> {
  const plain: string[] = [];
  const strange = new Map<string, string>();
  for (const entry of await readdir(folder, {recursive: true, withFileTypes: true})) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(join(folder, '/').length);
    if (entry.isSymbolicLink()) strange.set(name, 'is a link: what it leads to is no part of this folder');
    else if (!entry.isFile()) strange.set(name, 'is no plain file');
    else if ((await lstat(path)).nlink > 1) {
      strange.set(name, 'has a second name (a hard link), under which it can be altered from elsewhere');
    } else if (!outside.has(name)) plain.push(name);
  }
  return {plain: plain.sort(), strange};
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
