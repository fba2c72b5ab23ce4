import {createHash} from 'node:crypto';
import {constants} from 'node:fs';
import {appendFile, mkdir, open, readdir, readFile, rename, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from 'zod';
import {expectedOf} from './issue.ts';
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
} from './types.ts';

/**
 * The run folder:
 *
 *     RUN/run.json      header, written first
 *     RUN/plan.json     what was going to be done
 *     RUN/claims.yaml   the register in force
 *     RUN/events.jsonl  what happened, as it happened
 *     RUN/trials/0001-failover.nic-down-stock-r1/artefacts/NAME   raw output of the tools
 *     RUN/trials/…/trial.json   the record, with the sha256 of every artefact; written when the trial has ended
 *     RUN/end.json      status, with the sha256 of all of the above; written last
 *     RUN/report/       made from the rest, again and again
 *
 * Each file appears whole or not at all (written aside, synced, renamed), so a harness killed at any moment leaves a run that can be read:
 * a trial without record and a run without end are aborted ones.
 */

/** Larger output is a mistake of a scenario, and would not fit a report. */
const maxArtefactBytes = 256 * 1024 * 1024;
const artefactName = /^[a-z0-9][a-zA-Z0-9._-]{0,120}$/;

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

export function trialFolderName(planned: PlannedTrial): string {
  return `${String(planned.slot).padStart(4, '0')}-${planned.scenario.replaceAll('/', '.')}-${planned.profile}-r${planned.repetition}`;
}

/** Makes the folder of a new run. Throws the file system's own error (ENOSPC, EACCES): nothing has been started by then. */
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
  await appendFile(join(folder, 'events.jsonl'), '');
  let ended = false;

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
          await save(`${name}/trial.json`, json(record));
        },
      };
    },
    async event(kind, fields) {
      if (ended) return;
      await appendFile(
        join(folder, 'events.jsonl'),
        `${JSON.stringify({at: new Date().toISOString(), kind, ...fields})}\n`,
      );
    },
    async end(status, reason) {
      if (ended) return;
      ended = true;
      sums['events.jsonl'] = sha256(await readFile(join(folder, 'events.jsonl')));
      await writeWhole(join(folder, 'end.json'), json({status, reason, at: new Date().toISOString(), sha256: sums}));
    },
  };
}

/**
 * Reads a run folder. Only a folder that is no run at all is an error; damage inside (a missing record, an altered byte) makes the run a
 * smaller truth: what is damaged is listed in `damage` and not used.
 */
