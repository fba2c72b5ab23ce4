/**
 * A cluster that is tried as it stands. Its owner calls it ready, so what is promised of the tuned cluster is asked of
 * it, and the report says so. What compares two profiles stays undecided: there is nothing to compare.
 */
import type {Claim, Profile, StoredRun, Target} from '../../harness/types.ts';

/** The cluster as it is run: nothing is set, and nothing needs to be put back. */
export const asFound: Profile = {name: 'as-found', title: 'As found, nothing changed', settings: []};

/** The profile that the register's promises are about. */
const promised = 'tuned';

export function triedAsFound({header, plan}: Pick<StoredRun, 'header' | 'plan'>): boolean {
  const [only, ...others] = header.profiles;
  return (
    only?.name === asFound.name &&
    only.settings.length === 0 &&
    others.length === 0 &&
    plan.trials.every(({profile}) => profile === asFound.name)
  );
}

/** The promises with what they say of the tuned cluster asked of the cluster as found. */
export function askedOfAsFound(claims: readonly Claim[]): readonly Claim[] {
  return claims.map(claim => ({...claim, targets: claim.targets.map(ofAsFound)}));
}

function ofAsFound(target: Target): Target {
  return target.where.profile === promised ? {...target, where: {...target.where, profile: asFound.name}} : target;
}
