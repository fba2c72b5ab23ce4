/**
 * The scripts that make machines out of namespaces; a lab gets a copy, so that it does not depend on where seatrial
 * lies.
 */
import {chmodSync, copyFileSync, mkdirSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const machineScripts = fileURLToPath(new URL('machine/', import.meta.url));

export function copyMachine(state: string): void {
  const folder = path.join(state, 'machine');
  mkdirSync(folder);
  for (const name of readdirSync(machineScripts)) {
    copyFileSync(path.join(machineScripts, name), path.join(folder, name));
    chmodSync(path.join(folder, name), 0o755);
  }
}