export async function readRun(folder: string): Promise<Result<StoredRun, ParseError>> {
  const damage: ParseError[] = [];
  const header = await readJson(folder, 'run.json', headerSchema);
  if (!header.ok) return header;
  const plan = await readJson(folder, 'plan.json', planSchema);
  if (!plan.ok) return plan;
  const claims = await readText(folder, 'claims.yaml');
  if (!claims.ok) return claims;

  const end = (await exists(join(folder, 'end.json'))) ? await readJson(folder, 'end.json', endSchema) : undefined;
  if (end && !end.ok) damage.push(end.error);
  const sums = end?.ok ? end.value.sha256 : undefined;
  if (sums) {
    for (const [name, sum] of Object.entries(sums)) {
      const text = await readText(folder, name);
      if (!text.ok) damage.push(text.error);
      else if (sha256(text.value) !== sum) damage.push(altered(name, sum, sha256(text.value)));
    }
  }
  const distrusted = new Set(damage.map(error => error.artefact));

  const trials: StoredRun['trials'][number][] = [];
  const folders = (await readdir(join(folder, 'trials')).catch(() => [])).sort();
  for (const planned of plan.value.trials) {
    const name = trialFolderName(planned);
    if (!folders.includes(name)) continue;
    const path = `trials/${name}`;
    const recordFile = `${path}/trial.json`;
    const interrupted = (reason: string): void => {
      const record: TrialRecord = {
        planned,
        status: 'aborted',
        reason,
        startedAt: header.value.startedAt,
        durationSeconds: 0,
        readBack: [],
        auditBefore: [],
        auditAfter: [],
        artefacts: [],
      };
      trials.push({record, folder: path, artefacts: artefactsOf(path, new Map())});
    };
    if (!(await exists(join(folder, recordFile)))) {
      interrupted('the harness ended before this trial did');
      continue;
    }
    if (distrusted.has(recordFile)) {
      interrupted('its record is damaged');
      continue;
    }
    const record = await readJson(folder, recordFile, recordSchema);
    if (!record.ok) {
      damage.push(record.error);
      interrupted('its record cannot be read');
      continue;
    }
    const contents = new Map<string, Result<string, ParseError>>();
    for (const artefact of record.value.artefacts) {
      const file = `${path}/artefacts/${artefact.name}`;
      const text = await readText(folder, file);
      const checked: Result<string, ParseError> =
        text.ok && sha256(text.value) !== artefact.sha256
          ? {ok: false, error: altered(file, artefact.sha256, sha256(text.value))}
          : text;
      if (!checked.ok) damage.push(checked.error);
      contents.set(artefact.name, checked);
    }
    trials.push({record: record.value, folder: path, artefacts: artefactsOf(path, contents)});
  }

  const run: StoredRun = {header: header.value, plan: plan.value, trials, claims: claims.value, damage};
  if (end?.ok) run.ended = {status: end.value.status, at: end.value.at, reason: end.value.reason};
  return {ok: true, value: run};
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

function altered(file: string, expected: string, found: string): ParseError {
  return {
    artefact: file,
    path: '',
    expected: `sha256 ${expected}, as stored`,
    found: `sha256 ${found}: the file was altered`,
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

/** Aside, synced, renamed: never half a file under its name. */
async function writeWhole(path: string, content: string): Promise<void> {
  const aside = `${path}.writing`;
  const file = await open(aside, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, path);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function readText(folder: string, name: string): Promise<Result<string, ParseError>> {
  try {
    return {ok: true, value: await readFile(join(folder, name), 'utf8')};
  } catch (error) {
    const found = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return {ok: false, error: {artefact: name, path: '', expected: `a readable file in ${folder}`, found}};
  }
}

async function readJson<T>(folder: string, name: string, schema: z.ZodType<T>): Promise<Result<T, ParseError>> {
  const text = await readText(folder, name);
  if (!text.ok) return text;
  let value: unknown;
  try {
    value = JSON.parse(text.value);
  } catch (error) {
    return {
      ok: false,
      error: {
        artefact: name,
        path: '',
        expected: 'JSON',
        found: error instanceof Error ? error.message : String(error),
      },
    };
  }
  const checked = schema.safeParse(value);
  if (checked.success) return {ok: true, value: checked.data};
  const issue = checked.error.issues[0];
  return {
    ok: false,
    error: {
      artefact: name,
      path: `/${issue?.path.join('/') ?? ''}`,
      expected: issue === undefined ? 'the layout of a stored run' : expectedOf(issue),
      found: 'something else',
    },
  };
}

// ───────────────────────────── what is read is checked ─────────────────────────────

const storage = z.enum(['ceph', 'nbd', 'none']);
const setting = z.object({
  id: z.string(),
  driver: z.enum(['domain', 'corosync', 'resource', 'ceph', 'link', 'property']),
  key: z.string(),
  value: z.string(),
  why: z.string(),
  needs: storage.exactOptional(),
});
const headerSchema: z.ZodType<RunHeader> = z.object({
  schema: z.literal('seatrial-run/1'),
  id: z.string(),
  seatrialVersion: z.string(),
  commit: z.string(),
  startedAt: z.string(),
  cluster: z.string(),
  suite: z.string(),
  only: z.array(z.string()).exactOptional(),
  confirms: z.string().exactOptional(),
  quick: z.boolean(),
  seed: z.number(),
  storage,
  hardware: z.object({emulated: z.boolean(), shared: z.boolean(), note: z.string()}),
  nodes: z.array(z.string()),
  guests: z.array(z.string()),
  profiles: z.array(z.object({name: z.string(), title: z.string(), settings: z.array(setting)})),
  fingerprints: z.array(z.object({host: z.string(), facts: z.record(z.string(), z.string())})),
});
const plannedSchema: z.ZodType<PlannedTrial> = z.object({
  slot: z.int().positive(),
  scenario: z.string(),
  profile: z.string(),
  repetition: z.int().positive(),
  parameters: z.record(z.string(), z.union([z.number(), z.string(), z.array(z.string())])),
  estimatedSeconds: z.number(),
});
const planSchema: z.ZodType<Plan> = z.object({
  seed: z.number(),
  profiles: z.array(z.string()),
  trials: z.array(plannedSchema),
  notApplicable: z.array(z.object({scenario: z.string(), reason: z.string()})),
});
const finding = z.object({
  severity: z.enum(['critical', 'warning']),
  invariant: z.string(),
  detail: z.string(),
  artefact: z.string().exactOptional(),
});
const recordSchema: z.ZodType<TrialRecord> = z.object({
  planned: plannedSchema,
  status: z.enum(['done', 'aborted', 'unhealed', 'failed']),
  reason: z.string(),
  startedAt: z.string(),
  durationSeconds: z.number(),
  readBack: z.array(
    z.object({id: z.string(), where: z.string(), asked: z.string(), found: z.string(), agrees: z.boolean()}),
  ),
  auditBefore: z.array(finding),
  auditAfter: z.array(finding),
  artefacts: z.array(z.object({name: z.string().regex(artefactName), bytes: z.int(), sha256: z.string()})),
});
const endSchema = z.object({
  status: z.enum(['complete', 'aborted', 'unhealed']),
  reason: z.string(),
  at: z.string(),
  sha256: z.record(z.string(), z.string()),
});
