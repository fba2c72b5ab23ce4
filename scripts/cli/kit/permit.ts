/**
 * Whether a plan may be carried out now: a real cluster is production until its owner says otherwise. A lab that
 * seatrial made itself needs no leave. Nothing is connected to before this has been asked.
 */
import type {Inventory} from '../../../harness/config/inventory.ts';
import {type Span, spokenInstant, windowsAt} from '../../../harness/config/maintenance.ts';
import {impactsOfPlan, isBeyond, type TrialImpact, worstImpact} from '../../../harness/run/impact.ts';
import {possibleTrials} from '../../../harness/run/plan.ts';
import {endsTooLate, healReserveSeconds} from '../../../harness/run/stop.ts';
import type {Impact, Plan, Profile} from '../../../harness/types.ts';
import {formatDuration} from '../../../reports/words/units.ts';
import {scenarios} from '../../../suites/index.ts';
import type {ClusterChoice, ClusterFlags} from './cluster-options.ts';
import {CommandError} from './command-error.ts';
import {confirmCluster} from './open-cluster.ts';

/** What a plan needs leave for. */
export interface Asked {
  plan: Plan;
  profiles: readonly Profile[];
}

/** What a run may do beyond its trials. */
export interface Leave {
  /** When the maintenance window closes, where there is one. */
  closes?: Date;
  /** Whether what is wrong with the cluster, and was not our doing, may be mended before and after trials. */
  mends: boolean;
}

/** Of the cluster. */
const disturbed: Readonly<Record<Impact, string>> = {
  'read-only': 'Nothing',
  load: 'The bandwidth',
  disruptive: 'Guests, settings and daemons',
  destructive: 'The power of nodes, and guests, settings and daemons',
};

/**
 * Refuses what the command line does not allow, what lies outside of the maintenance window, and what disturbs a
 * cluster whose name was not said; gives what else the run may do.
 */
export async function permit(
  choice: ClusterChoice,
  {plan, profiles}: Asked,
  {allow = 'read-only', yesIMean}: Pick<ClusterFlags, 'allow' | 'yesIMean'>,
  now = new Date(),
): Promise<Leave> {
  if (choice.kind === 'lab') return {mends: true};
  // Of one that is drawn as it goes, everything that may be drawn.
  const trials = impactsOfPlan({trials: possibleTrials(plan)}, scenarios, profiles);
  refuseBeyond(trials, allow);
  const impact = worstImpact(trials.map(trial => trial.impact));
  if (!isBeyond(impact, 'load')) return {mends: false};
  // What is told time ends with the maintenance window, if that is sooner.
  const estimated = plan.window === undefined ? plan.trials.reduce((sum, trial) => sum + trial.estimatedSeconds, 0) : 0;
  const open = windowFor(choice.inventory, impact, estimated, now);
  await confirmCluster(choice.inventory.cluster, yesIMean, disturbed[impact]);
  return {mends: true, ...(open === undefined ? {} : {closes: open.to})};
}

function refuseBeyond(trials: readonly TrialImpact[], allow: Impact): void {
  const beyond = trials.filter(({impact}) => isBeyond(impact, allow));
  if (beyond.length === 0) return;
  const impact = worstImpact(beyond.map(trial => trial.impact));
  const told = [...new Set(beyond.map(each => `${each.scenario} ${each.profile} is ${each.impact}`))];
  throw new CommandError(
    `on a real cluster nothing beyond ${allow} is done without leave: ${told.join(', ')}`,
    `Look at it with --dry-run, then say --allow ${impact}, or take less with --only. Nothing has been started.`,
  );
}

/** The window that is open for all of it; nothing where the inventory states none. */
function windowFor({cluster, maintenance}: Inventory, impact: Impact, seconds: number, now: Date): Span | undefined {
  if (maintenance === undefined) return undefined;
  const {open, next} = windowsAt(maintenance, now);
  const then = next === undefined ? 'there is no next one' : `the next one is ${spokenSpan(next)}`;
  if (open === undefined) {
    throw new CommandError(
      `this is ${impact}, and no maintenance window of ${cluster} is open: ${then}`,
      'Come back then, or change maintenance in the inventory. Nothing has been started.',
    );
  }
  if (!endsTooLate(open.to, seconds, now)) return open;
  const takes = `about ${formatDuration(seconds)}, with ${formatDuration(healReserveSeconds)} kept for healing`;
  throw new CommandError(
    `this would not end in the maintenance window of ${cluster}: it takes ${takes}, and the window closes at ${spokenInstant(open.to)}; ${then}`,
    'Take less with --only, --reps or --quick, or begin earlier. Nothing has been started.',
  );
}

function spokenSpan({from, to}: Span): string {
  return `${spokenInstant(from)} to ${spokenInstant(to)}`;
}
