export * from '../../harness/parse/answer.ts';
export * from '../../harness/parse/bins.ts';
export {type SteadyState, steadyState} from '../../harness/parse/steady-state.ts';
export {
  anytimeMedianInterval,
  anytimeMedianRank,
  anytimeShare,
  anytimeT,
  pairsForAnytime,
  shareEvidence,
  tEvidence,
  trialsForAnytimeMedian,
} from './anytime.ts';
export * from './change-points.ts';
export * from './clopper-pearson.ts';
export * from './dependence.ts';
export * from './drift.ts';
export * from './ecdf.ts';
export * from './erlang.ts';
export * from './hodges-lehmann.ts';
export * from './holm.ts';
export * from './k-of-n.ts';
export * from './kaplan-meier.ts';
export * from './kneedle.ts';
export {type KruskalWallis, kruskalWallis} from './kruskal-wallis.ts';
export * from './lost-seconds.ts';
export {type MannKendall, mannKendall} from './mann-kendall.ts';
export {type MannWhitney, mannWhitney} from './mann-whitney.ts';
export * from './median.ts';
export * from './mtbf.ts';
export * from './outliers.ts';
export * from './pooled.ts';
export * from './prediction.ts';
export * from './ratio.ts';
export * from './sample-size.ts';
export * from './sen-slope.ts';
export * from './sprt.ts';
export * from './tolerance.ts';
export * from './usl.ts';
export * from './welch.ts';
export * from './wilcoxon.ts';
