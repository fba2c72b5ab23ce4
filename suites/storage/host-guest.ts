import {z} from 'zod';
import {type StoreImage, scratchImage} from '../../harness/cluster/disk-source.ts';
import {fioTotals} from '../../harness/parse/fio-totals.ts';
import type {
  Artefacts,
  Command,
  Guest,
  Measured,
  Parameters,
  ParseError,
  Result,
  Sample,
  Scenario,
  Trial,
} from '../../harness/types.ts';
import {imageArgv} from '../../harness/workloads/fio.ts';
import {emulatedFindings, guestAt, keepPlace, nodeOf, placeKept, type Turn, turns} from '../compute/place.ts';
import {expectsNothing} from '../expects.ts';
import {bytesOf, deviceLoad, fillEstimateSeconds, fillGuests, fillProblems} from '../steps/fio-load.ts';
import {fioReport, guestsReport} from '../steps/fio-report.ts';
import {generatorFinding, generatorOf, mostSteal, unseen, whileLookedAt} from '../steps/generator.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {parametersOf, readParameters} from '../steps/parameters.ts';

const patterns = ['randread', 'randwrite'] as const;
type Pattern = (typeof patterns)[number];
const settings = z.strictObject({
  seconds: z.int().min(2).max(3600).describe('of each of the four pieces of each pattern'),
  depth: z.int().min(1).max(4096).describe('accesses in flight'),
  sizeMiB: z.int().min(1).describe('of the disk that is used'),
  patterns: z.array(z.enum(patterns)).min(1).describe('accesses of 4 KiB'),
});
type Settings = z.infer<typeof settings>;

/** The two pieces on the node differ by no more, or the node was not the same both times. */
const mostApart = 0.2;
const blockBytes = 4096;

export const hostGuest: Scenario = {
  name: 'storage/host-guest',
  family: 'storage',
  purpose: 'What the way through the guest costs: the same accesses on the same image, by turns on the node and in it.',
  needs: {guests: 1, fio: true, scratch: true, storage: ['ceph', 'nbd'], tools: ['fio-network-engines']},
  impact: () => 'load',
  claims: ['cpu.overhead'],
  provides: ['storage.place-iops', 'storage.guest-ratio'],
  expects: expectsNothing,
  parameters: {
    full: {seconds: 30, depth: 4, sizeMiB: 1024, patterns},
    quick: {seconds: 3, depth: 4, sizeMiB: 64, patterns: ['randread']},
  },
  estimateSeconds(parameters) {
    const {seconds, sizeMiB, patterns: chosen} = parametersOf(settings, parameters);
    return 10 + fillEstimateSeconds(sizeMiB) + chosen.length * turns.length * (seconds + 4);
  },
  preview(cluster, parameters) {
    const asked = parametersOf(settings, parameters);
    const [guest] = cluster.guests;
    if (guest === undefined) return [];
    return asked.patterns.map(pattern => ({
      host: cluster.client.name,
      argv: inGuest(guest, pattern, asked).argv,
    }));
  },
  run: runHostGuest,
  measure(raw, planned) {
    const asked = readParameters(settings, planned.parameters);
    if (!asked.ok) return onlyProblems(asked.error);
    const place = placeKept(raw);
    if (!place.ok) return onlyProblems(place.error);
    const unfilled = fillProblems(raw, bytesOf(asked.value.sizeMiB));
    if (unfilled.length > 0) return onlyProblems(...unfilled);
    const parts = asked.value.patterns.flatMap(pattern => [
      measurePattern(raw, pattern, asked.value.seconds),
      besideGuest(raw, pattern),
    ]);
    return together([...parts, {...onlyProblems(), findings: emulatedFindings(place.value)}]);
  },
};

const loadOf = (pattern: Pattern, index: number) => `${pattern}-${index + 1}-${turns[index]}`;
const artefactOf = (pattern: Pattern, index: number) => `${loadOf(pattern, index)}.json`;

function inGuest(guest: Guest, pattern: Pattern, {seconds, depth, sizeMiB}: Settings): Command {
  const shape = {engine: 'libaio', sizeMiB, blockBytes, seconds, rampSeconds: 0};
  return deviceLoad([guest], shape, () => ({pattern, depth, jobs: 1}));
}

function onNode(image: StoreImage, pattern: Pattern, {seconds, depth, sizeMiB}: Settings): Command {
  const argv = imageArgv(image, {pattern, blockBytes, sizeBytes: bytesOf(sizeMiB), depth, seconds});
  return {argv, timeoutMs: seconds * 1500 + 60_000, idempotent: false};
}

