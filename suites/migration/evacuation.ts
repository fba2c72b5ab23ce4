/**
 * A node is emptied for maintenance, as its owner would do it: standby, and every guest moves away at once, at full
 * speed, each under its own writer; then all come home.
 */
import {z} from 'zod';
import {clockOffset} from '../../harness/cluster/clocks.ts';
import {moveAndWait, moveCommand, setStandby, waitForIdle, waitUntilRuns} from '../../harness/cluster/pacemaker.ts';
import {membershipsFormed} from '../../harness/cluster/ring-counts.ts';
import {askInside, clearPattern, insideSchema, layPattern} from '../../harness/guest/inside.ts';
import {startWriter, stopWriter} from '../../harness/guest/writer.ts';
import type {Artefacts, Guest, Host, Measured, Parameters, Scenario, Trial} from '../../harness/types.ts';
import {jsonArtefact, keepJson} from '../steps/artefacts.ts';
import {namesOf} from '../steps/guests.ts';
import {keepLedgers, measureLedger} from '../steps/ledger.ts';
import {ofAll, onlyProblems, together} from '../steps/measured.ts';
import {parametersOf} from '../steps/parameters.ts';
import {pause} from '../steps/pause.ts';
import {beaconPreview, dualActiveFindings, watchLog, whileWatched} from '../steps/watch.ts';
import {brokenFinding, brokenInside} from './asked-inside.ts';
import {clientFigures} from './client-figures.ts';
import {expectsMoves, homesOf, must} from './matrix.ts';
import {membershipsLost} from './measure-matrix.ts';
import {directions} from './record.ts';
import {restartMute} from './restart-mute.ts';

const settings = z.object({
  intervalMs: z.number().int().min(1).max(1000),
  /** So many guests are brought to the node first. */
  guests: z.number().int().min(1).max(16),
  /** What a writer in each changes of its memory, at random; 0 for none. MiB/s. */
  dirtyMiBPerSecond: z.number().int().min(0),
  workingSetMiB: z.number().int().min(8),
  /** Watched before, between and after. */
  restSeconds: z.number().min(1).max(60),
  deadlineSeconds: z.number().min(5).max(3600),
});
type Settings = z.infer<typeof settings>;

const full: Parameters = {
  intervalMs: 10,
  guests: 4,
  dirtyMiBPerSecond: 4,
  workingSetMiB: 48,
  restSeconds: 3,
  deadlineSeconds: 300,
};
const quick: Parameters = {...full, guests: 2, restSeconds: 2, deadlineSeconds: 180};
const patternMiB = 16;
const artefact = 'evacuation.json';

const counts = z.record(z.string(), z.number());
const recordSchema = z.object({
  node: z.string(),
  clock: z.object({offsetMs: z.number(), halfWidthMs: z.number().nonnegative()}),
  memberships: z.object({before: counts, after: counts}),
  guests: z.array(
    z.object({
      guest: z.string(),
      laid: z.string(),
      before: insideSchema,
      after: insideSchema,
      /** Why its writer had nothing to say at the end. */
      lost: z.string().optional(),
    }),
  ),
  /** Wall clocks of the harness. */
  legs: z.array(
    z.object({
      leg: z.enum(directions),
      wallRestMs: z.number(),
      wallBeginMs: z.number(),
      wallEndMs: z.number(),
    }),
  ),
});
type EvacuationRecord = z.infer<typeof recordSchema>;

