/** Whether the runs of a pool are alike, promise by promise: what differs by more than chance is not pooled. */
import type {Sample, Target, Verdict} from '../../harness/types.ts';
import {gather, type TrialValue} from '../judge/evidence.ts';
import {pair} from '../judge/ratio.ts';
import {type KruskalWallis, kruskalWallis} from '../stats/kruskal-wallis.ts';
import {median} from '../stats/numbers.ts';
import {formatInstant} from '../words/units.ts';
import {type Apart, type Question, saidByEach} from './each-run.ts';
import type {Block, Pool} from './pooled.ts';

/** Runs are not pooled for a promise where their values would differ so by chance in one of twenty cases. */
const blockLevel = 0.05;

interface Own {
  block: Block;
  values: readonly number[];
}

/** The verdict of a pool, with what speaks against pooling. */
export function heldAgainstBlocks(verdict: Verdict, question: Question, pool: Pool): Verdict {
  const {estimate} = verdict;
  if (estimate === undefined) return verdict;
  const apart = apartOf(question, pool);
  // One trial that broke "every time" did so, whatever the other nights were like.
  if (apart !== undefined && !(verdict.kind === 'missed' && question.target.statistic === 'worst'))
    return (
      saidByEach(apart, verdict, question, pool) ??
      (verdict.kind === 'undecided' ? verdict : {kind: 'undecided', estimate, reason: apart.reason})
    );
  if (verdict.kind === 'undecided') return verdict;
  const [lacking, ...more] = pool.leftOut.filter(({forbids}) => forbids);
  if (verdict.kind === 'missed' || lacking === undefined) return verdict;
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  const reason = `the figures are good, but not all evidence is here: run ${lacking.id}${others}: ${lacking.reason}`;
  return {kind: 'undecided', estimate, reason};
}

/** Which run stands apart; undefined where they are alike. */
function apartOf({target, samples}: Question, {runs}: Pool): Apart | undefined {
  const own = valuesOf(target, samples, runs).filter(({values}) => values.length > 0);
  const test = own.length < 2 ? undefined : kruskalWallis(own.map(({values}) => values));
  if (test === undefined || !test.ok || test.value.p >= blockLevel) return undefined;
  const one = own[test.value.apart];
  if (one === undefined) return undefined;
  const others = own.filter(each => each !== one);
  const rest = others.length < 2 ? undefined : kruskalWallis(others.map(({values}) => values));
  const among = rest?.ok && rest.value.p < blockLevel ? ', and the others differ among themselves' : '';
  const words = `${testWords(test.value)}, level ${blockLevel}`;
  const medians = `median ${plain(median(one.values))} against ${plain(median(others.flatMap(({values}) => values)))}`;
  const reason = `the runs differ by more than chance (${words}), so they are not pooled: run ${one.block.id} of ${formatInstant(one.block.startedAt)} stands apart, ${medians}${among}`;
  return {test: words, reason};
}

function testWords({h, freedom, p}: KruskalWallis): string {
  return `Kruskal–Wallis H ${plain(h)} with ${freedom} ${freedom === 1 ? 'degree' : 'degrees'}, p ${Number(p.toPrecision(2))}`;
}

function plain(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** A value a trial, or a ratio a pair, by run. */
function valuesOf(target: Target, samples: readonly Sample[], runs: readonly Block[]): readonly Own[] {
  const {values} = gather(target, samples, []);
  const numbers =
    target.against === undefined ? values.map(({trial, value}) => ({trial, value})) : ratiosOf(values, target.against);
  return runs.map(block => ({
    block,
    values: numbers.filter(({trial}) => trial >= block.first && trial <= block.last).map(({value}) => value),
  }));
}

function ratiosOf(values: readonly TrialValue[], against: readonly [string, string]) {
  return pair(values, against).pairs.map(({before, after}) => ({
    trial: after.trial,
    value: after.value / before.value,
  }));
}
