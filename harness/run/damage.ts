/**
 * What in a stored run contradicts the rest of it. Every sum is kept twice: end.json lists all files with events.jsonl
 * among them, and events.jsonl says of each file what its sum was when it was written and how the run ended. So no one
 * file can be rewritten unnoticed, end.json included. Who rewrites all of them alike is found by a signature only.
 * Pure.
 */
import {isDeepStrictEqual} from 'node:util';
import type {RunEnd, RunEvent} from '../schema.ts';
import type {ParseError, Plan, PlannedTrial, RunHeader, TrialRecord} from '../types.ts';
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
  /** By slot, those that could be read. */
  records: ReadonlyMap<number, TrialRecord>;
  /** sha256 of what lies there now, by name from the run's folder. */
  sums: ReadonlyMap<string, string>;
  /** The same from the manifest of a closed run. */
  listed: ReadonlyMap<string, string>;
}

/** The files of every run besides its trials, in the order in which they are written. */
const heads = ['run.json', 'plan.json', 'claims.yaml'] as const;
export const eventsName = 'events.jsonl';

export function trialFolderName(planned: PlannedTrial): string {
  return `${String(planned.slot).padStart(4, '0')}-${planned.scenario.replaceAll('/', '.')}-${planned.profile}-r${planned.repetition}`;
}

export function recordName(planned: PlannedTrial): string {
  return `trials/${trialFolderName(planned)}/trial.json`;
}

export function damageOf(found: FoundRun): readonly ParseError[] {
  const all = [
    ...ofPlan(found),
    ...ofFolders(found),
    ...ofRecords(found),
    ...ofEnd(found),
    ...ofEvents(found),
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
function ofFolders({plan, folders, end}: FoundRun): ParseError[] {
  const planned = new Set(plan.trials.map(trialFolderName));
  const there = new Set(folders);
  return [
    ...folders
      .filter(name => !planned.has(name))
      .map(name => wrong(`trials/${name}`, 'a trial of plan.json', 'a folder of a trial that is not planned')),
    ...(end?.status === 'complete' ? [...planned] : [])
      .filter(name => !there.has(name))
      .map(name => wrong(`trials/${name}`, 'the folder of a planned trial, as the run ended complete', 'nothing')),
  ];
}

/** What is in a record must be what was planned for its folder. */
function ofRecords({plan, records}: FoundRun): ParseError[] {
  return plan.trials.flatMap(planned => {
    const record = records.get(planned.slot);
    return record === undefined || isDeepStrictEqual(record.planned, planned)
      ? []
      : [wrong(recordName(planned), `trial ${planned.slot} as plan.json has it`, 'another trial, or other parameters')];
  });
}

/** end.json lists every file, and nothing else. */
function ofEnd({plan, end, sums, records}: FoundRun): ParseError[] {
  if (end === undefined) return [];
  const begun = plan.trials.filter(({slot}) => records.has(slot)).map(recordName);
  const known = new Set<string>([...heads, eventsName, ...plan.trials.map(recordName)]);
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
function ofEvents({header, plan, end, events, records, sums}: FoundRun): ParseError[] {
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
  for (const [slot, {status}] of end === undefined ? [] : records)
    if (status === 'done' && !told.has(slot))
      damage.push(wrong(eventsName, `what went on in trial ${slot}`, 'no line of it'));
  return keepsSumsTwice({header, events}) ? [...damage, ...ofSecondSums({plan, end, events, records, sums})] : damage;
}

/** The sums that events.jsonl holds. */
function ofSecondSums({
  plan,
  end,
  events = [],
  records,
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
  const ends = new Map<number, string[]>();
  for (const event of events)
    if (event?.kind === 'trial-ended') ends.set(event.slot, [...(ends.get(event.slot) ?? []), event.sha256]);
  for (const planned of plan.trials) {
    const own = ends.get(planned.slot) ?? [];
    if (own.length > 1) damage.push(wrong(eventsName, `one end of trial ${planned.slot}`, `${own.length}`));
    if (records.has(planned.slot)) hold(recordName(planned), own[0]);
    else if (own.length > 0 && !sums.has(recordName(planned)))
      damage.push(wrong(recordName(planned), `the record of trial ${planned.slot}, which ended`, 'nothing'));
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

/** A trial lies within its run. */
function ofTimes({header, plan, end, records}: FoundRun): ParseError[] {
  const from = Date.parse(header.startedAt);
  const until = end === undefined ? Number.POSITIVE_INFINITY : Date.parse(end.at);
  return plan.trials.flatMap(planned => {
    const record = records.get(planned.slot);
    if (record === undefined) return [];
    const start = Date.parse(record.startedAt);
    const within = start >= from - clockStepMs && start + 1000 * record.durationSeconds <= until + clockStepMs;
    return within
      ? []
      : [
          wrong(
            recordName(planned),
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
