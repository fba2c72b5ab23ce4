/**
 * Whether the store or who put the load on it was the limit: the processors of guests, client and nodes beside a load,
 * and whether what fio counted reached the guest's disk at all. Looking is part of `run`; the rest is pure.
 */
import {z} from 'zod';
import {watchGuest} from '../../harness/guest/looks.ts';
import {type GuestUse, parseGuestLooks} from '../../harness/parse/guest-looks.ts';
import type {Artefacts, Finding, Guest, Measured, ParseError, Result, Sample, Trial} from '../../harness/types.ts';
import {jsonArtefact, keepJson} from './artefacts.ts';
import {countedHosts, secondsOfLoad, usesDuring, withCounters} from './counters.ts';
import {onlyProblems} from './measured.ts';

/** Busier than that, and who puts the load on is the limit himself. */
const busiest = 0.9;
/** The node took so much from the guest that its figures say more of the node's processors than of the store. */
export const mostSteal = 0.1;
/** Of what fio counted at least so much must be seen by the disk: the two are not read in the same moment. */
const leastOnDisk = 0.5;

const looksOf = (load: string) => `looks-${load}.json`;
const countersOf = (load: string) => `counters-${load}.json`;
const schema = z.object({
  client: z.string(),
  guests: z.array(z.object({guest: z.string(), looks: z.string().exactOptional(), why: z.string().exactOptional()})),
});
type Looks = z.infer<typeof schema>;

/** Runs a load of about so many seconds, and looks at guests, client and nodes meanwhile; `load` names what is kept. */
export async function whileLookedAt<T>(
  trial: Trial,
  {load, guests, seconds}: {load: string; guests: readonly Guest[]; seconds: number},
  body: () => Promise<T>,
): Promise<T> {
  const {cluster} = trial;
  const looking = Promise.all(guests.map(guest => watchGuest(cluster, guest, seconds)));
  try {
    const hosts = countedHosts(cluster, undefined);
    return await withCounters(trial, countersOf(load), {hosts, seconds, what: 'processors'}, body);
  } finally {
    const seen = await looking;
    const told = guests.map((guest, index): Looks['guests'][number] => {
      const own = seen[index];
      if (own?.ok) return {guest: guest.name, looks: own.value};
      return {guest: guest.name, why: own?.error ?? 'nobody looked'};
    });
    await keepJson(trial, looksOf(load), {client: cluster.client.name, guests: told} satisfies Looks);
  }
}

export interface Generator {
  /** Why the figures are not the store's, in words; undefined where whoever put the load on had room. */
  limit: string | undefined;
  samples: readonly Sample[];
  guests: readonly (GuestUse & {guest: string})[];
  artefact: string;
}

/** Runs of before were not looked at: undefined for these. `labels`: of the load. */
export function generatorOf(
  raw: Artefacts,
  load: string,
  labels: Sample['labels'],
): Result<Generator, ParseError> | undefined {
  const artefact = looksOf(load);
  if (!raw.names.includes(artefact)) return undefined;
  const looks = jsonArtefact(raw, artefact, schema);
  if (!looks.ok) return looks;
  const uses = usesDuring(raw, countersOf(load));
  if (!uses.ok) return uses;
  const seconds = secondsOfLoad(raw, countersOf(load));
  if (!seconds.ok) return seconds;
  const guests: (GuestUse & {guest: string})[] = [];
  for (const {guest, looks: text, why} of looks.value.guests) {
    const expected = `what ${guest} did beside the load`;
    if (text === undefined) return {ok: false, error: {artefact, path: guest, expected, found: why ?? 'nothing'}};
    const read = parseGuestLooks(text, artefact, seconds.value);
    if (!read.ok) return {ok: false, error: {...read.error, path: `${guest} ${read.error.path}`.trim()}};
    guests.push({guest, ...read.value});
  }
  const hosts = uses.value.filter(({resource}) => resource === 'cpu');
  const client = hosts.find(({host}) => host === looks.value.client);
  if (client === undefined) {
    const expected = `two readings of the processors of ${looks.value.client} in the middle of the load`;
    return {ok: false, error: {artefact: countersOf(load), path: looks.value.client, expected, found: 'fewer'}};
  }
  const sample = (host: string, state: string, value: number, from: Sample['from']): Sample => ({
    metric: 'storage.cpu',
    unit: 'ratio',
    value,
    labels: {...labels, host, state},
    from,
  });
  const samples = [
    ...guests.flatMap(({guest, busy, steal}) => [
      sample(guest, 'busy', busy, {artefact, path: guest}),
      sample(guest, 'steal', steal, {artefact, path: guest}),
    ]),
    ...hosts.map(({host, ratio, path}) => sample(host, 'busy', ratio, {artefact: countersOf(load), path})),
  ];
  const limits = [
    ...guests.flatMap(({guest, busy, steal}) => [
      ...(busy >= busiest ? [`the processors of ${guest} were ${percent(busy)} busy`] : []),
      ...(steal >= mostSteal ? [`${guest} was kept waiting for a processor ${percent(steal)} of the time`] : []),
    ]),
    ...(client.ratio >= busiest ? [`the processors of ${client.host} were ${percent(client.ratio)} busy`] : []),
  ];
  const limit = limits.length === 0 ? undefined : limits.join('; ');
  return {ok: true, value: {limit, samples, guests, artefact}};
}

