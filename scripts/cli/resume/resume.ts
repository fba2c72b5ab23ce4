/** Goes on with a run on the cluster that it was begun on, once it is shown that it is that one. */
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {fingerprints} from '../../../harness/cluster/fingerprint.ts';
import {changesOf} from '../../../harness/cluster/same.ts';
import {auditedTransport, auditName} from '../../../harness/run/audit.ts';
import {manifestName} from '../../../harness/run/manifest.ts';
import {lastHeard, openTrials, resumeRefusal, resumeRun, slotsAnew} from '../../../harness/run/resume.ts';
import {listed} from '../../../harness/run/source.ts';
import type {Closing} from '../../../harness/run/stop.ts';
import {readRun} from '../../../harness/run/store.ts';
import type {Cluster, PlanWindow, RunHeader, StoredRun} from '../../../harness/types.ts';
import {scenarios} from '../../../suites/index.ts';
import {registerOf} from '../kit/claims-register.ts';
import {type ClusterChoice, labNamed} from '../kit/cluster-options.ts';
import {CommandError, exitCodes} from '../kit/command-error.ts';
import type {Interrupt} from '../kit/interrupt.ts';
import {checkManifest} from '../kit/manifest.ts';
import {inventoryFrom, machinesIn} from '../kit/open-cluster.ts';
import {version} from '../kit/package-files.ts';
import type {Leave} from '../kit/permit.ts';
import {requirePluginsOf} from '../kit/plugins/loaded.ts';
import type {Watch} from '../kit/progress.ts';
import {
  commit,
  describedChoice,
  lifecycleOf,
  type Opened,
  onOpened,
  type RunResult,
  runStretch,
} from '../kit/run-suite.ts';
import {signaturesIn} from '../kit/signature.ts';
import {closingOf, isTooShort, refuseTooShort, type WindowAsked} from '../kit/window-options.ts';
import {shortestTrial} from '../kit/window-source.ts';

const untouched = 'Nothing was touched.';
const anew = 'Begin a new run: seatrial accept.';

/** A stored run that can be gone on with. */
export async function openStored(folder: string, given: string): Promise<StoredRun> {
  const refused = (why: string, todo: string) => new CommandError(`${given} cannot be resumed: ${why}`, todo);
  const read = await readRun(folder);
  if (!read.ok)
    throw refused(`it is no stored run (${read.error.artefact}: ${read.error.found})`, 'Name the folder of a run.');
  if (signaturesIn(folder).length > 0)
    throw refused(
      'it is signed, and what somebody has signed is not added to',
      'Where it shall go on all the same, resume a copy of the folder without the signature.',
    );
  const why = resumeRefusal(read.value);
  if (why !== undefined) throw refused(why, anew);
  if (existsSync(join(folder, manifestName))) {
    const [altered] = await checkManifest(folder);
    if (altered !== undefined)
      throw refused(`it is not as it was stored: ${altered}`, `Look with: seatrial verify ${given}`);
  }
  requirePluginsOf(read.value.header);
  const unknown = read.value.plan.trials.find(({scenario}) => !scenarios.some(({name}) => name === scenario));
  if (unknown !== undefined)
    throw refused(
      `this version (${version()}) knows no scenario ${unknown.scenario}; it was begun with ${read.value.header.seatrialVersion}`,
      'Resume it with the version that it was begun with.',
    );
  return read.value;
}

/**
 * A run that was told time ends as complete when its time is over: one that has none left for a trial is not gone on
 * with, or it would be sealed with nothing tried.
 */
export function refuseNoTime(stored: StoredRun, asked: WindowAsked | undefined): void {
  const {window} = stored.plan;
  if (window === undefined) return;
  const [open] = openTrials(stored);
  const first = open === undefined ? shortestTrial(stored.plan) : {...open, seconds: open.estimatedSeconds};
  if (asked !== undefined) refuseTooShort(asked, first, open === undefined ? 'shortest' : 'next');
  else if (window.closes !== undefined && isTooShort({until: new Date(window.closes)}, first))
    throw new CommandError(
      `the run was told to end at ${window.closes}: until then nothing can be tried any more`,
      'Say another end, such as --for 2h: it goes on to that. The run is as it was.',
    );
}

