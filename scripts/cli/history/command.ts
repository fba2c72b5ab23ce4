import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Command} from 'commander';
import {renderData} from '../../../reports/document/json.ts';
import {asFound} from '../../../reports/judge/as-found.ts';
import {metricNamed} from '../../../reports/metrics.ts';
import {levels, type Trend} from '../../../reports/trend/index.ts';
import {formatInstant, formatQuantity} from '../../../reports/words/units.ts';
import {exitCodes} from '../kit/command-error.ts';
import {readDecisions} from '../kit/history/decisions.ts';
import {damageIn, defaultHistory, importFolders, rebuildHistory, withHistory} from '../kit/history/index.ts';
import {clustersIn, defaultLookBack, runIds, runRows, seriesRows, trendsOf} from '../kit/history/queries.ts';
import {selectCluster, selectSeries} from '../kit/history/select.ts';
import {whole} from '../kit/options.ts';
import {addPluginsOption} from '../kit/plugins/option.ts';
import {readProfiles} from '../kit/profiles.ts';
import {readNightly, thresholdsOf} from '../nightly/nightly.ts';

interface Shared {
  history: string;
  json?: true;
  cluster?: string;
}

export function setUp(command: Command): void {
  command.addHelpText(
    'after',
    `
Examples:
  seatrial history import runs/*                      every run there is; those that are in already are left alone
  seatrial history list
  seatrial history show storage.iops:pattern=randread
  seatrial history rebuild runs                       after damage, or with a newer seatrial`,
  );
  addImport(command);
  addList(command);
  addShow(command);
  addRebuild(command);
}

