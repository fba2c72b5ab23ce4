/**
 * Looks at a whole cluster, read-only and within a bound of seconds: everything that the checks want is read once, all
 * hosts side by side, and judged.
 */
import {observe} from '../cluster/audit/index.ts';
import {limitedTransport} from '../transport/limited.ts';
import {eachOf} from '../transport/reach.ts';
import type {Cluster, Result} from '../types.ts';
import {unlessAborted} from '../wait.ts';
import type {Budget} from './budget.ts';
import {type Check, type Diagnosis, levels, type Seen} from './check.ts';
import {checks} from './checks/index.ts';
import {budgetOf, timing} from './checks/timing.ts';
import type {Answers, Reading} from './reading.ts';

export interface Examined {
  findings: readonly (Diagnosis & {check: string})[];
  budget: Budget;
  seconds: number;
}

export interface ExamineOptions {
  /** Seconds within which a lost node's guests are promised to serve again. */
  boundSeconds: number;
  signal: AbortSignal;
}

/** Whatever has not answered by then counts as not read. */
const deadlineMs = 30_000;
/** Commands under way at the same time: over all hosts, and on one. */
const parallel = 48;
const perHost = 6;
/** Of those whose answer is a time: few at once, and on a large cluster more, so that seconds stay seconds. */
const timedParallel = 2;
const mostRounds = 30;

/** Errors are findings; it never throws. */
export async function examine(cluster: Cluster, options: ExamineOptions): Promise<Examined> {
  const begun = performance.now();
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(deadlineMs)]);
  const {transport, ...shape} = cluster;
  const limited = {...cluster, transport: limitedTransport(transport, perHost)};
  const observing = unlessAborted(signal, observe(limited));
  const answers = await readAll(limited, checks, observing, signal);
  const observed = await observing;
  const today = new Date().toISOString().slice(0, 10);
  const seen: Seen = {cluster: shape, observed, answers, today, boundSeconds: options.boundSeconds};
  return {
    findings: diagnose(seen),
    budget: budgetOf(seen),
    seconds: (performance.now() - begun) / 1000,
  };
}

/** Only what the time-outs in force make of a failover, without a promise to hold it against; it never throws. */
export async function readBudget(cluster: Cluster, signal: AbortSignal): Promise<Omit<Budget, 'boundSeconds'>> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  const {transport, ...shape} = cluster;
  const limited = {...cluster, transport: limitedTransport(transport, perHost)};
  const answers = await readAll(limited, [timing], Promise.resolve(), within);
  const seen = {cluster: shape, observed: undefined, answers, today: '', boundSeconds: Number.POSITIVE_INFINITY};
  const {boundSeconds: _, ...budget} = budgetOf(seen);
  return budget;
}

/** In order of danger; of one level, in the order of the checks. Pure. */
export function diagnose(seen: Seen): Examined['findings'] {
  const found = checks.flatMap(({id, check}) => check(seen).map(each => ({check: id, ...each})));
  return levels.flatMap(level => found.filter(each => each.level === level));
}

/** Times are taken when all else, `observing` too, has been read. */
async function readAll(
  cluster: Cluster,
  all: readonly Check[],
  observing: Promise<unknown>,
  signal: AbortSignal,
): Promise<Answers> {
  const readings = new Set(all.flatMap(({reads}) => reads));
  const wanted = [...readings].flatMap(reading =>
    reading.subjects(cluster).map(subject => ({reading, subject, key: keyOf(reading, subject)})),
  );
  const said = new Map<string, Result<string, string>>();
  const readEach = (some: typeof wanted, atOnce: number) =>
    eachOf(some, atOnce, async ({reading, subject, key}) => {
      if (signal.aborted) return;
      const answer = await unlessAborted(signal, reading.ask(cluster, subject));
      if (answer !== undefined) said.set(key, answer);
    });
  const untimed = wanted.filter(({reading}) => !reading.timed);
  const timed = wanted.filter(({reading}) => reading.timed);
  await Promise.all([readEach(untimed, parallel), observing]);
  await readEach(timed, Math.max(timedParallel, Math.ceil(timed.length / mostRounds)));
  return (reading, subject = '') => said.get(keyOf(reading, subject)) ?? {ok: false, error: 'no answer in time'};
}

function keyOf({name}: Reading, subject: string): string {
  return `${name} ${subject}`;
}
