/**
 * What in a stored run contradicts the rest of it. Every sum is kept twice: end.json lists all files with events.jsonl
 * among them, and events.jsonl says of each file what its sum was when it was written and how the run ended. So no one
 * file can be rewritten unnoticed, end.json included. Who rewrites all of them alike is found by a signature only.
 * Pure.
 */
import {isDeepStrictEqual} from 'node:util';
import type {RunEnd, RunEvent} from '../schema.ts';
import type {ParseError, Plan, PlannedTrial, Resumption, RunHeader, TrialRecord} from '../types.ts';
import {manifestName} from './manifest.ts';

/** What lies in a run's folder, as far as it could be read. */
export interface FoundRun {
  header: RunHeader;
  plan: Plan;
  /** Absent where the run never ended. */
  end: RunEnd | undefined;
  /** Line by line; undefined for a line that is no event. Absent where the file is not there. */
  events: readonly (RunEvent | undefined)[] | undefined;
  /** Names in trials/, sorted. */
  folders: readonly string[];
  /** Those that have a folder, in the order of slots. */
  trials: readonly FoundTrial[];
  /** sha256 of what lies there now, by name from the run's folder. */
  sums: ReadonlyMap<string, string>;
  /** The same from the manifest of a closed run. */
  listed: ReadonlyMap<string, string>;
}

/** One try of a slot. */
export interface FoundTrial {
  planned: PlannedTrial;
  /** From 1; more than that only where the one before was interrupted and the run resumed. */
  attempt: number;
  /** Absent where there is none that can be read. */
  record: TrialRecord | undefined;
}

/** The files of every run besides its trials, in the order in which they are written. */
const heads = ['run.json', 'plan.json', 'claims.yaml'] as const;
export const eventsName = 'events.jsonl';

export function trialFolderName({slot, scenario, profile, repetition}: PlannedTrial, attempt = 1): string {
  const name = `${String(slot).padStart(4, '0')}-${scenario.replaceAll('/', '.')}-${profile}-r${repetition}`;
  return attempt === 1 ? name : `${name}-${attempt}`;
}

export function recordName(planned: PlannedTrial, attempt = 1): string {
  return `trials/${trialFolderName(planned, attempt)}/trial.json`;
}

/** How often the run was gone on with, by its own history. */
export function resumptionsIn({events = []}: Pick<FoundRun, 'events'>): readonly Resumption[] {
  return events.flatMap(event => {
    if (event?.kind !== 'resumed') return [];
    const {at, since, anew, differs} = event;
    return [{at, since, anew, differs}];
  });
}

export function damageOf(found: FoundRun): readonly ParseError[] {
  const all = [
    ...ofPlan(found),
    ...ofFolders(found),
    ...ofRecords(found),
    ...ofEnd(found),
    ...ofEvents(found),
    ...ofResumptions(found),
    ...ofTimes(found),
    ...ofManifest(found),
  ];
  const seen = new Set<string>();
  return all.filter(error => {
    const key = JSON.stringify(error);
    return seen.has(key) ? false : seen.add(key);
  });
}

/** What a run of before sums were kept twice cannot show. Empty for all others. */
export function unprovenOf({header, events, end}: Pick<FoundRun, 'header' | 'events' | 'end'>): readonly string[] {
  if (end === undefined || keepsSumsTwice({header, events})) return [];
  return [
    'made before the sums of a run were kept twice: that end.json and the files it lists were not rewritten together cannot be shown',
  ];
}

/** Also where the lines were taken out: the header says so, and one line of them is enough. */
function keepsSumsTwice({header, events = []}: Pick<FoundRun, 'header' | 'events'>): boolean {
  return header.sums === 'twice' || events.some(event => event !== undefined && event.kind !== 'other');
}

function wrong(artefact: string, expected: string, found: string): ParseError {
  return {artefact, path: '', expected, found};
}

export function altered(file: string, expected: string, found: string): ParseError {
  return wrong(file, `sha256 ${expected}, as stored`, `sha256 ${found}: the file was altered`);
}

function ofPlan({header, plan}: FoundRun): ParseError[] {
  const damage: ParseError[] = [];
  if (plan.seed !== header.seed)
    damage.push(wrong('plan.json', `seed ${header.seed}, as run.json has it`, `seed ${plan.seed}`));
  const gap = plan.trials.findIndex(({slot}, index) => slot !== index + 1);
  if (gap >= 0)
    damage.push(
      wrong('plan.json', `trial ${gap + 1} in place ${gap + 1}`, `trial ${plan.trials[gap]?.slot}: one is missing`),
    );
  return damage;
}

