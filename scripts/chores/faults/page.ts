/** docs/faults.md: every fault of the registry with what became of its stored trials, or that there is none. Pure. */
import {type FaultTrial, type StoredFaults, silences} from './stored.ts';

type Seen = FaultTrial & {own: FaultTrial['faults'][number]; run: string};

/** `kinds` in the order of the registry; a stored fault that is no longer in it comes last. */
export function faultsPage(kinds: readonly string[], stored: readonly StoredFaults[]): string {
  const seen = stored.flatMap(({run, trials}) =>
    trials.flatMap(trial => trial.faults.map((own): Seen => ({...trial, own, run}))),
  );
  const lacking = new Map(stored.flatMap(({notApplicable}) => notApplicable.map(each => [each.scenario, each.reason])));
  const gone = [...new Set(seen.map(({own}) => own.fault))].filter(fault => !kinds.includes(fault)).sort();
  const all = [...kinds, ...gone];
  const rows = all.map(kind =>
    row(kind, current(seen.filter(({own}) => own.fault === kind)), lacking.get(`failover/${kind}`)),
  );
  const migrations = [...new Set(seen.map(({scenario}) => scenario))]
    .filter(name => name.startsWith('migration/'))
    .sort();
  const notRun = kinds.filter(kind => !seen.some(({own}) => own.fault === kind)).length;
  const runs = stored.map(
    ({run, startedAt, storage, commit, trials}) =>
      `- ${run}: ${startedAt.slice(0, 10)}, ${storage}, ${trials.length} trials, commit ${commit.slice(0, 12) || 'unknown'}`,
  );
  return [
    '# Faults, and what became of them',
    '',
    'Made by `node scripts/chores/faults.ts RUN…` from stored runs; what is kept of each lies in [trials/faults/](trials/faults).',
    'Times are seconds since the injection: median and longest over the trials, of the slowest guest in each. `n` counts trials.',
    'Silence is what clients missed where no guest starts anew: a blackout, a stalled write, an address or a store that did not answer.',
    'A fault has held when every trial of it ended, bit, was healed and did only what it was expected to do.',
    'Trials in which nobody asked whether it bit, and nothing was wrong, give way to those of the same scenario in which it was asked.',
    '',
    `${kinds.length} faults are in the registry; of ${notRun} no trial is stored.`,
    '',
    ...head('fault'),
    ...rows,
    '',
    '## Migrations that are struck',
    '',
    'The same trials by their moment: the command killed in its perform or finish phase, the path cut, either end dead.',
    '',
    ...head('scenario'),
    ...migrations.map(name =>
      row(
        name,
        seen.filter(({scenario}) => scenario === name),
      ),
    ),
    '',
    ...(runs.length === 0 ? ['No run is stored yet.'] : ['From these runs:', '', ...runs]),
    '',
  ].join('\n');
}

const columns = [
  'injected',
  'reached',
  'healed',
  'fenced',
  'service',
  'durable',
  'silence',
  'expected against seen',
  'verdict',
];

function head(first: string): readonly string[] {
  return [`| ${[first, ...columns].join(' | ')} |`, `|${' --- |'.repeat(columns.length + 1)}`];
}

/** Without those that show less than a later one. */
function current(trials: readonly Seen[]): readonly Seen[] {
  const asked = new Set(trials.filter(({own}) => own.bit !== undefined).map(({scenario}) => scenario));
  const plain = ({own, unexpected, status}: Seen) =>
    own.bit === undefined && unexpected.length === 0 && status === 'done';
  return trials.filter(trial => !plain(trial) || !asked.has(trial.scenario));
}

function row(kind: string, trials: readonly Seen[], lacking?: string): string {
  if (trials.length === 0) {
    const [why, verdict] = lacking === undefined ? ['', 'not run'] : [lacking, 'not applicable'];
    return `| ${cells([kind, verdict, ...Array(columns.length - 3).fill(''), why, verdict])} |`;
  }
  const of = (count: number) => `${count} of ${trials.length}`;
  const bit = trials.filter(({own}) => own.bit === true).length;
  const healed = trials.filter(({status}) => status === 'done').length;
  const unexpected = [...new Set(trials.flatMap(trial => trial.unexpected))];
  const told = [
    kind,
    String(trials.length),
    of(bit),
    of(healed),
    ...['failover.fenced', 'failover.service', 'failover.durable'].map(metric => times(trials, [metric])),
    times(
      trials.filter(({phases}) => phases['failover.service'] === undefined),
      silences,
    ),
    unexpected.length === 0 ? 'as expected' : unexpected.slice(0, 3).join('; '),
    verdict(trials, unexpected),
  ];
  return `| ${cells(told)} |`;
}

function cells(told: readonly string[]): string {
  return told.map(cell => cell.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')).join(' | ');
}

/** `9.1, at most 12.3 (n 10)`. What never ended is told as such. */
function times(trials: readonly Seen[], metrics: readonly string[]): string {
  const values = trials.flatMap(({phases}) => firstOf(phases, metrics) ?? []).sort((a, b) => a.seconds - b.seconds);
  const [middle, last] = [values[Math.floor((values.length - 1) / 2)], values.at(-1)];
  if (middle === undefined || last === undefined) return '';
  const never = values.filter(({censored}) => censored).length;
  const words = `${middle.seconds.toFixed(1)}, at most ${last.seconds.toFixed(1)} (n ${values.length})`;
  return never === 0 ? words : `${words}, ${never} never`;
}

function firstOf(phases: FaultTrial['phases'], metrics: readonly string[]) {
  return metrics.map(metric => phases[metric]).find(phase => phase !== undefined);
}

function verdict(trials: readonly Seen[], unexpected: readonly string[]): string {
  const never = trials.some(({phases}) => Object.values(phases).some(({censored}) => censored));
  if (trials.some(({status}) => status === 'unhealed')) return '**not healed**';
  if (never || unexpected.some(sentence => !sentence.startsWith('not known: '))) return '**failed**';
  const sure = trials.every(({status, own}) => status === 'done' && own.bit === true) && unexpected.length === 0;
  return sure ? 'held' : 'undecided';
}
