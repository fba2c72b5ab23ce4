/**
 * Going on with a run that was interrupted. What was stored stays as it is, and counts once: only trials that somebody
 * stopped, or that the harness died in, are tried anew, each in its own slot, so that the interleaving is kept.
 */
import {createHash} from 'node:crypto';
import {readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {writeWhole} from '../files.ts';
import {readJson} from '../parse/json.ts';
import {type RunEvent, runEvent, trialRecord} from '../schema.ts';
import type {PlannedTrial, Resumption, StoredRun} from '../types.ts';
import {eventsName, recordName, trialFolderName} from './damage.ts';
import {manifestName, remadeFolder} from './manifest.ts';
import {endOf, eventsOf, type RunStore, storeIn} from './store.ts';

/** The trials that are to come: those never begun, and those that were interrupted. In the order of the plan. */
export function openTrials({plan, trials}: StoredRun): readonly PlannedTrial[] {
  const over = new Set(trials.filter(({record}) => record.interrupted !== true).map(({record}) => record.planned.slot));
  return plan.trials.filter(({slot}) => !over.has(slot));
}

/** Of those, the slots that are tried anew. */
export function slotsAnew(run: StoredRun): readonly number[] {
  const begun = new Set(run.trials.map(({record}) => record.planned.slot));
  return openTrials(run).flatMap(({slot}) => (begun.has(slot) ? [slot] : []));
}

/** Why a run is not gone on with, by what is stored of it: a sentence. */
export function resumeRefusal(run: StoredRun): string | undefined {
  const [first] = run.damage;
  if (first !== undefined)
    return `it is not as it was stored: ${first.artefact}: expected ${first.expected}, found ${first.found}`;
  if (run.ended?.status === 'complete') return 'it is complete: every planned trial has been tried';
  const unhealed = run.trials.find(({record}) => record.status === 'unhealed');
  if (run.ended?.status === 'unhealed' || unhealed !== undefined)
    return 'it ended unhealed, and stays so: what came of that is a result of this run';
  return undefined;
}

/** The last that was heard of a run: a line of its history. ISO 8601. */
export async function lastHeard(folder: string): Promise<string> {
  const {events} = await historyOf(folder);
  return events.at(-1)?.at ?? '';
}

/**
 * Opens a stored run for its next stretch. Its end is taken back (end.json; the line in events.jsonl stays), with the
 * manifest and the reports that were made of it. A crash in the middle of this leaves a run that can be resumed. The
 * run must be without damage.
 */
export async function resumeRun(folder: string, run: StoredRun, resumption: Resumption): Promise<RunStore> {
  for (const name of [manifestName, remadeFolder, 'end.json'])
    await rm(join(folder, name), {recursive: true, force: true});
  const {lines, events} = await historyOf(folder);
  // A torn tail would glue itself to the next line.
  await writeWhole(join(folder, eventsName), lines.map(line => `${line}\n`).join(''));
  const event = eventsOf(folder);
  const sums: Record<string, string> = {};
  for (const name of ['run.json', 'plan.json', 'claims.yaml']) sums[name] = await sumOf(folder, name);
  for (const [name, end] of await endsIn(folder, run, sums)) {
    const told = events.some(line => line.kind === 'trial-ended' && line.sha256 === sums[name]);
    // A harness that was killed may have had no time for the line.
    if (!told) await event('trial-ended', end);
  }
  await event('resumed', {...resumption});
  return storeIn(folder, sums, event);
}

/** The records that are there, by name, as events.jsonl tells their end; their sums are added. */
async function endsIn(
  folder: string,
  run: StoredRun,
  sums: Record<string, string>,
): Promise<ReadonlyMap<string, Record<string, unknown>>> {
  const ends = new Map<string, Record<string, unknown>>();
  const tried = [...run.trials, ...(run.resumed?.interrupted ?? [])].map(trial => trial.folder);
  for (const planned of run.plan.trials) {
    for (let attempt = 1; tried.includes(`trials/${trialFolderName(planned, attempt)}`); attempt += 1) {
      const name = recordName(planned, attempt);
      const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
      const record = text === undefined ? undefined : readJson(text, name, trialRecord);
      if (text === undefined || !record?.ok) continue;
      const sum = await sumOf(folder, name);
      sums[name] = sum;
      ends.set(name, endOf(record.value, attempt, sum));
    }
  }
  return ends;
}

/** The lines of the history without a torn last one, as they stand there and as they are read. */
async function historyOf(folder: string): Promise<{lines: readonly string[]; events: readonly RunEvent[]}> {
  const text = await readFile(join(folder, eventsName), 'utf8');
  const read = text.split('\n').flatMap(line => {
    const event = readJson(line, eventsName, runEvent);
    return event.ok ? [{line, event: event.value}] : [];
  });
  return {lines: read.map(({line}) => line), events: read.map(({event}) => event)};
}

async function sumOf(folder: string, name: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(join(folder, name)))
    .digest('hex');
}