/** Every folder is a planned trial's; of a run that ended complete, every planned trial has one. */
function ofFolders({plan, folders, trials, end}: FoundRun): ParseError[] {
  const planned = plan.trials.map(trial => trialFolderName(trial));
  const tried = new Set(trials.map(trial => trialFolderName(trial.planned, trial.attempt)));
  const there = new Set(folders);
  return [
    ...folders
      .filter(name => !tried.has(name))
      .map(name => wrong(`trials/${name}`, 'a trial of plan.json', 'a folder of a trial that is not planned')),
    ...(end?.status === 'complete' ? planned : [])
      .filter(name => !there.has(name))
      .map(name => wrong(`trials/${name}`, 'the folder of a planned trial, as the run ended complete', 'nothing')),
  ];
}

/** What is in a record must be what was planned for its folder. */
function ofRecords({trials}: FoundRun): ParseError[] {
  return trials.flatMap(({planned, attempt, record}) => {
    return record === undefined || isDeepStrictEqual(record.planned, planned)
      ? []
      : [
          wrong(
            recordName(planned, attempt),
            `trial ${planned.slot} as plan.json has it`,
            'another trial, or other parameters',
          ),
        ];
  });
}

/** end.json lists every file, and nothing else. */
function ofEnd({plan, end, sums, trials}: FoundRun): ParseError[] {
  if (end === undefined) return [];
  const begun = trials.flatMap(({planned, attempt, record}) => (record ? [recordName(planned, attempt)] : []));
  const known = new Set([...heads, eventsName, ...begun, ...plan.trials.map(planned => recordName(planned))]);
  const damage = [...heads, eventsName, ...begun]
    .filter(name => end.sha256[name] === undefined)
    .map(name => wrong('end.json', `the sha256 of ${name}`, 'no such line'));
  for (const [name, sum] of Object.entries(end.sha256)) {
    const now = sums.get(name);
    if (!known.has(name)) damage.push(wrong('end.json', 'files of this run and its planned trials', name));
    else if (now === undefined) damage.push(wrong(name, 'a readable file, as end.json lists it', 'nothing'));
    else if (now !== sum) damage.push(altered(name, sum, now));
  }
  return damage;
}

/** Every trial that events.jsonl tells of is planned, and it tells of every trial that was done. */
function ofEvents({header, plan, end, events, trials, sums}: FoundRun): ParseError[] {
  if (events === undefined) return [wrong(eventsName, 'the history of the run', 'nothing')];
  const damage: ParseError[] = [];
  const slots = new Set(plan.trials.map(({slot}) => slot));
  const told = new Set<number>();
  for (const [index, event] of events.entries()) {
    const torn = event === undefined && end === undefined && index === events.length - 1;
    if (event === undefined && !torn)
      damage.push({...wrong(eventsName, 'an event', 'something else'), path: `line ${index + 1}`});
    if (event === undefined || !('slot' in event) || event.slot === undefined) continue;
    if (!slots.has(event.slot) && !told.has(event.slot))
      damage.push({...wrong(eventsName, 'trials of plan.json', `trial ${event.slot}`), path: `line ${index + 1}`});
    told.add(event.slot);
  }
  for (const {planned, record} of end === undefined ? [] : trials)
    if (record?.status === 'done' && !told.has(planned.slot))
      damage.push(wrong(eventsName, `what went on in trial ${planned.slot}`, 'no line of it'));
  return keepsSumsTwice({header, events}) ? [...damage, ...ofSecondSums({plan, end, events, trials, sums})] : damage;
}

