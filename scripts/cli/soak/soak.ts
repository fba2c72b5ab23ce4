/** Timelines one after the other on one open cluster, each a run of its own; what fails is made smaller. */
import {endsTooLate} from '../../../harness/run/stop.ts';
import type {Suite} from '../../../harness/types.ts';
import {unreadOf} from '../../../reports/comparison/unread.ts';
import {asFound} from '../../../reports/judge/as-found.ts';
import type {Report} from '../../../reports/run/report.ts';
import {type Timeline, timelineWords} from '../../../suites/resilience/soak/draw.ts';
import {knownToFail, type Shrunk, shrink} from '../../../suites/resilience/soak/shrink.ts';
import type {Register} from '../kit/claims-register.ts';
import type {ClusterChoice} from '../kit/cluster-options.ts';
import {CommandError} from '../kit/command-error.ts';
import type {Interrupt} from '../kit/interrupt.ts';
import type {Leave} from '../kit/permit.ts';
import type {Watch} from '../kit/progress.ts';
import {claimFolder, type Opened, onOpened, runId, runSuiteOn} from '../kit/run-suite.ts';
import {type SoakStep, trialOf} from './drawing.ts';
import {stepFolder} from './folder.ts';

export interface SoakSpec {
  choice: ClusterChoice;
  suite: Suite;
  register: Register;
  leave: Leave;
  /** How long, from the moment that the cluster is there. */
  seconds: number;
  folder: string;
  seed: number;
  /** Trials spent on making one failing timeline smaller. */
  tries: number;
  /** What the folder holds already. */
  earlier: readonly StepEnd[];
}

type Outcome = 'held' | 'failed' | 'undecided' | 'aborted' | 'unhealed';

export interface StepEnd {
  step: number;
  timeline: Timeline;
  outcome: Outcome;
  reasons: readonly string[];
  shrunk?: Shrunk & {unhealed?: true};
  /** It fails as an earlier step does, which has been made small. */
  asStep?: number;
}

export interface Ended {
  seed: number;
  folder: string;
  steps: readonly StepEnd[];
  /** Why no other step began. */
  ended: 'time' | 'steps' | 'interrupt' | 'a cluster that is not healed';
}

/** With the time at which all must be healed. */
type Begun = SoakSpec & {closes: Date};

export function soak(asked: SoakSpec, steps: Iterable<SoakStep>, watch: Watch, interrupt: Interrupt): Promise<Ended> {
  return onOpened(asked.choice, watch, interrupt, async opened => {
    const spec = {...asked, closes: closingOf(asked)};
    const done: StepEnd[] = [...asked.earlier];
    const end = (ended: Ended['ended']): Ended => ({seed: spec.seed, folder: spec.folder, steps: done, ended});
    const play = (timeline: Timeline, folder: string) => playOne(spec, opened, {timeline, folder}, watch, interrupt);
    for (const {step, timeline, planned} of steps) {
      if (interrupt.signal.aborted) return end('interrupt');
      if (endsTooLate(spec.closes, planned.estimatedSeconds)) return end('time');
      watch.say(`step ${step} of seed ${spec.seed}: ${timelineWords(timeline)}`);
      const folder = stepFolder(spec.folder, step);
      const one = await play(timeline, folder);
      const known = done.find(({shrunk}) => shrunk !== undefined && knownToFail(timeline, shrunk.smallest));
      if (one.outcome !== 'failed') done.push({step, timeline, ...one});
      else if (known !== undefined) done.push({step, timeline, ...one, asStep: known.step});
      else done.push({step, timeline, ...one, shrunk: await shrinkOne(spec, timeline, folder, play, watch)});
      if (one.outcome === 'unhealed' || done.at(-1)?.shrunk?.unhealed) return end('a cluster that is not healed');
      if (one.outcome === 'aborted') return end(interrupt.signal.aborted ? 'interrupt' : 'time');
    }
    return end('steps');
  });
}

