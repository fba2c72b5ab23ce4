/** Runs sets of playbooks on an inventory's hosts, and says what happens, task by task and host by host. */
import {join} from 'node:path';
import type {Command} from 'commander';
import type {Inventory} from '../../../harness/config/inventory.ts';
import {findAnsible, runPlaybook} from '../../../harness/provision/ansible.ts';
import {auditOf, type Difference, differenceSentence} from '../../../harness/provision/audit.ts';
import type {AnsibleEvent, PlaybookSummary, TaskResult} from '../../../harness/provision/events.ts';
import type {Secrets} from '../../../harness/provision/inventory.ts';
import {type Ground, type PlaybookSet, playbookSets, type Way} from '../../../harness/provision/sets.ts';
import type {Cluster} from '../../../harness/types.ts';
import {inventoryOption} from './cluster-options.ts';
import {CommandError, exitCodes} from './command-error.ts';
import {holdCluster} from './hold-cluster.ts';
import {onInterrupt} from './interrupt.ts';
import {connectInventory, inventoryFrom, journalFolder, type OpenCluster} from './open-cluster.ts';
import {shipped} from './package-files.ts';
import {clean} from './progress.ts';
import {type Connecting, refuseUnreached} from './reach.ts';

export type PlaybookFlags = Readonly<Record<string, unknown>> & {inventory?: string; check?: true; json?: true};

/** Adds a flag for every set, and the options that both ways have. */
export function addPlaybookOptions(command: Command): void {
  command.addOption(inventoryOption());
  for (const {name, about} of playbookSets) command.option(`--${name}`, about);
  command
    .option('--check', 'change nothing: say what would be changed')
    .option('--json', 'print the summary of every host as JSON');
}

/** What one set came to. `differences`: what the audit found; nothing where there was none. */
export interface SetResult {
  set: string;
  seconds: number;
  summary: PlaybookSummary;
  audited: readonly string[];
  differences: readonly Difference[];
  /** What was to be done, where the set looked first; and what was not as it should be afterwards. */
  planned: readonly string[];
  left: readonly string[];
}

/** The sets that were asked for, in the order of this way. */
export function chosenSets(flags: PlaybookFlags, way: Way): readonly PlaybookSet[] {
  const chosen = playbookSets.filter(({name}) => flags[name] === true);
  return way === 'provision' ? chosen : chosen.reverse();
}

export function inventoryOf({inventory}: PlaybookFlags, connecting: {connects: boolean}): Inventory {
  if (inventory !== undefined) return inventoryFrom(inventory, connecting);
  throw new CommandError('which hosts are meant?', 'Say --inventory FILE.');
}

/** Runs the sets one after the other; the first that fails is the last. */
export async function runSets(
  way: Way,
  sets: readonly PlaybookSet[],
  inventory: Inventory,
  flags: PlaybookFlags,
): Promise<void> {
  for (const set of sets) {
    const refusal = set.refusal(inventory);
    if (refusal !== undefined) throw new CommandError(refusal.sentence, refusal.todo);
  }
  const ansible = await findAnsible();
  if (!ansible.ok) throw new CommandError(ansible.error, 'Install it here, as root: apt-get install ansible');
  const say = sayOn(process.stderr);
  const interrupt = onInterrupt(say, 'stopping: what a host is doing now comes to its end');
  try {
    const opened = await connectInventory(inventory);
    const results: SetResult[] = [];
    try {
      // Silent hosts are refused all the same; BMCs are asked by a tool that may have yet to come.
      await refuseUnreached(opened, {say, signal: interrupt.signal, heals: true});
      for (const set of sets) {
        if (interrupt.signal.aborted) break;
        const run = {inventory, flags, say, signal: interrupt.signal, done: results};
        results.push(await holding(set, run, opened, () => runSet(way, set, run, opened)));
        if (!succeeded(results.at(-1))) break;
      }
    } finally {
      await opened.close();
    }
    conclude(way, results, flags, interrupt.signal.aborted);
  } finally {
    interrupt.release();
  }
}

interface Run {
  inventory: Inventory;
  flags: PlaybookFlags;
  say: (text: string) => void;
  signal: AbortSignal;
  /** What the sets before it came to. */
  done: readonly SetResult[];
}

/** Two trials, or a trial and this, would disturb each other; looking disturbs nobody. */
async function holding<T>({onCluster}: PlaybookSet, {flags, say}: Run, opened: OpenCluster, body: () => Promise<T>) {
  if (!onCluster || flags.check) return body();
  const {cluster, journal} = opened;
  const giveFree = await holdCluster({cluster, journal, folder: journalFolder, say, heals: false});
  try {
    return await body();
  } finally {
    await giveFree();
  }
}

async function runSet(way: Way, set: PlaybookSet, run: Run, {cluster, ssh}: Connecting): Promise<SetResult> {
  const {inventory, flags, say, signal, done} = run;
  const started = performance.now();
  const ground: Ground = {inventory, cluster, today: new Date().toISOString().slice(0, 10), say, signal};
  const prepared = await set.prepare?.(way, ground);
  if (prepared?.kind === 'refused') {
    // Of a cluster that --check has not made nothing can be asked.
    if (flags.check && done.length > 0) return unasked(set, prepared.sentences);
    if (done.length > 0) process.stdout.write(flags.json ? jsonOf(done) : textOf(done));
    throw new CommandError(
      prepared.sentences.join('\n'),
      'Mend that and run the same command again. Nothing was made.',
    );
  }
  const planned = prepared?.lines ?? [];
  for (const line of planned) say(`${set.name}: ${line}`);
  const events: AnsibleEvent[] = [];
  const show = tellerOn(say, flags.check ?? false);
  const played = await runPlaybook({
    playbook: join(shipped('harness/provision/playbooks'), set[way]),
    inventory,
    ssh,
    secrets: secretsOf(cluster),
    vars: {...set.vars(inventory), ...prepared?.vars},
    check: flags.check ?? false,
    tell: event => {
      events.push(event);
      show(event);
    },
    signal,
  });
  if (!played.ok) throw new CommandError(played.error, 'Mend that; what was done so far stands.', exitCodes.aborted);
  const {hosts, differences} = auditOf(events);
  const seconds = (performance.now() - started) / 1000;
  const result = {set: set.name, seconds, summary: played.value, audited: hosts, differences, planned, left: []};
  if (flags.check || !succeeded(result) || set.conclude === undefined) return result;
  const left = await set.conclude(way, ground);
  return {...result, seconds: (performance.now() - started) / 1000, left};
}

