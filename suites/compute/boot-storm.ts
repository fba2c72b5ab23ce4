/**
 * Guests that are all started at the same moment, as after a power cut: how long each takes until it serves, against
 * one that is started alone, and whether the cluster itself stands it.
 */
import {z} from 'zod';
import {clockOffset} from '../../harness/cluster/clocks.ts';
import {membersGathered, membershipsFormed} from '../../harness/cluster/ring-counts.ts';
import {withGuestsStopped} from '../../harness/settings/restart.ts';
import type {Artefacts, Cluster, Finding, Guest, Measured, Sample, Scenario, Trial} from '../../harness/types.ts';
import {type BeaconLog, lifeSpans, logSecondsAt} from '../../reports/beacon/index.ts';
import {incarnationsNow, untilServedAnew} from '../resilience/recovery.ts';
import {jsonArtefact, keepJson} from '../steps/artefacts.ts';
import {chosenGuests, namesOf} from '../steps/guests.ts';
import {keepLedgers, measureLedger} from '../steps/ledger.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {parametersOf} from '../steps/parameters.ts';
import {beaconPreview, dualActiveFindings, watchArtefact, watchLog, whileWatched} from '../steps/watch.ts';
import {must} from './held.ts';

const settings = z.strictObject({
  guests: z.int().min(2).max(64).describe('at most, of the cluster'),
  deadlineSeconds: z.int().min(30).max(1800).describe('for all of them to serve'),
});
const artefact = 'boot-storm.json';
const intervalMs = 50;

const counts = z.record(z.string(), z.number());
const ring = z.object({formed: counts, gathered: counts});
const recordSchema = z.object({
  /** The client's clock minus the harness's. */
  clock: z.object({offsetMs: z.number(), halfWidthMs: z.number()}),
  ring: z.object({before: ring, after: ring}),
  /** First one guest alone, then all. `wallMs`: the harness's clock when the order to start was given. */
  starts: z.array(z.object({guests: z.array(z.string()).min(1), wallMs: z.number()})).length(2),
});
type BootStorm = z.infer<typeof recordSchema>;

export const bootStorm: Scenario = {
  name: 'compute/boot-storm',
  family: 'compute',
  purpose:
    'All guests are started at once: how long until each serves, against one that is started alone; no fence, and no membership lost.',
  needs: {guests: 2, planes: ['service']},
  // Guests are stopped and started, by the cluster.
  impact: () => 'disruptive',
  claims: [],
  provides: ['compute.boot', 'compute.boot-memberships', 'compute.boot-lost-writes'],
  expects: ({guests}) => ({fences: {}, guests: Object.fromEntries(guests.map(({guest}) => [guest, ['restarted']]))}),
  parameters: {full: {guests: 64, deadlineSeconds: 600}, quick: {guests: 64, deadlineSeconds: 300}},
  estimateSeconds: () => 150,
  preview(cluster, parameters) {
    const all = chosenGuests(cluster, parametersOf(settings, parameters).guests);
    const [node] = cluster.nodes;
    const role = (guest: Guest, ...words: string[]) => ({
      host: node?.name ?? 'a node',
      argv: ['crm_resource', '--resource', guest.resource, '--meta', ...words],
    });
    const stop = ['--set-parameter', 'target-role', '--parameter-value', 'Stopped'];
    return [
      beaconPreview(cluster, 'watch', all),
      ...[all.slice(0, 1), all].flatMap(group => [
        ...group.map(guest => role(guest, ...stop)),
        ...group.map(guest => role(guest, '--delete-parameter', 'target-role')),
      ]),
    ];
  },
  run: storm,
  measure: measureStorm,
};

async function storm(trial: Trial): Promise<void> {
  const {cluster} = trial;
  const asked = parametersOf(settings, trial.planned.parameters);
  const all = chosenGuests(cluster, asked.guests);
  const clock = must(await clockOffset(cluster, cluster.client));
  const before = await ringOf(cluster);
  const starts: BootStorm['starts'] = [];
  const watch = {intervalMs, durationSeconds: 2 * asked.deadlineSeconds + 600};
  await whileWatched(trial, all, watch, async () => {
    for (const group of [all.slice(0, 1), all]) starts.push(await startedAtOnce(trial, group, asked.deadlineSeconds));
  });
  const after = await ringOf(cluster);
  await keepJson(trial, artefact, {clock, ring: {before, after}, starts} satisfies BootStorm);
  await keepLedgers(trial, all);
}

async function ringOf(cluster: Cluster): Promise<BootStorm['ring']['before']> {
  return {formed: {...must(await membershipsFormed(cluster))}, gathered: {...must(await membersGathered(cluster))}};
}

