/**
 * The folder of the control sockets: one a process, and gone with it. What a killed process has left goes at the next
 * start.
 */

import {readlinkSync} from 'node:fs';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {identify} from '../lab/proc.ts';
import {startProcess} from './process.ts';

const prefix = 'seatrial-ssh-';

/** The path of a control socket has at most 108 bytes. Rejects where the temporary folder cannot be written. */
export async function controlFolder(parent = tmpdir()): Promise<{path: string; remove(): Promise<void>}> {
  await clearLeft(parent);
  const path = await mkdtemp(join(parent, prefix));
  await writeFile(join(path, 'owner'), `${namespace()} ${process.pid} ${identify(process.pid)?.startTicks}\n`);
  return {path, remove: () => rm(path, {recursive: true, force: true, maxRetries: 3})};
}

/** Folders whose process has ended: their connections are closed. What another user left is that user's. */
async function clearLeft(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(parent, name);
    const written = await readFile(join(folder, 'owner'), 'utf8').catch(() => '');
    const [, where, pid, startTicks] = /^(\S+) (\d+) (\d+)\n$/.exec(written) ?? [];
    // A process of another namespace cannot be seen from here, whether it lives or not.
    if (where !== namespace() || identify(Number(pid))?.startTicks === startTicks) continue;
    for (const socket of (await readdir(folder)).filter(each => each !== 'owner')) {
      const argv: [string, ...string[]] = ['ssh', '-o', `ControlPath=${join(folder, socket)}`, '-O', 'exit', 'host'];
      await startProcess({argv, timeoutMs: 2000, signals: 'group'}).outcome;
    }
    await rm(folder, {recursive: true, force: true}).catch(() => {});
  }
}

function namespace(): string {
  return readlinkSync('/proc/self/ns/pid');
}