export const evacuation: Scenario = {
  name: 'migration/evacuation',
  family: 'migration',
  purpose:
    'A node is emptied by standby, and its guests come home again: how long it takes, what each client notices; no fence, and no membership lost.',
  needs: {nodes: 2, guests: 1, planes: ['service']},
  impact: () => 'disruptive',
  claims: [],
  provides: ['migration.evacuated', 'migration.blackout', 'migration.lost-writes', 'migration.memberships-lost'],
  expects: expectsMoves,
  parameters: {full, quick},
  estimateSeconds: parameters => 60 + 20 * parametersOf(settings, parameters).guests,
  preview(cluster) {
    const [guest] = cluster.guests;
    const [node] = cluster.nodes;
    if (guest === undefined || node === undefined) return [];
    return [
      beaconPreview(cluster, 'watch', cluster.guests),
      {host: node.name, argv: ['crm_attribute', '--node', node.name, '--name', 'standby', '--update', 'on']},
      {host: node.name, argv: ['crm_attribute', '--node', node.name, '--name', 'standby', '--delete']},
      {host: node.name, argv: moveCommand(guest.resource, node.name).argv},
    ];
  },
  run: evacuate,
  measure: measureEvacuation,
};

async function evacuate(trial: Trial): Promise<void> {
  const {cluster} = trial;
  const asked = parametersOf(settings, trial.planned.parameters);
  const guests = cluster.guests.slice(0, asked.guests);
  const homes = await homesOf(cluster, guests);
  const [node] = homes.values();
  if (node === undefined) throw new Error('the cluster has no guest');
  trial.say(`bringing ${namesOf(guests)} together`, node.name);
  await moveAll(trial, guests, () => node, asked);
  const clock = must(await clockOffset(cluster, cluster.client));
  const formed = must(await membershipsFormed(cluster));
  const quiet: (() => Promise<void>)[] = [];
  for (const guest of guests) quiet.push(await trial.leave({what: 'moved-guest', host: node.name, guest: guest.name}));
  const before = await Promise.all(guests.map(guest => prepared(trial, guest, asked)));
  const legs: EvacuationRecord['legs'] = [];
  const watch = {
    intervalMs: asked.intervalMs,
    durationSeconds: 2 * asked.deadlineSeconds + 10 * asked.restSeconds + 120,
  };
  await whileWatched(trial, guests, watch, async () => {
    legs.push(await leg(trial, 'out', asked, () => emptied(trial, node, guests, asked)));
    legs.push(await leg(trial, 'back', asked, () => moveAll(trial, guests, () => node, asked)));
    await pause(trial, asked.restSeconds);
  });
  const ended = await Promise.all(guests.map(guest => finished(trial, guest, asked)));
  for (const done of quiet) await done();
  const told = before.map((each, index) => ({...each, ...(ended[index] ?? {after: each.before})}));
  const memberships = {before: formed, after: must(await membershipsFormed(cluster))};
  await keepJson(trial, artefact, {node: node.name, clock, memberships, guests: told, legs} satisfies EvacuationRecord);
  await restartMute(
    trial,
    guests.map((guest, index) => ({guest, after: ended[index]?.after})),
  );
  await keepLedgers(trial, guests);
  await moveAll(trial, guests, guest => homes.get(guest) ?? node, asked);
}

async function prepared({cluster}: Trial, guest: Guest, {dirtyMiBPerSecond, workingSetMiB, ...asked}: Settings) {
  const laid = must(await layPattern(cluster, guest, patternMiB));
  const before = await askInside(cluster, guest);
  const seconds = Math.ceil(2 * asked.deadlineSeconds + 10 * asked.restSeconds);
  const options = {mebibytesPerSecond: dirtyMiBPerSecond, workingSetMiB, seconds, verified: false};
  if (dirtyMiBPerSecond > 0) must(await startWriter(cluster, guest, options));
  return {guest: guest.name, laid, before};
}

async function finished({cluster}: Trial, guest: Guest, {dirtyMiBPerSecond}: Settings) {
  const written = dirtyMiBPerSecond > 0 ? await stopWriter(cluster, guest) : undefined;
  const after = await askInside(cluster, guest);
  await clearPattern(cluster, guest);
  // What the writer found when it read again counts as the kernel's own word.
  const misread = written?.ok && written.value.error !== 0 ? [`the writer read other bytes than it wrote`] : [];
  const lost = written === undefined || written.ok ? {} : {lost: written.error};
  return {after: {...after, kernel: [...after.kernel, ...misread]}, ...lost};
}

