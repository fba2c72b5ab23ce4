/**
 * What every failover trial measures, from its artefacts alone. Times count from the moment before the injection
 * began.
 */
import {z} from 'zod';
import type {FaultKind} from '../../harness/faults/fault.ts';
import type {Artefacts, Finding, Measured, ParseError, Result, Sample} from '../../harness/types.ts';
import {
  type BeaconLog,
  blackouts,
  firstDurable,
  lifeSpans,
  parseBeacon,
  parseBeaconVerify,
  twoLives,
  wallSecondsAt,
  writeLedger,
} from '../../reports/beacon/index.ts';
import {readJson} from '../outcome.ts';
import {clockOf, factsSchema, kindOf, type ResilienceFacts} from './facts.ts';
import {measurePhases} from './phases.ts';
import {stallSample} from './stall.ts';
import {measureStorage} from './storage.ts';

const whenMoved = [
  'failover.membership',
  'failover.fenced',
  'failover.started',
  'failover.service',
  'failover.durable',
  'failover.lost-writes',
];

/** What a complete trial yields, by what becomes of the guests. */
export const provided: Readonly<Record<FaultKind['guests'], readonly string[]>> = {
  moved: whenMoved,
  stalled: ['failover.storage-down', 'failover.storage-whole', 'failover.write-stall', 'failover.lost-writes'],
  unharmed: ['disruption.lost', 'failover.lost-writes'],
};

export function measureResilience(raw: Artefacts): Measured {
  const facts = readJson(raw, 'failover.json', factsSchema);
  const log = read(raw, 'beacon.log', parseBeacon);
  if (!facts.ok || !log.ok) {
    return {samples: [], problems: [facts, log].flatMap(result => (result.ok ? [] : [result.error])), findings: []};
  }
  const clock = clockOf(facts.value, facts.value.client);
  if (!clock) {
    const error = {
      artefact: 'failover.json',
      path: '/clocks',
      expected: `the clock offset of ${facts.value.client}`,
      found: 'none',
    };
    return {samples: [], problems: [error], findings: []};
  }
  const seen: Seen = {facts: facts.value, log: log.value, clock};
  const {stalled, victims, bystanders} = facts.value;
  const parts = [
    ...(victims.length > 0 ? [measurePhases(raw, facts.value)] : []),
    ...(stalled.length > 0 ? measureStalled(raw, seen) : []),
    activeTwice(raw, [...victims.map(({guest}) => guest), ...stalled, ...bystanders]),
    ...victims.map(({guest}) => measureVictim(raw, seen, guest)),
    ...bystanders.map(guest => measureBystander(raw, seen, guest)),
  ];
  return {
    samples: parts.flatMap(part => part.samples),
    problems: [...(log.value.damage ? [log.value.damage] : []), ...parts.flatMap(part => part.problems)],
    findings: parts.flatMap(part => part.findings),
  };
}

interface Seen {
  facts: ResilienceFacts;
  log: BeaconLog;
  clock: {offsetMs: number; halfWidthMs: number};
}

function measureVictim(raw: Artefacts, seen: Seen, guest: string): Measured {
  const {facts, log, clock} = seen;
  const samples: Sample[] = [];
  const problems: ParseError[] = [];
  const lives = lifeSpans(log, guest) ?? [];
  const before = lives.filter(life => sinceInjection(seen, life.firstReplySeconds) < 0);
  const problem = (expected: string, found: string) =>
    problems.push({artefact: 'beacon.log', path: guest, expected, found});
  const labels = {fault: kindOf(facts.fault), guest};
  const halfWidth = clock.halfWidthMs / 1000 + log.intervalSeconds;
  const add = (metric: string, path: string, atSeconds: number | undefined) => {
    const from = {artefact: 'beacon.log', path};
    if (atSeconds !== undefined) {
      samples.push({metric, unit: 's', value: sinceInjection(seen, atSeconds), labels, from, halfWidth});
    } else if (log.complete) {
      // It never came back while we watched: that is a result, and a bad one.
      samples.push({metric, unit: 's', value: sinceInjection(seen, log.endSeconds), labels, from, censored: true});
    } else {
      problem(`${metric} before the log was cut`, 'a log that ends too early to tell');
    }
  };
  if (before.length === 0) problem('replies before the fault', 'none: nothing is known about its recovery');
  else {
    const known = new Set(before.map(life => life.bootId));
    const next = lives.find(life => !known.has(life.bootId));
    add('failover.service', `${guest} first reply of a new life`, next?.firstReplySeconds);
    add(
      'failover.durable',
      `${guest} first durable write of a new life`,
      next && firstDurable(log, guest, next.bootId)?.atSeconds,
    );
  }
  const ledger = measureLedger(raw, log, guest, 'failover.lost-writes', labels);
  return {
    samples: [...samples, ...ledger.samples],
    problems: [...problems, ...ledger.problems],
    findings: [...ledger.findings, ...twoLivesFindings(log, guest)],
  };
}

/** Where the storage never had the daemon down, nothing was tried: its writes went on, and that says nothing. */
function measureStalled(raw: Artefacts, seen: Seen): readonly Measured[] {
  const {facts, log} = seen;
  const storage = measureStorage(raw, facts);
  if (storage.samples.length === 0) return [storage];
  const labels = {fault: kindOf(facts.fault)};
  const injected = injectionSeconds(seen);
  const guests = facts.stalled.map((guest): Measured => {
    const stall = stallSample(log, guest, injected, labels);
    const ledger = measureLedger(raw, log, guest, 'failover.lost-writes', {...labels, guest});
    return {
      samples: [...(stall.ok ? [stall.value] : []), ...ledger.samples],
      problems: [...(stall.ok ? [] : [stall.error]), ...ledger.problems],
      findings: [...ledger.findings, ...twoLivesFindings(log, guest)],
    };
  });
  return [storage, ...guests];
}

