/**
 * Control groups of a lab's hosts: of bare ones, and those that a trial made on a node. They are the machine's
 * kernel's, and outlive every process and namespace of a host.
 */
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, rmdirSync} from 'node:fs';
import path from 'node:path';
import {heldPrefix} from '../cluster/control-groups.ts';
import type {LabPlace} from './state.ts';

/** What the names of a lab's groups begin with; the host's name follows after a dot. */
export const cgroupPrefix = (place: LabPlace): string =>
  `seatrial-${place.name}-${createHash('sha256').update(place.state).digest('hex').slice(0, 8)}`;

/**
 * Removes every group of the lab, the deepest first, in every hierarchy. What comes back are those that are left, for
 * they still hold a process.
 */
export function removeCgroups(place: LabPlace): readonly string[] {
  const own = [`${cgroupPrefix(place)}.`, heldPrefix(place.name)];
  return hierarchies().flatMap(mounted => removeOwn(mounted, own, deepest));
}

/** A trial makes its groups below the one that a node's processes are in: so many levels down at most. */
const deepest = 4;

function removeOwn(group: string, own: readonly string[], levels: number): readonly string[] {
  return folders(group).flatMap(name => {
    const inner = path.join(group, name);
    if (own.some(prefix => name.startsWith(prefix))) return removeTree(inner);
    return levels > 1 ? removeOwn(inner, own, levels - 1) : [];
  });
}

function hierarchies(): readonly string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map(line => line.split(' '))
    .flatMap(([, mounted = '', type = '']) => (/^cgroup2?$/.test(type) ? [mounted] : []));
}

function removeTree(group: string): readonly string[] {
  const left = folders(group).flatMap(name => removeTree(path.join(group, name)));
  try {
    rmdirSync(group);
    return left;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return left;
    return [...left, group];
  }
}

function folders(folder: string): readonly string[] {
  try {
    return readdirSync(folder, {withFileTypes: true})
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name);
  } catch {
    return [];
  }
}
