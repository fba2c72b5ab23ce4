import type {Alarm} from './alarms.ts';
import type {NightlyReport} from './nightly.ts';
import type {Trend, TrendChange} from './trend.ts';

/**
 * The night as JSON for programs. Of every series its value of tonight, its changes and its baseline, without the
 * points of the nights before, which
 * `seatrial history show METRIC --json` has. A number that does not exist is null, one without bound the text
 * `Infinity` or `-Infinity`.
 */
export function nightlyData(report: NightlyReport): unknown {
  const {alarms, trends, ...rest} = report;
  return {
    ...rest,
    alarms: alarms.map(({members, ...alarm}: Alarm) => ({
      ...alarm,
      members: members.map(({trend, change}) => ({...nameOf(trend), change: changeOf(change)})),
    })),
    series: trends.map(({trend, standing}) => {
      const point = trend.points.at(-1);
      const era = trend.eras.at(-1);
      return {
        ...nameOf(trend),
        standing,
        nights: trend.points.length,
        ...(era === undefined ? {} : {nightsOnThisGround: era.end - era.start, ground: era.facts}),
        ...(point === undefined
          ? {}
          : {value: point.value, trials: point.trials, ...(point.again === undefined ? {} : {again: point.again})}),
        level: trend.segments.at(-1)?.level,
        ...(trend.visible === undefined ? {} : {visible: trend.visible}),
        changes: trend.changes.map(changeOf),
        ...(trend.baseline?.comparison === undefined ? {} : {baseline: trend.baseline.comparison}),
      };
    }),
  };
}

function nameOf({name, series, better, threshold}: Trend) {
  return {name, ...series, better, threshold};
}

function changeOf({index: _index, ack, ...change}: TrendChange) {
  return ack === undefined ? change : {...change, acknowledged: ack.reason};
}
