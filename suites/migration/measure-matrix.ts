/** What a trial of the matrix measured, cell by cell, from its artefacts alone. */
import {parseDomjobinfo} from '../../harness/parse/domjobinfo.ts';
import {parseJobCompleted} from '../../harness/parse/job-completed.ts';
import {parseJobSamples} from '../../harness/parse/job-samples.ts';
import type {Artefacts, Finding, Measured, PlannedTrial, Sample, Unit} from '../../harness/types.ts';
import type {BeaconLog} from '../../reports/beacon/index.ts';
import {jsonArtefact, parsedArtefact} from '../steps/artefacts.ts';
import {measureLedger} from '../steps/ledger.ts';
import {ofAll, onlyProblems, together} from '../steps/measured.ts';
import {dualActiveFindings, watchLog} from '../steps/watch.ts';
import {brokenBy, brokenFinding} from './asked-inside.ts';
import {clientFigures} from './client-figures.ts';
import {
  type Attempt,
  eventsOf,
  jobOf,
  type MatrixRecord,
  matrixArtefact,
  matrixRecord,
  samplesOf,
} from './matrix-record.ts';
import {placesInWords, unaskedFindings} from './whereabouts.ts';

/** A cell that does not converge, or has no writer, has not all of the others. */
export const matrixMetrics = ['migration.total', 'migration.blackout', 'migration.brownout', 'migration.lost-writes'];

export function measureMatrix(raw: Artefacts, _planned: PlannedTrial): Measured {
  const record = jsonArtefact(raw, matrixArtefact, matrixRecord);
  const log = watchLog(raw);
  if (!record.ok || !log.ok) return onlyProblems(...[record, log].flatMap(each => (each.ok ? [] : [each.error])));
  const {cells} = record.value;
  const guests = [...new Set(cells.flatMap(({attempts}) => attempts.map(({guest}) => guest)))];
  return together([
    onlyProblems(...(log.value.damage ? [log.value.damage] : [])),
    ...cells.map((cell, index) =>
      ofAll(
        cell.attempts.map(({guest}) => guest),
        together(cell.attempts.map(attempt => measureAttempt(raw, log.value, record.value, {cell, index, attempt}))),
        matrixArtefact,
      ),
    ),
    measureMemberships(record.value),
    {...onlyProblems(), findings: refusedFindings(cells)},
    ...guests.map(guest => ({...onlyProblems(), findings: dualActiveFindings(log.value, guest)})),
    ...guests.map(guest => measureLedger(raw, log.value, guest, 'migration.lost-writes', {guest})),
  ]);
}

/** What was not tried is told, once for each option and reason. */
function refusedFindings(cells: MatrixRecord['cells']): readonly Finding[] {
  const told = cells.flatMap(({refused, option, together: count}) =>
    refused === undefined ? [] : [`not applicable: ${option}${count > 1 ? `, ${count} at once` : ''}: ${refused}`],
  );
  const invariant = 'every way that was asked for is tried';
  return [...new Set(told)].map(detail => ({severity: 'warning', invariant, detail, artefact: matrixArtefact}));
}

interface Tried {
  cell: MatrixRecord['cells'][number];
  index: number;
  attempt: Attempt;
}

/** In every label of a cell: what it was asked to be. */
function labelsOf({cell, attempt}: Tried): Record<string, string> {
  return {
    option: cell.option,
    dirty: `${cell.dirtyMiBPerSecond} MiB/s`,
    used: `${cell.usedMiB} MiB`,
    together: String(cell.together),
    guest: attempt.guest,
  };
}

function measureAttempt(raw: Artefacts, log: BeaconLog, record: MatrixRecord, tried: Tried): Measured {
  const {attempt, cell} = tried;
  const problem = (expected: string, found: string) =>
    onlyProblems({artefact: matrixArtefact, path: `/cells/${tried.index}`, expected, found});
  const broken = [...brokenBy(attempt), ...notCleanly(attempt)];
  const findings = [
    ...broken.map(detail => brokenFinding(`${cell.option}: ${detail}`, matrixArtefact)),
    ...unaskedFindings(attempt, matrixArtefact),
  ];
  const silent = attempt.before.silent;
  const writer = cell.dirtyMiBPerSecond > 0 && (attempt.writer === undefined || 'why' in attempt.writer);
  return together([
    {...onlyProblems(), findings},
    ...(silent === undefined ? [] : [problem(`${attempt.guest} asked from inside`, silent)]),
    ...(attempt.end === 'failed' ? [problem('a migration that ends, or is called back', attempt.said)] : []),
    // A migration without the writer that was asked for is another, easier one.
    ...(writer
      ? [
          problem(
            `a writer in ${attempt.guest}`,
            attempt.writer && 'why' in attempt.writer ? attempt.writer.why : 'none',
          ),
        ]
      : []),
    ...(writer || attempt.end === 'failed'
      ? []
      : [jobFigures(raw, tried), clientFigures(log, record.clock, attempt, labelsOf(tried)), writerFigures(tried)]),
  ]);
}

