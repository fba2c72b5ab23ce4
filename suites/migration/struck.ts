/**
 * A migration by the cluster itself that is struck while it goes on. The moment is told by libvirt's own events: the
 * first round over the memory (perform), the pause before the guest runs on the other side (finish).
 */
import {z} from 'zod';
import {clockOffset} from '../../harness/cluster/clocks.ts';
import {readOnly, stdoutOf} from '../../harness/cluster/commands.ts';
import {giveGuestBack} from '../../harness/cluster/held.ts';
import {speedCommand} from '../../harness/cluster/migration.ts';
import {
  cleanup,
  clearMove,
  moveCommand,
  moveResource,
  waitForIdle,
  waitUntilRuns,
} from '../../harness/cluster/pacemaker.ts';
import {type FaultKind, impactOfFault} from '../../harness/faults/fault.ts';
import {expectsOfFaults, faultNamed, faults} from '../../harness/faults/index.ts';
import {askInside, type Inside, layPattern} from '../../harness/guest/inside.ts';
import {quietGuest} from '../../harness/guest/quiet.ts';
import {incarnationOf} from '../../harness/probes/beacon/driver.ts';
import type {
  Cluster,
  Expects,
  Fate,
  Fault,
  Guest,
  Host,
  Parameters,
  Scenario,
  Trial,
  TrialFacts,
} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {keepJson} from '../steps/artefacts.ts';
import {keepLedgers} from '../steps/ledger.ts';
import {parametersOf} from '../steps/parameters.ts';
import {pause} from '../steps/pause.ts';
import {beaconPreview, whileWatched} from '../steps/watch.ts';
import {whereaboutsOf} from './ask-whereabouts.ts';
import {homesOf, must} from './matrix.ts';
import {measureStruck, type StruckRecord, struckArtefact} from './measure-struck.ts';
import {restartMute} from './restart-mute.ts';

interface Blow {
  name: string;
  purpose: string;
  fault: FaultKind['name'];
  phase: 'perform' | 'finish';
  /** Which ends of the migration it strikes. */
  on: readonly ('source' | 'target')[];
  /** It waits by itself for its moment, given before the migration begins. */
  armed?: true;
  parameters?: (guest: Guest) => Parameters;
  /** Every end that is lawful for the guest on its way, over what the fault itself makes lawful. */
  fates: readonly Fate[];
  /** Healed after so many seconds, while the migration still waits; else when all is measured. */
  healedAfterSeconds?: number;
}

const blows: readonly Blow[] = [
  {
    name: 'killed-in-perform',
    purpose:
      'The command that moves a guest is killed while memory is being sent: the guest must not live twice, nothing be left at the target, and the cluster have it running.',
    fault: 'migration-killed',
    phase: 'perform',
    on: ['source'],
    armed: true,
    parameters: ({name}) => ({guest: name, phase: 'perform'}),
    fates: ['unharmed', 'restarted'],
  },
  {
    name: 'killed-in-finish',
    purpose:
      'The command that moves a guest is killed when the guest is paused here and not yet running there: it must run once, here or there, or be started anew.',
    fault: 'migration-killed',
    phase: 'finish',
    on: ['source'],
    armed: true,
    parameters: ({name}) => ({guest: name, phase: 'finish'}),
    fates: ['unharmed', 'migrated', 'restarted'],
  },
  {
    name: 'path-cut',
    purpose:
      "A migration's own connection is cut for 10 s while memory is being sent: it must go on, or be given up; the guest must not notice.",
    fault: 'migration-path-cut',
    phase: 'perform',
    on: ['source', 'target'],
    fates: ['unharmed', 'migrated'],
    healedAfterSeconds: 10,
  },
  {
    name: 'target-dies',
    purpose:
      'The node that a guest is moving to loses its power: it is fenced, and the guest must go on or be started anew, once.',
    fault: 'host-crash',
    phase: 'perform',
    on: ['target'],
    fates: ['unharmed', 'migrated', 'restarted'],
  },
  {
    name: 'source-dies',
    purpose:
      'The node that a guest is moving away from loses its power: it is fenced, and the guest must be started anew elsewhere, once.',
    fault: 'host-crash',
    phase: 'perform',
    on: ['source'],
    fates: ['restarted'],
  },
];

