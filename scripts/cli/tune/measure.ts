/** What `try` and `rank` have in common: what is to be measured, and a run over states of the machines. */
import {randomInt} from 'node:crypto';
import {existsSync} from 'node:fs';
import type {Command} from 'commander';
import {asFound as placedAsFound, readProfile} from '../../../harness/settings/apply.ts';
import {loadProfile} from '../../../harness/settings/load.ts';
import type {Cluster, PlacedSetting, Plan, Profile, Suite} from '../../../harness/types.ts';
import {asFound} from '../../../reports/judge/as-found.ts';
import type {Report} from '../../../reports/run/report.ts';
import {scenarios} from '../../../suites/index.ts';
import {type Register, readRegister} from '../kit/claims-register.ts';
import {type ClusterChoice, clusterChoice} from '../kit/cluster-options.ts';
import {CommandError, exitCodes} from '../kit/command-error.ts';
import {planLines, planOf} from '../kit/dry-run.ts';
import type {Interrupt} from '../kit/interrupt.ts';
import {restoreCluster} from '../kit/open-cluster.ts';
import {accepted, readText} from '../kit/package-files.ts';
import type {Leave} from '../kit/permit.ts';
import {readProfiles} from '../kit/profiles.ts';
import type {Watch} from '../kit/progress.ts';
import {describedChoice, lifecycleOf, type Opened, onOpened, planned, runId, runSuiteOn} from '../kit/run-suite.ts';
import {suiteNamed} from '../kit/suite-named.ts';
import type {TuneFlags} from './flags.ts';

/** What the command line asks for, read and checked, with nothing started. */
export interface Asked {
  choice: ClusterChoice;
  described: Cluster;
  suite: Suite;
  profile: Profile;
  register: Register;
  quick: boolean;
  only?: readonly string[];
  seed: number;
}

export function askedFor(named: string, flags: TuneFlags, command: Command): Asked {
  const choice = clusterChoice(flags, command);
  return {
    choice,
    described: describedChoice(choice),
    suite: suiteNamed(flags.suite, [asFound, ...readProfiles()]),
    profile: profileNamed(named),
    register: readRegister(undefined),
    quick: flags.quick ?? false,
    ...(flags.only === undefined ? {} : {only: flags.only}),
    seed: flags.seed ?? randomInt(2 ** 31 - 1),
  };
}

/** A shipped profile, or the user's own file. */
function profileNamed(named: string): Profile {
  const known = readProfiles();
  const shipped = known.find(({name}) => name === named);
  if (shipped !== undefined) return shipped;
  if (existsSync(named)) return accepted(loadProfile(readText(named), named));
  throw new CommandError(
    `there is no profile ${named}: neither a shipped one (${known.map(({name}) => name).join(', ')}) nor a file`,
    'Name one of these, or a YAML file like harness/settings/tuned.yaml. Nothing has been started.',
  );
}

/** The trials over states; `compared` come first among the plan's profiles, as before and after. */
export function planFor(
  {suite, described, seed, quick, only}: Asked,
  states: readonly Profile[],
  reps: number,
  compared: readonly [before: string, after: string],
): Plan {
  const names = states.map(({name}) => name);
  const plan = planned({
    suite: {...suite, profiles: names},
    scenarios,
    cluster: described,
    seed,
    quick,
    reps,
    ...(only === undefined ? {} : {only}),
  });
  return {...plan, profiles: [...compared, ...names.filter(name => !compared.includes(name))]};
}

/** What `--dry-run` prints. */
export function foreseen({described}: Asked, plan: Plan, states: readonly Profile[], json: boolean): string {
  const whatWouldRun = planOf(plan, described, scenarios, states);
  return json ? `${JSON.stringify(whatWouldRun, null, 1)}\n` : planLines(whatWouldRun);
}

/** What is in force for the settings of the profile, and which of them differ from it anywhere. */
export interface InForce {
  found: readonly PlacedSetting[];
  differing: ReadonlySet<string>;
}

/** Opens the cluster, reads what is in force, and runs what `plannedFor` makes of it. */
export function measured(
  asked: Asked,
  {leave, folder}: {leave: Leave; folder: string | undefined},
  plannedFor: (inForce: InForce) => {plan: Plan; states: readonly Profile[]},
  watch: Watch,
  interrupt: Interrupt,
): Promise<Report> {
  return onOpened(asked.choice, watch, interrupt, async opened => {
    const {plan, states} = plannedFor(await inForceOn(opened, asked.profile, leave, watch, interrupt));
    const id = runId(asked.described.name, new Date());
    const {choice, suite, register, quick, only} = asked;
    const {report} = await runSuiteOn(
      opened,
      {choice, suite, profiles: states, register, plan, quick, only, leave, folder: folder ?? `runs/${id}`, id},
      watch,
      interrupt,
    );
    return report;
  });
}

/** What a run that was killed has left in force is no state that was found. */
async function inForceOn(
  {cluster, journal}: Opened,
  profile: Profile,
  leave: Leave,
  {say}: Watch,
  interrupt: Interrupt,
): Promise<InForce> {
  const left =
    journal.inForce().length === 0
      ? []
      : await restoreCluster(cluster, journal, say, interrupt.signal, lifecycleOf(leave));
  const read =
    left.length > 0
      ? ({ok: false, error: left.map(({detail}) => detail).join('; ')} as const)
      : await readProfile(cluster, profile.settings);
  if (!read.ok) {
    throw new CommandError(
      `the settings in force cannot be read: ${read.error}`,
      'Mend what it names, then run: seatrial heal.',
      exitCodes.aborted,
    );
  }
  const differing = new Set(read.value.filter(({agrees}) => !agrees).map(({id}) => id));
  if (differing.size === 0) {
    throw new CommandError(
      `every setting of ${profile.name} that this cluster has is in force already`,
      'Name another profile: there is nothing to compare.',
    );
  }
  return {found: placedAsFound(profile, read.value), differing};
}

/** A run that ended early has said too little: the report says so, and the exit code too. */
export function endOf({ended}: Report, otherwise: number): number {
  return ended.status === 'complete' ? otherwise : exitCodes.aborted;
}
