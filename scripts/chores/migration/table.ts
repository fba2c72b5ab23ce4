/** The figures of docs/migration.md as text: every migration that is kept, and where each option stops. Pure. */
import type {MigrationCell, StoredMigration} from './stored.ts';

/** Those that the picture shows: one guest at a time, under one limit. */
export function pictured(cells: readonly MigrationCell[]): readonly MigrationCell[] {
  return cells.filter(({together, limitMiBPerSecond}) => together === 1 && limitMiBPerSecond === 16);
}

export function figures(runs: readonly StoredMigration[]): string {
  const cells = runs.flatMap(run => run.cells);
  const critical = runs.flatMap(run => run.critical);
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  const answered = sum(runs.map(run => run.answered));
  const shown = pictured(cells);
  const others = cells.filter(cell => !shown.includes(cell));
  return [
    `${cells.length} migrations in ${runs.length} runs; from inside, ${answered} of the guests answered afterwards. Critical findings:`,
    critical.length === 0 ? 'None.' : critical.map(each => `- ${each}`).join('\n'),
    '![Total time and blackout against what is written, by option](migration.svg)',
    'Under a limit of 16 MiB/s; what had not ended after 45 or 60 s was called back:',
    converging(shown),
    tableOf(shown),
    ...(others.length === 0 ? [] : ['Others, each at the limit stated:', tableOf(others)]),
    '',
  ].join('\n\n');
}

/** Between the fastest writer that it ended against, below all those that it did not, and the first of those. */
function converging(cells: readonly MigrationCell[]): string {
  const lines = [...new Set(cells.map(({option}) => option))].map(option => {
    const own = cells.filter(cell => cell.option === option);
    const late = own.filter(({end}) => end === 'called-back').map(cell => cell.dirtyMiBPerSecond);
    const first = Math.min(...late);
    const ended = own.filter(({end, dirtyMiBPerSecond: rate}) => end !== 'called-back' && rate < first);
    const last = Math.max(...ended.map(cell => cell.dirtyMiBPerSecond));
    const stops = ended.length === 0 ? 'below all that was tried' : `between ${last} and ${first} MiB/s`;
    const point = late.length === 0 ? `it ended up to ${last} MiB/s` : stops;
    return `| ${option} | ${point} | ${own.length} |`;
  });
  return ['| option | stops converging | migrations |', '| --- | --- | --- |', ...lines].join('\n');
}

function tableOf(cells: readonly MigrationCell[]): string {
  const sorted = [...cells].sort(
    (a, b) => a.together - b.together || a.dirtyMiBPerSecond - b.dirtyMiBPerSecond || a.option.localeCompare(b.option),
  );
  const columns = ['written', 'option', 'at once', 'limit', 'total', 'rounds', 'moved', "QEMU's downtime", 'blackout'];
  const head = [...columns, 'brown-out'];
  return [row(head), row(head.map(() => '---')), ...sorted.map(cell => row(lineOf(cell)))].join('\n');
}

const endings: Record<MigrationCell['end'], (total: string) => string> = {
  moved: total => total,
  broken: total => `${total}, **the guest was broken**`,
  'called-back': total => `called back after ${total}`,
  failed: total => `failed after ${total}`,
};

const row = (words: readonly string[]) => `| ${words.join(' | ')} |`;

function lineOf(cell: MigrationCell): string[] {
  const {dirtyMiBPerSecond: asked, writtenBytesPerSecond: written, limitMiBPerSecond: limit} = cell;
  return [
    written === undefined ? String(asked) : `${asked} MiB/s (${(written / 1e6).toFixed(1)} MB/s seen)`,
    cell.option,
    String(cell.together),
    limit === 0 ? 'none' : `${limit} MiB/s`,
    endings[cell.end](seconds(cell.totalSeconds)),
    String(cell.rounds ?? ''),
    cell.movedBytes === undefined ? '' : `${Math.round(cell.movedBytes / 1e6)} MB`,
    seconds(cell.downtimeSeconds),
    seconds(cell.blackoutSeconds),
    cell.brownoutSecondsSquared === undefined ? '' : `${Number(cell.brownoutSecondsSquared.toPrecision(2))} s·s`,
  ];
}

function seconds(value: number | undefined): string {
  if (value === undefined) return '';
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`;
}
