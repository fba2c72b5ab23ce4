/**
 * The ground of a planted fault: a lab of its own, and one trial on it by the way that every run goes, from the
 * journal to the stored run.
 */
import {existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type LabOptions, labDown, labUp} from '../../harness/lab/index.ts';
import {identify, lives, type ProcessIdentity, processesMarked} from '../../harness/lab/proc.ts';
import {openJournal} from '../../harness/run/journal.ts';
import {lifecycle} from '../../harness/run/lifecycle.ts';
import {type RunEnd, runPlan} from '../../harness/run/run.ts';
import {createRun, readRun} from '../../harness/run/store.ts';
import type {Cluster, Parameters, Plan, PlannedTrial, Profile, Scenario, StoredRun} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';

export interface Ground {
  name: string;
  /** State of the lab, and runs. */
  folder: string;
  cluster: Cluster;
  /** Ends the lab and gives back what is left of it, which should be nothing. */
  leave(): Promise<readonly string[]>;
}

/**
 * A lab, on the light store unless told otherwise, in a folder of its own. Its nodes take their time to start, as a
 * lab's do: one that is back before its fence is told takes the word for a second fence of its own, and stays away.
 */
export async function groundFor(
  name: string,
  guests: number,
  say: (text: string) => void,
  storage: 'nbd' | 'ceph' = 'nbd',
  more: Pick<LabOptions, 'monitoring' | 'fabric' | 'bond' | 'links'> = {},
): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-planted-'));
  const options = {name, nodes: 3, storage, guests, stateRoot: folder, ...more} as const;
  const up = await labUp(options, say, AbortSignal.timeout(180_000));
  if (!up.ok) {
    rmSync(folder, {recursive: true, force: true});
    throw new Error(up.error.sentence);
  }
  const state = join(folder, name);
  return {
    name,
    folder,
    cluster: up.value,
    async leave() {
      const before = inhabitants(state);
      const down = await labDown(name, folder);
      const left = [...(down.ok ? [] : [down.error.sentence]), ...(await remains(state, before))];
      rmSync(folder, {recursive: true, force: true});
      return left;
    },
  };
}

/**
 * Every process that carries the lab's mark or lives in one of its namespaces, as a command that was sent into a
 * host does.
 */
export function inhabitants(state: string): readonly ProcessIdentity[] {
  const own = new Set(namespacesOf('self'));
  const marked = processesMarked(`SEATRIAL_RACK=${state}`);
  const ofTheLab = new Set(marked.flatMap(({pid}) => namespacesOf(String(pid))).filter(each => !own.has(each)));
  return readdirSync('/proc')
    .filter(pid => /^\d+$/.test(pid) && namespacesOf(pid).some(each => ofTheLab.has(each)))
    .flatMap(pid => identify(Number(pid)) ?? []);
}

function namespacesOf(pid: string): string[] {
  return ['mnt', 'net', 'pid', 'uts', 'ipc'].flatMap(kind => {
    try {
      return [readlinkSync(`/proc/${pid}/ns/${kind}`)];
    } catch {
      return [];
    }
  });
}

/**
 * Everything on this machine that is left of a lab. `before` are its inhabitants from before it went down: with the
 * last of them a namespace goes, so they stand for the namespaces too, whose numbers are soon used again by others.
 */
export async function remains(state: string, before: readonly ProcessIdentity[]): Promise<readonly string[]> {
  // A command that was under way in a host ends with it, and its parent out here a moment later.
  await waitFor('the inhabitants to end', 3_000, async () => (before.some(each => lives(each)) ? undefined : true));
  return [
    ...before.filter(each => lives(each)).map(({pid}) => `process ${pid}`),
    ...inhabitants(state).map(({pid}) => `process ${pid}`),
    ...readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter(line => line.includes(state))
      .map(line => `mount ${line}`),
    ...(existsSync(state) ? [`folder ${state}`] : []),
  ];
}

/** Nothing is tuned here: the lab as it was built. */
const asBuilt: Profile = {name: 'as-built', title: 'As the lab was built', settings: []};

/**
 * One trial as a run of its own, read back from its folder. After `deadlineMs` it is stopped, healed and stored as
 * aborted.
 */
export async function tryOnce(
  ground: Ground,
  scenario: Scenario,
  parameters: Parameters,
  deadlineMs: number,
  say: (text: string) => void,
): Promise<{run: StoredRun; end: RunEnd}> {
  const {cluster} = ground;
  const folder = mkdtempSync(join(ground.folder, 'run-'));
  const planned: PlannedTrial = {
    slot: 1,
    scenario: scenario.name,
    profile: asBuilt.name,
    repetition: 1,
    parameters,
    estimatedSeconds: scenario.estimateSeconds(parameters),
  };
  const plan: Plan = {seed: 1, profiles: [asBuilt.name], trials: [planned], notApplicable: []};
  const header = {
    schema: 'seatrial-run/1' as const,
    id: scenario.name,
    seatrialVersion: '',
    commit: '',
    startedAt: new Date().toISOString(),
    cluster: cluster.name,
    suite: 'planted',
    quick: true,
    seed: plan.seed,
    storage: cluster.storage,
    hardware: cluster.hardware,
    nodes: cluster.nodes.map(node => node.name),
    guests: cluster.guests.map(guest => guest.name),
    profiles: [asBuilt],
    fingerprints: [],
  };
  const store = await createRun(folder, header, plan, 'claims: []\n');
  const journal = await openJournal(join(ground.folder, 'journal'), cluster.name);
  if (!journal.ok) throw new Error(journal.error);
  try {
    const end = await runPlan({
      plan,
      cluster,
      scenarios: [scenario],
      profiles: [asBuilt],
      store,
      journal: journal.value,
      lifecycle,
      progress: event => {
        if (event.kind === 'said') say(`${event.host ?? ''} ${event.text}`);
      },
      signal: AbortSignal.timeout(deadlineMs),
    });
    const run = await readRun(folder);
    if (!run.ok) throw new Error(`${run.error.artefact}: ${run.error.found}`);
    return {run: run.value, end};
  } finally {
    await journal.value.release();
  }
}
