/**
 * What every failover trial measures, from its artefacts alone. Times count from the moment before the injection
 * began.
 */
import type {Effect} from '../../harness/faults/fault.ts';
import type {Artefacts, Finding, Measured, Sample} from '../../harness/types.ts';
import {blackouts, lifeSpans} from '../../reports/beacon/index.ts';
import {jsonArtefact} from '../steps/artefacts.ts';
import {ofAll, onlyProblems, together} from '../steps/measured.ts';
import {stoodStill, watchArtefact, watchLog} from '../steps/watch.ts';
import {measureBudget} from './budget.ts';
import {activeTwice, unheard} from './domains.ts';
import {measureExplained, silentFrom} from './explained.ts';
import {clockOf, factsSchema, kindOf} from './facts.ts';
import {measureForetold} from './foretold.ts';
import {measureMonitors} from './monitors.ts';
import {measureLoad} from './other-guests.ts';
import {withLedger} from './own-ledger.ts';
import {measurePhases} from './phases.ts';
import {injectionSeconds, momentAt, type Seen, sinceInjection} from './seen.ts';
import {longestStall, stallSample} from './stall.ts';
import {measureStorage} from './storage.ts';
import {measureVictim} from './victim.ts';
import {measureWitness} from './witness.ts';

const whenMoved = [
  'failover.membership',
  'failover.quorum',
  'failover.fencing-requested',
  'failover.fenced',
  'failover.start-requested',
  'failover.started',
  'failover.kernel',
  'failover.service',
  'failover.durable',
  'failover.phase',
  'failover.blackout',
  'failover.unexplained',
  'failover.lost-writes',
];

/** What a complete trial yields, by what becomes of the guests. */
export const provided: Readonly<Record<Effect['guests'], readonly string[]>> = {
  moved: whenMoved,
  restarted: ['failover.service', 'failover.durable', 'failover.lost-writes'],
  stalled: ['failover.storage-down', 'failover.storage-whole', 'failover.write-stall', 'failover.lost-writes'],
  evacuated: ['disruption.lost', 'disruption.gap', 'failover.lost-writes'],
  stranded: ['failover.service', 'failover.durable', 'failover.lost-writes'],
  slowed: ['failover.write-stall', 'disruption.lost', 'disruption.gap', 'failover.lost-writes'],
  unharmed: ['disruption.lost', 'disruption.gap', 'failover.lost-writes'],
};

export function measureResilience(raw: Artefacts): Measured {
  const facts = jsonArtefact(raw, 'failover.json', factsSchema);
  const log = watchLog(raw);
  if (!facts.ok || !log.ok) return onlyProblems(...[facts, log].flatMap(result => (result.ok ? [] : [result.error])));
  const {client, stalled, slowed, victims, bystanders} = facts.value;
  const blunt = facts.value.reached.filter(({bit}) => !bit);
  if (blunt.length > 0) {
    const expected = `${blunt.map(({fault}) => fault).join(', ')}: the fault did not bite`;
    const found = blunt.map(({evidence}) => evidence).join('; ');
    return onlyProblems({artefact: 'failover.json', path: '/reached', expected, found});
  }
  const clock = clockOf(facts.value, client);
  if (!clock) {
    const expected = `the clock offset of ${client}`;
    return onlyProblems({artefact: 'failover.json', path: '/clocks', expected, found: 'none'});
  }
  if (log.value.anchors.length === 0) {
    const expected = "the client's own time beside the log's (lines A)";
    return onlyProblems({artefact: watchArtefact, path: '', expected, found: 'none'});
  }
  const seen: Seen = {facts: facts.value, log: log.value, clock};
  const moved = facts.value.fate === 'moved' || (victims.length > 0 && facts.value.fate === undefined);
  const parts = together([
    onlyProblems(...(log.value.damage ? [log.value.damage] : [])),
    ...(moved ? [measurePhases(raw, facts.value), measureMonitors(raw, facts.value), storageServing(seen)] : []),
    ...(stalled.length > 0 ? measureStalled(raw, seen) : []),
    measureForetold(raw),
    activeTwice(raw, [...victims.map(({guest}) => guest), ...stalled, ...slowed, ...bystanders]),
    unheard(raw, [facts.value.struck, ...victims.flatMap(({node}) => node ?? [])]),
    ...slowed.map(guest => withLedger(raw, seen, guest, together([writeStall(seen, guest), disruption(seen, guest)]))),
    ...victims.map(({guest}) => measureVictim(raw, seen, guest)),
    ...[...victims.map(({guest}) => guest), ...stalled, ...slowed].map(guest => measureWitness(raw, seen, guest)),
    {samples: [], problems: [], findings: victims.flatMap(({guest}) => unaided(seen, guest))},
    ...bystanders.map(guest => measureBystander(raw, seen, guest)),
  ]);
  const struck = victims.map(({guest}) => guest);
  const ofEvery = (measured: Measured) =>
    [struck, stalled, slowed, bystanders].reduce((all, guests) => ofAll(guests, all, watchArtefact), measured);
  const all = ofEvery(parts);
  if (!moved) return all;
  const explained = together(struck.map(guest => measureExplained(seen, guest, parts.samples)));
  // The parts of each blackout stand for themselves: none is judged.
  const isPart = ({metric}: Sample) => metric === 'failover.phase';
  const wholes = ofAll(
    struck,
    {...explained, samples: explained.samples.filter(sample => !isPart(sample))},
    watchArtefact,
  );
  const kept = explained.samples.filter(sample => isPart(sample) || wholes.samples.includes(sample));
  return together([all, {...wholes, samples: kept}, measureBudget(seen, parts.samples, silentFrom(seen))]);
}

