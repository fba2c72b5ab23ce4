import type {Command} from 'commander';
import {asFound} from '../../../reports/judge/as-found.ts';
import {type Ack, isAckOf, levels, type Trend, type TrendChange} from '../../../reports/trend/index.ts';
import {oneLine} from '../../../reports/words/text.ts';
import {CommandError} from '../kit/command-error.ts';
import {readDecisions, writeDecisions} from '../kit/history/decisions.ts';
import {defaultHistory, withHistory} from '../kit/history/index.ts';
import {clustersIn, nightsOf, seriesRows, trendsOf} from '../kit/history/queries.ts';
import {selectCluster, selectNights, selectSeries} from '../kit/history/select.ts';
import {addPluginsOption} from '../kit/plugins/option.ts';
import {readProfiles} from '../kit/profiles.ts';
import {readNightly, thresholdsOf} from '../nightly/nightly.ts';

interface Options {
  night: string;
  reason: string;
  history: string;
  cluster?: string;
  suite?: string;
}

export function setUp(command: Command): void {
  addPluginsOption(command);
  command
    .argument('<metric>', 'METRIC, METRIC:label=value,… or SCENARIO: every series of it that changed that night')
    .requiredOption('--night <night>', 'the first night on the new level, as the report names it; a date will do')
    .requiredOption('--reason <text>', 'why this is as it should be')
    .option('--cluster <name>', 'of this cluster, where the history has several')
    .option('--suite <file>', 'your own nightly suite, for its thresholds')
    .option('--history <file>', 'the history', defaultHistory)
    .addHelpText(
      'after',
      `
Examples:
  seatrial ack storage/fio --night 2025-11-24 --reason "encryption switched on, change 4711"
  seatrial ack storage.latency:pattern=randread,percentile=p99 --night 2025-11-24T02-00-00-prod-a --reason "new SSD firmware"

Exit code: 0 acknowledged, 3 wrong usage, or nothing open began that night, 4 the history is damaged.`,
    )
    .action(acknowledge);
}

async function acknowledge(metric: string, options: Options): Promise<void> {
  const reason = oneLine(options.reason);
  if (reason === '')
    throw new CommandError(
      'a change is not acknowledged without a reason',
      'Say why it is as it should be, with --reason.',
    );
  const said = readDecisions(options.history);
  const nightly = readNightly([asFound, ...readProfiles()], options.suite);
  const {cluster, trends, nights} = await withHistory(
    options.history,
    file => {
      const cluster = selectCluster(clustersIn(file), options.cluster);
      const nights = selectNights(nightsOf(file, cluster), options.night).map(({id}) => id);
      const series = selectSeries(seriesRows(file, {cluster}), metric);
      const decisions = {...said, acks: []};
      return {cluster, nights, trends: trendsOf(file, {decisions, thresholdOf: thresholdsOf(nightly), series})};
    },
    {mustExist: true},
  );
  const regressions = trends.flatMap(trend =>
    trend.changes
      .filter(({standing, state}) => standing === 'open' && state !== 'dropped')
      .map(change => ({trend, change})),
  );
  const meant = regressions.filter(({change}) => nights.includes(change.night));
  if (meant.length === 0) {
    const others = [...new Set(regressions.map(({change}) => change.night))];
    throw new CommandError(
      `${metric} has no open regression that began on ${options.night}`,
      others.length === 0
        ? 'It has none at all: nothing needs to be acknowledged.'
        : `It has some that began on ${others.slice(0, 5).join(', ')}.`,
    );
  }
  const setAt = new Date().toISOString();
  const acks = meant.map(
    ({trend, change}): Ack => ({
      cluster,
      series: trend.name,
      quick: trend.series.quick,
      parameters: trend.series.parameters,
      night: change.night,
      level: levelNow(trend, change),
      reason,
      setAt,
    }),
  );
  const kept = said.acks.filter(
    ack => !meant.some(({trend, change}) => change.night === ack.night && isAckOf(ack, trend.series)),
  );
  await writeDecisions(options.history, {...said, acks: [...kept, ...acks]});
  for (const member of meant) process.stdout.write(`acknowledged: ${member.trend.name}: ${levels(member)}\n`);
}

/** What is accepted is the level of today. */
function levelNow(trend: Trend, change: TrendChange): number {
  return change.kind === 'drift' ? change.after : trend.level;
}
