import {clockOffset} from '../../harness/cluster/clocks.ts';
import {domjobinfoCommand} from '../../harness/cluster/libvirt.ts';
import {moveAndWait, moveCommand} from '../../harness/cluster/pacemaker.ts';
import {askInside, clearPattern, layPattern} from '../../harness/guest/inside.ts';
import type {Cluster, Guest, Host, Parameters, Scenario, Trial} from '../../harness/types.ts';
import {expectsMigration} from '../expects.ts';
import {keepJson} from '../steps/artefacts.ts';
import {underLoad} from '../steps/fio-load.ts';
import {keepLedgers} from '../steps/ledger.ts';
import {parametersOf} from '../steps/parameters.ts';
import {pause} from '../steps/pause.ts';
import {nodesOfGuests} from '../steps/placement.ts';
import {beaconPreview, whileWatched} from '../steps/watch.ts';
import {loadArtefact, memoryAndDiskLoad} from './load.ts';
import {measureMigration} from './measure.ts';
import {
  directions,
  jobArtefact,
  type MigrationRecord,
  type MigrationSettings,
  migrationSettings,
  recordArtefact,
} from './record.ts';

const full: Parameters = {
  intervalMs: 10,
  restSeconds: 5,
  dirtyMiB: 64,
  dirtyBytesPerSecond: 16 * 2 ** 20,
  diskOperationsPerSecond: 200,
  migrationDeadlineSeconds: 300,
};
const quick: Parameters = {
  ...full,
  restSeconds: 2,
  dirtyMiB: 32,
  dirtyBytesPerSecond: 8 * 2 ** 20,
  migrationDeadlineSeconds: 120,
};

/** Of its memory, to be found again as it was. */
const patternMiB = 16;

/** A guest under memory and disk load moves to another node and back. */
export const live: Scenario = {
  name: 'migration/live',
  family: 'migration',
  purpose:
    'A guest under memory and disk load moves to another node and back while a client watches: total time, downtime, blackout, ledger intact.',
  needs: {nodes: 2, guests: 1, planes: ['service'], fio: true, scratch: true},
  impact: () => 'disruptive',
  claims: ['mig.live'],
  provides: ['migration.total', 'migration.downtime', 'migration.blackout', 'migration.transferred'],
  expects: expectsMigration,
  parameters: {full, quick},
  estimateSeconds(parameters) {
    return 3 * parametersOf(migrationSettings, parameters).restSeconds + 2 * 6;
  },
  preview(cluster, parameters) {
    const asked = parametersOf(migrationSettings, parameters);
    const [guest] = cluster.guests;
    const [first, second] = cluster.nodes;
    if (!guest || !first || !second) return [];
    const load = memoryAndDiskLoad(guest, asked, 60);
    return [
      beaconPreview(cluster, 'watch', [guest]),
      ...(load ? [{host: cluster.client.name, argv: load.argv}] : []),
      {host: first.name, argv: moveCommand(guest.resource, second.name).argv},
      {host: second.name, argv: domjobinfoCommand(guest.name).argv},
      {host: first.name, argv: moveCommand(guest.resource, first.name).argv},
      {host: first.name, argv: domjobinfoCommand(guest.name).argv},
    ];
  },
  run: moveUnderWatch,
  measure: measureMigration,
};

async function moveUnderWatch(trial: Trial): Promise<void> {
  const {cluster} = trial;
  const asked = parametersOf(migrationSettings, trial.planned.parameters);
  const {guest, home, away} = await routeOf(cluster);
  const clock = await clockOffset(cluster, cluster.client);
  if (!clock.ok) throw new Error(clock.error);
  const durationSeconds = 3 * asked.restSeconds + 2 * asked.migrationDeadlineSeconds + 30;
  const record: MigrationRecord = {guest: guest.name, clock: clock.value, legs: []};
  const load = memoryAndDiskLoad(guest, asked, durationSeconds);
  // A guest without the agent cannot be asked: what is asked before says so.
  const laid = await layPattern(cluster, guest, patternMiB);
  const route = {guest, home, away, ...(laid.ok ? {laid: laid.value} : {})};
  await whileWatched(trial, [guest], {intervalMs: asked.intervalMs, durationSeconds}, async () => {
    try {
      await underLoad(trial, loadArtefact, load, () => thereAndBack(trial, route, asked, record));
    } finally {
      await keepJson(trial, recordArtefact, record);
    }
  });
  await clearPattern(cluster, guest);
  await keepLedgers(trial, [guest]);
}

interface Route {
  guest: Guest;
  home: Host;
  away: Host;
  /** SHA-256 of the pattern in its memory. */
  laid?: string;
}

/** Moves the guest away and home again, as far as it gets, and notes each direction in the record. */
async function thereAndBack(
  trial: Trial,
  {guest, home, away, laid}: Route,
  asked: MigrationSettings,
  record: MigrationRecord,
): Promise<void> {
  const {cluster, signal} = trial;
  trial.say(`${guest.name} under load on ${home.name}`, cluster.client.name);
  await pause(trial, asked.restSeconds);
  for (const leg of directions) {
    const [from, to] = leg === 'out' ? [home, away] : [away, home];
    trial.say(`moving ${guest.name} from ${from.name} to ${to.name}`, from.name);
    const before = await askInside(cluster, guest);
    const wallBeginMs = Date.now();
    const moved = await moveAndWait(cluster, guest.resource, to.name, asked.migrationDeadlineSeconds * 1000, signal);
    const why = moved.ok ? '' : moved.error;
    const wallEndMs = Date.now();
    const inside = {...(laid === undefined ? {} : {laid}), before, after: await askInside(cluster, guest)};
    const where = {leg, from: from.name, to: to.name};
    record.legs.push({...where, wallBeginMs, wallEndMs, moved: moved.ok, why, asked: inside});
    if (!moved.ok) break;
    await trial.record(jobArtefact(leg), to, domjobinfoCommand(guest.name));
    await pause(trial, asked.restSeconds);
  }
}

/** From where the guest is to the next node that has no guest, or else to the next one, and back. */
async function routeOf(cluster: Cluster): Promise<Route> {
  const [guest] = cluster.guests;
  if (!guest) throw new Error('the cluster has no guest');
  const placement = await nodesOfGuests(cluster);
  const at = cluster.nodes.findIndex(node => placement.get(guest)?.join() === node.name);
  const home = cluster.nodes[at];
  if (!home) throw new Error(`${guest.name} does not run on exactly one node of the inventory`);
  const others = [...cluster.nodes.slice(at + 1), ...cluster.nodes.slice(0, at)];
  const occupied = new Set([...placement.values()].flat());
  const away = others.find(node => !occupied.has(node.name)) ?? others[0];
  if (!away) throw new Error('there is no other node to move to');
  return {guest, home, away};
}