/** The sums that events.jsonl holds. */
function ofSecondSums({
  plan,
  end,
  events = [],
  trials,
  sums,
}: Omit<FoundRun, 'header' | 'folders' | 'listed'>): ParseError[] {
  const damage: ParseError[] = [];
  const hold = (name: string, sum: string | undefined) => {
    const now = sums.get(name);
    // A harness that was killed may have had no time for the line.
    if (sum === undefined && end !== undefined) damage.push(wrong(eventsName, `the sha256 of ${name}`, 'no such line'));
    else if (sum !== undefined && now !== undefined && now !== sum) damage.push(altered(name, sum, now));
  };
  const openings = events.filter(event => event?.kind === 'opened');
  if (events[0]?.kind !== 'opened' || openings.length > 1)
    damage.push(wrong(eventsName, 'the sums of the run once, in line 1', `${openings.length} such lines`));
  for (const name of heads) hold(name, openings[0]?.kind === 'opened' ? openings[0].sha256[name] : undefined);
  const ends = new Map<string, string[]>();
  for (const event of events) {
    if (event?.kind !== 'trial-ended') continue;
    const planned = plan.trials.find(({slot}) => slot === event.slot);
    if (planned === undefined) continue;
    const name = recordName(planned, event.attempt);
    ends.set(name, [...(ends.get(name) ?? []), event.sha256]);
  }
  for (const [name, own] of ends) {
    if (own.length > 1) damage.push(wrong(eventsName, `one end of ${name}`, `${own.length}`));
    if (!sums.has(name)) damage.push(wrong(name, 'the record of a trial that ended', 'nothing'));
  }
  for (const {planned, attempt, record} of trials) {
    const name = recordName(planned, attempt);
    if (record !== undefined) hold(name, ends.get(name)?.[0]);
  }
  if (end === undefined) return damage;
  const last = events.at(-1);
  if (last?.kind !== 'ended') damage.push(wrong(eventsName, 'the end of the run in its last line', 'no such line'));
  else if (last.status !== end.status || last.reason !== end.reason || last.at !== end.at)
    damage.push(wrong('end.json', `${endWords(last)}, as events.jsonl says`, endWords(end)));
  return damage;
}

function endWords({status, reason, at}: Pick<RunEnd, 'status' | 'reason' | 'at'>): string {
  return `${status} at ${at}${reason === '' ? '' : ` (${reason})`}`;
}

/** Clocks of one machine may be set a little between two of its own readings. */
const clockStepMs = 1000;

/**
 * A slot is tried again only where its trial was interrupted, and events.jsonl says so; only a run that was gone on
 * with has more than one end. Else somebody could try until it fits.
 */
function ofResumptions({events = [], trials}: FoundRun): ParseError[] {
  const resumptions = resumptionsIn({events});
  const damage: ParseError[] = [];
  for (const {planned, attempt, record} of trials) {
    const again = trials.find(other => other.planned === planned && other.attempt === attempt + 1);
    if (again === undefined) continue;
    const name = `trials/${trialFolderName(planned, again.attempt)}`;
    if (record !== undefined && record.interrupted !== true)
      damage.push(
        wrong(name, 'a trial that was interrupted before it is tried anew', `it had ended ${record.status} before`),
      );
    if (resumptions.filter(({anew}) => anew.includes(planned.slot)).length < attempt)
      damage.push(wrong(eventsName, `that trial ${planned.slot} is tried anew, for ${name}`, 'no such line'));
  }
  for (const [index, event] of events.entries())
    if (event?.kind === 'ended' && index < events.length - 1 && events[index + 1]?.kind !== 'resumed')
      damage.push({...wrong(eventsName, 'nothing after the end of the run', 'more of it'), path: `line ${index + 1}`});
  return damage;
}

/** A trial lies within its run. */
function ofTimes({header, trials, end}: FoundRun): ParseError[] {
  const from = Date.parse(header.startedAt);
  const until = end === undefined ? Number.POSITIVE_INFINITY : Date.parse(end.at);
  return trials.flatMap(({planned, attempt, record}) => {
    if (record === undefined) return [];
    const start = Date.parse(record.startedAt);
    const within = start >= from - clockStepMs && start + 1000 * record.durationSeconds <= until + clockStepMs;
    return within
      ? []
      : [
          wrong(
            recordName(planned, attempt),
            `a trial within its run, ${header.startedAt} to ${end?.at ?? 'its end'}`,
            `started ${record.startedAt}, took ${record.durationSeconds} s`,
          ),
        ];
  });
}

/** The manifest of a closed run has sums of its own. */
function ofManifest({listed, sums}: FoundRun): ParseError[] {
  return [...sums].flatMap(([name, now]) => {
    const sum = listed.get(name);
    if (listed.size === 0 || name === manifestName || sum === now) return [];
    return [
      sum === undefined ? wrong(name, 'a file that the manifest lists', 'no line of it') : altered(name, sum, now),
    ];
  });
}
