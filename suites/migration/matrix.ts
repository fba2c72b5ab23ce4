/**
 * A matrix of live migrations in one trial: every option at every rate of writing, under a limit of bandwidth. While it
 * goes on, the cluster leaves the guests alone: its own agent knows one set of options only.
 */
import {clockOffset} from '../../harness/cluster/clocks.ts';
import {giveGuestBack, holdGuest} from '../../harness/cluster/held.ts';
import {domjobinfoCommand} from '../../harness/cluster/libvirt.ts';
import {type MigrationOption, migrateCommand} from '../../harness/cluster/migration.ts';
import {refusal} from '../../harness/cluster/migration-refusal.ts';
import {moveAndWait, resourceDefinition} from '../../harness/cluster/pacemaker.ts';
import {membershipsFormed} from '../../harness/cluster/ring-counts.ts';
import {clearPattern, layPattern} from '../../harness/guest/inside.ts';
import type {Cluster, Guest, Host, Parameters, Result, Scenario, Trial, TrialFacts} from '../../harness/types.ts';
import {keepJson} from '../steps/artefacts.ts';
import {namesOf} from '../steps/guests.ts';
import {keepLedgers} from '../steps/ledger.ts';
import {parametersOf} from '../steps/parameters.ts';
import {nodesOfGuests} from '../steps/placement.ts';
import {beaconPreview, whileWatched} from '../steps/watch.ts';
import {brokenBy} from './asked-inside.ts';
import {attemptMove, type Passenger} from './attempt.ts';
import {type Cell, cellsOf, type MatrixSettings, matrixSettings} from './cells.ts';
import {type MatrixRecord, matrixArtefact} from './matrix-record.ts';
import {matrixMetrics, measureMatrix} from './measure-matrix.ts';
import {restartMute} from './restart-mute.ts';

const full: Parameters = {
  intervalMs: 10,
  options: ['pre-copy', 'auto-converge', 'post-copy', 'multifd', 'xbzrle', 'tls'],
  dirtyRates: ['0', '4', '8', '12', '20', '24'],
  verifiedUpTo: 4,
  workingSetMiB: 64,
  usedMiB: ['16'],
  together: ['1'],
  bandwidthMiBPerSecond: 16,
  downtimeMs: 300,
  deadlineSeconds: 60,
  restSeconds: 3,
};
const quick: Parameters = {
  ...full,
  options: ['pre-copy', 'post-copy'],
  dirtyRates: ['0', '8', '32'],
  bandwidthMiBPerSecond: 24,
  workingSetMiB: 48,
  deadlineSeconds: 30,
  restSeconds: 2,
};

/** A cell's own work beside its migration: asking, laying out, starting and ending a writer. */
const cellSeconds = 8;
const homeDeadlineMs = 120_000;

function matrixScenario(name: string, purpose: string, changed: Parameters = {}): Scenario {
  return {
    name,
    family: 'migration',
    purpose,
    needs: {nodes: 2, guests: 1, planes: ['service']},
    impact: () => 'disruptive',
    claims: [],
    provides: matrixMetrics,
    expects: expectsMoves,
    parameters: {full: {...full, ...changed}, quick: {...quick, ...changed}},
    estimateSeconds(parameters) {
      const asked = parametersOf(matrixSettings, parameters);
      return cellsOf(asked).length * (cellSeconds + 2 * asked.restSeconds + asked.deadlineSeconds * 0.7) + 20;
    },
    preview: (cluster, parameters) => previewMatrix(cluster, parametersOf(matrixSettings, parameters)),
    run: runMatrix,
    measure: measureMatrix,
  };
}

export const matrix = matrixScenario(
  'migration/matrix',
  'A guest whose memory is written to at a known rate moves by every option: time, pause, brown-out, and the rate from which it does not converge; after each move it is asked from inside.',
);

export const together = matrixScenario(
  'migration/together',
  'One, two and four guests move at once, each under its own writer: what that adds to their times and pauses.',
  {options: ['pre-copy'], dirtyRates: ['4'], together: ['1', '2', '4'], bandwidthMiBPerSecond: 32},
);

/** Any guest may have moved, and none is started anew. */
export function expectsMoves({guests}: TrialFacts) {
  return {
    fences: {},
    guests: Object.fromEntries(guests.map(({guest}) => [guest, ['unharmed', 'migrated'] as const])),
  };
}

function previewMatrix(cluster: Cluster, asked: MatrixSettings) {
  const [guest] = cluster.guests;
  const [first, second] = cluster.nodes;
  if (guest === undefined || first === undefined || second === undefined) return [];
  const parameters = {migration_transport: 'tcp'};
  return [
    beaconPreview(cluster, 'watch', [guest]),
    ...cellsOf(asked).map(({option}) => {
      const request = {guest, to: second, parameters, option, bandwidthMiBPerSecond: asked.bandwidthMiBPerSecond};
      return {host: first.name, argv: migrateCommand({...request, timeoutMs: 0}).argv};
    }),
    {host: second.name, argv: domjobinfoCommand(guest.name).argv},
  ];
}

