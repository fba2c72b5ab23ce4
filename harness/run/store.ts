import {createHash} from 'node:crypto';
import {appendFile, lstat, mkdir, readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {isDeepStrictEqual} from 'node:util';
import type {z} from 'zod';
import {writeWhole} from '../files.ts';
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
  TrialRecord,
} from '../types.ts';
import {auditedIn, auditName} from './audit.ts';
import {altered, damageOf, eventsName, type FoundRun, recordName, trialFolderName, unprovenOf} from './damage.ts';
import {manifestName, parseManifest} from './manifest.ts';

/**
 * The run folder:
 *
 *     RUN/run.json      header, written first
 *     RUN/plan.json     what was going to be done
 *     RUN/claims.yaml   the register in force
 *     RUN/events.jsonl  what happened, as it happened; first the sha256 of the above, then that of every record,
 *                       at last how it ended
 *     RUN/trials/0001-failover.nic-down-stock-r1/artefacts/NAME   raw output of the tools
 *     RUN/trials/…/trial.json   the record, with the sha256 of every artefact; written when the trial has ended
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
  const save = async (name: string, content: string) => {
    await writeWhole(join(folder, name), content);
    sums[name] = sha256(content);
  };
  await save('run.json', json(header));
  await save('plan.json', json(plan));
  await save('claims.yaml', claims);
  let ended = false;
  let written: Promise<void> = Promise.resolve();
  // One after the other: the sum of the file is taken when all of them are in it.
  const event = (kind: string, fields: Record<string, unknown>): Promise<void> => {
    const line = `${JSON.stringify({at: new Date().toISOString(), kind, ...fields})}\n`;
    const own = written.then(() => appendFile(join(folder, eventsName), line));
    written = own.catch(() => {});
    return own;
  };
  await event('opened', {sha256: {...sums}});

  return {
    folder,
    async openTrial(planned) {
      const name = `trials/${trialFolderName(planned)}`;
      const artefactFolder = join(folder, name, 'artefacts');
      await mkdir(artefactFolder, {recursive: true});
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
          await writeWhole(join(artefactFolder, artefact), content);
          kept.set(artefact, {stored: {name: artefact, bytes, sha256: sha256(content)}, content});
        },
        artefacts: () => [...kept.values()].map(entry => entry.stored).sort(byName),
        read: () =>
          artefactsOf(name, new Map([...kept].map(([key, entry]) => [key, {ok: true, value: entry.content}]))),
        async end(record) {
          await save(recordName(planned), json(record));
          await event('trial-ended', {slot: planned.slot, status: record.status, sha256: sums[recordName(planned)]});
        },
      };
    },
    async event(kind, fields) {
      if (!ended) await event(kind, fields);
    },
    async end(status, reason) {
      if (ended) return;
      ended = true;
      const at = new Date().toISOString();
      await event('ended', {at, status, reason});
      sums[eventsName] = sha256(await readFile(join(folder, eventsName)));
      await writeWhole(join(folder, 'end.json'), json({status, reason, at, sha256: sums}));
    },
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
  const plan = await read.json('plan.json', planSchema);
  if (!plan.ok) return plan;
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
  const listed = kept((await read.exists(manifestName)) ? await read.text(manifestName) : undefined);
  const trials: StoredRun['trials'][number][] = [];
  const records = new Map<number, TrialRecord>();
  const folders = (await readdir(join(folder, 'trials')).catch(() => [])).sort();
  for (const planned of plan.value.trials) {
    if (!folders.includes(trialFolderName(planned))) continue;
    const trial = await readTrial(read, planned, header.value, end?.sha256[recordName(planned)]);
    damage.push(...trial.damage);
    if (trial.whole) records.set(planned.slot, trial.stored.record);
    trials.push(trial.stored);
  }
  const found: FoundRun = {
    header: header.value,
    plan: plan.value,
    end,
    events: events === undefined ? undefined : eventsIn(events),
    folders,
    records,
    sums: read.sums,
    listed: listed === undefined ? new Map() : parseManifest(listed).sums,
  };
  damage.push(...damageOf(found).filter(error => !damage.some(known => isDeepStrictEqual(known, error))));
  const run: StoredRun = {
    header: header.value,
    plan: plan.value,
    trials,
    claims: claims.value,
    damage,
    unproven: unprovenOf(found),
  };
  // By a reader of its own: its sum is the manifest's business, and what is told of it is no evidence.
  const audit = await reader(folder).text(auditName);
  if (audit.ok) run.audited = auditedIn(audit.value);
  if (end !== undefined) run.ended = {status: end.status, at: end.at, reason: end.reason};
  return {ok: true, value: run};
}

interface ReadTrial {
  stored: StoredRun['trials'][number];
  /** Its record is the stored one. */
  whole: boolean;
  damage: readonly ParseError[];
}

async function readTrial(
  read: Reader,
  planned: PlannedTrial,
  header: RunHeader,
  sum: string | undefined,
): Promise<ReadTrial> {
  const folder = `trials/${trialFolderName(planned)}`;
  const name = recordName(planned);
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
  if (!(await read.exists(name))) return interrupted('the harness ended before this trial did', []);
  const record = await read.json(name, trialRecord);
  const now = read.sums.get(name);
  if (sum !== undefined && now !== undefined && now !== sum)
    return interrupted('its record is damaged', [altered(name, sum, now)]);
  if (!record.ok) return interrupted('its record cannot be read', [record.error]);
  const damage: ParseError[] = [];
  const contents = new Map<string, Result<string, ParseError>>();
  for (const artefact of record.value.artefacts) {
    const file = `${folder}/artefacts/${artefact.name}`;
    const text = await read.text(file);
    const found = read.sums.get(file);
    const checked: Result<string, ParseError> =
      found !== undefined && found !== artefact.sha256
        ? {ok: false, error: altered(file, artefact.sha256, found)}
        : text;
    if (!checked.ok) damage.push(checked.error);
    contents.set(artefact.name, checked);
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

function artefactsOf(folder: string, contents: ReadonlyMap<string, Result<string, ParseError>>): Artefacts {
  return {
    names: [...contents.keys()].sort(),
    text: name =>
      contents.get(name) ?? {
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
}

/** Reads plain files of one folder. A link or a pipe is none: what lies elsewhere is not evidence of this run. */
function reader(folder: string): Reader {
  const sums = new Map<string, string>();
  const text = async (name: string): Promise<Result<string, ParseError>> => {
    const refused = (found: string): Result<string, ParseError> => ({
      ok: false,
      error: {artefact: name, path: '', expected: `a readable file in ${folder}`, found},
    });
    try {
      const link = await linkIn(folder, name);
      if (link !== undefined) return refused(link);
      const bytes = await readFile(join(folder, name));
      sums.set(name, sha256(bytes));
      return {ok: true, value: bytes.toString('utf8')};
    } catch (error) {
      return refused(error instanceof Error && 'code' in error ? String(error.code) : String(error));
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
