/** What a scenario's parts measured, put together. */
import type {Measured, ParseError} from '../../harness/types.ts';

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
