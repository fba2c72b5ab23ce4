/**
 * What the configuration in force makes of each phase of a failover, beside what it took. Where a phase took longer
 * than its settings say, the setting to change first is told, and what it saves.
 */
import type {Finding, Measured, Sample} from '../../harness/types.ts';
import {kindOf} from './facts.ts';
import type {KeptBudget} from './kept-budget.ts';
import type {Seen} from './seen.ts';

type PhaseId = KeptBudget['phases'][number]['id'];

/** A phase that took so much longer than its settings say, by both, is told. */
const disagrees = {factor: 1.5, seconds: 1};
/** Those that settings decide: a guest takes its own time to start, and to ask for its disk. */
const bySettings: ReadonlySet<PhaseId> = new Set(['membership', 'fence', 'storage-lost']);

/** `samples`: every moment of the trial; of several guests the first one's. Older runs kept no budget. */
export function measureBudget({facts}: Seen, samples: readonly Sample[], silentFromSeconds: number): Measured {
  const {budget} = facts;
  if (budget === undefined) return {samples: [], problems: [], findings: []};
  const taken = takenBy(samples, silentFromSeconds);
  const all: Sample[] = [];
  const findings: Finding[] = [];
  for (const [index, phase] of budget.phases.entries()) {
    const labels = {fault: kindOf(facts.fault), phase: phase.id};
    const from = {artefact: 'failover.json', path: `/budget/phases/${index}`};
    all.push({metric: 'failover.expected', unit: 's', value: phase.seconds, labels, from});
    const one = taken[phase.id];
    if (one === undefined) continue;
    all.push({metric: 'failover.taken', unit: 's', value: one.seconds, labels, from: one.from});
    const more = one.seconds - phase.seconds;
    if (!bySettings.has(phase.id) || more <= disagrees.seconds || one.seconds <= disagrees.factor * phase.seconds)
      continue;
    findings.push({
      severity: 'warning',
      invariant: 'a phase takes what its settings say',
      detail: `${phase.name}: ${one.seconds.toFixed(1)} s, and ${phase.seconds.toFixed(1)} s follow from ${phase.from}; ${changeFirst(budget, phase.id)}`,
      artefact: 'failover.json',
    });
  }
  return {samples: all, problems: [], findings};
}

/** A setting of that phase; else the one that saves most of all; else it is no setting that is slow. */
function changeFirst({advice}: KeptBudget, id: PhaseId): string {
  const own = advice.find(({phase}) => phase === id);
  const first = own ?? advice[0];
  if (first === undefined) return 'no setting that is looked at would save time: what is slow is none of them';
  const {setting, now, better, savesSeconds} = first;
  const which = own === undefined ? 'no setting of this phase would save time, and most is saved by' : 'change first:';
  return `${which} ${setting}, to ${better} (now ${now}; ${savesSeconds.toFixed(1)} s less)`;
}

/**
 * What each phase took. The storage counts from when the node fell silent: in a drill it lives on until the fence.
 * The start counts from when the storage served, where it had to wait for that. Whom only the new guest shut out,
 * because it asked for its lock, could have been shut out before: that says nothing of the settings.
 */
function takenBy(
  samples: readonly Sample[],
  silentFromSeconds: number,
): Partial<Record<PhaseId, {seconds: number; from: Sample['from']}>> {
  const of = (name: string) => samples.find(({metric, censored}) => metric === `failover.${name}` && !censored);
  const between = (since: number | undefined, until: Sample | undefined) =>
    since === undefined || until === undefined || until.value < since
      ? undefined
      : {seconds: until.value - since, from: until.from};
  const [asked, serving, started] = [of('start-requested'), of('storage-serving'), of('started')];
  const [free, service] = [of('storage-free'), of('service')];
  const early = free !== undefined && free.value <= (service?.value ?? 0) ? free : undefined;
  const ready = Math.max(asked?.value ?? 0, serving?.value ?? 0);
  const all = {
    membership: between(0, of('membership')),
    fence: between(of('fencing-requested')?.value, of('fence-done')),
    start: between(asked && (ready <= (started?.value ?? 0) ? ready : asked.value), started),
    'storage-lost': between(silentFromSeconds, of('storage-lost')),
    'storage-free': between(silentFromSeconds, early),
    service: between(started?.value, service),
  };
  return Object.fromEntries(Object.entries(all).flatMap(([id, one]) => (one === undefined ? [] : [[id, one]])));
}
