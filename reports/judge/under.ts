/** The load a promise is made for: what a trial must have been run with to speak for it. Pure. */
import type {Claim, Parameters, PlannedTrial, Target} from '../../harness/types.ts';

const signs = {'at-least': '≥', 'at-most': '≤'} as const;

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

/** Promises of which planned trials will say nothing, since all of the scenario have another load. */
export function unsaidBy(
  claims: readonly Claim[],
  trials: readonly Pick<PlannedTrial, 'scenario' | 'parameters'>[],
): readonly {target: string; scenario: string; reason: string}[] {
  return claims.flatMap(({targets}) =>
    targets.flatMap(target => {
      const own = trials.filter(({scenario}) => scenario === target.where.scenario);
      const reasons = own.flatMap(({parameters}) => anotherLoad(target, parameters) ?? []);
      const [reason] = reasons;
      if (reason === undefined || reasons.length < own.length) return [];
      return [{target: target.id, scenario: own[0]?.scenario ?? '', reason}];
    }),
  );
}

/** `iodepth ≥ 16` */
export function loadWords({under = []}: Target): readonly string[] {
  return under.map(({parameter, relation, value}) => `${parameter} ${signs[relation]} ${value}`);
}
