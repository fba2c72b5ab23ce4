/** What a trial of etcd measures, from its artefacts alone. Times count from before the first injection. */
import {type EtcdLog, parseEtcdLog, parseEtcdValues} from '../../harness/parse/etcd-probe.ts';
import type {Artefacts, Finding, Measured, ParseError, Sample} from '../../harness/types.ts';
import {jsonArtefact, parsedArtefact} from '../steps/artefacts.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {type EtcdFacts, etcdArtefact, etcdFacts, etcdLogArtefact, etcdValuesArtefact} from './etcd-facts.ts';

/** What a complete trial yields, by whether a majority is left. */
export const etcdMetrics = {
  majority: ['etcd.leader', 'etcd.write', 'etcd.lost-writes'],
  nodeLost: ['etcd.leader', 'etcd.write', 'etcd.state-key', 'etcd.lost-writes'],
  minority: ['etcd.minority-writes', 'etcd.lost-writes'],
};

export function measureEtcd(raw: Artefacts): Measured {
  const facts = jsonArtefact(raw, etcdArtefact, etcdFacts);
  const log = parsedArtefact(raw, etcdLogArtefact, parseEtcdLog);
  if (!facts.ok || !log.ok) return onlyProblems(...[facts, log].flatMap(each => (each.ok ? [] : [each.error])));
  const blunt = facts.value.reached.filter(({bit}) => !bit);
  if (blunt.length > 0) {
    const expected = `${blunt.map(({fault}) => fault).join(', ')}: the fault did not bite`;
    const found = blunt.map(({evidence}) => evidence).join('; ');
    return onlyProblems({artefact: etcdArtefact, path: '/reached', expected, found});
  }
  const seen: Seen = {facts: facts.value, log: log.value};
  const quiet = silentBefore(seen);
  if (quiet !== undefined) return onlyProblems(quiet);
  const {members, struck} = facts.value;
  const left = members.length - struck.length;
  return together([
    ...(left * 2 > members.length ? [firstLeader(seen), firstWrite(seen), stateKey(seen)] : [minority(seen)]),
    lostWrites(raw, seen),
  ]);
}

interface Seen {
  facts: EtcdFacts;
  log: EtcdLog;
}

/** Seconds since the moment before the first injection, of a time by the client's clock. */
function since({facts}: Seen, atSeconds: number, injection = facts.injections[0]): number {
  return atSeconds - (facts.clock.offsetMs + (injection?.wallBeforeMs ?? Number.NaN)) / 1000;
}

/** Every member took writes before the fault, or nothing is known about what it took away. */
function silentBefore(seen: Seen): ParseError | undefined {
  const {facts, log} = seen;
  const silent = facts.members.filter((_, member) => {
    const before = log.writes.filter(write => write.member === member && since(seen, write.doneSeconds) < 0);
    return !before.some(({term}) => term !== undefined);
  });
  const expected = 'acknowledged writes before the fault';
  if (silent.length > 0) return {artefact: etcdLogArtefact, path: silent.join(', '), expected, found: 'none'};
  const early = [...log.writes, ...log.statuses].find(
    ({doneSeconds, term = 0}) => since(seen, doneSeconds) < 0 && term > facts.term,
  );
  if (early === undefined) return undefined;
  const found = `term ${early.term}: it was elected anew before the fault`;
  return {artefact: etcdLogArtefact, path: 'term', expected: `term ${facts.term} until the fault`, found};
}

/** What the agent's timer and two looks may take. */
const leaseSlackSeconds = 1;

interface Moment {
  sentSeconds: number;
  doneSeconds: number;
}

/** When an answer first told it: somewhere between the question and the answer, and not before the question before. */
function sampleOf(seen: Seen, metric: string, moment: Moment | undefined, earlier: Moment | undefined): Measured {
  const {facts, log} = seen;
  const common = {metric, unit: 's' as const, labels: {fault: facts.fault}};
  const from = {artefact: etcdLogArtefact, path: metric};
  if (moment === undefined) {
    if (log.endSeconds === undefined) {
      const expected = `${metric} before the log was cut`;
      return onlyProblems({
        artefact: etcdLogArtefact,
        path: metric,
        expected,
        found: 'a log that ends too early to tell',
      });
    }
    const value = since(seen, log.endSeconds);
    return {samples: [{...common, value, from, censored: true}], problems: [], findings: []};
  }
  const halfWidth = facts.clock.halfWidthMs / 1000 + moment.doneSeconds - (earlier ?? moment).sentSeconds;
  return {samples: [{...common, value: since(seen, moment.doneSeconds), from, halfWidth}], problems: [], findings: []};
}

function firstLeader(seen: Seen): Measured {
  const {facts, log} = seen;
  const asked = log.statuses.filter(({member}) => !facts.struck.includes(facts.members[member] ?? ''));
  const first = earliest(asked.filter(({leader, term = 0}) => leader !== undefined && term > facts.term));
  return sampleOf(seen, 'etcd.leader', first, latestBefore(asked, first));
}

function firstWrite(seen: Seen): Measured {
  const {facts, log} = seen;
  const first = earliest(log.writes.filter(({term = 0}) => term > facts.term));
  return sampleOf(seen, 'etcd.write', first, undefined);
}