async function runHostGuest(trial: Trial): Promise<void> {
  const {cluster} = trial;
  const asked = parametersOf(settings, trial.planned.parameters as Parameters);
  const guest = guestAt(cluster);
  const node = await nodeOf(cluster, guest);
  await keepPlace(trial, guest, node);
  const image = await scratchImage(cluster, guest, node);
  if (!image.ok) throw new Error(image.error);
  await fillGuests(trial, [guest], {sizeMiB: asked.sizeMiB, engine: 'libaio'});
  for (const pattern of asked.patterns) {
    trial.say(`${pattern} on the image of ${guest.name}: host, guest, guest, host, ${asked.seconds} s each`, node.name);
    for (const [index, place] of turns.entries()) {
      if (trial.signal.aborted) throw new Error('interrupted');
      const artefact = artefactOf(pattern, index);
      if (place === 'host') await trial.record(artefact, node, onNode(image.value, pattern, asked));
      else {
        const look = {load: loadOf(pattern, index), guests: [guest], seconds: asked.seconds};
        await whileLookedAt(trial, look, () => trial.record(artefact, cluster.client, inGuest(guest, pattern, asked)));
      }
    }
  }
}

function rateOf(
  raw: Artefacts,
  pattern: Pattern,
  index: number,
  seconds: number,
): Result<number, readonly ParseError[]> {
  const artefact = artefactOf(pattern, index);
  const report =
    turns[index] === 'guest'
      ? guestsReport(raw, artefact, seconds, 1)
      : fioReport(raw, artefact, {clients: 0, requestedRuntimeSeconds: seconds});
  if (!report.ok) return report;
  const totals = fioTotals(report.value.report, [pattern === 'randread' ? 'read' : 'write'], artefact);
  return totals.ok ? {ok: true, value: totals.value.iops} : {ok: false, error: [totals.error]};
}

/** What guest and client did meanwhile. That the guest's own processors are used up is what is measured here. */
function besideGuest(raw: Artefacts, pattern: Pattern): Measured {
  const generator = generatorOf(raw, loadOf(pattern, 1), {pattern});
  if (generator === undefined) return onlyProblems();
  if (!generator.ok) return onlyProblems(generator.error);
  const {limit, samples, artefact} = generator.value;
  const findings = limit === undefined ? [] : [generatorFinding(limit, artefact)];
  return {...onlyProblems(), samples, findings};
}

/** The node ran something else in place of the guest: what that took is no cost of the guest. */
function stolen(raw: Artefacts, pattern: Pattern): ParseError | undefined {
  for (const index of [1, 2]) {
    const generator = generatorOf(raw, loadOf(pattern, index), {});
    const kept = generator?.ok ? generator.value.guests.find(({steal}) => steal >= mostSteal) : undefined;
    if (kept === undefined) continue;
    const expected = 'a guest that has its processors whenever it wants them';
    const found = `${kept.guest} was kept waiting ${Math.round(kept.steal * 100)} % of the time`;
    return {artefact: artefactOf(pattern, index), path: kept.guest, expected, found};
  }
  return undefined;
}

/** What a cache in the guest answered was on no disk, and makes no guest as quick as its node. */
function besideDisk(raw: Artefacts, pattern: Pattern, index: number, perSecond: number): readonly ParseError[] {
  const generator = generatorOf(raw, loadOf(pattern, index), {});
  if (generator === undefined) return [];
  if (!generator.ok) return [generator.error];
  return unseen(generator.value, [{direction: pattern === 'randread' ? 'read' : 'write', perSecond}]);
}

function measurePattern(raw: Artefacts, pattern: Pattern, seconds: number): Measured {
  const read = turns.map((place, index) => ({place, index, rate: rateOf(raw, pattern, index, seconds)}));
  const problems = read.flatMap(({rate}) => (rate.ok ? [] : rate.error));
  if (problems.length > 0) return onlyProblems(...problems);
  const of = (place: Turn) => read.flatMap(each => (each.place === place && each.rate.ok ? [each.rate.value] : []));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [host, guest] = [mean(of('host')), mean(of('guest'))];
  const from = (index: number) => ({artefact: artefactOf(pattern, index), path: 'iops'});
  const rates = (['host', 'guest'] as const).map(
    (place): Sample => ({
      metric: 'storage.place-iops',
      unit: 'op/s',
      value: place === 'host' ? host : guest,
      labels: {pattern, place},
      from: from(place === 'host' ? 0 : 1),
    }),
  );
  const apart = (Math.max(...of('host')) - Math.min(...of('host'))) / host;
  if (apart > mostApart) {
    const expected = `the same on the node both times, within ${mostApart * 100} %`;
    const found = `${Math.round(apart * 100)} % apart: something else took its time`;
    return {...onlyProblems({...from(3), expected, found}), samples: rates};
  }
  const theft = stolen(raw, pattern);
  if (theft !== undefined) return {...onlyProblems(theft), samples: rates};
  const cached = read.flatMap(({place, index, rate}) =>
    place === 'guest' && rate.ok ? besideDisk(raw, pattern, index, rate.value) : [],
  );
  if (cached.length > 0) return {...onlyProblems(...cached), samples: rates};
  const ratio: Sample = {
    metric: 'storage.guest-ratio',
    unit: 'ratio',
    value: guest / host,
    labels: {pattern},
    from: from(1),
  };
  return {...onlyProblems(), samples: [...rates, ratio]};
}
