export {alarmsOf, levels} from './alarms.ts';
export * from './changes.ts';
export {nightlyDocument} from './document.ts';
export {
  cutShort,
  type Hole,
  type Night,
  type NightlyInput,
  type NightlyReport,
  nightlyReport,
  recentNights,
  remeasuredLines,
  tonight,
  wanted,
} from './nightly.ts';
export {renderOpenMetrics} from './openmetrics.ts';
export * from './series.ts';
export * from './trend.ts';