/** Only where a node is lost whose key was there. */
function stateKey(seen: Seen): Measured {
  const {facts, log} = seen;
  if (facts.ttlSeconds === undefined) return onlyProblems();
  const before = log.keys.filter(({doneSeconds}) => since(seen, doneSeconds) < 0);
  if (before.at(-1)?.state !== 'present') {
    const found = before.at(-1)?.state ?? 'nothing';
    return onlyProblems({artefact: etcdLogArtefact, path: 'the state key', expected: 'there before the fault', found});
  }
  const gone = earliest(log.keys.filter(({state, sentSeconds}) => state === 'gone' && since(seen, sentSeconds) > 0));
  const odd = gone && notByItsLease(seen, gone, facts.ttlSeconds);
  if (odd !== undefined) return onlyProblems(odd);
  const present = log.keys.filter(({state}) => state === 'present');
  return sampleOf(seen, 'etcd.state-key', gone, latestBefore(present, gone));
}

/** It is renewed three times in its lease: what goes sooner, or comes back, was not taken away by the lost node. */
function notByItsLease(seen: Seen, gone: Moment, ttlSeconds: number): ParseError | undefined {
  const soonest = (2 / 3) * ttlSeconds - leaseSlackSeconds;
  const at = since(seen, gone.doneSeconds);
  const back = seen.log.keys.find(({state, sentSeconds}) => state === 'present' && sentSeconds > gone.doneSeconds);
  if (at >= soonest && back === undefined) return undefined;
  const found =
    back === undefined ? `${at.toFixed(1)} s` : `there again after ${since(seen, back.doneSeconds).toFixed(1)} s`;
  const expected = `gone for good, with its lease of ${ttlSeconds} s: not before ${soonest.toFixed(1)} s`;
  return {artefact: etcdLogArtefact, path: 'the state key', expected, found};
}

function earliest<T extends Moment>(moments: readonly T[]): T | undefined {
  return [...moments].sort((one, two) => one.doneSeconds - two.doneSeconds)[0];
}

function latestBefore<T extends Moment>(moments: readonly T[], limit: Moment | undefined): T | undefined {
  if (limit === undefined) return undefined;
  const before = moments.filter(({doneSeconds}) => doneSeconds < limit.doneSeconds);
  return before.sort((one, two) => one.doneSeconds - two.doneSeconds).at(-1);
}

/** Fewer answers than these do not show that the member was there to refuse. */
const answersEnough = 10;

/**
 * What a member without a majority acknowledged: only of what was sent after the last fault had struck, and before
 * anything was healed. That it answered meanwhile shows that it could have.
 */
function minority(seen: Seen): Measured {
  const {facts, log} = seen;
  const last = facts.injections.at(-1);
  if (last === undefined) return onlyProblems();
  const lasted = (last.monotonicAfterMs - last.monotonicBeforeMs + facts.clock.halfWidthMs) / 1000;
  const until = (facts.heldUntilWallMs + facts.clock.offsetMs - facts.clock.halfWidthMs) / 1000;
  if (log.endSeconds === undefined || log.endSeconds < until) {
    const found = 'a log that ends too early to tell';
    return onlyProblems({artefact: etcdLogArtefact, path: 'minority', expected: 'answers until the healing', found});
  }
  const within = ({sentSeconds, doneSeconds}: Moment) => since(seen, sentSeconds, last) > lasted && doneSeconds < until;
  const left = ({member}: {member: number}) => !facts.struck.includes(facts.members[member] ?? '');
  const answers = log.statuses.filter(each => left(each) && within(each) && each.term !== undefined);
  if (answers.length < answersEnough) {
    const expected = `${answersEnough} answers of the member that is left, to show that it was there`;
    return onlyProblems({artefact: etcdLogArtefact, path: 'minority', expected, found: String(answers.length)});
  }
  const taken = log.writes.filter(each => left(each) && within(each) && each.term !== undefined);
  const from = {artefact: etcdLogArtefact, path: `${answers.length} answers of the member that is left`};
  const labels = {fault: facts.fault};
  return {
    samples: [{metric: 'etcd.minority-writes', unit: 'count', value: taken.length, labels, from}],
    problems: [],
    findings: taken.slice(0, 1).map(
      ({member}): Finding => ({
        severity: 'critical',
        invariant: 'no write without a majority',
        detail: `etcd on ${facts.members[member]} acknowledged ${taken.length} writes with ${facts.struck.join(' and ')} gone`,
        artefact: etcdLogArtefact,
      }),
    ),
  };
}

/** Every acknowledged write of the log, read again: its contents, not only that it is there. */
function lostWrites(raw: Artefacts, {facts, log}: Seen): Measured {
  const read = parsedArtefact(raw, etcdValuesArtefact, parseEtcdValues);
  if (!read.ok) return onlyProblems(read.error);
  if (log.endSeconds === undefined) {
    const expected = 'every acknowledged write of the trial';
    return onlyProblems({artefact: etcdLogArtefact, path: '', expected, found: 'a log that is cut off'});
  }
  const acknowledged = log.writes.filter(({term}) => term !== undefined);
  const lost = acknowledged.filter(({member, number}) => {
    return read.value.get(`${facts.prefix}/${member}/${number}`) !== `${member}:${number}`;
  });
  const from = {artefact: etcdValuesArtefact, path: `${acknowledged.length} acknowledged`};
  const labels = {fault: facts.fault};
  const sample: Sample = {metric: 'etcd.lost-writes', unit: 'count', value: lost.length, labels, from};
  const findings = lost.slice(0, 1).map(
    ({member, number}): Finding => ({
      severity: 'critical',
      invariant: 'every acknowledged write is readable',
      detail: `etcd: ${lost.length} of ${acknowledged.length} acknowledged writes are gone, the first is ${member}/${number}`,
      artefact: etcdValuesArtefact,
    }),
  );
  return {samples: [sample], problems: [], findings};
}
