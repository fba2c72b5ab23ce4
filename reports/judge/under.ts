/** The load a promise is made for: what a trial must have been run with to speak for it. Pure. */
import type {Parameters, Target} from '../../harness/types.ts';

const signs = {'at-least': '>=', 'at-most': '<='} as const;

/** Why trials of these parameters say nothing about the promise; undefined where they do. */
export function anotherLoad({under = []}: Target, parameters: Parameters): string | undefined {
  for (const {parameter, relation, value} of under) {
    const had = parameters[parameter];
    if (typeof had === 'number' && (relation === 'at-least' ? had >= value : had <= value)) continue;
    const found = had === undefined ? `they have no parameter ${parameter}` : `${parameter} was ${JSON.stringify(had)}`;
    return `its trials had another load than the promise is made for: ${found}, ${signs[relation]} ${value} is asked for`;
  }
  return undefined;
}

/** `iodepth >= 16` */
export function loadWords({under = []}: Target): readonly string[] {
  return under.map(({parameter, relation, value}) => `${parameter} ${signs[relation]} ${value}`);
}
