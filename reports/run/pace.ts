/** How many trials an hour holds, and what their seconds go into. Runs of before kept no phases, and give none. */
import {phase as phaseSchema} from '../../harness/schema.ts';
import type {Phase} from '../../harness/types.ts';
import {type Block, numeric, paragraph, table} from '../document/document.ts';
import {plural} from '../words/words.ts';
import type {TrialRow} from './report.ts';

type Timed = Pick<TrialRow, 'scenario' | 'profile' | 'status' | 'durationSeconds' | 'phases'>;

interface Pace {
  /** A scenario or a family. */
  name: string;
  trials: number;
  /** Trials that gave something, by the time that all of them took. */
  doneAnHour: number;
  /** Seconds of a trial, the mean. */
  seconds: number;
  /** The same by phase; those that no trial came to are not in it. */
  inPhase: ReadonlyMap<Phase, number>;
}

/** Of trials that kept their phases: each family, with its scenarios. Pure. */
function paces(trials: readonly Timed[]): readonly Pace[] {
  const families = grouped(trials, ({scenario}) => scenario.split('/')[0] ?? scenario);
  return [...families].flatMap(([family, own]) => {
    const scenarios = [...grouped(own, ({scenario}) => scenario)].map(([name, some]) => paceOf(name, some));
    return [paceOf(family, own), ...scenarios];
  });
}

function paceOf(name: string, trials: readonly Timed[]): Pace {
  const sum = trials.reduce((seconds, {durationSeconds}) => seconds + durationSeconds, 0);
  const inPhase = new Map<Phase, number>();
  for (const {phase, seconds} of trials.flatMap(({phases = []}) => phases))
    inPhase.set(phase, (inPhase.get(phase) ?? 0) + seconds / trials.length);
  const done = trials.filter(({status}) => status === 'done').length;
  return {name, trials: trials.length, doneAnHour: (done * 3600) / sum, seconds: sum / trials.length, inPhase};
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one)) ?? [];
    groups.set(keyOf(one), group);
    group.push(one);
  }
  return groups;
}

/** What the profile costs, where a trial finds another one in force than its own and where it does not. */
function changeWords(trials: readonly Timed[]): string {
  const changing = trials.filter(({profile}, index) => profile !== trials[index - 1]?.profile);
  const others = trials.filter(trial => !changing.includes(trial));
  const mean = (some: readonly Timed[]) => (paceOf('', some).inPhase.get('settings') ?? 0).toFixed(1);
  const words = `${changing.length} of ${plural(trials.length, 'trial')} found another profile in force than their own: ${mean(changing)} s of settings each`;
  return `${words}${others.length === 0 ? '' : `, ${mean(others)} s in the others`}.`;
}

/** As a table of text, and a sentence on the changes of profile. Trials in the order in which they were run. Pure. */
export function paceTable(
  all: readonly Timed[],
): {columns: readonly string[]; rows: readonly (readonly string[])[]; changes: string} | undefined {
  const trials = all.filter(({phases = []}) => phases.length > 0);
  if (trials.length === 0) return undefined;
  const each = paces(trials);
  const phases = phaseSchema.options.filter(phase => each.some(({inPhase}) => inPhase.has(phase)));
  return {
    columns: ['Family, scenario', 'Trials', 'An hour', 'Seconds', ...phases],
    rows: each.map(({name, trials, doneAnHour, seconds, inPhase}) => [
      name,
      String(trials),
      doneAnHour.toFixed(0),
      seconds.toFixed(1),
      ...phases.map(phase => inPhase.get(phase)?.toFixed(1) ?? ''),
    ]),
    changes: changeWords(trials),
  };
}

/** Empty where no trial kept its phases. */
export function paceBlocks(all: readonly Timed[]): readonly Block[] {
  const pace = paceTable(all);
  if (pace === undefined) return [];
  const [name = '', ...numbers] = pace.columns;
  return [
    table(
      'Trials an hour, and the seconds of a trial',
      [name, ...numbers.map(numeric)],
      pace.rows,
      'Means. "An hour" counts trials that gave something, by the time that all took.',
    ),
    paragraph(pace.changes),
  ];
}
