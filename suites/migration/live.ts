import {z} from 'zod';
import {clockOffset} from '../../harness/cluster/clocks.ts';
import {domjobinfoCommand} from '../../harness/cluster/libvirt.ts';
import {moveAndWait, moveCommand, whereRuns} from '../../harness/cluster/pacemaker.ts';
import {type Domjobinfo, parseDomjobinfo} from '../../harness/parse/domjobinfo.ts';
import {parseFio} from '../../harness/parse/fio.ts';
import {startBeacon, verifyLedger} from '../../harness/probes/beacon/driver.ts';
import type {
  Artefacts,
  Cluster,
  Command,
  Finding,
  Guest,
  Host,
  Measured,
  Outcome,
  Parameters,
  ParseError,
  PlannedTrial,
  Result,
  Sample,
  Scenario,
  Trial,
} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {type FioLoad, fioOverClients} from '../../harness/workloads/fio.ts';
import {type BeaconLog, blackouts, lifeSpans, parseBeacon, wallSecondsAt} from '../../reports/beacon/index.ts';
import {expectsMigration} from '../expects.ts';
import {readJson, stderrOf, withLastWords} from '../outcome.ts';
import {parametersOf, readParameters} from '../parameters.ts';
import {measureLedger, read, twoLivesFindings} from '../resilience/measure.ts';

const settings = z.object({
  intervalMs: z.number().int().min(1).max(1000),
  /** Watched before, between and after the legs. */
  restSeconds: z.number().min(1).max(600),
  /** Memory the guest keeps writing to while it moves; 0 for none. */
  dirtyMiB: z.number().int().min(0),
  dirtyBytesPerSecond: z.number().int().min(1),
  /** Random writes to its disk while it moves; 0 for none. */
  diskOperationsPerSecond: z.number().int().min(0),
  migrationDeadlineSeconds: z.number().min(1).max(3600),
});
type Settings = z.infer<typeof settings>;

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

const legs = ['out', 'back'] as const;
/** A migration's last page is sent before Pacemaker says so, and its guest may be silent a little longer than that. */
const marginSeconds = 1;

const factsSchema = z.object({
  guest: z.string(),
  clock: z.object({offsetMs: z.number(), halfWidthMs: z.number()}),
  legs: z.array(
    z.object({
      leg: z.enum(legs),
      from: z.string(),
      to: z.string(),
      wallBeginMs: z.number(),
      wallEndMs: z.number(),
      moved: z.boolean(),
      why: z.string(),
    }),
  ),
});
type Facts = z.infer<typeof factsSchema>;

/** A guest under memory and disk load moves to another node and back. */
export const live: Scenario = {
  name: 'migration/live',
  family: 'migration',
  purpose:
    'A guest under memory and disk load moves to another node and back while a client watches: total time, downtime, blackout, ledger intact.',
  needs: {nodes: 2, guests: 1, planes: ['service'], fio: true},
  claims: ['mig.live'],
  provides: ['migration.total', 'migration.downtime', 'migration.blackout', 'migration.transferred'],
  expects: expectsMigration,
  parameters: {full, quick},
  estimateSeconds(parameters) {
    return 3 * parametersOf(settings, parameters).restSeconds + 2 * 6;
  },
  preview(cluster, parameters) {
    const asked = parametersOf(settings, parameters);
    const [guest] = cluster.guests;
    const [first, second] = cluster.nodes;
    if (!guest || !first || !second) return [];
    const load = loadOf(guest, asked, 60);
    return [
      {
        host: cluster.client.name,
        argv: ['beacon', 'watch', '--target', `${guest.name}=${guest.address}:${guest.ports.beacon}`],
      },
      ...(load ? [{host: cluster.client.name, argv: load.argv}] : []),
      {host: first.name, argv: moveCommand(guest.resource, second.name).argv},
      {host: second.name, argv: domjobinfoCommand(guest.name).argv},
      {host: first.name, argv: moveCommand(guest.resource, first.name).argv},
      {host: first.name, argv: domjobinfoCommand(guest.name).argv},
    ];
  },
  run: move,
  measure,
};

