/** For tests: trials of the stored run, and copies of their artefacts with something done to them. */
import {join} from 'node:path';
import {readRun} from '../harness/store.ts';
import type {Artefacts, PlannedTrial} from '../harness/types.ts';

const folder = join(import.meta.dirname, '../fixtures/runs/quick');

export interface StoredTrial {
  planned: PlannedTrial;
  artefacts: Artefacts;
}

/** The trial of that scenario in that profile. Throws when the stored run has none. */
export async function storedTrial(scenario: string, profile: string): Promise<StoredTrial> {
  const run = await readRun(folder);
  if (!run.ok) throw new Error(`${run.error.artefact}: ${run.error.found}`);
  const trial = run.value.trials.find(
    ({record: {planned}}) => planned.scenario === scenario && planned.profile === profile,
  );
  if (!trial) throw new Error(`no ${scenario} in ${profile}`);
  return {planned: trial.record.planned, artefacts: trial.artefacts};
}

/** The same artefacts, one of them changed; `undefined` takes it away. */
export function altered(artefacts: Artefacts, name: string, change: (text: string) => string | undefined): Artefacts {
  const before = artefacts.text(name);
  const after = before.ok ? change(before.value) : undefined;
  return {
    names: artefacts.names.filter(each => each !== name || after !== undefined),
    text(asked) {
      if (asked !== name) return artefacts.text(asked);
      if (after !== undefined) return {ok: true, value: after};
      return {ok: false, error: {artefact: name, path: '', expected: 'an artefact of this trial', found: 'nothing'}};
    },
  };
}
