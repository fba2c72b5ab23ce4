/** The doctor before a run on a real cluster: a danger is a refusal, unless it is let through by name. */
import {checks} from '../../../harness/doctor/checks/index.ts';
import {examine} from '../../../harness/doctor/examine.ts';
import type {Claim, Cluster} from '../../../harness/types.ts';
import {readRegister} from './claims-register.ts';
import {CommandError, exitCodes} from './command-error.ts';

/** The promise that a lost node's guests serve again: the tightest bound of `ha.switch`, in seconds. */
export function promisedSeconds(claims: readonly Claim[]): number {
  const targets = claims.filter(({id}) => id === 'ha.switch').flatMap(claim => claim.targets);
  const bounds = targets.filter(({unit}) => unit === 's').map(({bound, limit}) => limit ?? bound);
  return bounds.length === 0 ? defaultSeconds : Math.min(...bounds);
}

/** As the guide has it. */
const defaultSeconds = 15;

/** The checks that `--despite` may name, or a refusal that says which there are. */
export function knownChecks(names: readonly string[]): readonly string[] {
  const stranger = names.find(name => !checks.some(({id}) => id === name));
  if (stranger === undefined) return names;
  throw new CommandError(
    `--despite ${stranger}: the doctor has no such check`,
    `Name one of ${checks.map(({id}) => id).join(', ')}.`,
  );
}

/**
 * Looks at the cluster, and gives the dangers that were let through, in sentences for the run's record. Any other is a
 * refusal, with nothing touched.
 */
export async function doctorFirst(
  cluster: Cluster,
  despite: readonly string[],
  {say, signal}: {say: (text: string) => void; signal: AbortSignal},
): Promise<readonly string[]> {
  say('looking at the cluster as the doctor does');
  const {findings} = await examine(cluster, {boundSeconds: promisedSeconds(readRegister().claims), signal});
  if (signal.aborted) {
    throw new CommandError(
      'stopped while the cluster was looked at: nothing was touched',
      'Run the same command again.',
      exitCodes.aborted,
    );
  }
  const dangers = findings.filter(({level}) => level === 'danger');
  const left = dangers.filter(({check}) => !despite.includes(check));
  if (left.length > 0) {
    const flags = `--despite ${[...new Set(dangers.map(({check}) => check))].join(',')}`;
    throw new CommandError(
      [
        `the doctor finds ${left.length === 1 ? 'a danger' : `${left.length} dangers`} on ${cluster.name}:`,
        ...left.map(({check, subject, found, todo}) => `${subject}: ${found}  [${check}]\n  ${todo}`),
      ].join('\n'),
      `Mend it and run the same command again; what an earlier run left: seatrial heal. Or take the risk: ${flags}. Nothing was touched.`,
    );
  }
  const warnings = findings.filter(({level}) => level === 'warning').length;
  if (warnings > 0) say(`${warnings} warnings: seatrial doctor says which`);
  return dangers.map(({check, subject, found}) => `${check}: ${subject}: ${found}`);
}