/** A guest elsewhere whose writes stood still so long waited for the storage, and not for the machine. */
const storageStallSeconds = 1;

/** When the guests elsewhere wrote again, where they had to wait: nobody else tells it to the interval. */
function storageServing(seen: Seen): Measured {
  const {log, facts} = seen;
  const stalls = facts.bystanders.flatMap(guest => {
    const stall = longestStall(log, guest, injectionSeconds(seen));
    return stall === undefined || stall.seconds < storageStallSeconds ? [] : [{guest, ...stall}];
  });
  // Who still waits when the watch ends waits longer than all others.
  const open = stalls.filter(stall => stall.open).map(({guest}) => guest);
  if (open.length > 0) {
    const found = `${open.join(', ')} had not written again`;
    return onlyProblems({artefact: watchArtefact, path: 'storage-serving', expected: 'writes of all again', found});
  }
  const ends = stalls.map(({guest, fromSeconds, seconds}) => ({guest, untilSeconds: fromSeconds + seconds}));
  const last = ends.sort((one, two) => two.untilSeconds - one.untilSeconds)[0];
  if (last === undefined) return onlyProblems();
  const {labels, ...found} = momentAt(seen, last.guest, 'failover.storage-serving', 'writes again', last.untilSeconds);
  return {samples: [{...found, labels: {fault: labels.fault ?? ''}}], problems: [], findings: []};
}

/** What became of a guest that had to wait for somebody: nobody noticed, nobody could, or somebody did too early. */
function unaided(seen: Seen, guest: string): readonly Finding[] {
  const {facts, log} = seen;
  const {fate, recovered, struck} = facts;
  const lives = lifeSpans(log, guest) ?? [];
  const anew = lives.some(life => sinceInjection(seen, life.firstReplySeconds) > 0);
  const waited = `${Math.round((facts.waitedUntilWallMs - facts.injection.wallBeforeMs) / 1000)} s`;
  if (fate === 'stranded')
    return anew
      ? [
          {
            severity: 'critical',
            invariant: 'fencing precedes start',
            detail: `${guest} was started while nobody could know whether ${struck} had lost its power`,
            artefact: watchArtefact,
          },
        ]
      : [
          {
            severity: 'warning',
            invariant: 'a guest comes back without a person',
            detail: `${guest} stayed down: ${struck} lost its power together with its controller, no other fence device is there, and the cluster rightly starts nothing until a person confirms that ${struck} is off (stonith_admin --confirm ${struck})`,
            artefact: watchArtefact,
          },
        ];
  if (fate !== 'restarted' || recovered) return [];
  const detail = `${guest} did not work for ${waited}, and nobody started it anew: the cluster asks whether its process is there, not whether it serves`;
  return [{severity: 'warning', invariant: 'a guest that does not work is noticed', detail, artefact: watchArtefact}];
}

/** Where the storage never had the daemon down, nothing was tried: its writes went on, and that says nothing. */
function measureStalled(raw: Artefacts, seen: Seen): readonly Measured[] {
  const {facts} = seen;
  const storage = measureStorage(raw, facts);
  if (storage.samples.length === 0) return [storage];
  return [storage, ...facts.stalled.map(guest => withLedger(raw, seen, guest, writeStall(seen, guest)))];
}

function writeStall(seen: Seen, guest: string): Measured {
  const labels = {fault: kindOf(seen.facts.fault)};
  const stall = stallSample(seen.log, guest, injectionSeconds(seen), labels);
  return stall.ok ? {samples: [stall.value], problems: [], findings: []} : onlyProblems(stall.error);
}

/**
 * A guest on a node that was not struck should notice nothing. Its lost writes are no figure of the failover, unless
 * the fault is to leave all unharmed, but findings all the same.
 */
function measureBystander(raw: Artefacts, seen: Seen, guest: string): Measured {
  const own = together([disruption(seen, guest), measureLoad(raw, seen, guest)]);
  const all = withLedger(raw, seen, guest, own);
  const {fate} = seen.facts;
  return fate === 'unharmed' || fate === 'evacuated' ? all : {...all, samples: own.samples};
}

function disruption(seen: Seen, guest: string): Measured {
  const {facts, log} = seen;
  const answered = (lifeSpans(log, guest) ?? []).length > 0;
  // What a cut log does not show may have been a blackout.
  if (!answered || !log.complete) {
    const found = answered ? 'a log that ends too early to tell' : 'none';
    return onlyProblems({artefact: watchArtefact, path: guest, expected: 'replies until the watch ended', found});
  }
  const standing = stoodStill(log, guest, injectionSeconds(seen), log.endSeconds);
  if (standing !== undefined) return onlyProblems(standing);
  const silent = (blackouts(log, guest) ?? []).filter(
    window => sinceInjection(seen, window.fromSeconds + window.seconds) > 0,
  );
  const common = {
    unit: 's' as const,
    labels: {fault: kindOf(facts.fault), guest},
    from: {artefact: watchArtefact, path: `${guest} blackouts`},
    // Silent when the watch ended: at least so long.
    ...(silent.some(({toSeconds}) => toSeconds === undefined) ? {censored: true as const} : {}),
  };
  const lost: Sample = {
    ...common,
    metric: 'disruption.lost',
    value: silent.reduce((sum, window) => sum + window.seconds, 0),
    halfWidth: 2 * log.intervalSeconds * Math.max(1, silent.length),
  };
  const worst: Sample = {
    ...common,
    metric: 'disruption.gap',
    value: Math.max(0, ...silent.map(({seconds}) => seconds)),
    halfWidth: 2 * log.intervalSeconds,
  };
  return {samples: [lost, worst], problems: [], findings: []};
}
