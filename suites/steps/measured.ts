/** What a scenario's parts measured, put together. */
import type {Measured, ParseError, Sample} from '../../harness/types.ts';

export function onlyProblems(...problems: readonly ParseError[]): Measured {
  return {samples: [], problems, findings: []};
}

export function together(parts: readonly Measured[]): Measured {
  return {
    samples: parts.flatMap(part => part.samples),
    problems: parts.flatMap(part => part.problems),
    findings: parts.flatMap(part => part.findings),
  };
}

/**
 * Together, where every part gave something; else what was wrong and was found, without a figure: repetitions that are
 * left out may have been the worst.
 */
export function wholly(parts: readonly Measured[]): Measured {
  const all = together(parts);
  return parts.every(({samples}) => samples.length > 0) ? all : {...all, samples: []};
}

/**
 * Without what only some of these guests gave: a trial is as good as its worst guest, and the one that is missing may
 * be that. Samples of no guest, or of others, stay.
 */
export function ofAll(guests: readonly string[], measured: Measured, artefact: string): Measured {
  const isOurs = ({labels: {guest}}: Sample) => guest !== undefined && guests.includes(guest);
  const series = Map.groupBy(measured.samples.filter(isOurs), seriesOf);
  const partly = [...series].flatMap(([key, some]) => {
    const missing = guests.filter(guest => !some.some(({labels}) => labels.guest === guest));
    return missing.length === 0 ? [] : [{key, metric: some[0]?.metric ?? '', missing: missing.join(', ')}];
  });
  const told = new Map(partly.map(({metric, missing}) => [`${metric} ${missing}`, {metric, missing}]));
  const left = new Set(partly.map(({key}) => key));
  return {
    ...measured,
    samples: measured.samples.filter(sample => !isOurs(sample) || !left.has(seriesOf(sample))),
    problems: [
      ...measured.problems,
      ...[...told.values()].map(({metric, missing}) => {
        return {artefact, path: missing, expected: `${metric} of every guest: ${guests.join(', ')}`, found: 'none'};
      }),
    ],
  };
}

function seriesOf({metric, labels: {guest: _, ...rest}}: Sample): string {
  return JSON.stringify([metric, Object.entries(rest).sort()]);
}