/** The cluster that the run was begun on, by all that the command line and the inventory say of it. */
export async function sameChoice(
  header: RunHeader,
  {lab, inventory, keepLab}: {lab?: string | true; inventory?: string; keepLab?: true},
): Promise<ClusterChoice> {
  if ((lab === undefined) === (inventory === undefined))
    throw new CommandError(
      lab === undefined
        ? `which cluster? The run was on ${header.cluster}`
        : '--lab and --inventory exclude each other',
      'Say --inventory FILE, or --lab where it was a local reference cluster.',
    );
  const choice = inventory === undefined ? labOf(header, lab, keepLab) : inventoryChoice(inventory, keepLab);
  const described = describedChoice(choice);
  const differing = differences(header, described);
  if (differing.length > 0)
    throw new CommandError(
      `this is not the cluster of the run: ${differing.join('; ')}`,
      `Name that one. ${untouched}`,
    );
  if (choice.kind === 'inventory') await refuseOtherMachines(header, described);
  return choice;
}

function inventoryChoice(file: string, keepLab: true | undefined): ClusterChoice {
  if (keepLab) throw new CommandError('--keep-lab is for a lab', 'Leave it out.');
  return {kind: 'inventory', inventory: inventoryFrom(file, {connects: true}), despite: []};
}

/** A lab of the same shape. */
function labOf(header: RunHeader, given: string | true | undefined, keepLab: true | undefined): ClusterChoice {
  const nodes = header.nodes.length;
  if ((nodes !== 3 && nodes !== 4 && nodes !== 5) || header.storage === 'none')
    throw new CommandError(`the run on ${header.cluster} was on no lab`, 'Name its cluster with --inventory FILE.');
  const name = given === true ? header.cluster : (labNamed(given) ?? header.cluster);
  const lab = {name, nodes, storage: header.storage, guests: header.guests.length} as const;
  return {kind: 'lab', lab, keep: keepLab ?? false};
}

function differences(header: RunHeader, cluster: Cluster): readonly string[] {
  const names = (all: readonly {name: string}[]) => all.map(({name}) => name).join(', ');
  const [nodes, guests] = [names(cluster.nodes), names(cluster.guests)];
  return [
    header.cluster !== cluster.name && `its name was ${header.cluster}, and here it is ${cluster.name}`,
    header.storage !== cluster.storage && `its storage was ${header.storage}, and here it is ${cluster.storage}`,
    header.nodes.join(', ') !== nodes && `its nodes were ${header.nodes.join(', ')}, and here they are ${nodes}`,
    header.guests.join(', ') !== guests && `its guests were ${header.guests.join(', ')}, and here they are ${guests}`,
  ].filter(each => each !== false);
}

async function refuseOtherMachines({machines = []}: RunHeader, {nodes}: Cluster): Promise<void> {
  const other = (await machinesIn(nodes)).flatMap(({name, addresses}) => {
    const was = machines.find(one => one.name === name)?.addresses.join(', ');
    return was === undefined || was === addresses.join(', ')
      ? []
      : [`${name} had ${was} and has ${addresses.join(', ')}`];
  });
  if (other.length > 0)
    throw new CommandError(
      `these are not the machines of the run: ${other.join('; ')}`,
      `Name the inventory that it was begun with. ${untouched}`,
    );
}

