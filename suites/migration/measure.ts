/** What a migration trial measured, from its artefacts alone. */

import {type Domjobinfo, parseDomjobinfo} from '../../harness/parse/domjobinfo.ts';
import type {Artefacts, Finding, Measured, ParseError, PlannedTrial, Result, Sample} from '../../harness/types.ts';
import {type BeaconLog, blackouts, lifeSpans, logSecondsAt, wallSecondsAt} from '../../reports/beacon/index.ts';
import {jsonArtefact, parsedArtefact} from '../steps/artefacts.ts';
import {measureLedger} from '../steps/ledger.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {readParameters} from '../steps/parameters.ts';
import {dualActiveFindings, stoodStill, watchArtefact, watchLog} from '../steps/watch.ts';
import {brokenFinding, brokenInside} from './asked-inside.ts';
import {loadProblems} from './load.ts';
import {
  directions,
  jobArtefact,
  type MigrationRecord,
  type Move,
  migrationRecord,
  migrationSettings,
  recordArtefact,
} from './record.ts';

/** A migration's last page is sent before Pacemaker says so, and its guest may be silent a little longer than that. */
const marginSeconds = 1;

export function measureMigration(raw: Artefacts, planned: PlannedTrial): Measured {
  const asked = readParameters(migrationSettings, planned.parameters);
  if (!asked.ok) return onlyProblems(asked.error);
  const record = jsonArtefact(raw, recordArtefact, migrationRecord);
  const log = watchLog(raw);
  if (!record.ok || !log.ok) return onlyProblems(...[record, log].flatMap(each => (each.ok ? [] : [each.error])));
  const {guest} = record.value;
  const load = loadProblems(raw, asked.value, record.value);
  const {samples, problems, findings} = together([
    {
      samples: [],
      problems: log.value.damage ? [log.value.damage] : [],
      findings: [...dualActiveFindings(log.value, guest), ...rebootFindings(log.value, guest)],
    },
    askedInside(record.value),
    bothWays(directions.map(direction => measureDirection(raw, log.value, record.value, direction))),
    measureLedger(raw, log.value, guest, 'migration.lost-writes', {guest}),
  ]);
  // A migration without the load that was asked for is another, easier one.
  return {samples: load.length > 0 ? [] : samples, problems: [...problems, ...load], findings};
}

/** Of a guest that did not come back, or whose way was not seen, no blackout is told: that one may be the longer. */
function bothWays(ways: readonly Measured[]): Measured {
  const isBlackout = ({metric}: Sample) => metric === 'migration.blackout';
  const all = together(ways);
  if (ways.every(({samples}) => samples.some(isBlackout))) return all;
  return {...all, samples: all.samples.filter(sample => !isBlackout(sample))};
}

/** A migration that said that all went well may have broken the guest. */
function askedInside({guest, legs}: MigrationRecord): Measured {
  const asked = legs.flatMap(leg => (leg.asked === undefined ? [] : [{guest, leg: leg.leg, ...leg.asked}]));
  const unasked = asked.flatMap(({leg, before: {silent: found}}): ParseError[] =>
    found === undefined
      ? []
      : [{artefact: recordArtefact, path: `/legs/${leg}/asked`, expected: `${guest} asked from inside`, found}],
  );
  const findings = asked.flatMap(each => brokenInside(each).map(detail => brokenFinding(detail, recordArtefact)));
  return {samples: [], problems: unasked, findings};
}

function measureDirection(
  raw: Artefacts,
  log: BeaconLog,
  record: MigrationRecord,
  direction: (typeof directions)[number],
): Measured {
  const move = record.legs.find(entry => entry.leg === direction);
  if (!move?.moved) {
    const [expected, found] = ['a finished migration', move?.why ?? 'not begun'];
    return onlyProblems({artefact: recordArtefact, path: `/legs/${direction}`, expected, found});
  }
  const job = parsedArtefact(raw, jobArtefact(direction), parseDomjobinfo);
  const silence = blackoutSample(log, record, move);
  return {
    samples: [
      ...(job.ok ? jobSamples(job.value, direction, record.guest) : []),
      ...(silence.ok ? [silence.value] : []),
    ],
    problems: [job, silence].flatMap(each => (each.ok ? [] : [each.error])),
    findings: [],
  };
}

/** Longest silence that overlaps the leg. No silence longer than two intervals is a blackout of at most that. */
function blackoutSample(log: BeaconLog, record: MigrationRecord, move: Move): Result<Sample, ParseError> {
  if (!(move.wallBeginMs < move.wallEndMs)) {
    const found = `begun at ${move.wallBeginMs} ms, over at ${move.wallEndMs} ms`;
    const error = {artefact: recordArtefact, path: `/legs/${move.leg}`, expected: 'an end after the beginning', found};
    return {ok: false, error};
  }
  const hostSeconds = (wallMs: number) => (wallMs + record.clock.offsetMs) / 1000;
  const begin = hostSeconds(move.wallBeginMs) - record.clock.halfWidthMs / 1000;
  const end = hostSeconds(move.wallEndMs) + record.clock.halfWidthMs / 1000 + marginSeconds;
  const logEnd = wallSecondsAt(log, log.endSeconds);
  const span = lifeSpans(log, record.guest)?.[0];
  const firstReply = span && wallSecondsAt(log, span.firstReplySeconds);
  if (logEnd === undefined || firstReply === undefined || firstReply > begin || logEnd < end - marginSeconds) {
    const found = span ? 'a log that does not cover it' : 'no reply at all';
    return {
      ok: false,
      error: {
        artefact: watchArtefact,
        path: move.leg,
        expected: `${record.guest} watched from before the leg until after it`,
        found,
      },
    };
  }
  const standing = stoodStill(log, record.guest, logSecondsAt(log, begin), logSecondsAt(log, end));
  if (standing !== undefined) return {ok: false, error: standing};
  const silent = (blackouts(log, record.guest) ?? []).filter(window => {
    const from = wallSecondsAt(log, window.fromSeconds) ?? Number.NaN;
    return from < end && from + window.seconds > begin;
  });
  const open = silent.some(window => window.toSeconds === undefined);
  const twoIntervals = 2 * log.intervalSeconds;
  const sample: Sample = {
    metric: 'migration.blackout',
    unit: 's',
    value: silent.length === 0 ? twoIntervals : Math.max(...silent.map(window => window.seconds)),
    labels: {leg: move.leg, guest: record.guest},
    from: {artefact: watchArtefact, path: `${record.guest} blackouts, leg ${move.leg}`},
    halfWidth: twoIntervals,
  };
  return {ok: true, value: open ? {...sample, censored: true} : sample};
}

function jobSamples(job: Domjobinfo, leg: string, guest: string): Sample[] {
  const artefact = jobArtefact(leg);
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
      artefact: watchArtefact,
    },
  ];
}
