/** Whether a scenario takes the parameters that a suite file gives it: found when the file is read, with its place. */
import type {Parameters, Scenario} from '../../harness/types.ts';

export interface Unfit {
  key: string;
  expected: string;
}

export function unfitFor(scenarios: readonly Scenario[]): (scenario: string, given: Parameters) => Unfit | undefined {
  return (name, given) => {
    const scenario = scenarios.find(one => one.name === name);
    if (scenario === undefined) return undefined;
    const {full} = scenario.parameters;
    const unknown = Object.keys(given).find(key => !(key in full));
    if (unknown !== undefined) return {key: unknown, expected: `one of ${Object.keys(full).join(', ')}`};
    try {
      // Every scenario reads its parameters before it says how long they take.
      scenario.estimateSeconds({...full, ...given});
      return undefined;
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      const [, key, expected] = /^\/parameters\/([^/:]+)[^:]*: expected (.*), found /.exec(said) ?? [];
      return {key: key ?? Object.keys(given)[0] ?? '', expected: expected ?? said};
    }
  };
}