const settings = z.object({
  intervalMs: z.number().int().min(1).max(1000),
  /** Of the migration: slow enough for the moment to be met. */
  speedMiBPerSecond: z.number().int().min(1),
  usedMiB: z.number().int().min(1),
  recoverySeconds: z.number().min(10).max(3600),
});
const full: Parameters = {intervalMs: 10, speedMiBPerSecond: 16, usedMiB: 16, recoverySeconds: 300};
const quick: Parameters = {...full, recoverySeconds: 180};
const eventSeconds = 60;
const restSeconds = 3;

export const struckMigrations: readonly Scenario[] = blows.map(blow => {
  const kind = faults.find(({name}) => name === blow.fault);
  if (kind === undefined) throw new Error(`no fault is named ${blow.fault}`);
  const {claims, provides} = {claims: [], provides: ['migration.blackout', 'migration.lost-writes']};
  return {
    name: `migration/${blow.name}`,
    family: 'migration',
    purpose: blow.purpose,
    needs: {...kind.needs, guests: 1, planes: ['service']},
    impact: () => impactOfFault(kind.effect({})),
    claims,
    provides,
    expects: facts => expectsOfBlow(blow, facts),
    parameters: {full, quick},
    estimateSeconds: () => 60 + (kind.effect({}).fences.includes(1) ? 60 : 0),
    preview: cluster => previewOf(cluster, blow),
    run: trial => strike(trial, blow),
    measure: raw => measureStruck(raw),
  };
});

/** The guest on its way is the first; of the others and of the nodes the fault itself says what is lawful. */
function expectsOfBlow({fates}: Blow, facts: TrialFacts): Expects {
  const own = expectsOfFaults(facts);
  const [first] = facts.guests;
  return first === undefined ? own : {...own, guests: {...own.guests, [first.guest]: fates}};
}

function previewOf(cluster: Cluster, blow: Blow) {
  const [guest] = cluster.guests;
  const [source, target] = cluster.nodes;
  if (guest === undefined || source === undefined || target === undefined) return [];
  const fault = faultOf(cluster, blow, guest, {source, target});
  return [
    beaconPreview(cluster, 'watch', cluster.guests),
    {host: source.name, argv: speedCommand(guest.name, Number(full.speedMiBPerSecond)).argv},
    {host: source.name, argv: moveCommand(guest.resource, target.name).argv},
    {host: source.name, argv: ['sh', '-c', fault.describe]},
  ];
}

interface Ends {
  source: Host;
  target: Host;
}

function faultOf(cluster: Cluster, {fault, on, parameters}: Blow, guest: Guest, ends: Ends): Fault {
  const nodes = on.map(end => ends[end].name);
  return must(faultNamed(cluster, fault, nodes, parameters?.(guest) ?? {}));
}

async function strike(trial: Trial, blow: Blow): Promise<void> {
  const {cluster} = trial;
  const asked = parametersOf(settings, trial.planned.parameters);
  const {guest, ends} = await sceneOf(cluster);
  const clock = must(await clockOffset(cluster, cluster.client));
  const given = await trial.leave({what: 'moved-guest', host: ends.source.name, guest: guest.name});
  must(await stdoutOf(cluster.transport, ends.source, speedCommand(guest.name, asked.speedMiBPerSecond)));
  const laid = must(await layPattern(cluster, guest, asked.usedMiB));
  const watch = {intervalMs: asked.intervalMs, durationSeconds: asked.recoverySeconds + eventSeconds + 120};
  const fault = faultOf(cluster, blow, guest, ends);
  const before = await askInside(cluster, guest);
  await whileWatched(trial, cluster.guests, watch, async () => {
    await pause(trial, restSeconds);
    const struck = await struckAtItsMoment(trial, blow, fault, guest, ends);
    const outcome = await untilOver(trial, blow, fault, guest, asked.recoverySeconds * 1000);
    const after = await askedOnceServed(trial, guest, asked.recoverySeconds * 1000);
    await pause(trial, restSeconds);
    const record: StruckRecord = {
      fault: blow.fault,
      phase: blow.phase,
      guest: guest.name,
      source: ends.source.name,
      target: ends.target.name,
      clock,
      laid,
      before,
      ...struck,
      ...outcome,
      after,
      ...(await whereaboutsOf(cluster, guest)),
    };
    await keepJson(trial, struckArtefact, record);
    await restartMute(trial, [{guest, after}]);
  });
  await keepLedgers(trial, cluster.guests);
  if (blow.healedAfterSeconds === undefined) await trial.heal(fault);
  must(await clearMove(cluster, guest.resource));
  must(await cleanup(cluster, guest.resource));
  must(await giveGuestBack(cluster, guest));
  // One that answers no more is told of by the record.
  await quietGuest(cluster, guest);
  await given();
}

