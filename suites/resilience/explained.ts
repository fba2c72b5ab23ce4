/** The client's blackout, phase by phase, and what of it no source explains. Pure. */
import type {Finding, Measured, Sample} from '../../harness/types.ts';
import {blackouts, bootOf, lifeSpans} from '../../reports/beacon/index.ts';
import {watchArtefact} from '../steps/watch.ts';
import {
  type Heard,
  heldAgainst,
  type Interval,
  lengthOf,
  type Moments,
  type Phase,
  phaseNames,
  phasesFrom,
} from './chain.ts';
import {kindOf} from './facts.ts';
import {type Seen, sinceInjection} from './seen.ts';

/** Of the blackout; more is a finding. */
const mostUnexplained = 0.1;
/** From the start of the guest's server to its first reply: one interval, and what an answer takes on a busy host. */
const heardWithinSeconds = 0.25;

/** `samples`: every moment of the trial, of the node and of each guest. */
export function measureExplained(seen: Seen, guest: string, samples: readonly Sample[]): Measured {
  const own = momentsOf(samples, guest);
  const moments: Moments = Object.fromEntries([...own].map(([name, {value}]) => [name, value]));
  const phases = phasesFrom(moments, heardOf(seen, guest));
  const silent = silences(seen, guest);
  const isOpen = !seen.log.complete || stillSilent(seen, guest);
  if (silent.length === 0) return {samples: phaseSamples(seen, guest, phases, own), problems: [], findings: []};
  const {seconds, unexplained} = heldAgainst(phases, silent);
  const share = unexplained.reduce((sum, each) => sum + lengthOf(each), 0) / seconds;
  const common = {
    labels: {fault: kindOf(seen.facts.fault), guest},
    from: {artefact: watchArtefact, path: `${guest} blackouts`},
  };
  const halfWidth = 2 * seen.log.intervalSeconds * silent.length;
  return {
    samples: [
      ...phaseSamples(seen, guest, phases, own),
      {
        metric: 'failover.blackout',
        unit: 's',
        value: seconds,
        halfWidth,
        ...common,
        ...(isOpen ? {censored: true as const} : {}),
      },
      // Of a blackout that is not over, the part is not known either.
      ...(isOpen ? [] : [unexplainedSample(share, halfWidth / seconds, common)]),
    ],
    problems: [],
    findings: share > mostUnexplained ? [unexplainedFinding(guest, seconds, share, unexplained, moments)] : [],
  };
}

function unexplainedSample(value: number, halfWidth: number, common: Pick<Sample, 'labels' | 'from'>): Sample {
  return {metric: 'failover.unexplained', unit: 'ratio', value, halfWidth: Math.min(1, halfWidth), ...common};
}

/** When the watch ended. */
function stillSilent({log}: Seen, guest: string): boolean {
  return (blackouts(log, guest) ?? []).some(({toSeconds}) => toSeconds === undefined);
}

/** Those of the node count for each of its guests. */
function momentsOf(samples: readonly Sample[], guest: string): ReadonlyMap<string, Sample> {
  return new Map(
    phaseNames.flatMap(name => {
      const found = samples.find(
        ({metric, labels}) => metric === `failover.${name}` && (labels.guest ?? guest) === guest,
      );
      return found !== undefined && !found.censored && Number.isFinite(found.value) ? [[name, found] as const] : [];
    }),
  );
}

function heardOf(seen: Seen, guest: string): Heard | undefined {
  const {log} = seen;
  const spans = lifeSpans(log, guest) ?? [];
  const next = spans.find(({firstReplySeconds}) => sinceInjection(seen, firstReplySeconds) > 0);
  const boot = next && bootOf(log, guest, next.bootId);
  if (boot === undefined) return undefined;
  return {
    serverSeconds: sinceInjection(seen, boot.serverSeconds),
    sentSeconds: sinceInjection(seen, boot.sentSeconds),
    slackSeconds: heardWithinSeconds + log.intervalSeconds,
  };
}

/** In seconds since the injection; those that were over by then are none of it. */
function silences(seen: Seen, guest: string): readonly Interval[] {
  const {log} = seen;
  return (blackouts(log, guest) ?? [])
    .map(({fromSeconds, seconds}) => ({
      fromSeconds: sinceInjection(seen, fromSeconds),
      untilSeconds: sinceInjection(seen, fromSeconds + seconds),
    }))
    .filter(({untilSeconds}) => untilSeconds > 0);
}

/** When the faulted node's first guest fell silent: at the injection, or with the fence of a drill. */
export function silentFrom(seen: Seen): number {
  const [first] = seen.facts.victims;
  const windows = first === undefined ? [] : silences(seen, first.guest);
  const longest = [...windows].sort((one, two) => lengthOf(two) - lengthOf(one))[0];
  return Math.max(0, longest?.fromSeconds ?? 0);
}

function phaseSamples(
  {facts, log}: Seen,
  guest: string,
  phases: readonly Phase[],
  moments: ReadonlyMap<string, Sample>,
): readonly Sample[] {
  return phases.map(phase => {
    const end = moments.get(phase.name);
    return {
      metric: 'failover.phase',
      unit: 's' as const,
      value: lengthOf(phase),
      halfWidth: 2 * (end?.halfWidth ?? log.intervalSeconds),
      labels: {fault: kindOf(facts.fault), guest, phase: phase.name},
      from: end?.from ?? {artefact: watchArtefact, path: `${guest} until ${phase.untilSeconds.toFixed(3)} s`},
    };
  });
}

function unexplainedFinding(
  guest: string,
  seconds: number,
  share: number,
  unexplained: readonly Interval[],
  moments: Moments,
): Finding {
  const gaps = unexplained.slice(0, 3).map(({fromSeconds, untilSeconds}) => {
    return `${lengthOf({fromSeconds, untilSeconds}).toFixed(1)} s from ${fromSeconds.toFixed(1)} s on`;
  });
  const missing = phaseNames.filter(name => moments[name] === undefined && !name.startsWith('storage-'));
  const unseen = missing.length === 0 ? '' : `; not seen: ${missing.join(', ')}`;
  const detail = `${guest} was silent for ${seconds.toFixed(1)} s, and ${Math.round(share * 100)} % of that is unexplained: ${gaps.join(', ')}${unseen}`;
  return {severity: 'warning', invariant: 'the phases explain the blackout', detail, artefact: watchArtefact};
}
