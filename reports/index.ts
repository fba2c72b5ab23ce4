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
export {comparisonDocument} from './comparison/document.ts';
export {sideBySide} from './comparison/side-by-side.ts';
export {type FormatName, render} from './document/index.ts';
export {samplesOfFile} from './file-samples.ts';
export {combine, gather, startBatch, startGathering} from './gather-files.ts';
export {inspectText} from './inspect.ts';
export {findingsOf} from './invariants.ts';
export {judgeGathered} from './judge-files.ts';
export {type Metric, metricNamed, metrics} from './metrics.ts';
export {type BeaconLog, parseBeacon} from './parse/beacon.ts';
export {type Domjobinfo, parseDomjobinfo} from './parse/domjobinfo.ts';
export {
  type FioContext,
  type FioJob,
  type FioLatency,
  type FioReport,
  type FioWarning,
  type FioWork,
  parseFio,
} from './parse/fio.ts';
export {
  type Iperf3Context,
  type Iperf3Datagrams,
  type Iperf3Flow,
  type Iperf3Interval,
  type Iperf3Report,
  type Iperf3Warning,
  parseIperf3,
} from './parse/iperf3.ts';
export {
  type HostLog,
  parseRecovery,
  type Recovery,
  type RecoveryMoment,
  type RecoveryPhase,
  type RecoveryQuestion,
  recoveryPhases,
} from './parse/pacemaker-log.ts';
export {
  type PingContext,
  type PingGap,
  type PingLatency,
  type PingReply,
  type PingReport,
  type PingWarning,
  parsePing,
} from './parse/ping.ts';
export type {FileContents, FileRecord} from './records.ts';
export type {ClaimVerdict, Comparison, Overall, Report, TargetVerdict, TrialRow, Warning} from './report.ts';
export type {FileTarget} from './targets.ts';
export {judgeTarget} from './verdict.ts';
