/**
 * What makes a run's folder fit for the archive: MANIFEST.sha256 lists every file of it, as `sha256sum -c` reads it. A signature over the
 * manifest is one over everything.
 */
import {createHash} from 'node:crypto';
import {createReadStream, existsSync} from 'node:fs';
import {readdir, readFile, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';

export const manifestName = 'MANIFEST.sha256';
/** Signatures over the manifest, by what made them. */
export const signatureNames = {ssh: `${manifestName}.sig`, minisign: `${manifestName}.minisig`} as const;
const outside = new Set<string>([manifestName, ...Object.values(signatureNames)]);

/** What is made from the rest, again and again: its sums are renewed, all others stay as they were first written. */
const remade = 'report/';

/** Writes the manifest. Files that an earlier one lists keep its sums: making a report again must not hide that an artefact was altered. */
export async function writeManifest(folder: string): Promise<void> {
  const before = existsSync(join(folder, manifestName))
    ? await readManifest(folder)
    : {sums: new Map<string, string>()};
  const lines: string[] = [];
  for (const name of await filesOf(folder)) {
    const kept = name.startsWith(remade) ? undefined : before.sums.get(name);
    lines.push(`${kept ?? (await sha256Of(join(folder, name)))}  ${name}\n`);
  }
  for (const name of before.sums.keys()) {
    if (!name.startsWith(remade) && !existsSync(join(folder, name))) lines.push(`${before.sums.get(name)}  ${name}\n`);
  }
  const path = join(folder, manifestName);
  await writeFile(`${path}.writing`, lines.sort(byName).join(''));
  await rename(`${path}.writing`, path);
}

/** A sentence for everything in the folder that is not as the manifest says; empty where all is. */
export async function checkManifest(folder: string): Promise<readonly string[]> {
  if (!existsSync(join(folder, manifestName))) return [`there is no ${manifestName}: the folder was never closed`];
  const {sums, malformed} = await readManifest(folder);
  const wrong = malformed.map(line => `${manifestName}, line ${line}: expected a sha256, two spaces and a name`);
  if (sums.size === 0) wrong.push(`${manifestName} lists no file`);
  const files = await filesOf(folder);
  const there = new Set(files);
  for (const [name, sum] of sums) {
    if (!there.has(name)) wrong.push(`${name} is missing`);
    else if ((await sha256Of(join(folder, name))) !== sum) wrong.push(`${name} was altered`);
  }
  for (const name of files) if (!sums.has(name)) wrong.push(`${name} is in no line of ${manifestName}`);
  return wrong;
}

async function readManifest(folder: string): Promise<{sums: Map<string, string>; malformed: readonly number[]}> {
  const sums = new Map<string, string>();
  const malformed: number[] = [];
  const text = await readFile(join(folder, manifestName), 'utf8');
  for (const [index, line] of text.replace(/\n$/, '').split('\n').entries()) {
    const [, sum, name] = /^([0-9a-f]{64}) {2}(\S.*)$/.exec(line) ?? [];
    if (sum === undefined || name === undefined || sums.has(name)) malformed.push(index + 1);
    else sums.set(name, sum);
  }
  return {sums, malformed};
}

/** Every file but the manifest and its signatures, with `/`, sorted. */
async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true});
  return entries
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name).slice(join(folder, '/').length))
    .filter(name => !outside.has(name))
    .sort();
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function byName(a: string, b: string): number {
  const [one, other] = [a.slice(66), b.slice(66)];
  return one < other ? -1 : one > other ? 1 : 0;
}