/** Called back, it runs where it was, and nothing of it is at the other end. */
function notCleanly(attempt: Attempt): readonly string[] {
  const {end, guest, from, to, places, unasked = []} = attempt;
  const home = end === 'moved' ? to : from;
  const wrong = places.filter(({node, state}) => node !== home || state !== 'running');
  if (wrong.length === 0 && (places.length === 1 || unasked.length > 0)) return [];
  const what = end === 'moved' ? 'moved' : 'called back';
  return [`${guest} was ${what} and should run on ${home} alone; it is ${placesInWords(attempt)}`];
}

function sample(tried: Tried, metric: string, unit: Unit, value: number, from: Sample['from']): Sample {
  return {metric, unit, value, labels: labelsOf(tried), from};
}

/** By libvirt. What never ended has no time: the sample says how long was waited. */
function jobFigures(raw: Artefacts, tried: Tried): Measured {
  const {attempt, index} = tried;
  const jobs = {artefact: samplesOf(index, attempt.guest), path: 'Iteration'};
  const seen = raw.text(jobs.artefact);
  const samples = seen.ok ? parseJobSamples(seen.value) : [];
  const dirtied = Math.max(0, ...samples.map(each => each.dirtiedBytesPerSecond ?? 0));
  const watched = [
    ...(dirtied > 0 ? [sample(tried, 'migration.dirtied', 'B/s', dirtied, {...jobs, path: 'Dirty rate'})] : []),
  ];
  if (attempt.end === 'called-back') {
    const rounds = samples.flatMap(({iteration}) => iteration ?? []);
    const waited = (attempt.wallEndMs - attempt.wallBeginMs) / 1000;
    const from = {artefact: matrixArtefact, path: `/cells/${index} did not converge`};
    const total: Sample = {...sample(tried, 'migration.total', 's', waited, from), censored: true};
    return {
      ...onlyProblems(),
      samples: [
        total,
        ...watched,
        // Where none was seen, it is not known how many there were.
        ...(rounds.length === 0 ? [] : [sample(tried, 'migration.iterations', 'count', Math.max(...rounds), jobs)]),
      ],
    };
  }
  // After post-copy the target says nothing, and only the source has told how it ended.
  const target = parsedArtefact(raw, jobOf(index, attempt.guest), parseDomjobinfo);
  const artefact = target.ok ? jobOf(index, attempt.guest) : eventsOf(index, attempt.guest);
  const job = target.ok ? target : parsedArtefact(raw, artefact, parseJobCompleted);
  if (!job.ok) return {...onlyProblems(job.error), samples: watched};
  const {elapsedSeconds, downtimeSeconds, transferredBytes, iterations} = job.value;
  const own = [
    sample(tried, 'migration.total', 's', elapsedSeconds, {artefact, path: 'Time elapsed'}),
    sample(tried, 'migration.downtime', 's', downtimeSeconds, {artefact, path: 'Total downtime'}),
    sample(tried, 'migration.transferred', 'B', transferredBytes, {artefact, path: 'Data processed'}),
    ...(iterations === undefined
      ? []
      : [sample(tried, 'migration.iterations', 'count', iterations, {artefact, path: 'Iteration'})]),
  ];
  return {...onlyProblems(), samples: [...own, ...watched]};
}

/** By fio in the guest. */
function writerFigures(tried: Tried): Measured {
  const {writer} = tried.attempt;
  if (writer === undefined || 'why' in writer) return onlyProblems();
  const from = {artefact: matrixArtefact, path: `/cells/${tried.index} writer of ${tried.attempt.guest}`};
  return {...onlyProblems(), samples: [sample(tried, 'migration.dirty-rate', 'B/s', writer.bytesPerSecond, from)]};
}

/** A migration that fills a shared link must not cost a node its membership. */
function measureMemberships({memberships}: MatrixRecord): Measured {
  if (memberships === undefined) {
    const expected = 'how often each node formed a membership, before and after';
    return onlyProblems({artefact: matrixArtefact, path: '/memberships', expected, found: 'nothing'});
  }
  return membershipsLost(memberships, matrixArtefact);
}

export function membershipsLost(
  {before, after}: {before: Readonly<Record<string, number>>; after: Readonly<Record<string, number>>},
  artefact: string,
): Measured {
  const asked = new Set([...Object.keys(before), ...Object.keys(after)]);
  const silent = [...asked].filter(node => before[node] === undefined || after[node] === undefined);
  if (asked.size === 0 || silent.length > 0) {
    const expected = 'how often each node formed a membership, before and after';
    const found = silent.length === 0 ? 'no node' : `not both of ${silent.join(', ')}`;
    return onlyProblems({artefact, path: '/memberships', expected, found});
  }
  const lost = Object.entries(after).map(([node, count]) => ({node, more: count - (before[node] ?? Number.NaN)}));
  const worst = Math.max(0, ...lost.map(({more}) => more));
  const findings = lost.flatMap(({node, more}): Finding[] =>
    more === 0
      ? []
      : [
          {
            severity: 'critical',
            invariant: 'a migration costs no membership',
            detail: `${node} formed ${more} new`,
            artefact,
          },
        ],
  );
  const from = {artefact, path: '/memberships'};
  return {
    samples: [{metric: 'migration.memberships-lost', unit: 'count', value: worst, labels: {}, from}],
    problems: [],
    findings,
  };
}
