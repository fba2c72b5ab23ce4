import test from 'ava';
import {switchTarget} from '../../fixtures/kit/switch-target.ts';
import type {Sample, Target} from '../../harness/types.ts';
import {judgeAtEveryLook} from '../judge/verdict.ts';
import {random} from '../stats/random.ts';
import {heldAgainstBlocks} from './blocks.ts';
import type {Pool} from './pooled.ts';

const trials = 50;
const everyTime: Target = {...switchTarget, statistic: 'worst', relation: 'at-most', bound: 15, reliability: 0.9};

/** Three runs of switches that took 8.8, 8 and 8.4 s, give or take half a second. */
function judged(bound: number, leftOut: Pool['leftOut'] = [], levels = [8.8, 8, 8.4]) {
  const next = random(5);
  const samples = levels.flatMap((level, run) =>
    Array.from({length: trials}, (_, index): Sample => {
      const trial = String(run * trials + index + 1);
      const labels = {...everyTime.where, trial, repetition: trial, profile: 'tuned', scenario: 'failover/host-crash'};
      const value = level + next() - 0.5;
      return {metric: everyTime.metric, unit: everyTime.unit, value, labels, from: {artefact: 'a', path: ''}};
    }),
  );
  const target = {...everyTime, where: {}, bound};
  const judge = (some: readonly Sample[], owed: readonly number[]) => judgeAtEveryLook(target, some, owed);
  const owed = samples.map((_, index) => index + 1);
  const runs = levels.map((_, run) => ({
    id: `night-${run + 1}`,
    startedAt: '2026-01-01T00:00:00Z',
    status: 'complete' as const,
    first: run * trials + 1,
    last: (run + 1) * trials,
  }));
  return heldAgainstBlocks(judge(samples, owed), {target, samples, owed, judge}, {runs, leftOut});
}

test('"every time" counts the clean trials of all runs, and reckons with the worst of a further one', t => {
  const verdict = judged(15);
  t.is(verdict.kind, 'met', verdict.kind === 'undecided' ? verdict.reason : '');
  t.is(verdict.estimate?.n, 3 * trials);
  t.regex(
    verdict.estimate?.method ?? '',
    /none broke the bound.*; the runs differ by more than chance \(Kruskal–Wallis .*\), and the worst of a further one will be 8\.\d+ s \[[67]\.\d+, 1\d\.\d+\], by a t interval$/,
  );
});

test('planted: the worst of a further run may break it, or a run is not here, or one trial broke it', t => {
  const near = judged(9.5);
  t.is(near.kind, 'undecided');
  t.regex(near.kind === 'undecided' ? near.reason : '', /every trial kept it, but the worst of a further run may be /);
  const without = judged(15, [{id: 'night-4', reason: 'it is known, and not there', forbids: true}]);
  t.is(without.kind, 'undecided');
  t.regex(without.kind === 'undecided' ? without.reason : '', /the runs differ by more than chance/);
  t.is(judged(9.2).kind, 'missed');
  t.regex(judged(15, [], [8, 8, 8]).estimate?.method ?? '', /none broke the bound, which shows [\d.]+ % reliability/);
});
