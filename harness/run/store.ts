import {createHash} from 'node:crypto';
import {createReadStream, existsSync, readFileSync} from 'node:fs';
import {lstat, mkdir, readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {isDeepStrictEqual} from 'node:util';
import type {z} from 'zod';
import {appendWhole, writeWhole} from '../files.ts';
import {readJson} from '../parse/json.ts';
import {artefactName, plan as planSchema, type RunEvent, runEnd, runEvent, runHeader, trialRecord} from '../schema.ts';
import type {
  Artefacts,
  ParseError,
  Plan,
  PlannedTrial,
  Result,
  RunHeader,
  StoredArtefact,
  StoredRun,
  StoredTrial,
  TrialRecord,
} from '../types.ts';
import {auditedIn, auditName} from './audit.ts';
import {
  altered,
  damageOf,
  eventsName,
  type FoundRun,
  type FoundTrial,
  recordName,
  resumptionsIn,
  trialFolderName,
  unprovenOf,
} from './damage.ts';
import {manifestName, parseManifest} from './manifest.ts';

/**
 * The run folder:
 *
 *     RUN/run.json      header, written first
 *     RUN/plan.json     what was going to be done
 *     RUN/claims.yaml   the register in force
 *     RUN/events.jsonl  what happened, as it happened; first the sha256 of the above, then that of every record,
 *                       at last how it ended; of a run that was told time each trial as it was drawn
 *     RUN/trials/0001-failover.nic-down-stock-r1/artefacts/NAME   raw output of the tools
 *     RUN/trials/…/trial.json   the record, with the sha256 of every artefact; written when the trial has ended
 *     RUN/trials/0001-…-r1-2/   the same slot, tried anew when the run was resumed; what was interrupted stays as it is
 *     RUN/end.json      status, with the sha256 of all of the above; written last
 *     RUN/audit.jsonl   what was done to which host (audit.ts); no verdict needs it
 *     RUN/report/       made from the rest, again and again
 *
 * Each file appears whole or not at all (written aside, synced, renamed), so a harness killed at any moment leaves a
 * run that can be read: a trial without record and a run without end are aborted ones.
 */

/** Larger output is a mistake of a scenario, and would not fit a report. */
const maxArtefactBytes = 256 * 1024 * 1024;

export interface TrialFolder {
  folder: string;
  keep(name: string, content: string): Promise<void>;
  artefacts(): readonly StoredArtefact[];
  /** Reads back what was kept so far, verified. */
  read(): Artefacts;
  end(record: TrialRecord): Promise<void>;
}

export interface RunStore {
  folder: string;
  openTrial(planned: PlannedTrial): Promise<TrialFolder>;
  /** One line of the run's own history; `fields` must be JSON-able. */
  event(kind: string, fields: Record<string, unknown>): Promise<void>;
  end(status: 'complete' | 'aborted' | 'unhealed', reason: string): Promise<void>;
}

/**
 * Makes the folder of a new run. Throws the file system's own error (ENOSPC, EACCES): nothing has been started by then.
 */
export async function createRun(folder: string, header: RunHeader, plan: Plan, claims: string): Promise<RunStore> {
  await mkdir(join(folder, 'trials'), {recursive: true});
  const sums: Record<string, string> = {};
  for (const [name, content] of [
    ['run.json', json(header)],
    ['plan.json', json(plan)],
    ['claims.yaml', claims],
  ] as const) {
    await writeWhole(join(folder, name), content);
    sums[name] = sha256(content);
  }
  const event = eventsOf(folder);
  await event('opened', {sha256: {...sums}});
  return storeIn(folder, sums, event);
}

type TellEvent = (kind: string, fields: Record<string, unknown>) => Promise<void>;

/** One after the other: the sum of the file is taken when all of them are in it. */
export function eventsOf(folder: string): TellEvent {
  let written: Promise<void> = Promise.resolve();
  return (kind, fields) => {
    const line = `${JSON.stringify({at: new Date().toISOString(), kind, ...fields})}\n`;
    // What is read again must survive a loss of power; the rest is not worth a wait in the middle of a fault.
    const synced = kind !== 'said' && kind !== 'injected';
    const own = written.then(() => appendWhole(join(folder, eventsName), line, {synced}));
    written = own.catch(() => {});
    return own;
  };
}

/** A run's folder to write into. `sums`: of what is in it already, by name; it grows with what is written. */
export function storeIn(folder: string, sums: Record<string, string>, event: TellEvent): RunStore {
  let ended = false;
  let toldAt: string | undefined;
  let whole = false;
  return {
    folder,
    async openTrial(planned) {
      let attempt = 1;
      while (existsSync(join(folder, 'trials', trialFolderName(planned, attempt)))) attempt += 1;
      const name = `trials/${trialFolderName(planned, attempt)}`;
      await mkdir(join(folder, name, 'artefacts'), {recursive: true});
      const ends = async (record: TrialRecord) => {
        const file = recordName(planned, attempt);
        const content = json(record);
        await writeWhole(join(folder, file), content);
        sums[file] = sha256(content);
        await event('trial-ended', endOf(record, attempt, sums[file]));
      };
      return trialIn(folder, name, ends);
    },
    async event(kind, fields) {
      if (!ended) await event(kind, fields);
    },
    async end(status, reason) {
      if (whole) return;
      ended = true;
      // Tried again where the disk was full; it is told once.
      if (toldAt === undefined) {
        const at = new Date().toISOString();
        await event('ended', {at, status, reason});
        toldAt = at;
      }
      sums[eventsName] = sha256(await readFile(join(folder, eventsName)));
      await writeWhole(join(folder, 'end.json'), json({status, reason, at: toldAt, sha256: sums}));
      whole = true;
    },
  };
}

/** What events.jsonl says of a trial that has ended. */
export function endOf({planned, status}: TrialRecord, attempt: number, sum: string): Record<string, unknown> {
  return {slot: planned.slot, ...(attempt === 1 ? {} : {attempt}), status, sha256: sum};
}

function trialIn(folder: string, name: string, end: TrialFolder['end']): TrialFolder {
  const kept = new Map<string, {stored: StoredArtefact; content: string}>();
  return {
    folder: name,
    async keep(artefact, content) {
      if (!artefactName.test(artefact))
        throw new Error(`artefact name ${JSON.stringify(artefact)} does not match ${artefactName}`);
      if (kept.has(artefact))
        throw new Error(`artefact ${artefact} was kept before: a measurement is never overwritten`);
      const bytes = Buffer.byteLength(content);
      if (bytes > maxArtefactBytes)
        throw new Error(`artefact ${artefact} has ${bytes} bytes, more than ${maxArtefactBytes}`);
      await writeWhole(join(folder, name, 'artefacts', artefact), content);
      kept.set(artefact, {stored: {name: artefact, bytes, sha256: sha256(content)}, content});
    },
    artefacts: () => [...kept.values()].map(entry => entry.stored).sort(byName),
    read: () =>
      artefactsOf(name, new Map([...kept].map(([key, entry]) => [key, () => ({ok: true, value: entry.content})]))),
    end,
  };
}

/**
 * Reads a run folder. Only a folder that is no run at all is an error; damage inside (a missing record, an altered
 * byte, a trial that the plan does not have) is listed in `damage`: what is damaged is not used, and nothing of such a
 * run shows a promise kept.
 */
export async function readRun(folder: string): Promise<Result<StoredRun, ParseError>> {
  const read = reader(folder);
  const header = await read.json('run.json', runHeader);
  if (!header.ok) return header;
  const stored = await read.json('plan.json', planSchema);
  if (!stored.ok) return stored;
  const claims = await read.text('claims.yaml');
  if (!claims.ok) return claims;
  const damage: ParseError[] = [];
  const kept = <T>(result: Result<T, ParseError> | undefined): T | undefined => {
    if (result?.ok) return result.value;
    if (result !== undefined) damage.push(result.error);
    return undefined;
  };

  const end = kept((await read.exists('end.json')) ? await read.json('end.json', runEnd) : undefined);
  const events = kept((await read.exists(eventsName)) ? await read.text(eventsName) : undefined);
  const history = events === undefined ? undefined : eventsIn(events);
  const plan = withDrawn(stored.value, history ?? []);
  const listed = kept((await read.exists(manifestName)) ? await read.text(manifestName) : undefined);
  const trials: StoredTrial[] = [];
  const interrupted: StoredTrial[] = [];
  const tried: FoundTrial[] = [];
  const folders = (await readdir(join(folder, 'trials')).catch(() => [])).sort();
  for (const planned of plan.trials) {
    const own: StoredTrial[] = [];
    while (folders.includes(trialFolderName(planned, own.length + 1))) {
      const attempt = own.length + 1;
      const trial = await readTrial(read, planned, attempt, header.value, end?.sha256[recordName(planned, attempt)]);
      damage.push(...trial.damage);
      tried.push({planned, attempt, record: trial.whole ? trial.stored.record : undefined});
      own.push(trial.stored);
    }
    trials.push(...own.slice(-1));
    interrupted.push(...own.slice(0, -1));
  }
  const found: FoundRun = {
    header: header.value,
    plan,
    end,
    events: history,
    folders,
    trials: tried,
    sums: read.sums,
    listed: listed === undefined ? new Map() : parseManifest(listed).sums,
  };
  damage.push(...damageOf(found).filter(error => !damage.some(known => isDeepStrictEqual(known, error))));
  const run: StoredRun = {
    header: header.value,
    plan,
    trials,
    claims: claims.value,
    damage,
    unproven: unprovenOf(found),
  };
  // By a reader of its own: its sum is the manifest's business, and what is told of it is no evidence.
  const audit = await reader(folder).text(auditName);
  if (audit.ok) run.audited = auditedIn(audit.value);
  const times = resumptionsIn(found);
  if (times.length > 0) run.resumed = {times, interrupted};
  if (end !== undefined) run.ended = {status: end.status, at: end.at, reason: end.reason};
  return {ok: true, value: run};
}

/** With the trials that were drawn as it went, where the plan leaves room for them. */
function withDrawn(plan: Plan, events: readonly (RunEvent | undefined)[]): Plan {
  if (plan.window === undefined) return plan;
  const drawn = events.flatMap(event => (event?.kind === 'drawn' ? [event.planned] : []));
  return {...plan, trials: [...plan.trials, ...drawn]};
}

interface ReadTrial {
  stored: StoredTrial;
  /** Its record is the stored one. */
  whole: boolean;
  damage: readonly ParseError[];
}

async function readTrial(
  read: Reader,
  planned: PlannedTrial,
  attempt: number,
  header: RunHeader,
  sum: string | undefined,
): Promise<ReadTrial> {
  const folder = `trials/${trialFolderName(planned, attempt)}`;
  const name = recordName(planned, attempt);
  const interrupted = (reason: string, damage: readonly ParseError[]): ReadTrial => {
    const record: TrialRecord = {
      planned,
      status: 'aborted',
      reason,
      startedAt: header.startedAt,
      durationSeconds: 0,
      readBack: [],
      auditBefore: [],
      auditAfter: [],
      artefacts: [],
    };
    return {stored: {record, folder, artefacts: artefactsOf(folder, new Map())}, whole: false, damage};
  };
  if (!(await read.exists(name))) {
    const dead = interrupted('the harness ended before this trial did', []);
    return {...dead, stored: {...dead.stored, record: {...dead.stored.record, interrupted: true}}};
  }
  const record = await read.json(name, trialRecord);
  const now = read.sums.get(name);
  if (sum !== undefined && now !== undefined && now !== sum)
    return interrupted('its record is damaged', [altered(name, sum, now)]);
  if (!record.ok) return interrupted('its record cannot be read', [record.error]);
  const damage: ParseError[] = [];
  const contents = new Map<string, () => Result<string, ParseError>>();
  for (const artefact of record.value.artefacts) {
    const file = `${folder}/artefacts/${artefact.name}`;
    const checked = await read.check(file, artefact.sha256);
    if (!checked.ok) damage.push(checked.error);
    contents.set(artefact.name, checked.ok ? () => read.checked(file, artefact.sha256) : () => checked);
  }
  return {stored: {record: record.value, folder, artefacts: artefactsOf(folder, contents)}, whole: true, damage};
}

/** Undefined for a line that is no event. */
function eventsIn(text: string): readonly (RunEvent | undefined)[] {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  return lines.map(line => {
    const event = readJson(line, eventsName, runEvent);
    return event.ok ? event.value : undefined;
  });
}

function artefactsOf(folder: string, contents: ReadonlyMap<string, () => Result<string, ParseError>>): Artefacts {
  return {
    names: [...contents.keys()].sort(),
    text: name =>
      contents.get(name)?.() ?? {
        ok: false,
        error: {
          artefact: `${folder}/artefacts/${name}`,
          path: '',
          expected: 'an artefact of this trial',
          found: 'nothing stored under this name',
        },
      },
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function byName(a: StoredArtefact, b: StoredArtefact): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

interface Reader {
  /** sha256 of the bytes of everything that was read so far, by name. */
  sums: ReadonlyMap<string, string>;
  exists(name: string): Promise<boolean>;
  text(name: string): Promise<Result<string, ParseError>>;
  json<T>(name: string, schema: z.ZodType<T>): Promise<Result<T, ParseError>>;
  /** Whether a file is there with that sum. Its text is read when it is asked for: those of ten hours fill a memory. */
  check(name: string, sum: string): Promise<Result<void, ParseError>>;
  /** The text of one that was, if it still has that sum. */
  checked(name: string, sum: string): Result<string, ParseError>;
}

/** Reads plain files of one folder. A link or a pipe is none: what lies elsewhere is not evidence of this run. */
function reader(folder: string): Reader {
  const sums = new Map<string, string>();
  const refused = (artefact: string, error: unknown): {ok: false; error: ParseError} => {
    const found = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return {ok: false, error: {artefact, path: '', expected: `a readable file in ${folder}`, found}};
  };
  const text = async (name: string): Promise<Result<string, ParseError>> => {
    try {
      const link = await linkIn(folder, name);
      if (link !== undefined) return refused(name, link);
      const bytes = await readFile(join(folder, name));
      sums.set(name, sha256(bytes));
      return {ok: true, value: bytes.toString('utf8')};
    } catch (error) {
      return refused(name, error);
    }
  };
  return {
    sums,
    text,
    exists: name =>
      lstat(join(folder, name)).then(
        () => true,
        () => false,
      ),
    async json(name, schema) {
      const read = await text(name);
      return read.ok ? readJson(read.value, name, schema) : read;
    },
    async check(name, sum) {
      try {
        const link = await linkIn(folder, name);
        if (link !== undefined) return refused(name, link);
        const hash = createHash('sha256');
        await pipeline(createReadStream(join(folder, name)), hash);
        const now = hash.digest('hex');
        sums.set(name, now);
        return now === sum ? {ok: true, value: undefined} : {ok: false, error: altered(name, sum, now)};
      } catch (error) {
        return refused(name, error);
      }
    },
    checked(name, sum) {
      try {
        const bytes = readFileSync(join(folder, name));
        const now = sha256(bytes);
        return now === sum ? {ok: true, value: bytes.toString('utf8')} : {ok: false, error: altered(name, sum, now)};
      } catch (error) {
        return refused(name, error);
      }
    },
  };
}

/** What on the way to a file is no plain folder or file of the run, in a few words. */
async function linkIn(folder: string, name: string): Promise<string | undefined> {
  const parts = name.split('/');
  for (const index of parts.keys()) {
    const status = await lstat(join(folder, ...parts.slice(0, index + 1)));
    if (status.isSymbolicLink()) return 'a link';
    if (index === parts.length - 1 ? !status.isFile() : !status.isDirectory()) return 'no plain file';
  }
  return undefined;
}
