/** Fire drills: each alarm by its cause, until its message is there, its action is done, and it is quiet again. */
import {z} from 'zod';
import {clockOffset} from '../../harness/cluster/clocks.ts';
import {fatesOf, impactOfFault} from '../../harness/faults/fault.ts';
import {expectsOfFaults, faults} from '../../harness/faults/index.ts';
import {type AlarmFacts, parseAlarmFacts, secondsOf} from '../../harness/parse/alarm-probe.ts';
import {type Asked, alarmProbeCommand, waitForAlarm, watchAlarms} from '../../harness/probes/alarms/driver.ts';
import {type QuantityWatch, watchQuantity} from '../../harness/probes/alarms/quantity.ts';
import type {Cluster, Expects, Host, Scenario, Trial, TrialFacts} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {type Reached, reachedBy} from '../resilience/timeline.ts';
import {fencesSoFar, untilFenced, untilIdle} from '../services/fences.ts';
import {keepJson} from '../steps/artefacts.ts';
import {parametersOf} from '../steps/parameters.ts';
import {pause} from '../steps/pause.ts';
import {namesInCluster, namesOf} from './about.ts';
import {lookFor} from './actions.ts';
import {type Alarm, alarms} from './alarms.ts';
import {quantityOf} from './bite.ts';
import {causeNames, causeSeconds, causesOf, folderOf, type Subject} from './causes.ts';
import {notKnown} from './credit.ts';
import {done} from './done.ts';
import {type AlarmRecord, alarmArtefact, alarmLogArtefact, quantityArtefact, ruleArtefact} from './facts.ts';
import {alarmMetrics, measureAlarm} from './measure.ts';
import {type Place, quietPlace, ruleOf} from './place.ts';

const optionsSchema = z.object({
  /** Beyond what the intervals of looking and grouping take: how long an alarm, its message, its action may take. */
  graceSeconds: z.number().min(5).max(600),
});

/** An earlier cause is told of for so long where its alarm lasts: five minutes by the guide. */
const lingersSeconds = 300;
const baselineSeconds = 2;
const actionIntervalMs = 250;
const fenceSeconds = 60;
const stopGraceMs = 8_000;
const undoneMs = 60_000;

export const alarmScenarios: readonly Scenario[] = alarms.map(alarmScenario);

function alarmScenario(alarm: Alarm): Scenario {
  const kinds = causeNames(alarm.kind).flatMap(name => faults.find(each => each.name === name) ?? []);
  const folder = folderOf(alarm.kind);
  const monitoring = {alerts: [alarm.kind], ...(folder && {folder})};
  const tools = [...new Set([...(alarm.needs.tools ?? []), 'python3' as const])];
  const impact = kinds.map(({effect}) => impactOfFault(effect({})));
  return {
    name: `alarm/${alarm.kind}`,
    purpose: alarm.purpose,
    family: 'alarm',
    needs: {...alarm.needs, monitoring, tools},
    impact: () => (impact.includes('destructive') ? 'destructive' : 'disruptive'),
    claims: alarm.claims,
    provides: alarmMetrics(alarm),
    expects: facts => expectsOf(alarm, facts),
    parameters: {full: {graceSeconds: 30}, quick: {graceSeconds: 30}},
    estimateSeconds: () => 15 + Math.ceil(alarm.buildsUpSeconds / 2),
    mayTakeSeconds: 160 + 4 * alarm.buildsUpSeconds + (alarm.lasts ? lingersSeconds : 0),
    preview: cluster => previewOf(cluster, alarm),
    run: trial => drill(trial, alarm),
    measure: raw => measureAlarm(raw, alarm),
  };
}

/** What moves a guest away is the action. */
function expectsOf(alarm: Alarm, facts: TrialFacts): Expects {
  const expected = expectsOfFaults(facts);
  if (alarm.action !== 'guest-moved') return expected;
  const struck = facts.injections.flatMap(({nodes}) => nodes);
  const moved = facts.guests.filter(({node}) => struck.includes(node)).map(({guest}) => guest);
  const fates = [...fatesOf({fences: [0], guests: 'unharmed'}), 'migrated' as const];
  return {...expected, guests: {...expected.guests, ...Object.fromEntries(moved.map(guest => [guest, fates]))}};
}