async function leg(
  trial: Trial,
  name: (typeof directions)[number],
  asked: Settings,
  move: () => Promise<void>,
): Promise<EvacuationRecord['legs'][number]> {
  const wallRestMs = Date.now();
  await pause(trial, asked.restSeconds);
  const wallBeginMs = Date.now();
  await move();
  return {leg: name, wallRestMs, wallBeginMs, wallEndMs: Date.now()};
}

async function emptied(trial: Trial, node: Host, guests: readonly Guest[], asked: Settings): Promise<void> {
  const {cluster, signal} = trial;
  const gone = await trial.leave({what: 'standby', host: node.name});
  trial.say(`standby: ${namesOf(guests)} are to go elsewhere`, node.name);
  must(await setStandby(cluster, node.name, true));
  const waits = guests.map(({resource}) =>
    waitUntilRuns(cluster, resource, asked.deadlineSeconds * 1000, {notOn: node.name, signal}),
  );
  for (const waited of await Promise.all(waits)) must(waited);
  must(await setStandby(cluster, node.name, false));
  must(await waitForIdle(cluster, asked.deadlineSeconds * 1000, signal));
  await gone();
}

/** All at once. */
async function moveAll(
  {cluster, signal}: Trial,
  guests: readonly Guest[],
  to: (guest: Guest) => Host,
  {deadlineSeconds}: Settings,
): Promise<void> {
  const moves = guests.map(guest =>
    moveAndWait(cluster, guest.resource, to(guest).name, deadlineSeconds * 1000, signal),
  );
  for (const moved of await Promise.all(moves)) must(moved);
}

function measureEvacuation(raw: Artefacts): Measured {
  const record = jsonArtefact(raw, artefact, recordSchema);
  const log = watchLog(raw);
  if (!record.ok || !log.ok) return onlyProblems(...[record, log].flatMap(each => (each.ok ? [] : [each.error])));
  const {clock, legs, guests, memberships} = record.value;
  const times = legs.map(({leg, wallBeginMs, wallEndMs}) => ({
    metric: 'migration.evacuated',
    unit: 's' as const,
    value: (wallEndMs - wallBeginMs) / 1000,
    labels: {leg},
    from: {artefact, path: `/legs/${leg}`},
  }));
  const all = together([
    onlyProblems(...(log.value.damage ? [log.value.damage] : [])),
    {...onlyProblems(), samples: times},
    membershipsLost(memberships, artefact),
    ...guests.flatMap(({guest}) =>
      legs.map(({leg, ...passage}) => clientFigures(log.value, clock, {guest, ...passage}, {leg, guest})),
    ),
    ...guests.map(each => ({
      ...onlyProblems(),
      findings: [
        ...brokenInside(each).map(detail => brokenFinding(detail, artefact)),
        ...dualActiveFindings(log.value, each.guest),
      ],
    })),
    ...guests.map(({guest}) => measureLedger(raw, log.value, guest, 'migration.lost-writes', {guest})),
  ]);
  const names = guests.map(({guest}) => guest);
  const measured = ofAll(names, all, artefact);
  const problem = (guest: string, expected: string, found: string | undefined) =>
    found === undefined ? [] : [{artefact, path: `/guests/${guest}`, expected, found}];
  const unasked = guests.flatMap(({guest, before}) => problem(guest, `${guest} asked from inside`, before.silent));
  const unwritten = guests.flatMap(({guest, lost}) => problem(guest, `a writer in ${guest} until the end`, lost));
  return {
    ...measured,
    // An evacuation without the load that was asked for is another, easier one.
    samples: unwritten.length > 0 ? [] : measured.samples,
    problems: [...measured.problems, ...unasked, ...unwritten],
  };
}