/** A guest on a node that was not struck should notice nothing. */
function measureBystander(raw: Artefacts, seen: Seen, guest: string): Measured {
  const {facts, log} = seen;
  const silent = (blackouts(log, guest) ?? []).filter(
    window => sinceInjection(seen, window.fromSeconds + window.seconds) > 0,
  );
  const labels = {fault: kindOf(facts.fault), guest};
  const answered = (lifeSpans(log, guest) ?? []).length > 0;
  // What a cut log does not show may have been a blackout.
  const known = answered && log.complete;
  const problem = {artefact: 'beacon.log', path: guest, expected: 'replies until the watch ended', found: 'none'};
  const ledger = measureLedger(raw, log, guest, 'failover.lost-writes', labels);
  return {
    samples: known
      ? [
          {
            metric: 'disruption.lost',
            unit: 's',
            value: silent.reduce((sum, window) => sum + window.seconds, 0),
            labels,
            from: {artefact: 'beacon.log', path: `${guest} blackouts`},
            halfWidth: 2 * log.intervalSeconds * Math.max(1, silent.length),
          },
        ]
      : [],
    problems: [
      ...(known ? [] : [{...problem, ...(answered ? {found: 'a log that ends too early to tell'} : {})}]),
      ...ledger.problems,
    ],
    findings: [...ledger.findings, ...twoLivesFindings(log, guest)],
  };
}

/**
 * Acknowledged writes that are gone. A sample only where every acknowledged record was read again (or has been
 * written over since); a loss that is seen is a finding even where the rest could not be read.
 */
export function measureLedger(
  raw: Artefacts,
  log: BeaconLog,
  guest: string,
  metric: string,
  labels: Record<string, string>,
): Measured {
  const artefact = `ledger-${guest}.txt`;
  const verify = read(raw, artefact, parseBeaconVerify);
  const problems: ParseError[] = verify.ok ? (verify.value.damage ? [verify.value.damage] : []) : [verify.error];
  const ledger = writeLedger(log, guest, verify.ok ? verify.value : undefined);
  if (!ledger)
    return {
      samples: [],
      problems: [...problems, {artefact, path: guest, expected: 'the ledger of this guest', found: 'none'}],
      findings: [],
    };
  const lost = ledger.lost.length;
  const findings: Finding[] = ledger.lost.slice(0, 1).map(first => ({
    severity: 'critical',
    invariant: 'every acknowledged write is readable',
    detail: `${guest}: ${lost} of ${ledger.acknowledged} acknowledged writes are gone, the first is record ${first.record} (${first.reason})`,
    artefact,
  }));
  if (ledger.acknowledged === 0)
    problems.push({artefact, path: guest, expected: 'acknowledged writes to check', found: 'none was acknowledged'});
  else if (ledger.unverified > 0)
    problems.push({
      artefact,
      path: guest,
      expected: 'every acknowledged record read again',
      found: `${ledger.unverified} were not`,
    });
  else if (verify.ok || lost > 0) {
    return {
      samples: [
        {metric, unit: 'count', value: lost, labels, from: {artefact, path: `${ledger.acknowledged} acknowledged`}},
      ],
      problems,
      findings,
    };
  }
  return {samples: [], problems, findings};
}

export function twoLivesFindings(log: BeaconLog, guest: string): readonly Finding[] {
  const evidence = twoLives(log, guest) ?? [];
  return evidence.slice(0, 1).map(first => ({
    severity: 'critical',
    invariant: 'no guest lives twice',
    detail: `${guest}: ${first.bootIds.join(' and ')} lived at once (${first.kind}, ${evidence.length} times, first at ${first.atSeconds.toFixed(3)} s of the log)`,
    artefact: 'beacon.log',
  }));
}

const domainsSchema = z.object({
  active: z.array(z.object({domain: z.string(), node: z.string(), state: z.string()})),
  silent: z.array(z.object({node: z.string(), reason: z.string()})),
});

/**
 * What the hosts themselves said before the fault was healed: a life that nobody hears any more still writes to its
 * disk.
 */
function activeTwice(raw: Artefacts, guests: readonly string[]): Measured {
  const artefact = 'domains.json';
  const seen = readJson(raw, artefact, domainsSchema);
  if (!seen.ok) return {samples: [], problems: [seen.error], findings: []};
  const findings = guests.flatMap((guest): Finding[] => {
    const places = seen.value.active.filter(({domain}) => domain === guest);
    if (places.length < 2) return [];
    const where = places.map(({node, state}) => `${node} (${state})`).join(' and ');
    return [
      {severity: 'critical', invariant: 'no guest lives twice', detail: `${guest} is active on ${where}`, artefact},
    ];
  });
  return {samples: [], problems: [], findings};
}

/** The moment before the injection, on the log's clock. Between two anchors the log's clock goes as the wall's. */
function injectionSeconds(seen: Seen): number {
  return -sinceInjection(seen, 0);
}

/** A time of the log, in seconds since the moment before the injection, both on the harness's wall clock. */
function sinceInjection({facts, log, clock}: Seen, atSeconds: number): number {
  const wall = wallSecondsAt(log, atSeconds);
  return wall === undefined ? Number.NaN : wall - clock.offsetMs / 1000 - facts.injection.wallBeforeMs / 1000;
}

export function read<T>(
  raw: Artefacts,
  name: string,
  parse: (text: string, artefact: string) => Result<T, ParseError>,
): Result<T, ParseError> {
  const text = raw.text(name);
  return text.ok ? parse(text.value, name) : text;
}