function previewOf(cluster: Cluster, alarm: Alarm) {
  const {monitoring, nodes, guests, client} = cluster;
  const [node] = nodes;
  if (monitoring === undefined || node === undefined) return [];
  const subject = {node: node.name, ...(guests[0] && {guest: guests[0].name})};
  const facts = {query: '> 10e9', scrapeSeconds: 15, seconds: 60};
  return [
    {host: client.name, argv: alarmProbeCommand(monitoring, {mode: 'watch'}, 60).argv},
    ...causesOf(cluster, alarm.kind, subject, facts).map(({describe}) => ({host: node.name, argv: [describe]})),
  ];
}

/** How long each step may take by the intervals that are in force. */
interface Patience {
  scrapeSeconds: number;
  /** Until it fires and its message is there. */
  firingSeconds: number;
  /** After the cause is gone, until it is quiet. */
  quietSeconds: number;
}

function patienceOf(facts: AlarmFacts, alarm: Alarm, graceSeconds: number): Patience {
  const {rule} = facts;
  const scrapeSeconds = Math.max(...facts.scrape.map(each => secondsOf(each) ?? 60));
  // Rates look back over some scrapes, and what was scraped last counts for a while.
  const looks = 5 * scrapeSeconds + 2 * (rule?.evaluationSeconds ?? 0);
  const told = Math.max(
    ...[facts.groupWait, ...facts.groupWaits, ...facts.groupIntervals].map(each => secondsOf(each) ?? 30),
  );
  const firing = alarm.buildsUpSeconds + looks + (rule?.forSeconds ?? 0) + told + graceSeconds;
  return {scrapeSeconds, firingSeconds: firing, quietSeconds: looks + 60 + graceSeconds};
}

/** Where and whose what the alert watches is looked at: a node that is down is looked at from outside. */
function watchedAt(
  {client, monitoring}: Cluster,
  kind: Alarm['kind'],
  {node, guest}: Place,
  {scrapeSeconds}: Patience,
): QuantityWatch & {host: Host} {
  const quantity = quantityOf(kind);
  const of: Readonly<Record<QuantityWatch['quantity'], string | undefined>> = {
    answers: node.addresses.management,
    room: monitoring?.folders.storage,
    load: monitoring?.folders.storage,
    bytes: monitoring?.folders.logs,
    spool: undefined,
    processors: guest?.name,
    state: guest?.name,
    daemon: 'libvirtd',
    health: 'cluster',
  };
  const everySeconds = Math.min(5, Math.max(0.5, scrapeSeconds / 4));
  return {host: quantity === 'answers' ? client : node, quantity, name: of[quantity] ?? '', everySeconds};
}

async function drill(trial: Trial, alarm: Alarm): Promise<void> {
  const {cluster, planned} = trial;
  const {graceSeconds} = parametersOf(optionsSchema, planned.parameters);
  const {monitoring, rule} = ruleOf(cluster, alarm);
  const source = alarm.source?.selector ?? null;
  const asking = alarmProbeCommand(monitoring, {mode: 'facts', rule, source}, 10);
  const said = await trial.record(ruleArtefact, cluster.client, asking);
  const facts = done(parseAlarmFacts(said.stdout, ruleArtefact));
  const unknown = notKnown({alarm, facts});
  if (unknown !== undefined) throw new Error(`expected ${unknown.expected}, found ${unknown.found}`);
  const patience = patienceOf(facts, alarm, graceSeconds);
  trial.allow(2 * patience.firingSeconds + 2 * patience.quietSeconds + fenceSeconds);
  const place = await quietPlace(trial, alarm, facts.rule?.query ?? '', patience.quietSeconds);
  const clock = done(await clockOffset(cluster, cluster.client));
  const seconds = patience.firingSeconds + patience.quietSeconds + 600;
  const {host, ...asked} = watchedAt(cluster, alarm.kind, place, patience);
  const quantityClock = done(await clockOffset(cluster, host));
  const watch = await watchAlarms(cluster, monitoring, seconds);
  const quantity = await watchQuantity(cluster, host, asked, seconds);
  try {
    await pause(trial, baselineSeconds);
    const record = await struck(trial, alarm, place, {patience, query: facts.rule?.query ?? ''});
    await keepJson(trial, alarmArtefact, {...record, clock, quantityClock});
    if (!alarm.lasts) {
      trial.say('waiting until it is quiet again');
      await waitForAlarm(
        cluster,
        monitoring,
        {mode: 'quiet', pending: false, rule, names: place.names, node: namesOf(place.node)},
        patience.quietSeconds,
      );
    }
    await pause(trial, 1);
  } finally {
    await trial.keep(quantityArtefact, (await quantity.stop(stopGraceMs)).stdout);
    const {stdout, stderr} = await watch.stop(stopGraceMs);
    await trial.keep(alarmLogArtefact, stdout);
    if (stderr !== '') await trial.keep(`${alarmLogArtefact}.stderr`, stderr);
  }
  await untilIdle(trial);
}

