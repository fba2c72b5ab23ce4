import {type FioContext, type FioJob, type FioWarning, fioDirections} from './fio-report.ts';
import {describe, items, member, type Place} from './json-place.ts';

/** The clients that answered against those that were asked, fio's own sum over them, and the hosts of the disks. */
export function checkClients(
  jobs: readonly FioJob[],
  clients: readonly string[],
  sums: readonly Place[],
  root: Place,
  context: FioContext,
): FioWarning[] {
  const found: FioWarning[] = [];
  const wanted = context.clients;
  if (wanted !== undefined && clients.length !== wanted) {
    const answer = `${clients.length}: ${clients.join(', ')}`;
    found.push({kind: 'vanished', path: '/client_stats', expected: `${wanted} clients`, found: answer});
  }
  if (sums.length > 1) {
    const expected = 'one sum of all clients';
    found.push({kind: 'inconsistent', path: '/client_stats', expected, found: `${sums.length}`});
  }
  for (const sum of sums) found.push(...checkSum(sum, jobs, clients.length));
  found.push(...namelessSum(jobs, root));
  const disks = member(root, 'disk_util');
  if (Array.isArray(disks.value)) {
    for (const disk of items(disks)) {
      const host = member(disk, 'hostname').value;
      if (host === undefined) continue;
      const client = `${describe(host).replaceAll('"', '')}:${describe(member(disk, 'port').value)}`;
      if (clients.includes(client)) continue;
      found.push({kind: 'vanished', path: disk.path, expected: `a job of ${client}`, found: 'none'});
    }
  }
  return found;
}

/**
 * fio's "All clients", which it prints from two clients on (but not over several sections, issue 1881), counts what was
 * read here.
 */
function checkSum(sum: Place, jobs: readonly FioJob[], clients: number): readonly FioWarning[] {
  const both = member(sum, 'read').value !== undefined;
  return fioDirections.flatMap(direction => {
    const place = member(member(sum, direction), 'total_ios');
    if (place.value === undefined || (both && direction === 'mixed')) return [];
    const operations = jobs.reduce((all, job) => all + (job.work[direction]?.operations ?? 0), 0);
    if (place.value === operations) return [];
    const expected = `${operations}, the sum over ${clients} clients`;
    return [{kind: 'vanished' as const, path: place.path, expected, found: describe(place.value)}];
  });
}

/** An entry without options of its own that counts what all others do is fio's sum over them, whatever it is called. */
function namelessSum(jobs: readonly FioJob[], root: Place): readonly FioWarning[] {
  if (jobs.length < 3) return [];
  const entries = items(member(root, 'client_stats'));
  const operationsOf = (job: FioJob): number => Object.values(job.work).reduce((sum, one) => sum + one.operations, 0);
  const all = jobs.reduce((sum, job) => sum + operationsOf(job), 0);
  return jobs.flatMap(job => {
    const entry = entries.find(one => one.path === job.path);
    if (entry === undefined || member(entry, 'job options').value !== undefined) return [];
    const own = operationsOf(job);
    if (own === 0 || 2 * own !== all) return [];
    const found = `${JSON.stringify(job.name)}, which counts what all others do`;
    return [{kind: 'inconsistent' as const, path: `${job.path}/jobname`, expected: 'one client', found}];
  });
}