/** The end of the time that was given, or of the maintenance window where that is earlier. */
function closingOf({seconds, leave}: SoakSpec): Date {
  const until = new Date(Date.now() + seconds * 1000);
  return leave.closes !== undefined && leave.closes < until ? leave.closes : until;
}

/** Nothing more is tried when the time is up, or a try could not be healed. */
async function shrinkOne(
  {closes, tries}: Begun,
  failing: Timeline,
  folder: string,
  play: (timeline: Timeline, folder: string) => Promise<Pick<StepEnd, 'outcome'>>,
  watch: Watch,
): Promise<Shrunk & {unhealed?: true}> {
  let made = 0;
  let stopped: 'unhealed' | 'late' | undefined;
  const fails = async (smaller: Timeline) => {
    if (stopped === undefined && endsTooLate(closes, trialOf(smaller).estimatedSeconds)) stopped = 'late';
    if (stopped !== undefined) return false;
    made++;
    watch.say(`it failed; does this, too: ${timelineWords(smaller)}`);
    const {outcome} = await play(smaller, `${folder}-smaller-${made}`);
    if (outcome === 'unhealed') stopped = 'unhealed';
    if (outcome === 'aborted') stopped = 'late';
    return outcome === 'failed';
  };
  const {smallest, exhausted} = await shrink(failing, fails, tries);
  const ended = {smallest, tries: made, exhausted: exhausted && stopped === undefined};
  return stopped === 'unhealed' ? {...ended, unhealed: true} : ended;
}

async function playOne(
  {suite, register, choice, leave, closes, seed}: Begun,
  opened: Opened,
  {timeline, folder}: {timeline: Timeline; folder: string},
  watch: Watch,
  interrupt: Interrupt,
): Promise<Pick<StepEnd, 'outcome' | 'reasons'>> {
  const giveUpFolder = await claimFolder(folder);
  const plan = {seed, profiles: [asFound.name], trials: [trialOf(timeline)], notApplicable: []};
  const common = {choice, suite, register, plan, profiles: [asFound], quick: false, only: undefined};
  const spec = {...common, leave: {...leave, closes}, folder, id: runId(opened.cluster.name, new Date())};
  try {
    return verdictOn((await runSuiteOn(opened, spec, watch, interrupt)).report);
  } catch (error) {
    // The run is stored, and says more.
    if (error instanceof CommandError) return {outcome: 'unhealed', reasons: [error.message]};
    throw error;
  } finally {
    await giveUpFolder();
  }
}

/** What a run of one timeline came to. Pure. */
export function verdictOn(
  report: Pick<Report, 'trials' | 'resumed' | 'findings' | 'samples' | 'damage' | 'warnings'>,
): Pick<StepEnd, 'outcome' | 'reasons'> {
  const [trial] = report.trials;
  if (trial === undefined) return {outcome: 'aborted', reasons: ['the trial did not begin']};
  if (trial.status === 'aborted' || trial.status === 'unhealed')
    return {outcome: trial.status, reasons: [trial.reason]};
  const broken = report.findings.filter(({severity, unknown}) => severity === 'critical' && unknown !== true);
  const lost = report.samples.filter(({censored}) => censored === true);
  const failed = [
    ...(trial.status === 'failed' ? [trial.reason] : []),
    ...broken.map(({invariant, detail}) => `${invariant}: ${detail}`),
    ...lost.map(
      ({metric, labels, value}) =>
        `${metric} of ${labels.guest ?? 'the cluster'} had not come after ${value.toFixed(1)} s`,
    ),
  ];
  if (failed.length > 0) return {outcome: 'failed', reasons: failed};
  const unknown = [
    ...report.findings.filter(each => each.unknown === true).map(({detail}) => detail),
    ...report.damage.map(({artefact, found}) => `${artefact}: ${found}`),
    // An output that could not be read may have shown what broke.
    ...unreadOf(report).map(({text}) => text),
    ...(report.samples.length === 0 ? ['nothing was measured'] : []),
  ];
  return unknown.length > 0 ? {outcome: 'undecided', reasons: unknown} : {outcome: 'held', reasons: []};
}