/** The cause, in force until all that is to come of it is there or was waited for. */
async function struck(
  trial: Trial,
  alarm: Alarm,
  place: Place,
  {patience, query}: {patience: Patience; query: string},
): Promise<Omit<AlarmRecord, 'clock' | 'quantityClock'>> {
  const {cluster} = trial;
  const {monitoring, node, guest, guests, names} = place;
  const subject: Subject = {node: node.name, ...(guest && {guest: guest.name})};
  const {scrapeSeconds, firingSeconds} = patience;
  const lasting = Math.ceil(2 * firingSeconds);
  const causeFacts = {query, scrapeSeconds, seconds: lasting};
  const causes = causesOf(cluster, alarm.kind, subject, causeFacts);
  const fences = await fencesSoFar(cluster);
  await untilNotDone(trial, alarm, place);
  const injections: AlarmRecord['injections'] = [];
  for (const cause of causes) injections.push(await trial.inject(cause));
  trial.say('waiting for the alarm, its message and what it makes happen');
  // An action may be there before its message: a cluster switches by itself.
  const asked: Asked = {rule: place.rule, names, node: namesOf(node)};
  const firing = waitForAlarm(cluster, monitoring, {mode: 'firing', message: true, ...asked}, firingSeconds);
  const acting = untilActed(trial, alarm, place, firingSeconds);
  await Promise.all([firing, pause(trial, causeSeconds(alarm.kind, causeFacts))]);
  const acted = await acting;
  const reached: Reached[] = [];
  for (const cause of causes) reached.push(await reachedOf(cluster, alarm, cause, acted.action !== undefined));
  if (causeNames(alarm.kind).includes('host-crash')) {
    await untilFenced(trial, node.name, fences, fenceSeconds * 1000);
  }
  const ended = alarm.actionEnds ? acted.action?.wallMs : undefined;
  const endedWallMs = ended ?? Date.now();
  for (const cause of causes) await trial.heal(cause);
  return {
    alarm: alarm.kind,
    rules: monitoring.alerts,
    ...subject,
    names: [...names],
    nodeNames: [...namesOf(node)],
    cluster: [...namesInCluster(cluster)],
    ...(place.mountpoint !== undefined && {mountpoint: place.mountpoint}),
    guests: guests.map(({name}) => name),
    injections: injections.map(({wallBeforeMs}) => ({wallBeforeMs})),
    reached,
    ...(acted.action && {action: acted.action}),
    actionUntilWallMs: acted.untilWallMs,
    endedWallMs,
  };
}

/** What an earlier message made happen may last for a while, and would be taken for what this one does. */
async function untilNotDone({cluster, signal}: Trial, {kind, action}: Alarm, place: Place): Promise<void> {
  // Where nothing was put there is nothing to be cleaned.
  if (action === undefined || action === 'logs-cleaned') return;
  const look = lookFor(cluster, action, place);
  const what = `what ${kind} makes happen to be undone`;
  const undone = await waitFor(what, undoneMs, async () => ((await look()) === undefined ? true : undefined), {signal});
  if (!undone.ok) throw new Error(`it is so already, before there is a cause: ${undone.error}`);
}

/** A log that was cleaned away bit, although it cannot be asked any more. */
async function reachedOf(
  cluster: Cluster,
  {action}: Alarm,
  cause: Parameters<typeof reachedBy>[1],
  acted: boolean,
): Promise<Reached> {
  if (action === 'logs-cleaned' && acted) return {fault: cause.kind, bit: true, evidence: 'it was cleaned away'};
  return reachedBy(cluster, cause);
}

async function untilActed(
  {cluster, signal}: Trial,
  {action}: Alarm,
  {node, guests, guest}: Place,
  seconds: number,
): Promise<{action?: AlarmRecord['action']; untilWallMs: number}> {
  if (action === undefined) return {untilWallMs: Date.now()};
  const look = lookFor(cluster, action, {node, guests, guest});
  let sinceWallMs = Date.now();
  const found = await waitFor(
    `what the alarm makes happen on ${node.name}`,
    seconds * 1000,
    async () => {
      const begunMs = Date.now();
      const evidence = await look().catch(() => undefined);
      if (evidence !== undefined) return {sinceWallMs, wallMs: Date.now(), evidence};
      sinceWallMs = begunMs;
      return undefined;
    },
    {intervalMs: actionIntervalMs, signal},
  );
  return {...(found.ok && {action: found.value}), untilWallMs: Date.now()};
}