async function move(trial: Trial): Promise<void> {
  const {cluster} = trial;
  const asked = parametersOf(settings, trial.planned.parameters);
  const {guest, home, away} = await route(cluster);
  const clock = await clockOffset(cluster, cluster.client);
  if (!clock.ok) throw new Error(clock.error);
  const wholeSeconds = 3 * asked.restSeconds + 2 * asked.migrationDeadlineSeconds + 30;
  const watched = await startBeacon(cluster, [guest], {
    intervalMs: asked.intervalMs,
    durationSeconds: wholeSeconds,
    leave: trial.leave,
  });
  if (!watched.ok) throw new Error(watched.error);
  const facts: Facts = {guest: guest.name, clock: clock.value, legs: []};
  try {
    const command = loadOf(guest, asked, wholeSeconds);
    const load = command ? await cluster.transport.start(cluster.client, command) : undefined;
    trial.say(`${guest.name} under load on ${home.name}`, cluster.client.name);
    await rest(trial, asked);
    for (const leg of legs) {
      const [from, to] = leg === 'out' ? [home, away] : [away, home];
      trial.say(`moving ${guest.name} from ${from.name} to ${to.name}`, from.name);
      const wallBeginMs = Date.now();
      const moved = await moveAndWait(
        cluster,
        guest.resource,
        to.name,
        asked.migrationDeadlineSeconds * 1000,
        trial.signal,
      );
      facts.legs.push({
        leg,
        from: from.name,
        to: to.name,
        wallBeginMs,
        wallEndMs: Date.now(),
        moved: moved.ok,
        why: moved.ok ? '' : moved.error,
      });
      if (!moved.ok) break;
      await trial.record(`domjobinfo-${leg}.txt`, to, domjobinfoCommand(guest.name));
      await rest(trial, asked);
    }
    if (load && command) await keepLoad(trial, command, await load.stop());
  } finally {
    await trial.keep('migration.json', `${JSON.stringify(facts, null, 1)}\n`);
    const log = await watched.value.stop();
    await trial.keep('beacon.log', log.ok ? log.value : '');
  }
  // Only now: what is acknowledged after a ledger was read could not be checked against it.
  const ledger = await verifyLedger(cluster, guest);
  await trial.keep(`ledger-${guest.name}.txt`, ledger.ok ? ledger.value : '');
}

/** The load's report and how it ended: without a report, its last words say why. */
async function keepLoad({cluster, keep}: Trial, {argv}: Command, {stdout, ...rest}: Outcome): Promise<void> {
  await keep('load.json', stdout);
  await keep('load.json.meta.json', `${JSON.stringify({host: cluster.client.name, argv, ...rest}, null, 1)}\n`);
}

/** From where the guest is to the next node that has no guest, or else to the next one, and back. */
async function route(cluster: Cluster): Promise<{guest: Guest; home: Host; away: Host}> {
  const [guest] = cluster.guests;
  if (!guest) throw new Error('the cluster has no guest');
  const occupied = new Set<string>();
  let at = -1;
  for (const each of cluster.guests) {
    const nodes = await whereRuns(cluster, each.resource);
    if (!nodes.ok) throw new Error(nodes.error);
    for (const node of nodes.value) occupied.add(node);
    if (each === guest && nodes.value.length === 1) at = cluster.nodes.findIndex(node => node.name === nodes.value[0]);
  }
  const home = cluster.nodes[at];
  if (!home) throw new Error(`${guest.name} does not run on exactly one node of the inventory`);
  const others = [...cluster.nodes.slice(at + 1), ...cluster.nodes.slice(0, at)];
  const away = others.find(node => !occupied.has(node.name)) ?? others[0];
  if (!away) throw new Error('there is no other node to move to');
  return {guest, home, away};
}