/** Heals, shows that the cluster is as it was, and runs what is left of the plan. */
export async function resume(
  folder: string,
  stored: StoredRun,
  {choice, leave, window}: {choice: ClusterChoice; leave: Leave; window?: WindowAsked},
  watch: Watch,
  interrupt: Interrupt,
): Promise<RunResult> {
  const {header, plan} = stored;
  const act = async (opened: Opened) => {
    const changed = await versionChanges(header);
    const audited = auditedTransport(opened.cluster.transport, join(folder, auditName));
    const cluster = {...opened.cluster, transport: audited};
    const noted = await wholeAgain(stored, {...opened, cluster}, leave, watch, interrupt).finally(audited.close);
    const differs = [...changed, ...noted];
    for (const text of differs) watch.say(text);
    // Healing, and a lab that is built anew, take their time.
    refuseNoTime(stored, window);
    const trials = openTrials(stored);
    const times = {at: new Date().toISOString(), since: await lastHeard(folder)};
    const store = await resumeRun(folder, stored, {...times, anew: slotsAnew(stored), differs});
    const rest = `${trials.length} of ${plan.trials.length} trials`;
    watch.say(
      `going on with ${plan.window === undefined ? rest : `what is drawn, after ${plan.trials.length} trials`}`,
    );
    const largestBytes = Math.max(
      0,
      ...stored.trials.map(({record}) => record.artefacts.reduce((sum, {bytes}) => sum + bytes, 0)),
    );
    const register = registerOf(stored.claims, 'claims.yaml');
    const spec = {plan, profiles: header.profiles, register, folder, leave};
    if (plan.window === undefined)
      return runStretch(opened, spec, {store, source: listed(trials), largestBytes}, watch, interrupt);
    const closing = closingAgain(plan.window, window);
    const timed = {...spec, ...(closing === undefined ? {} : {closing})};
    return runStretch(opened, timed, {store, largestBytes}, watch, interrupt);
  };
  return onOpened(choice, watch, interrupt, act, {heals: true});
}

/** What is newly asked for; else what is left of the time that the run was told. */
function closingAgain({closes}: PlanWindow, asked: WindowAsked | undefined): Closing | undefined {
  if (asked !== undefined) return closingOf(asked);
  return closes === undefined ? undefined : closingOf({words: '', until: new Date(closes)});
}

async function versionChanges({seatrialVersion, commit: was}: RunHeader): Promise<readonly string[]> {
  const [now, is] = [version(), await commit()];
  if (seatrialVersion !== now) return [`begun by seatrial ${seatrialVersion}, gone on with by ${now}`];
  return was === is ? [] : [`begun by seatrial at commit ${was || 'unknown'}, gone on with at ${is || 'unknown'}`];
}

/**
 * Refuses another cluster before anything is healed, as far as hosts answer; heals; then every host must answer and be
 * as it was. Gives what could not be compared.
 */
async function wholeAgain(
  {header}: StoredRun,
  {cluster, journal}: Opened,
  leave: Leave,
  watch: Watch,
  {signal}: Interrupt,
): Promise<readonly string[]> {
  watch.say('asking every host whether it is what it was');
  const before = await fingerprints(cluster);
  refuseChanged(changesOf(header.fingerprints, before.fingerprints).forbidden, untouched);
  watch.say('healing what the run may have left');
  const left = await lifecycleOf(leave).heal(cluster, journal, watch.say, signal);
  if (left.length > 0)
    throw new CommandError(
      `the cluster cannot be healed: ${left.map(({detail}) => detail).join('; ')}`,
      'Mend what it names, then resume again: the run is as it was.',
      exitCodes.aborted,
    );
  const now = await fingerprints(cluster);
  const silent = now.silent.map(({host, reason}) => `${host} does not say what it is: ${reason}`);
  const {forbidden, noted} = changesOf(header.fingerprints, now.fingerprints);
  refuseChanged([...silent, ...forbidden], 'The cluster was healed, and nothing else was done.');
  return noted;
}

function refuseChanged(changes: readonly string[], done: string): void {
  if (changes.length === 0) return;
  throw new CommandError(
    `the cluster is not what it was when the run began: ${changes.join('; ')}`,
    `Figures of before and after that do not belong into one report: make it as it was, or begin a new run. ${done}`,
  );
}