function addImport(history: Command): void {
  const command = history.command('import');
  addPluginsOption(command);
  command
    .description('Take runs into the history. The same run twice is once; aborted runs are kept and give no figures.')
    .argument('<runs...>', 'folders of runs')
    .option('--history <file>', 'the history', defaultHistory)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  seatrial history import runs/2025-11-24T15-06-12-trial\n  seatrial history import runs/* --history nights.sqlite\n\nExit code: 0 they are in, 3 wrong usage, or a folder that is no run, 4 the history is damaged.',
    )
    .action(importRuns);
}

async function importRuns(folders: readonly string[], options: Shared): Promise<void> {
  // A shell's runs/* names the history and the nightly reports too.
  const runs = folders.filter(folder => folders.length === 1 || existsSync(join(folder, 'run.json')));
  const done = await withHistory(options.history, file => importFolders(file, runs));
  if (options.json) {
    const rows = done.map(({folder, id, outcome, run}) => ({
      folder,
      id,
      outcome,
      status: run.night.status,
      samples: run.samples.length,
    }));
    process.stdout.write(`${JSON.stringify(rows, null, 1)}\n`);
    return;
  }
  for (const {id, outcome, run} of done) {
    const {status, reason} = run.night;
    const gave = run.night.counts ? `${run.samples.length} samples` : `${status}, gives no figures: ${reason}`;
    process.stdout.write(`${id}: ${outcome.replaceAll('-', ' ')}, ${gave}\n`);
  }
  const left = folders.length - runs.length;
  if (left > 0) process.stdout.write(`${left} names are no run folders and were left out\n`);
}

function addList(history: Command): void {
  history
    .command('list')
    .description('The runs in the history, oldest first.')
    .option('--history <file>', 'the history', defaultHistory)
    .option('--cluster <name>', 'only of this cluster')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      "\nExamples:\n  seatrial history list\n  seatrial history list --json | jq -r '.[].night.id'\n\nExit code: 0 listed, 3 wrong usage, 4 the history is damaged.",
    )
    .action(listRuns);
}

async function listRuns(options: Shared): Promise<void> {
  const rows = await withHistory(
    options.history,
    file => runRows(file, options.cluster === undefined ? undefined : selectCluster(clustersIn(file), options.cluster)),
    {mustExist: true},
  );
  if (options.json) process.stdout.write(`${JSON.stringify(rows, null, 1)}\n`);
  else {
    for (const {night, confirms, series, samples} of rows) {
      const what = night.counts ? `${series} series, ${samples} samples` : `${night.status}: ${night.reason}`;
      const again = confirms === undefined ? '' : `, measured ${confirms} again`;
      process.stdout.write(`${night.id}  ${night.quick ? 'quick' : 'full '}  ${what}${again}\n`);
    }
  }
}

function addShow(history: Command): void {
  const command = history.command('show');
  addPluginsOption(command);
  command
    .description('Series of a metric (or of a scenario), night by night, with their changes.')
    .argument('<metric>', 'METRIC, METRIC:label=value,… or SCENARIO')
    .option('--history <file>', 'the history', defaultHistory)
    .option('--cluster <name>', 'only of this cluster')
    .option('--nights <n>', 'at most so many of the newest nights', whole(1, 100_000), defaultLookBack)
    .option('--suite <file>', 'your own nightly suite, for its thresholds')
    .option('--json', 'print JSON, with everything that is known of each series')
    .addHelpText(
      'after',
      '\nExamples:\n  seatrial history show storage.iops\n  seatrial history show storage.latency:pattern=randread,percentile=p99 --nights 30\n  seatrial history show failover/host-crash --json\n\nExit code: 0 shown, 3 wrong usage, or no such series, 4 the history is damaged.',
    )
    .action(showSeries);
}

async function showSeries(metric: string, options: Shared & {nights: number; suite?: string}): Promise<void> {
  const nightly = readNightly([asFound, ...readProfiles()], options.suite);
  const decisions = readDecisions(options.history);
  const trends = await withHistory(
    options.history,
    file => {
      const cluster = options.cluster === undefined ? {} : {cluster: selectCluster(clustersIn(file), options.cluster)};
      const series = selectSeries(seriesRows(file, cluster), metric);
      return trendsOf(file, {decisions, thresholdOf: thresholdsOf(nightly), series, nights: options.nights});
    },
    {mustExist: true},
  );
  process.stdout.write(options.json ? renderData(trends, 1) : trends.map(trendLines).join('\n'));
}

function addRebuild(history: Command): void {
  const command = history.command('rebuild');
  addPluginsOption(command);
  command
    .description('Make the history anew from run folders. Baselines and acknowledgements are kept.')
    .argument('<runs...>', 'run folders, or folders that hold run folders')
    .option('--history <file>', 'the history', defaultHistory)
    .option('--forget', 'leave out runs of the old history that have no folder any more')
    .addHelpText(
      'after',
      '\nExamples:\n  seatrial history rebuild runs\n  seatrial history rebuild runs archive --history nights.sqlite\n\nExit code: 0 every run is in, 2 some folders were left out and are named, 3 wrong usage, or a run of the old history has no folder, 4 another process is at it.',
    )
    .action(rebuild);
}

async function rebuild(folders: readonly string[], options: Shared & {forget?: true}): Promise<void> {
  const damage = await damageIn(options.history);
  if (damage !== undefined) process.stderr.write(`the old history is not whole: ${damage}\n`);
  const readable = damage === undefined && existsSync(options.history);
  const mustHave = readable && !options.forget ? await withHistory(options.history, runIds) : [];
  const {imported, skipped} = await rebuildHistory(options.history, folders, mustHave);
  for (const {folder, reason} of skipped) process.stderr.write(`${folder} was left out: ${reason}\n`);
  process.stdout.write(`${options.history}: ${imported} runs\n`);
  if (skipped.length > 0) process.exitCode = exitCodes.undecided;
}

function trendLines(trend: Trend): string {
  const {series, points, changes, eras, baseline} = trend;
  const better = metricNamed(series.metric)?.better === 'lower' ? 'lower' : 'higher';
  const lines = [`${trend.name} (${series.cluster}, ${series.quick ? 'quick' : 'full'}, ${better} is better)`];
  for (const [index, {night, at, value, trials, again, censored}] of points.entries()) {
    const era = eras.find(({start}) => start === index);
    if (era !== undefined && era.changed.length > 0) lines.push(`  ── new series: ${era.changed.join(', ')}`);
    const marks = [
      ...(again === undefined ? [] : ['measured again']),
      ...(censored ? ['a lower bound'] : []),
      ...(baseline?.points.includes(index) ? ['baseline'] : []),
      ...changes
        .filter(change => change.index === index)
        .map(change => `${change.kind} ${levels({trend, change})}, ${change.state}, ${change.standing}`),
    ];
    const more = marks.length === 0 ? '' : `  ${marks.join('; ')}`;
    lines.push(`  ${formatInstant(at)}  ${formatQuantity(value, series.unit)}  n ${trials}  ${night}${more}`);
  }
  return `${lines.join('\n')}\n`;
}