/** Writes to the guest's memory (a file in its /dev/shm, mapped) and to its disk, both at a fixed rate. */
function loadOf(guest: Guest, asked: Settings, seconds: number) {
  const jobs: FioLoad['job']['jobs'] = {
    ...(asked.dirtyMiB > 0
      ? {
          memory: {
            ioengine: 'mmap',
            directory: '/dev/shm',
            size: `${asked.dirtyMiB}m`,
            rw: 'randwrite',
            bs: '4k',
            rate: asked.dirtyBytesPerSecond,
          },
        }
      : {}),
    ...(asked.diskOperationsPerSecond > 0
      ? {
          disk: {
            ioengine: 'libaio',
            direct: 1,
            filename: guest.scratchDevice,
            allow_file_create: 0,
            size: '64m',
            rw: 'randwrite',
            bs: '4k',
            iodepth: 4,
            rate_iops: asked.diskOperationsPerSecond,
          },
        }
      : {}),
  };
  if (Object.keys(jobs).length === 0) return undefined;
  const server = {address: guest.address, port: guest.ports.fio};
  return fioOverClients([{server, job: {global: {time_based: 1, runtime: seconds, thread: 1}, jobs}}], seconds);
}

async function rest(trial: Trial, asked: Settings): Promise<void> {
  await waitFor('time to pass', asked.restSeconds * 1000, async () => undefined, {
    intervalMs: 200,
    signal: trial.signal,
  });
  if (trial.signal.aborted) throw new Error('interrupted');
}

function measure(raw: Artefacts, planned: PlannedTrial): Measured {
  const asked = readParameters(settings, planned.parameters);
  if (!asked.ok) return {samples: [], problems: [asked.error], findings: []};
  const facts = readJson(raw, 'migration.json', factsSchema);
  const log = read(raw, 'beacon.log', parseBeacon);
  if (!facts.ok || !log.ok) {
    return {samples: [], problems: [facts, log].flatMap(result => (result.ok ? [] : [result.error])), findings: []};
  }
  const {guest} = facts.value;
  const samples: Sample[] = [];
  const problems: ParseError[] = log.value.damage ? [log.value.damage] : [];
  const findings: Finding[] = [...twoLivesFindings(log.value, guest), ...rebootFindings(log.value, guest)];
  for (const leg of legs) {
    const facing = facts.value.legs.find(entry => entry.leg === leg);
    if (!facing?.moved) {
      problems.push({
        artefact: 'migration.json',
        path: `/legs/${leg}`,
        expected: 'a finished migration',
        found: facing?.why ?? 'not begun',
      });
      continue;
    }
    const job = read(raw, `domjobinfo-${leg}.txt`, parseDomjobinfo);
    if (job.ok) samples.push(...jobSamples(job.value, leg, guest));
    else problems.push(job.error);
    const silence = blackoutSample(log.value, facts.value, facing);
    if (silence.ok) samples.push(silence.value);
    else problems.push(silence.error);
  }
  const ledger = measureLedger(raw, log.value, guest, 'migration.lost-writes', {guest});
  const load = loadProblems(raw, asked.value, facts.value);
  return {
    // A migration without the load that was asked for is another, easier one.
    samples: load.length > 0 ? [] : [...samples, ...ledger.samples],
    problems: [...problems, ...ledger.problems, ...load],
    findings: [...findings, ...ledger.findings],
  };
}

