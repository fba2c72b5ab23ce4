export {alarmsOf, levels} from './alarms.ts';
export * from './changes.ts';
export {nightlyDocument} from './document.ts';
export {
  type Hole,
  type Night,
  type NightlyInput,
  type NightlyReport,
  nightlyReport,
  remeasuredLines,
  tonight,
} from './nightly.ts';
export {renderOpenMetrics} from './openmetrics.ts';
export * from './series.ts';
export * from './trend.ts';