/** What fio counted over all guests. */
export interface Counted {
  direction: 'read' | 'write';
  /** Undefined where fio gave no rate. */
  perSecond: number | undefined;
}

/** As the samples of a load have it. */
export function countedIn(samples: readonly Sample[], directions: readonly Counted['direction'][]): readonly Counted[] {
  return directions.map(direction => {
    const rate = samples.find(({metric, labels}) => metric === 'storage.iops' && labels.direction === direction);
    return {direction, perSecond: rate?.value};
  });
}

/**
 * What was measured under the load, in the light of who put it on: of a generator at its limit rates are lower bounds,
 * and latencies are its own, under another name, so that no promise of the store is missed by them. Nothing is left of
 * figures where the guests' disks saw less than half of what fio counted.
 */
export function inLightOf(
  generator: Result<Generator, ParseError> | undefined,
  measured: Measured,
  counted: readonly Counted[],
): Measured {
  if (generator === undefined) return measured;
  const unknown = 'not known: whether the load or the store was the limit';
  const {limit, samples, artefact} = generator.ok
    ? generator.value
    : {limit: unknown, samples: [], artefact: generator.error.artefact};
  const problems = [...measured.problems, ...(generator.ok ? unseen(generator.value, counted) : [generator.error])];
  const findings = [...measured.findings];
  if (problems.length > measured.problems.length && generator.ok) return {...onlyProblems(...problems), findings};
  if (limit === undefined) return {samples: [...measured.samples, ...samples], problems, findings};
  return {
    samples: [...measured.samples.map(ofGenerator), ...samples],
    problems: [
      ...problems,
      {artefact, path: 'limit', expected: 'a load that has room, so that the store is the limit', found: limit},
    ],
    findings: [...findings, generatorFinding(limit, artefact)],
  };
}

function ofGenerator(sample: Sample): Sample {
  if (sample.unit === 'op/s' || sample.unit === 'B/s') return {...sample, censored: true};
  return sample.metric === 'storage.latency' ? {...sample, metric: 'storage.generator-latency'} : sample;
}

export function generatorFinding(limit: string, artefact: string): Finding {
  return {severity: 'warning', invariant: 'the store is the limit, not who puts the load on', detail: limit, artefact};
}

/** Reads that a cache in the guest answered never were on its disk. */
export function unseen({guests, artefact}: Generator, counted: readonly Counted[]): readonly ParseError[] {
  return counted.flatMap(({direction, perSecond}) => {
    const seen = guests.reduce((sum, {disk}) => sum + disk[direction], 0);
    if (perSecond === undefined) {
      const expected = `a rate of ${direction}s for the guests' disks to confirm`;
      return [{artefact, path: direction, expected, found: 'fio gave none'}];
    }
    if (seen >= leastOnDisk * perSecond) return [];
    const expected = `${direction}s that reach the guests' disks (fio counts ${perSecond.toFixed(0)} a second)`;
    return [{artefact, path: direction, expected, found: `${seen.toFixed(0)} a second: the rest came from a cache`}];
  });
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}
