/** What a trial of stores beside each other measures, from its artefacts alone. Pure. */
import {z} from 'zod';
import {
  type Artefacts,
  type Measured,
  type ParseError,
  type Result,
  type Sample,
  storeKinds,
} from '../../harness/types.ts';
import {emulatedFindings, placeKept} from '../compute/place.ts';
import {jsonArtefact} from '../steps/artefacts.ts';
import {fioReport, saturatedFindings} from '../steps/fio-report.ts';
import {fioSamples} from '../steps/fio-samples.ts';
import {ofAll, onlyProblems, together} from '../steps/measured.ts';

export const directions = ['read', 'write'] as const;
export type Direction = (typeof directions)[number];

/** One job over a store, and over the null disk just before. Writes are durable ones. */
export interface Job {
  depth: number;
  direction: Direction;
}

export const storesArtefact = 'stores.json';
export const fillArtefact = (store: string): string => `fill-${store}.json`;
export const artefactOf = (store: string, {depth, direction}: Job, which: 'control' | 'store' = 'store'): string =>
  `${store}-depth${depth}-${direction}${which === 'control' ? '-control' : ''}.json`;

const visited = z.object({
  name: z.string(),
  kind: z.enum(storeKinds),
  servers: z.array(z.string()).readonly(),
  /** Why it was not measured. */
  refused: z.string().exactOptional(),
});
export type Visited = z.infer<typeof visited>;
const schema = z.object({server: z.string(), control: z.string(), stores: z.array(visited).min(1)});
type Kept = z.infer<typeof schema>;

/** Of the null disk's rate: a store that comes so near to it may be as fast as one likes, or as fast as the guest. */
const tellable = 0.9;

export function measureBackends(raw: Artefacts, jobs: readonly Job[], seconds: number): Measured {
  const kept = jsonArtefact(raw, storesArtefact, schema);
  const place = placeKept(raw);
  if (!kept.ok || !place.ok) return onlyProblems(...[kept, place].flatMap(each => (each.ok ? [] : [each.error])));
  const parts = kept.value.stores.map(store => measureStore(raw, kept.value, store, jobs, seconds));
  const controls = jobs.map(job => controlSamples(raw, kept.value, job, seconds));
  // Two stores of a kind speak for one promise: the one that was left out may be the worse.
  const alike = [...Map.groupBy(kept.value.stores, ({kind}) => kind).values()];
  const told = alike.reduce(
    (all, some) =>
      ofAll(
        some.map(({name}) => name),
        all,
        storesArtefact,
        'store',
      ),
    together(parts),
  );
  return together([told, ...controls, {samples: [], problems: [], findings: emulatedFindings(place.value)}]);
}

function measureStore(raw: Artefacts, kept: Kept, store: Visited, jobs: readonly Job[], seconds: number): Measured {
  const problem = (expected: string, found: string): ParseError => ({
    artefact: storesArtefact,
    path: store.name,
    expected,
    found,
  });
  if (store.refused !== undefined) return onlyProblems(problem('a store that may be measured', store.refused));
  // A fill that failed leaves holes: reads of them say nothing about the store.
  const filled = fioReport(raw, fillArtefact(store.name), {clients: 1, servers: [kept.server]});
  if (!filled.ok) return onlyProblems(...filled.error);
  return together(jobs.map(job => measureJob(raw, kept, store, job, seconds)));
}

interface Read {
  samples: readonly Sample[];
  iops: number;
  findings: Measured['findings'];
}

function readJob(
  raw: Artefacts,
  {server}: Kept,
  artefact: string,
  {direction}: Job,
  seconds: number,
): Result<Read, readonly ParseError[]> {
  const report = fioReport(raw, artefact, {clients: 1, servers: [server], requestedRuntimeSeconds: seconds});
  if (!report.ok) return report;
  const samples = fioSamples(report.value.report, artefact, patternOf(direction), [direction]);
  if (!samples.ok) return {ok: false, error: [samples.error]};
  const iops = samples.value.find(({metric}) => metric === 'storage.iops')?.value ?? 0;
  return {ok: true, value: {samples: samples.value, iops, findings: saturatedFindings(report.value, artefact)}};
}

const patternOf = (direction: Direction): string => (direction === 'read' ? 'randread' : 'randwrite-durable');

function measureJob(raw: Artefacts, kept: Kept, store: Visited, job: Job, seconds: number): Measured {
  const artefact = artefactOf(store.name, job);
  const own = readJob(raw, kept, artefact, job, seconds);
  const control = readJob(raw, kept, artefactOf(store.name, job, 'control'), job, seconds);
  if (!own.ok || !control.ok) return onlyProblems(...[own, control].flatMap(each => (each.ok ? [] : each.error)));
  const {findings} = own.value;
  const share = own.value.iops / control.value.iops;
  if (!(share < tellable)) {
    const expected = `fewer than ${tellable} of the ${Math.round(control.value.iops)} op/s of the null disk`;
    const found = `${Math.round(own.value.iops)} op/s: not judged above the control`;
    return {...onlyProblems({artefact, path: 'iops', expected, found}), findings};
  }
  const labels = labelsOf(store, job);
  const from = {artefact, path: 'iops, over that of the null disk just before'};
  const shared: Sample = {
    metric: 'storage.share',
    unit: 'ratio',
    value: share,
    labels: {...labels, pattern: patternOf(job.direction), direction: job.direction},
    from,
  };
  return {samples: [...labelled(own.value.samples, labels), shared], problems: [], findings};
}

/** Its rate, as a mean over every time that it was loaded: beside the stores, and never a store. */
function controlSamples(raw: Artefacts, kept: Kept, job: Job, seconds: number): Measured {
  const read = kept.stores.flatMap(({name, refused}) => {
    if (refused !== undefined) return [];
    const control = readJob(raw, kept, artefactOf(name, job, 'control'), job, seconds);
    return control.ok ? [{artefact: artefactOf(name, job, 'control'), iops: control.value.iops}] : [];
  });
  const [first] = read;
  if (first === undefined) return onlyProblems();
  const value = read.reduce((sum, {iops}) => sum + iops, 0) / read.length;
  const labels = {
    ...labelsOf({name: kept.control, kind: 'null'}, job),
    pattern: patternOf(job.direction),
    direction: job.direction,
  };
  const from = {artefact: first.artefact, path: `iops, mean of ${read.length} jobs`};
  return {samples: [{metric: 'storage.iops', unit: 'op/s', value, labels, from}], problems: [], findings: []};
}

function labelsOf({name, kind}: Pick<Visited, 'name' | 'kind'>, {depth}: Job): Readonly<Record<string, string>> {
  return {store: name, kind, depth: String(depth)};
}

function labelled(samples: readonly Sample[], labels: Readonly<Record<string, string>>): readonly Sample[] {
  return samples.map(sample => ({...sample, labels: {...sample.labels, ...labels}}));
}
