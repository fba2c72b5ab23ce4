import type {Command} from 'commander';
import {type Baseline, driftNights, type Night} from '../../../reports/trend/index.ts';
import {formatInstant} from '../../../reports/words/units.ts';
import {CommandError, exitCodes} from '../kit/command-error.ts';
import {decisionsFile, readDecisions, writeDecisions} from '../kit/history/decisions.ts';
import {defaultHistory, withHistory} from '../kit/history/index.ts';
import {clustersIn, nightsOf} from '../kit/history/queries.ts';
import {selectCluster, selectNight, selectRange} from '../kit/history/select.ts';

interface Options {
  history: string;
  cluster?: string;
  nights?: string;
  note?: string;
  json?: true;
}

export function setUp(command: Command): void {
  command.addHelpText(
    'after',
    `
Examples:
  seatrial baseline set --nights 2025-11-01..2025-11-14 --note "after go-live"
  seatrial baseline show
  seatrial baseline clear`,
  );
  addSet(command);
  addShow(command);
  addClear(command);
}

function addSet(baseline: Command): void {
  baseline
    .command('set')
    .description(`Pin a night or a range of nights; ${driftNights} nights or more make a firm baseline.`)
    .argument('[run]', "a night's id, the beginning of it, or its folder")
    .option('--nights <A..B>', 'a range of nights, both included; dates will do')
    .option('--cluster <name>', 'of this cluster, where the history has several')
    .option('--note <text>', 'why these')
    .option('--history <file>', 'the history', defaultHistory)
    .addHelpText(
      'after',
      '\nExamples:\n  seatrial baseline set 2025-11-24\n  seatrial baseline set --nights 2025-11-01..2025-11-14 --note "after go-live"\n\nExit code: 0 pinned, 3 wrong usage, or nights without figures, 4 the history is damaged.',
    )
    .action(pin);
}

async function pin(run: string | undefined, options: Options): Promise<void> {
  if ((run === undefined) === (options.nights === undefined)) {
    throw new CommandError('which nights are meant?', 'Name a run, or a range with --nights A..B; not both.');
  }
  const said = readDecisions(options.history);
  const {cluster, nights} = await nightsMeant(run, options);
  const sound = nights.filter(({counts}) => counts);
  if (sound.length === 0) {
    throw new CommandError(
      `no figure was taken of ${nights.map(({id, status}) => `${id} (${status})`).join(', ')}`,
      'Name nights that ended complete.',
    );
  }
  const pinned = {
    cluster,
    nights: sound.map(({id}) => id),
    setAt: new Date().toISOString(),
    note: options.note ?? '',
  };
  await writeDecisions(options.history, {...said, baselines: [...othersThan(cluster, said.baselines), pinned]});
  process.stdout.write(pinnedLines(cluster, sound, nights.length - sound.length));
}

function nightsMeant(run: string | undefined, options: Options): Promise<{cluster: string; nights: readonly Night[]}> {
  return withHistory(
    options.history,
    file => {
      const cluster = selectCluster(clustersIn(file), options.cluster ?? ownerOf(run, nightsOf(file)));
      const all = nightsOf(file, cluster);
      return {
        cluster,
        nights: options.nights === undefined ? [selectNight(all, run ?? '')] : selectRange(all, options.nights),
      };
    },
    {mustExist: true},
  );
}

/** What is pinned now, and what makes it weak. `left`: nights of the range that gave no figures. */
function pinnedLines(cluster: string, sound: readonly Night[], left: number): string {
  const grounds = new Set(sound.map(({fingerprint}) => fingerprint)).size;
  const lines = [
    `baseline of ${cluster}: ${countOf(sound)}`,
    ...(left > 0 ? [`${left} aborted or unhealed runs in that range are left out`] : []),
    ...(grounds > 1
      ? [
          `they ran on ${grounds} different grounds (hardware, tools): pin nights of one, or nothing can be held against it`,
        ]
      : []),
    ...(sound.length < driftNights
      ? [
          `fewer than ${driftNights} nights: only a difference in every one of the newest ${driftNights} nights will count`,
        ]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

function addShow(baseline: Command): void {
  baseline
    .command('show')
    .description('What is pinned.')
    .option('--cluster <name>', 'only of this cluster')
    .option('--history <file>', 'the history', defaultHistory)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  seatrial baseline show\n  seatrial baseline show --json\n\nExit code: 0 shown, 2 nothing is pinned, 3 wrong usage.',
    )
    .action(show);
}

function show(options: Options): void {
  const those = readDecisions(options.history).baselines.filter(
    ({cluster}) => options.cluster === undefined || cluster === options.cluster,
  );
  if (options.json) process.stdout.write(`${JSON.stringify(those, null, 1)}\n`);
  else if (those.length === 0) process.stdout.write('no baseline is pinned\n');
  else process.stdout.write(those.map(baselineLines).join(''));
  if (those.length === 0) process.exitCode = exitCodes.undecided;
}

function baselineLines({cluster, nights, setAt, note}: Baseline): string {
  const when = `pinned ${formatInstant(setAt)}${note === '' ? '' : `: ${note}`}`;
  return `${[`${cluster}: ${nights.length} nights, ${when}`, ...nights.map(night => `  ${night}`)].join('\n')}\n`;
}

function addClear(baseline: Command): void {
  baseline
    .command('clear')
    .description('Pin nothing any more.')
    .option('--cluster <name>', 'of this cluster, where several have one')
    .option('--history <file>', 'the history', defaultHistory)
    .addHelpText(
      'after',
      '\nExamples:\n  seatrial baseline clear\n  seatrial baseline clear --cluster prod-a\n\nExit code: 0 cleared, 3 wrong usage, or nothing is pinned.',
    )
    .action(clear);
}

async function clear(options: Options): Promise<void> {
  const said = readDecisions(options.history);
  const clusters = said.baselines.map(({cluster}) => cluster);
  if (clusters.length === 0) {
    throw new CommandError(
      `no baseline is pinned in ${decisionsFile(options.history)}`,
      'Name the history with --history.',
    );
  }
  const cluster = selectCluster(clusters, options.cluster);
  await writeDecisions(options.history, {...said, baselines: othersThan(cluster, said.baselines)});
  process.stdout.write(`${cluster} has no baseline any more\n`);
}

function othersThan(cluster: string, baselines: readonly Baseline[]): Baseline[] {
  return baselines.filter(each => each.cluster !== cluster);
}

/** A run that is named settles the cluster, too. */
function ownerOf(run: string | undefined, nights: readonly Night[]): string | undefined {
  return run === undefined || nights.length === 0 ? undefined : selectNight(nights, run).cluster;
}

function countOf(nights: readonly Night[]): string {
  const [first] = nights;
  const last = nights.at(-1);
  if (first === undefined || last === undefined) return 'nothing';
  return nights.length === 1 ? first.id : `${nights.length} nights, ${first.id} to ${last.id}`;
}
