import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedArtefacts} from '../../fixtures/kit/recorded-artefacts.ts';
import {altered} from '../../fixtures/kit/stored-run.ts';
import type {Artefacts} from '../../harness/types.ts';
import {noisyNeighbours} from './neighbour.ts';
import type {NeighbourRecord} from './neighbour-measure.ts';

const [noisyNeighbour] = noisyNeighbours;
if (noisyNeighbour === undefined) throw new Error('no such scenario');
/** Recorded on a lab: two emulated guests on one machine of two processors. */
const recorded = recordedArtefacts('compute-neighbour');
const planned = plannedTrial({scenario: noisyNeighbour.name, parameters: noisyNeighbour.parameters.quick});
const measure = (raw: Artefacts) => noisyNeighbour.measure(raw, planned);
const of = (raw: Artefacts, metric: string, label?: string) =>
  measure(raw).samples.find(
    each => each.metric === metric && (label === undefined || Object.values(each.labels).includes(label)),
  )?.value;

/** With something done to the record. */
function changed(change: (record: NeighbourRecord) => void): Artefacts {
  return altered(recorded, 'neighbour.json', text => {
    const record: NeighbourRecord = JSON.parse(text);
    change(record);
    return JSON.stringify(record);
  });
}
const limited = (record: NeighbourRecord) => {
  const phase = record.phases.find(each => each.phase === 'limited');
  if (phase === undefined) throw new Error('no such phase');
  return phase;
};

test('a guest has its own pace in each phase, and the neighbour what it burned', t => {
  const {problems, samples} = measure(recorded);
  t.deepEqual(problems, []);
  for (const phase of ['alone', 'unlimited', 'limited'])
    for (const metric of ['compute.pace', 'compute.lateness', 'compute.run-delay'])
      t.true((of(recorded, metric, phase) ?? -1) >= 0, `${metric} ${phase}`);
  t.true((of(recorded, 'compute.burned', 'unlimited') ?? 0) > 0);
  t.is(of(recorded, 'compute.burned', 'alone'), undefined);
  t.is(of(recorded, 'compute.outside'), 0);
  // As found no owner has limited anything there: two processors of two are no limit.
  t.deepEqual(
    samples.filter(({metric}) => metric === 'compute.unlimited').map(({labels, value}) => [labels.resource, value]),
    [
      ['processors', 2],
      ['memory', 2],
    ],
  );
});

test('guests that their owner holds to fewer processors and to 32 GiB are limited', t => {
  const held = changed(({phases}) => {
    for (const look of phases.find(({phase}) => phase === 'alone')?.looks ?? [])
      for (const guest of ['quiet', 'loud'] as const)
        look[guest] = look[guest]
          .replaceAll(/^thread (\d+) \S+/gm, 'thread $1 0')
          .replace(/^end$/m, 'memory 34359738368\nend');
  });
  t.is(of(held, 'compute.unlimited', 'processors'), 0);
  t.is(of(held, 'compute.unlimited', 'memory'), 0);
  const tooMuch = changed(({phases}) => {
    for (const look of phases[0]?.looks ?? []) look.loud = look.loud.replace(/^end$/m, 'memory 68719476736\nend');
  });
  t.is(of(tooMuch, 'compute.unlimited', 'memory'), 2);
});

test('a neighbour that is seen to run where it may not is counted; an idle thread is not', t => {
  const onOther = (run: boolean) =>
    changed(record => {
      const last = limited(record).looks.at(-1);
      if (last === undefined) throw new Error('no look');
      last.loud = last.loud.replace(/^thread \d+ (\S+) (\d+) (.*CPU 0.*)$/m, (_, allowed, ran, rest) => {
        const other = allowed === '0' ? 1 : 0;
        return `thread ${other} ${allowed} ${run ? Number(ran) + 1e9 : ranBefore(record)} ${rest}`;
      });
    });
  t.is(of(onOther(true), 'compute.outside'), 1);
  t.is(of(onOther(false), 'compute.outside'), 0);
});

function ranBefore(record: NeighbourRecord): string {
  return /^thread \d+ \S+ (\d+) .*CPU 0/m.exec(limited(record).looks.at(-2)?.loud ?? '')?.[1] ?? '';
}

test('a limit that is not in force, or a neighbour that did not burn all the while, gives no number', t => {
  const free = changed(record => {
    for (const look of limited(record).looks) look.loud = look.loud.replaceAll(/^thread (\d+) \S+/gm, 'thread $1 0-1');
  });
  t.is(of(free, 'compute.outside'), undefined);
  t.regex(JSON.stringify(measure(free).problems), /held to/);
  const short = changed(record => {
    const {burning} = limited(record);
    if (burning !== undefined) burning.untilSeconds = burning.fromSeconds + 0.1;
  });
  t.is(of(short, 'compute.pace', 'limited'), undefined);
  t.regex(JSON.stringify(measure(short).problems), /a neighbour that burns/);
  const cut = altered(recorded, 'pace-alone.txt', text => text.slice(0, 100));
  t.is(of(cut, 'compute.pace', 'alone'), undefined);
  t.true(measure(cut).problems.length > 0);
});

/** The same, with control groups: of version 1, made by seatrial, since libvirt has none in a lab. */
const inGroups = recordedArtefacts('compute-neighbour-cgroup');
const [, byGroups] = noisyNeighbours;

test('control groups: processors and memory are both read back, or nobody was held', t => {
  const outsideOf = (raw: Artefacts) =>
    byGroups?.measure(raw, planned).samples.find(({metric}) => metric === 'compute.outside')?.value;
  t.deepEqual(byGroups?.measure(inGroups, planned).problems, []);
  t.is(outsideOf(inGroups), 0);
  const changing = (change: (loud: string) => string) =>
    altered(inGroups, 'neighbour.json', text => {
      const record: NeighbourRecord = JSON.parse(text);
      for (const look of limited(record).looks.slice(-1)) look.loud = change(look.loud);
      return JSON.stringify(record);
    });
  for (const raw of [
    changing(loud => loud.replaceAll(/^memory .*\n/gm, '')),
    changing(loud => loud.replaceAll(/^memory .*$/gm, 'memory 68719476736')),
    changing(loud => loud.replaceAll(/^thread (\d+) \S+/gm, 'thread $1 0-1')),
  ]) {
    t.is(outsideOf(raw), undefined);
    t.regex(JSON.stringify(byGroups?.measure(raw, planned).problems), /held to/);
  }
});
