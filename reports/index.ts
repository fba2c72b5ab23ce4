/** The library: parse what the tools printed, judge it, compare before with after. Pure: no files, no processes, no clock. */
export type {
  Claim,
  ClaimId,
  Estimate,
  Finding,
  Measured,
  ParseError,
  Result,
  Sample,
  StoredRun,
  Target,
  TrialRecord,
  Unit,
  Verdict,
} from '../harness/types.ts';
export {buildReport, type ReportInput} from './build.ts';
export {type Provides, type ScenarioFacts, type Standing, scenariosFor, standingOf} from './claims.ts';
export {type CompareOptions, compare} from './compare.ts';
export {findingsOf} from './invariants.ts';
export {type Metric, metricNamed, metrics} from './metrics.ts';
export {parseFio} from './parse/fio.ts';
export {parseIperf3} from './parse/iperf3.ts';
export type {ClaimVerdict, Comparison, Overall, Report, TargetVerdict, TrialRow, Warning} from './report.ts';
export {judgeTarget} from './verdict.ts';