async function sceneOf(cluster: Cluster): Promise<{guest: Guest; ends: Ends}> {
  const homes = await homesOf(cluster, cluster.guests);
  const [first] = homes;
  if (first === undefined) throw new Error('the cluster has no guest');
  const [guest, source] = first;
  const occupied = new Set([...homes.values()].map(({name}) => name));
  const others = cluster.nodes.filter(({name}) => name !== source.name);
  const target = others.find(({name}) => !occupied.has(name)) ?? others[0];
  if (target === undefined) throw new Error('there is no other node to move to');
  return {guest, ends: {source, target}};
}

/** The harness's wall clock around the blow, and what says that the migration was under way. */
async function struckAtItsMoment(trial: Trial, blow: Blow, fault: Fault, guest: Guest, {source, target}: Ends) {
  const {cluster} = trial;
  trial.say(
    `moving ${guest.name} to ${target.name}, to be struck in its ${blow.phase} phase: ${blow.name}`,
    source.name,
  );
  const move = async () => must(await moveResource(cluster, guest.resource, target.name));
  if (blow.armed) {
    // What strikes by itself has struck when it has ended.
    const striking = trial.inject(fault);
    striking.catch(() => undefined);
    await pause(trial, 1);
    await move();
    await striking;
    const wallStruckMs = Date.now();
    return {wallStruckMs, evidence: `libvirt told of it, and the command was killed`};
  }
  const event = ['event', '--domain', guest.name, '--event', 'migration-iteration', '--timeout', String(eventSeconds)];
  const look = readOnly(['virsh', '--connect', 'qemu:///system', ...event], (eventSeconds + 10) * 1000);
  const begun = stdoutOf(cluster.transport, source, look);
  await pause(trial, 1);
  await move();
  const evidence = must(await begun).split('\n')[0] ?? '';
  const {wallBeforeMs} = await trial.inject(fault);
  return {wallStruckMs: wallBeforeMs, evidence};
}

/** A guest that was started anew needs its time until it can be asked; one that never answers is asked all the same. */
async function askedOnceServed({cluster, signal}: Trial, guest: Guest, deadlineMs: number): Promise<Inside> {
  let last: Inside | undefined;
  await waitFor(
    `${guest.name} to serve and to be asked`,
    deadlineMs,
    async () => {
      if (!(await incarnationOf(cluster, guest)).ok) return undefined;
      last = await askInside(cluster, guest);
      return last.silent === undefined ? true : undefined;
    },
    {intervalMs: 500, signal},
  );
  return last ?? askInside(cluster, guest);
}

/** Until the cluster has nothing left to do and the guest runs once; whether that was in time, and whether it bit. */
async function untilOver(trial: Trial, blow: Blow, fault: Fault, guest: Guest, deadlineMs: number) {
  const {cluster, signal} = trial;
  if (blow.healedAfterSeconds !== undefined) await pause(trial, blow.healedAfterSeconds);
  const reached = await fault.reached(cluster);
  if (blow.healedAfterSeconds !== undefined) await trial.heal(fault);
  const idle = await waitForIdle(cluster, deadlineMs, signal);
  const runs = idle.ok ? await waitUntilRuns(cluster, guest.resource, deadlineMs, {signal}) : idle;
  return {
    bit: {yes: reached.ok, evidence: reached.ok ? reached.value : reached.error},
    recovered: runs.ok ? {node: runs.value} : {why: runs.error},
    wallOverMs: Date.now(),
  };
}
