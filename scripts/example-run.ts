/** For tests: a run that keeps its promise, made of one recorded trial; and what somebody may do to a stored run afterwards. */
import {createHash} from 'node:crypto';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {trialFolderName} from '../harness/run-damage.ts';
import {createRun} from '../harness/store.ts';
import type {PlannedTrial, RunHeader, TrialRecord} from '../harness/types.ts';
import {storedTrial} from '../suites/stored.ts';

export const easyRegister = (bound: string) => `claims:
  - id: sto.iops
    title: Random reads are served
    figure: many
    source: a test
    targets:
      - id: sto.iops.randread
        metric: storage.iops
        where: { scenario: storage/fio, profile: tuned, pattern: randread, direction: read }
        statistic: median
        bound: "${bound}"
        confidence: 0.95
        source: a test
`;

export interface ExampleRun {
  trials: number;
  id?: string;
  /** Every trial holds the very bytes of the first. */
  copies?: true;
  /** Hours before now that it began. */
  hoursAgo?: number;
  header?: Partial<RunHeader>;
  bound?: string;
}

/** Stores such a run in `folder`, as the harness does. Each trial takes a minute; their artefacts differ by a space at their end. */
export async function exampleRun(folder: string, asked: ExampleRun): Promise<void> {
  const {planned: recorded, artefacts} = await storedTrial('storage/fio', 'tuned');
  const startMs = Date.now() - 3_600_000 * (asked.hoursAgo ?? 2);
  const trials = Array.from(
    {length: asked.trials},
    (_, index): PlannedTrial => ({...recorded, slot: index + 1, repetition: index + 1}),
  );
  const header: RunHeader = {
    schema: 'seatrial-run/1',
    id: 'example',
    seatrialVersion: '0.1.0',
    commit: '',
    startedAt: new Date(startMs).toISOString(),
    cluster: 'example',
    suite: 'nightly',
    sums: 'twice',
    quick: false,
    seed: 1,
    storage: 'ceph',
    hardware: {emulated: false, shared: false, note: 'an example'},
    nodes: ['n1', 'n2', 'n3'],
    guests: ['vm1', 'vm2'],
    profiles: [],
    fingerprints: [],
    ...(asked.id === undefined ? {} : {id: asked.id}),
    ...asked.header,
  };
  const plan = {seed: header.seed, profiles: ['tuned'], trials, notApplicable: []};
  const store = await createRun(folder, header, plan, easyRegister(asked.bound ?? '>= 1 op/s'));
  for (const planned of trials) {
    const trial = await store.openTrial(planned);
    for (const name of artefacts.names) {
      const text = artefacts.text(name);
      if (text.ok) await trial.keep(name, text.value + (asked.copies ? '' : ' '.repeat(planned.slot)));
    }
    const record: TrialRecord = {
      planned,
      status: 'done',
      reason: '',
      startedAt: new Date(startMs + 60_000 * (asked.copies ? 1 : planned.slot)).toISOString(),
      durationSeconds: 50,
      readBack: [],
      auditBefore: [],
      auditAfter: [],
      artefacts: trial.artefacts(),
    };
    await trial.end(record);
  }
  await store.end('complete', '');
}

/** Rewrites a file of a run. */
export function rewrite(folder: string, name: string, change: (text: string) => string): void {
  const path = join(folder, name);
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`${name} was to be changed and is as it was`);
  writeFileSync(path, after);
}

/** Mends every sum in end.json to what lies there now; sums of files that are gone are struck out. */
export function mendSums(folder: string): void {
  rewrite(folder, 'end.json', text => {
    const end = JSON.parse(text);
    for (const name of Object.keys(end.sha256)) {
      const path = join(folder, name);
      if (existsSync(path)) end.sha256[name] = createHash('sha256').update(readFileSync(path)).digest('hex');
      else delete end.sha256[name];
    }
    return `${JSON.stringify(end, null, 1)}\n`;
  });
}

/** Strikes a trial from the plan and gives back the name of its folder. */
export function strikeFromPlan(folder: string, slot: number): string {
  let struck = '';
  rewrite(folder, 'plan.json', text => {
    const plan = JSON.parse(text);
    const trial = plan.trials.find((one: PlannedTrial) => one.slot === slot);
    struck = `trials/${trialFolderName(trial)}`;
    return `${JSON.stringify({...plan, trials: plan.trials.filter((one: PlannedTrial) => one !== trial)}, null, 1)}\n`;
  });
  return struck;
}
