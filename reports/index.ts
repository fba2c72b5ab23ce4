/**
 * The library: parse what the tools printed, judge it, compare before with after. Pure: no files, no processes, no
 * clock.
 */

export {type Domjobinfo, parseDomjobinfo} from '../harness/parse/domjobinfo.ts';
export {
  type FioContext,
  type FioJob,
  type FioLatency,
  type FioReport,
  type FioWarning,
  type FioWork,
  parseFio,
} from '../harness/parse/fio.ts';
export {
  type Iperf3Context,
  type Iperf3Datagrams,
  type Iperf3Flow,
  type Iperf3Interval,
  type Iperf3Report,
  type Iperf3Warning,
  parseIperf3,
} from '../harness/parse/iperf3.ts';
export {
  parseRecovery,
  type Recovery,
  type RecoveryPhase,
  type RecoveryQuestion,
  recoveryPhases,
} from '../harness/parse/pacemaker-log.ts';
export {
  type PingContext,
  type PingGap,
  type PingLatency,
  type PingReply,
  type PingReport,
  type PingWarning,
  parsePing,
} from '../harness/parse/ping.ts';
export type {HostLog, StampedLine as RecoveryMoment} from '../harness/parse/stamped-lines.ts';
export type {
  Claim,
  ClaimId,
  Cluster,
  Estimate,
  Finding,
  Guest,
  Host,
  Measured,
  ParseError,
  Result,
  Sample,
  Scenario,
  StoredRun,
  Target,
  Trial,
  TrialRecord,
  Unit,
  Verdict,
} from '../harness/types.ts';
export {type BeaconLog, parseBeacon} from './beacon/index.ts';
export {comparisonDocument} from './comparison/document.ts';
export {compareProfiles} from './comparison/profiles.ts';
export {sideBySide} from './comparison/side-by-side.ts';
export {type FormatName, render} from './document/index.ts';
export {combine, gather, startBatch, startGathering} from './files/gather.ts';
export {inspectText} from './files/inspect.ts';
export {judgeGathered} from './files/judge.ts';
export type {FileContents, FileRecord} from './files/records.ts';
export {samplesOfFile} from './files/samples.ts';
export {type Provides, type ScenarioFacts, type Standing, scenariosFor, standingOf} from './judge/claims.ts';
export {findingsOf} from './judge/invariants.ts';
export type {FileTarget} from './judge/targets.ts';
export {judgeTarget} from './judge/verdict.ts';
export {type Metric, metricNamed, metrics} from './metrics.ts';
export {buildReport, type ReportInput} from './run/build.ts';
export type {ClaimVerdict, Comparison, Overall, Report, TargetVerdict, TrialRow, Warning} from './run/report.ts';