/** Longest silence that overlaps the leg. No silence longer than two intervals is a blackout of at most that. */
function blackoutSample(log: BeaconLog, facts: Facts, leg: Facts['legs'][number]): Result<Sample, ParseError> {
  const hostSeconds = (wallMs: number) => (wallMs + facts.clock.offsetMs) / 1000;
  const begin = hostSeconds(leg.wallBeginMs) - facts.clock.halfWidthMs / 1000;
  const end = hostSeconds(leg.wallEndMs) + facts.clock.halfWidthMs / 1000 + marginSeconds;
  const logEnd = wallSecondsAt(log, log.endSeconds);
  const span = lifeSpans(log, facts.guest)?.[0];
  const firstReply = span && wallSecondsAt(log, span.firstReplySeconds);
  if (logEnd === undefined || firstReply === undefined || firstReply > begin || logEnd < end - marginSeconds) {
    const found = span ? 'a log that does not cover it' : 'no reply at all';
    return {
      ok: false,
      error: {
        artefact: 'beacon.log',
        path: leg.leg,
        expected: `${facts.guest} watched from before the leg until after it`,
        found,
      },
    };
  }
  const silent = (blackouts(log, facts.guest) ?? []).filter(window => {
    const from = wallSecondsAt(log, window.fromSeconds) ?? Number.NaN;
    return from < end && from + window.seconds > begin;
  });
  const open = silent.some(window => window.toSeconds === undefined);
  const twoIntervals = 2 * log.intervalSeconds;
  const sample: Sample = {
    metric: 'migration.blackout',
    unit: 's',
    value: silent.length === 0 ? twoIntervals : Math.max(...silent.map(window => window.seconds)),
    labels: {leg: leg.leg, guest: facts.guest},
    from: {artefact: 'beacon.log', path: `${facts.guest} blackouts, leg ${leg.leg}`},
    halfWidth: twoIntervals,
  };
  return {ok: true, value: open ? {...sample, censored: true} : sample};
}

function jobSamples(job: Domjobinfo, leg: string, guest: string): Sample[] {
  const artefact = `domjobinfo-${leg}.txt`;
  const labels = {leg, guest};
  const rows = [
    ['migration.total', 's', job.elapsedSeconds, 'Time elapsed'],
    ['migration.downtime', 's', job.downtimeSeconds, 'Total downtime'],
    ['migration.transferred', 'B', job.transferredBytes, 'Data processed'],
  ] as const;
  return rows.flatMap(([metric, unit, value, path]) =>
    value === undefined ? [] : [{metric, unit, value, labels, from: {artefact, path}}],
  );
}

/** A guest that was started anew did not move live. */
function rebootFindings(log: BeaconLog, guest: string): Finding[] {
  const lives = lifeSpans(log, guest) ?? [];
  if (lives.length < 2) return [];
  return [
    {
      severity: 'critical',
      invariant: 'a live migration keeps the guest alive',
      detail: `${guest} answered with ${lives.length} boot ids: it was started anew`,
      artefact: 'beacon.log',
    },
  ];
}

/**
 * What is wrong with the load: no report, a job that is missing or failed, or one that wrote for less long than the
 * legs took.
 */
function loadProblems(raw: Artefacts, asked: Settings, facts: Facts): readonly ParseError[] {
  const artefact = 'load.json';
  const jobs = [...(asked.dirtyMiB > 0 ? ['memory'] : []), ...(asked.diskOperationsPerSecond > 0 ? ['disk'] : [])];
  if (jobs.length === 0) return [];
  const report = read(raw, artefact, parseFio);
  const stderr = stderrOf(raw, artefact);
  if (!report.ok) return [withLastWords({...report.error, expected: 'the report of the load on the guest'}, stderr)];
  const [first, last] = [facts.legs[0], facts.legs.at(-1)];
  const legSeconds = first && last ? (last.wallEndMs - first.wallBeginMs) / 1000 : 0;
  const missing = jobs.flatMap((name): readonly ParseError[] => {
    const own = report.value.jobs.find(job => job.name === name);
    const work = own?.work.write;
    if (own !== undefined && work !== undefined && work.operations > 0 && work.runtimeSeconds >= legSeconds) return [];
    const found = work ? `${work.operations} in ${work.runtimeSeconds} s` : 'none';
    const expected = `writes of the ${name} job during all of the ${legSeconds.toFixed(1)} s of both legs`;
    return [withLastWords({artefact, path: own?.path ?? '/client_stats', expected, found}, stderr)];
  });
  // The load is stopped when the guest is back: that it ran shorter than it might have is meant.
  const warnings = report.value.warnings
    .filter(({kind}) => kind !== 'short' && kind !== 'saturated')
    .map(({path, expected, found}) => ({artefact, path, expected, found}));
  return [...missing, ...warnings];
}
