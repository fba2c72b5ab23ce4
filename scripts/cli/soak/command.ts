import {randomInt} from 'node:crypto';
import {type Command, Option} from 'commander';
import {asFound} from '../../../reports/judge/as-found.ts';
import {formatDuration} from '../../../reports/words/units.ts';
import {timelineWords} from '../../../suites/resilience/soak/draw.ts';
import {readRegister} from '../kit/claims-register.ts';
import {addClusterOptions, type ClusterFlags, clusterChoice} from '../kit/cluster-options.ts';
import {exitCodes} from '../kit/command-error.ts';
import {lasting, whole} from '../kit/options.ts';
import {permit} from '../kit/permit.ts';
import {readProfiles} from '../kit/profiles.ts';
import {describedChoice, runId} from '../kit/run-suite.ts';
import {watched} from '../kit/watched.ts';
import {drawable, stepsFor, trialsToPermit} from './drawing.ts';
import {earlierSteps} from './earlier.ts';
import {openSoak} from './folder.ts';
import {type Ended, type StepEnd, soak} from './soak.ts';

interface Options extends ClusterFlags {
  for: number;
  seed?: number;
  step?: number;
  tries: number;
  suite: string;
  out?: string;
  dryRun?: true;
  json?: true;
}

const about = {
  time: 'how long, from the moment that the cluster is there: 30m, 8h; no trial begins that cannot end and heal in it',
};

export function setUp(command: Command): void {
  addClusterOptions(command, 'on a local reference cluster (root), built for this or up already');
  command
    .addOption(new Option('--for <time>', about.time).argParser(lasting).default(3600, '1h'))
    .option('--suite <name|file>', 'the suite whose faults are drawn', 'resilience')
    .option('--seed <n>', 'what is drawn; the same seed gives the same timelines', whole(0, 2 ** 31 - 1))
    .option('--step <n>', 'only this step, again', whole(1, 1_000_000))
    .option('--tries <n>', 'trials that may be spent on making a failing timeline smaller', whole(0, 100), 12)
    .option('--out <folder>', 'folder of the soak (default: runs/TIME-CLUSTER-soak); one that is there is gone on with')
    .option('--dry-run', 'print the timelines that would be drawn, and start nothing')
    .option('--json', 'print what became of every step as JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  seatrial soak --lab --for 30m                                        faults at random, one timeline after the other
  seatrial soak --inventory cluster.yaml --for 8h --dry-run            what would be drawn
  seatrial soak --inventory cluster.yaml --for 8h --allow destructive --yes-i-mean prod-a
  seatrial soak --lab --seed 7 --step 12                               a step that failed, again
  seatrial soak --lab --for 4h --seed 7 --out runs/night               go on after the last step that is stored there; all of them count

Every step is a run of its own in the folder: seatrial report, verify and resume take it. A timeline fails where an invariant broke,
something happened that no fault of it explains, a guest did not come back, or it could not be healed. What fails is made
smaller, by fewer faults and shorter times, for as long as it still fails. Settings stay as they are found.
Ctrl-C heals the cluster, stores what was measured and ends with 4; a second one only hurries.
Exit code: 0 every timeline held, 1 one failed, 2 of one nobody can tell or it was cut off, 3 wrong usage or configuration, 4 aborted or not healed.`,
    )
    .action(run);
}

/** `90s`, `30m`, `8h`, in seconds. */
async function run(options: Options, command: Command): Promise<void> {
  const choice = clusterChoice(options, command);
  const cluster = describedChoice(choice);
  const profiles = [asFound, ...readProfiles()];
  const suite = {...drawable(options.suite, profiles, cluster), profiles: [asFound.name]};
  const seed = options.seed ?? randomInt(2 ** 31 - 1);
  const steps = stepsFor(suite, seed, options.step);
  if (options.dryRun) {
    process.stdout.write(foreseen(seed, steps, options));
    return;
  }
  const leave = await permit(
    choice,
    {plan: trialsToPermit(suite, seed, options.step === undefined ? options.for : undefined), profiles: [asFound]},
    options,
  );
  const id = `${runId(cluster.name, new Date())}-soak`;
  const folder = options.out ?? `runs/${id}`;
  const first = openSoak(folder, {seed, suite: suite.name, cluster: cluster.name}, options.step);
  const earlier = options.step === undefined ? await earlierSteps(folder, steps(1), first) : [];
  await watched(async (watch, interrupt) => {
    const spec = {
      choice,
      suite,
      register: readRegister(undefined),
      leave,
      seconds: options.for,
      folder,
      seed,
      tries: options.tries,
      earlier,
    };
    const ended = await soak(spec, steps(first), watch, interrupt);
    watch.close();
    process.exitCode = exitCodeOf(ended);
    process.stdout.write(options.json ? `${JSON.stringify(ended, null, 1)}\n` : told(ended));
  });
}

/** As many as the time takes, by their estimates. */
function foreseen(seed: number, steps: ReturnType<typeof stepsFor>, options: Options): string {
  const drawn = [];
  let seconds = 0;
  for (const {step, timeline, planned} of steps(1)) {
    seconds += planned.estimatedSeconds;
    if (options.step === undefined && seconds > options.for) break;
    drawn.push({step, timeline, estimatedSeconds: planned.estimatedSeconds});
  }
  if (options.json) return `${JSON.stringify({seed, steps: drawn}, null, 1)}\n`;
  const lines = drawn.map(
    ({step, timeline, estimatedSeconds}) =>
      `${String(step).padStart(5)}  ${timelineWords(timeline)}; about ${formatDuration(estimatedSeconds)}`,
  );
  return [`seed ${seed}: ${drawn.length} timelines`, ...lines, ''].join('\n');
}

/** Those that an earlier call left in the folder count too; what was cut off may have been about to fail. */
export function exitCodeOf({
  steps,
  ended,
}: Pick<Ended, 'ended'> & {steps: readonly Pick<StepEnd, 'outcome'>[]}): number {
  if (ended !== 'time' && ended !== 'steps') return exitCodes.aborted;
  if (steps.some(({outcome}) => outcome === 'failed' || outcome === 'unhealed')) return exitCodes.missed;
  return steps.length > 0 && steps.every(({outcome}) => outcome === 'held') ? exitCodes.met : exitCodes.undecided;
}

function told({seed, steps, ended, folder}: Ended): string {
  const count = (outcome: string) => steps.filter(each => each.outcome === outcome).length;
  const lines = steps.flatMap(({step, outcome, timeline, reasons, shrunk, asStep}) => {
    if (outcome === 'held') return [];
    const smallest =
      shrunk === undefined
        ? []
        : [
            `      smallest that fails: ${timelineWords(shrunk.smallest)} (${shrunk.tries} tries${shrunk.exhausted ? '' : ', more were not allowed'})`,
          ];
    return [
      `${String(step).padStart(5)}  ${outcome}: ${timelineWords(timeline)}`,
      ...reasons.map(reason => `      ${reason}`),
      ...smallest,
      ...(asStep === undefined ? [] : [`      fails as step ${asStep} does: not made smaller again`]),
      `      again: seatrial soak --seed ${seed} --step ${step} and the cluster`,
    ];
  });
  const sum = `seed ${seed}: ${steps.length} timelines, ${count('held')} held, ${count('failed')} failed, ${count('undecided')} undecided; ended by ${ended}`;
  return [...lines, sum, `the runs are in ${folder}`, ''].join('\n');
}