async function runMatrix(trial: Trial): Promise<void> {
  const {cluster} = trial;
  const asked = parametersOf(matrixSettings, trial.planned.parameters);
  const clock = await clockOffset(cluster, cluster.client);
  if (!clock.ok) throw new Error(clock.error);
  const cells = cellsOf(asked);
  const guests = cluster.guests.slice(0, Math.max(...cells.map(cell => cell.together)));
  const homes = await homesOf(cluster, guests);
  const formed = must(await membershipsFormed(cluster));
  const record: MatrixRecord = {clock: clock.value, cells: []};
  const durationSeconds = cells.length * (2 * asked.deadlineSeconds + 120);
  try {
    await whileWatched(trial, guests, {intervalMs: asked.intervalMs, durationSeconds}, () =>
      whileHeld(trial, homes, passengers => walkCells(trial, passengers, cells, asked, record)),
    );
  } finally {
    const after = await membershipsFormed(cluster);
    if (after.ok) record.memberships = {before: formed, after: after.value};
    await keepJson(trial, matrixArtefact, record);
  }
  await keepLedgers(trial, guests);
  await goHome(trial, homes);
}

/** The guests are left alone by the cluster while `body` moves them; whoever heals gives them back. */
async function whileHeld(
  trial: Trial,
  homes: ReadonlyMap<Guest, Host>,
  body: (passengers: readonly Passenger[]) => Promise<void>,
): Promise<void> {
  const {cluster} = trial;
  trial.say(`the cluster leaves ${namesOf([...homes.keys()])} alone`);
  const passengers: Passenger[] = [];
  const gone: (() => Promise<void>)[] = [];
  for (const [guest, at] of homes) {
    const definition = must(await resourceDefinition(cluster, guest.resource));
    gone.push(await trial.leave({what: 'moved-guest', host: at.name, guest: guest.name}));
    must(await holdGuest(cluster, guest));
    passengers.push({guest, at, parameters: definition?.parameters ?? {}, laid: ''});
  }
  await body(passengers);
  for (const {guest} of passengers) await clearPattern(cluster, guest);
  trial.say(`giving ${namesOf([...homes.keys()])} back to the cluster`);
  for (const guest of homes.keys()) must(await giveGuestBack(cluster, guest));
  for (const done of gone) await done();
}

/** A guest that a move has broken proves nothing more: the matrix ends there. */
async function walkCells(
  trial: Trial,
  passengers: readonly Passenger[],
  cells: readonly Cell[],
  asked: MatrixSettings,
  record: MatrixRecord,
): Promise<void> {
  let used = 0;
  const refusals = await refusalsOf(trial, cells);
  for (const [index, cell] of cells.entries()) {
    const movers = passengers.slice(0, cell.together);
    if (movers.length < cell.together) {
      record.cells.push({...cell, refused: `there are ${passengers.length} guests only`, attempts: []});
      continue;
    }
    const refused = refusals.get(cell.option);
    if (refused !== undefined) {
      record.cells.push({...cell, refused, attempts: []});
      continue;
    }
    if (cell.usedMiB !== used) {
      for (const passenger of passengers)
        passenger.laid = must(await layPattern(trial.cluster, passenger.guest, cell.usedMiB));
      used = cell.usedMiB;
    }
    const attempts = await Promise.all(
      movers.map(async passenger => {
        const to = nextNode(trial.cluster, passenger.at);
        const attempt = await attemptMove(trial, passenger, {index, cell, to}, asked);
        if (attempt.end === 'moved') passenger.at = to;
        return attempt;
      }),
    );
    record.cells.push({...cell, attempts});
    if (attempts.some(attempt => brokenBy(attempt).length > 0) || trial.signal.aborted) {
      await restartMute(
        trial,
        movers.map(({guest}, index) => ({guest, after: attempts[index]?.after})),
      );
      return;
    }
  }
}

/** Every option is asked about once, on every node, before anything moves. */
async function refusalsOf(
  {cluster, say}: Trial,
  cells: readonly Cell[],
): Promise<ReadonlyMap<MigrationOption, string>> {
  const refusals = new Map<MigrationOption, string>();
  for (const option of new Set(cells.map(cell => cell.option))) {
    const why = await refusal(cluster, option, cluster.nodes);
    if (why === undefined) continue;
    refusals.set(option, why);
    say(`not applicable: ${option}: ${why}`);
  }
  return refusals;
}

function nextNode({nodes}: Cluster, at: Host): Host {
  const next = nodes[(nodes.findIndex(({name}) => name === at.name) + 1) % nodes.length];
  if (next === undefined || next.name === at.name) throw new Error('there is no other node to move to');
  return next;
}

export async function homesOf(cluster: Cluster, guests: readonly Guest[]): Promise<ReadonlyMap<Guest, Host>> {
  const homes = new Map<Guest, Host>();
  for (const [guest, names] of await nodesOfGuests(cluster, guests)) {
    const home = cluster.nodes.find(({name}) => names.join() === name);
    if (home === undefined) throw new Error(`${guest.name} does not run on exactly one node of the inventory`);
    homes.set(guest, home);
  }
  return homes;
}

/** What comes after it finds the guests where they were. */
async function goHome(trial: Trial, homes: ReadonlyMap<Guest, Host>): Promise<void> {
  for (const [guest, home] of homes)
    must(await moveAndWait(trial.cluster, guest.resource, home.name, homeDeadlineMs, trial.signal));
}

export function must<T>(result: Result<T, string>): T {
  if (!result.ok) throw new Error(result.error);
  return result.value;
}
