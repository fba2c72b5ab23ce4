import type {z} from 'zod';
import {succeeded} from '../../harness/cluster/commands.ts';
import {scratchImage} from '../../harness/cluster/disk-source.ts';
import {
  imageGone,
  imageLay,
  imageOverwrite,
  imageSum,
  snapshotCreate,
  snapshotRemove,
  snapshotRollBack,
} from '../../harness/cluster/snapshots.ts';
import {type CephTarget, imageList} from '../../harness/cluster/storage.ts';
import {guestExec} from '../../harness/guest/exec.ts';
import {startLoad, stopLoad} from '../../harness/guest/rated-load.ts';
import {onCephHost} from '../../harness/storage/ceph-host.ts';
import type {Command, Guest, Parameters, Result, Scenario, Trial} from '../../harness/types.ts';
import {guestAt, nodeOf} from '../compute/place.ts';
import {expectsNothing} from '../expects.ts';
import {keepJson} from '../steps/artefacts.ts';
import {bytesOf} from '../steps/fio-load.ts';
import {parametersOf} from '../steps/parameters.ts';
import {pause} from '../steps/pause.ts';
import {
  logArtefact,
  measureSnapshot,
  rollBackSteps,
  type SnapshotRecord,
  snapshotArtefact,
  snapshotSettings,
  takenOf,
} from './snapshot-measure.ts';

type Settings = z.infer<typeof snapshotSettings>;

const full: Parameters = {perSecond: 200, restSeconds: 20, snapshots: 5, sizeMiB: 256};
const quick: Parameters = {perSecond: 50, restSeconds: 5, snapshots: 2, sizeMiB: 32};

/** How long the writer goes on by itself, should nobody stop it. */
const longestTakenSeconds = 120;

export const snapshot: Scenario = {
  name: 'storage/snapshot',
  family: 'storage',
  purpose: 'What a snapshot costs a guest that writes meanwhile, and whether a rollback gives back what was there.',
  needs: {guests: 1, scratch: true, storage: ['ceph']},
  // A snapshot of a guest's disk is taken, and an image of our own is made; both are removed.
  impact: () => 'disruptive',
  claims: [],
  provides: [
    'storage.snapshot-time',
    'storage.snapshot-stall',
    'storage.snapshot-rate',
    'storage.rollback-time',
    'storage.rollback-wrong',
  ],
  expects: expectsNothing,
  parameters: {full, quick},
  estimateSeconds(parameters) {
    const {restSeconds, snapshots, sizeMiB} = parametersOf(snapshotSettings, parameters);
    return 20 + (snapshots + 1) * (restSeconds + 3) + sizeMiB / 4;
  },
  preview(cluster, parameters) {
    const {sizeMiB} = parametersOf(snapshotSettings, parameters);
    const host = cluster.nodes[0]?.name ?? 'a node';
    const taken = snapshotCreate({pool: 'POOL', image: 'IMAGE', snapshot: 'seatrial-1'});
    const steps = stepsOf('POOL', 'seatrial-rollback', bytesOf(sizeMiB));
    return [taken, ...rollBackSteps.map(step => steps[step])].map(({argv}) => ({host, argv}));
  },
  async run(trial) {
    const asked = parametersOf(snapshotSettings, trial.planned.parameters);
    const guest = guestAt(trial.cluster);
    const node = await nodeOf(trial.cluster, guest);
    const image = must(await scratchImage(trial.cluster, guest, node));
    if (image.protocol !== 'rbd')
      throw new Error(`${guest.name} has its scratch disk in ${image.protocol}, not in RBD`);
    const target = must(await typesRbd(trial, image.pool));
    await takeUnderLoad(trial, {guest, target, pool: image.pool, image: image.image}, asked);
    await rollBack(trial, target, image.pool, bytesOf(asked.sizeMiB));
  },
  measure: measureSnapshot,
};

function must<T>(result: Result<T, string>): T {
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

/** A host that can type `rbd` by itself. */
function typesRbd({cluster}: Trial, pool: string): Promise<Result<CephTarget, string>> {
  return onCephHost(cluster, async target => {
    const seen = await imageList(target, pool);
    return seen.ok ? {ok: true, value: target} : seen;
  });
}

interface Place {
  guest: Guest;
  target: CephTarget;
  pool: string;
  image: string;
}

async function takeUnderLoad(trial: Trial, {guest, target, ...of}: Place, asked: Settings): Promise<void> {
  const {cluster, planned} = trial;
  const {perSecond, restSeconds, snapshots} = asked;
  const seconds = (snapshots + 1) * (restSeconds + longestTakenSeconds);
  trial.say(`${perSecond} writes a second in ${guest.name}`);
  must(await startLoad(cluster, guest, {perSecond, seconds}));
  const record: SnapshotRecord = {guest: guest.name, taken: []};
  try {
    for (let index = 1; index <= snapshots; index++) {
      await pause(trial, restSeconds);
      const snapshot = `seatrial-${planned.slot}-${index}`;
      const gone = await trial.leave({what: 'snapshot', ...of, snapshot});
      trial.say(`snapshot ${index} of ${snapshots} of ${of.pool}/${of.image}`, target.host.name);
      const fromSeconds = await uptimeOf(trial, guest);
      await trial.record(takenOf(index), target.host, snapshotCreate({...of, snapshot}));
      record.taken.push({fromSeconds, untilSeconds: await uptimeOf(trial, guest)});
      must(await snapshotRemove(target, {...of, snapshot}));
      await gone();
    }
    await pause(trial, restSeconds);
  } finally {
    const done = await stopLoad(cluster, guest);
    await trial.keep(logArtefact, done.ok ? done.value.log : '');
    await keepJson(trial, snapshotArtefact, done.ok ? record : {...record, why: done.error});
  }
}

/** The clock of the guest's log. Asked before the order and after its end, it holds the whole of the snapshot. */
async function uptimeOf({cluster}: Trial, guest: Guest): Promise<number> {
  const outcome = await guestExec(cluster, guest, {argv: ['cat', '/proc/uptime'], timeoutMs: 30_000});
  const seconds = Number(outcome.stdout.split(' ')[0]);
  if (succeeded(outcome) && seconds > 0) return seconds;
  throw new Error(`${guest.name} does not say how long it has been up`);
}

function stepsOf(
  pool: string,
  image: string,
  bytes: number,
): Readonly<Record<(typeof rollBackSteps)[number], Command>> {
  const snapshot = {pool, image, snapshot: 'seatrial-before'};
  return {
    laid: imageLay(pool, image, bytes),
    before: imageSum(pool, image),
    taken: snapshotCreate(snapshot),
    changed: imageOverwrite(pool, image, bytes),
    'changed-sum': imageSum(pool, image),
    'rolled-back': snapshotRollBack(snapshot),
    after: imageSum(pool, image),
  };
}

/** On an image of our own: that of a guest that runs is nobody's to roll back. */
async function rollBack(trial: Trial, target: CephTarget, pool: string, bytes: number): Promise<void> {
  const image = `seatrial-rollback-${trial.planned.slot}`;
  const gone = await trial.leave({what: 'image', pool, image});
  must(await imageGone(target, pool, image));
  trial.say(`an image of ${bytes} bytes is laid, written over and rolled back`, target.host.name);
  const steps = stepsOf(pool, image, bytes);
  for (const step of rollBackSteps) {
    if (trial.signal.aborted) throw new Error('interrupted');
    await trial.record(`rollback-${step}.txt`, target.host, steps[step]);
  }
  must(await imageGone(target, pool, image));
  await gone();
}
