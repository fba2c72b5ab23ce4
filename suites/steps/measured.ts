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
 * Without what only some of these guests (or stores) gave: a trial is as good as its worst one, and the one that is
 * missing may be that. Samples of none, or of others, stay.
 */
export function ofAll(
  names: readonly string[],
  measured: Measured,
  artefact: string,
  label: 'guest' | 'store' = 'guest',
): Measured {
  const isOurs = ({labels: {[label]: name}}: Sample) => name !== undefined && names.includes(name);
  const seriesOf = ({metric, labels: {[label]: _, ...rest}}: Sample) =>
    JSON.stringify([metric, Object.entries(rest).sort()]);
  const series = Map.groupBy(measured.samples.filter(isOurs), seriesOf);
  const partly = [...series].flatMap(([key, some]) => {
    const missing = names.filter(name => !some.some(({labels}) => labels[label] === name));
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
        return {artefact, path: missing, expected: `${metric} of every ${label}: ${names.join(', ')}`, found: 'none'};
      }),
    ],
  };
}