function unasked({name}: PlaybookSet, sentences: readonly string[]): SetResult {
  const planned = ['what it would make shows only once the rest is there', ...sentences];
  const summary = {hosts: {}, troubles: [], ended: true};
  return {set: name, seconds: 0, summary, audited: [], differences: [], planned, left: []};
}

function secretsOf({nodes}: Cluster): Secrets {
  return {bmc: Object.fromEntries(nodes.flatMap(({name, bmc}) => (bmc === undefined ? [] : [[name, bmc.password]])))};
}

/**
 * What a person wants to see go by: every task that does something, and of the results those that are more than "as it
 * should be". A task's title comes with its first result, or after a moment of waiting for one. `diffs`: what changes
 * is shown line by line.
 */
function tellerOn(say: (text: string) => void, diffs: boolean): (event: AnsibleEvent) => void {
  let title = '';
  let timer: NodeJS.Timeout | undefined;
  const sayTitle = () => {
    clearTimeout(timer);
    if (title !== '') say(title);
    title = '';
  };
  return event => {
    if (event.kind === 'result') {
      if (event.result.state !== 'skipped') sayTitle();
      for (const line of linesOf(event.result, diffs)) say(line);
      return;
    }
    clearTimeout(timer);
    title = event.kind === 'task' ? event.name.replace(' : ', ': ') : '';
    if (title !== '') timer = setTimeout(sayTitle, titleMs);
  };
}

/** A task that everybody skips is over by then. */
const titleMs = 1500;

function linesOf({host, state, text, diff, raw}: TaskResult, diffs: boolean): readonly string[] {
  // What a playbook says to people.
  if (state === 'ok' && raw.action === 'ansible.builtin.debug') return [`  ${host}: ${text}`];
  if (state === 'ok' || state === 'skipped') return [];
  const shown = diffs && state === 'changed' ? diff.split('\n').filter(Boolean) : [];
  return [
    `  ${host}: ${state}${state === 'changed' || text === '' ? '' : `: ${text}`}`,
    ...shown.map(line => `      ${line}`),
  ];
}

function sayOn(screen: {write(text: string): unknown}): (text: string) => void {
  const started = performance.now();
  return text => {
    const seconds = Math.round((performance.now() - started) / 1000);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    screen.write(`[${time}] ${clean(text)}\n`);
  };
}

function succeeded(result: SetResult | undefined): boolean {
  if (result === undefined) return false;
  const {ended, hosts} = result.summary;
  return ended && Object.values(hosts).every(({failed, unreachable}) => failed === 0 && unreachable === 0);
}

/** Says how it ended, and sets the exit code: 0, or 4 where something failed, differs, or was interrupted. */
function conclude(way: Way, results: readonly SetResult[], flags: PlaybookFlags, interrupted: boolean): void {
  process.stdout.write(flags.json ? jsonOf(results) : textOf(results));
  const stands = results.some(result => !succeeded(result)) || interrupted;
  if (stands && !flags.json) process.stdout.write(`${standing[way]}\n`);
  if (stands || results.some(({differences, left}) => differences.length + left.length > 0))
    process.exitCode = exitCodes.aborted;
}

const standing: Readonly<Record<Way, string>> = {
  provision:
    'What was done so far stands, and each host keeps a record of it: the same command goes on from there, seatrial unprovision takes it back.',
  unprovision: 'What was not taken back yet stands, with its record: the same command goes on from there.',
};

function jsonOf(results: readonly SetResult[]): string {
  return `${JSON.stringify(results.map(forJson), null, 2)}\n`;
}

function forJson({set, seconds, summary, audited, differences, planned, left}: SetResult): object {
  const troubles = summary.troubles.map(({host, task, state, text}) => ({host, task, state, text}));
  return {
    set,
    seconds: Math.round(seconds),
    ended: summary.ended,
    hosts: summary.hosts,
    troubles,
    audited,
    differences,
    planned,
    left,
  };
}

function textOf(results: readonly SetResult[]): string {
  return results
    .flatMap(({set, seconds, summary, audited, differences, planned, left}) => [
      `${set}: ${Math.round(seconds)} s`,
      ...planned.map(line => `  ${line}`),
      ...Object.entries(summary.hosts).map(
        ([host, {ok, changed, failed, unreachable}]) =>
          `  ${host}: ${changed} changed, ${ok - changed} as they should be` +
          (failed + unreachable === 0 ? '' : `, ${failed} failed, ${unreachable} unreachable`),
      ),
      ...summary.troubles.map(({host, task, state, text}) => `  ${host}: ${task}: ${state}: ${text}`),
      ...(audited.length > 0 && differences.length === 0 ? [`  audited: ${audited.join(', ')} as before`] : []),
      ...differences.map(each => `  ${differenceSentence(each)}`),
      ...left.map(each => `  ${each}`),
    ])
    .map(line => `${clean(line)}\n`)
    .join('');
}
