/**
 * When the storage itself gave the faulted node up, and when it shut the node out so that its locks may be broken: what
 * Ceph's monitors say afterwards, asked once.
 */
import {ceph} from '../../harness/cluster/storage.ts';
import {oldestMs, osdMaps, shutOut} from '../../harness/parse/ceph-log.ts';
import {onCephHost} from '../../harness/storage/ceph-host.ts';
import type {Artefacts, Measured, ParseError, Sample, Trial} from '../../harness/types.ts';
import {onlyProblems} from '../steps/measured.ts';
import {kindOf, type ResilienceFacts} from './facts.ts';

/** The monitors keep fewer lines at hand, 50 in Ceph 16: what a busy store writes in twenty seconds. */
const artefacts = {
  log: {name: 'ceph-log.txt', asked: ['log', 'last', '100', 'debug', 'cluster']},
  list: {name: 'ceph-blocklist.txt', asked: ['osd', 'blocklist', 'ls']},
} as const;
const patienceMs = 15_000;

/** Nothing where Ceph is not the store; where it does not answer, that is told and nothing is kept. */
export async function keepMonitors(trial: Trial): Promise<void> {
  if (trial.cluster.storage !== 'ceph') return;
  await Promise.all(
    Object.values(artefacts).map(async ({name, asked}) => {
      const said = await onCephHost(trial.cluster, target => ceph(target, asked, {timeoutMs: patienceMs}));
      if (said.ok) await trial.keep(name, said.value);
      else trial.say(`${name} is missing: ${said.error}`);
    }),
  );
}

/** How long an entry of the blocklist lasts: that of a broken lock, and that of the profile's alert. */
const lastsMs = [3_600_000, 30_000];
/** Monitors whose clocks differ by more say so themselves (mon_clock_drift_allowed). */
const driftMs = 50;

/** Nothing where neither was kept: older runs, and other stores. */
export function measureMonitors(raw: Artefacts, facts: ResilienceFacts): Measured {
  const {log, list} = artefacts;
  if (![log, list].some(({name}) => raw.names.includes(name))) return onlyProblems();
  const problems: ParseError[] = [];
  const read = (name: string): string => {
    const text = raw.text(name);
    if (!text.ok) problems.push(text.error);
    return text.ok ? text.value : '';
  };
  const samples = [...lostIn(read(log.name), facts), ...freedIn(read(list.name), facts)];
  return {samples, problems, findings: []};
}

/**
 * The first map after the injection in which fewer OSDs are up than in the one before it. A log that does not
 * reach back that far may lack an earlier one: it says nothing.
 */
function lostIn(text: string, facts: ResilienceFacts): readonly Sample[] {
  const maps = osdMaps(text);
  const {atMs: since} = onMonitors(facts, undefined, facts.injection.wallBeforeMs);
  const reachesBack = (oldestMs(text) ?? Number.POSITIVE_INFINITY) < since;
  const lost = maps.find(({atMs, up, total}, index) => {
    const before = maps[index - 1]?.up ?? (reachesBack ? total : 0);
    return atMs >= since && up < before;
  });
  if (lost === undefined) return [];
  return [sampleOf(facts, 'failover.storage-lost', lost.monitor, lost.atMs, artefacts.log.name, lost.line)];
}

/** An entry says when it ends: of the ways it can have come about, the one that began after the injection. */
function freedIn(text: string, facts: ResilienceFacts): readonly Sample[] {
  const {atMs: since} = onMonitors(facts, undefined, facts.injection.wallBeforeMs);
  const {atMs: until} = onMonitors(facts, undefined, facts.waitedUntilWallMs);
  const made = shutOut(text)
    .filter(({address}) => facts.struckAddresses?.includes(address))
    .flatMap(({untilMs, line}) => lastsMs.map(lasts => ({atMs: untilMs - lasts, line})))
    .filter(({atMs}) => atMs >= since && atMs <= until)
    .sort((one, two) => one.atMs - two.atMs);
  const [first] = made;
  if (first === undefined) return [];
  return [sampleOf(facts, 'failover.storage-free', undefined, first.atMs, artefacts.list.name, first.line)];
}

function sampleOf(
  facts: ResilienceFacts,
  metric: string,
  monitor: string | undefined,
  atMs: number,
  artefact: string,
  line: number,
): Sample {
  const {offsetMs, halfWidthMs} = onMonitors(facts, monitor, 0);
  return {
    metric,
    unit: 's',
    value: (atMs - offsetMs - facts.injection.wallBeforeMs) / 1000,
    halfWidth: halfWidthMs / 1000,
    labels: {fault: kindOf(facts.fault)},
    from: {artefact, path: `line ${line}`},
  };
}

/** A moment on the clock of that monitor's host; else of a survivor's, with what monitors may differ by. */
function onMonitors(facts: ResilienceFacts, monitor: string | undefined, wallMs: number) {
  const own = facts.clocks.find(({host}) => host === monitor);
  const {offsetMs, halfWidthMs} = own ??
    facts.clocks.find(({host}) => facts.survivors.includes(host)) ?? {offsetMs: 0, halfWidthMs: 0};
  return {atMs: wallMs + offsetMs, offsetMs, halfWidthMs: halfWidthMs + (own === undefined ? driftMs : 0)};
}