/** Stopped one and all, then ordered to run, one order after the other without a pause. */
async function startedAtOnce(
  trial: Trial,
  guests: readonly Guest[],
  deadlineSeconds: number,
): Promise<BootStorm['starts'][number]> {
  const {cluster} = trial;
  const known = await incarnationsNow(cluster, guests);
  let wallMs = Date.now();
  trial.say(`${namesOf(guests)} are stopped, and started at once`);
  const stopped = await withGuestsStopped({...cluster, guests}, async () => {
    wallMs = Date.now();
    return {ok: true, value: undefined};
  });
  must(stopped);
  // That one never serves is what the client then sees.
  await untilServedAnew(trial, guests, {}, known, deadlineSeconds * 1000);
  return {guests: guests.map(({name}) => name), wallMs};
}

function measureStorm(raw: Artefacts): Measured {
  const record = jsonArtefact(raw, artefact, recordSchema);
  const log = watchLog(raw);
  if (!record.ok || !log.ok) return onlyProblems(...[record, log].flatMap(each => (each.ok ? [] : [each.error])));
  const {starts, clock, ring} = record.value;
  const all = starts.flatMap(({guests}, index) => (index === 0 ? [] : guests));
  return together([
    onlyProblems(...(log.value.damage ? [log.value.damage] : [])),
    ...starts.map(start => measureStart(log.value, start, clock)),
    measureRing(ring),
    ...all.map(guest => ({...onlyProblems(), findings: dualActiveFindings(log.value, guest)})),
    ...all.map(guest => measureLedger(raw, log.value, guest, 'compute.boot-lost-writes', {guest})),
  ]);
}

/** Of guests that were started together: the first, the middle and the last one to answer in a new life. */
function measureStart(
  log: BeaconLog,
  {guests, wallMs}: BootStorm['starts'][number],
  clock: BootStorm['clock'],
): Measured {
  const orderedAt = logSecondsAt(log, (wallMs + clock.offsetMs) / 1000);
  const path = `${guests.length} at once`;
  if (orderedAt === undefined)
    return onlyProblems({artefact: watchArtefact, path, expected: 'a log that covers the start', found: 'none'});
  const waits = guests.map(guest => {
    const served = lifeSpans(log, guest)?.find(({firstReplySeconds}) => firstReplySeconds > orderedAt);
    return served === undefined ? undefined : served.firstReplySeconds - orderedAt;
  });
  // Until the log's end it did not serve, however much longer that would have taken.
  const waited = Math.max(0, log.endSeconds - orderedAt);
  const sorted = waits.map(each => each ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const places = {first: 0, median: Math.ceil(sorted.length / 2) - 1, last: sorted.length - 1};
  const samples = Object.entries(places).map(([served, place]): Sample => {
    const value = sorted[place] ?? Number.POSITIVE_INFINITY;
    const never = value === Number.POSITIVE_INFINITY;
    return {
      metric: 'compute.boot',
      unit: 's',
      value: never ? waited : value,
      labels: {started: String(guests.length), served},
      from: {artefact: watchArtefact, path},
      halfWidth: clock.halfWidthMs / 1000 + log.intervalSeconds,
      ...(never ? {censored: true as const} : {}),
    };
  });
  return {...onlyProblems(), samples};
}

/** A ring that is formed anew, or that gathers because a token was lost, is a cluster that did not stand it. */
function measureRing({before, after}: BootStorm['ring']): Measured {
  const path = '/ring';
  const changes = (['formed', 'gathered'] as const).flatMap(what =>
    Object.entries(after[what]).map(([node, count]) => ({
      what,
      node,
      more: count - (before[what][node] ?? Number.NaN),
    })),
  );
  const unknown = changes.find(({more}) => !(more >= 0));
  if (unknown !== undefined || changes.length === 0)
    return onlyProblems({
      artefact,
      path,
      expected: 'counters of Corosync that only grow',
      found: JSON.stringify(unknown),
    });
  const value = Math.max(...changes.map(({more}) => more));
  const findings = changes.flatMap(({what, node, more}): Finding[] => {
    const told =
      what === 'formed' ? `${node} formed ${more} new` : `${node} lost the token, or its ring, ${more} times`;
    return more === 0
      ? []
      : [{severity: 'critical', invariant: 'starting guests costs no membership', detail: told, artefact}];
  });
  const from = {artefact, path};
  return {
    samples: [{metric: 'compute.boot-memberships', unit: 'count', value, labels: {}, from}],
    problems: [],
    findings,
  };
}
