import {z} from 'zod';
import {readOnly} from '../../harness/cluster/commands.ts';
import {guestExec} from '../../harness/guest/exec.ts';
import {parseFreeMemory, unusableShare} from '../../harness/parse/free-memory.ts';
import {prepareGuest, prepareHost, type Work, workArgv} from '../../harness/probes/compute/driver.ts';
import type {Artefacts, Measured, Outcome, ParseError, Result, Sample, Scenario, Trial} from '../../harness/types.ts';
import {expectsNothing} from '../expects.ts';
import {jsonArtefact, keepJson, keepOutcome} from '../steps/artefacts.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {parametersOf, readParameters} from '../steps/parameters.ts';
import {pause} from '../steps/pause.ts';
import {computeOutput, computeOutputText, countsIn} from './outputs.ts';
import {emulatedFindings, guestAt, keepPlace, nodeOf, placeKept} from './place.ts';

const settings = z.strictObject({
  seconds: z.int().min(2).max(300).describe('of taking pages and giving them back, at random'),
  guestMebibytes: z.int().min(4).max(4096).describe('of the guest that are churned'),
  hostMebibytes: z.int().min(4).max(4096).describe('of its node that are churned'),
});
type Settings = z.infer<typeof settings>;

const places = ['guest', 'host'] as const;
type Place = (typeof places)[number];
const moments = ['before', 'churned', 'after'] as const;
type Moment = (typeof moments)[number];

/** So long the program holds every other page at the end (compute.c), and this far into it one looks. */
const heldSeconds = 15;
const lookAfterSeconds = 7;
/** Of 2 MiB in pages of 4 KiB. */
const hugeOrder = 9;

const recordArtefact = 'fragmentation.json';
/** The harness's clock. It began after the first, and had ended at the last. */
const times = z.object({
  askedAtSeconds: z.number(),
  lookedFromSeconds: z.number(),
  lookedUntilSeconds: z.number(),
  endedBySeconds: z.number(),
});
const schema = z.object({guest: times, host: times});
const churnOf = (place: Place) => `churn-${place}.txt`;
const freeOf = (place: Place, when: Moment) => `free-${place}-${when}.txt`;

const mebibytesOf = (place: Place, asked: Settings) => (place === 'guest' ? asked.guestMebibytes : asked.hostMebibytes);
function churnWork(place: Place, asked: Settings): Work {
  const words = ['churn', String(asked.seconds), String(mebibytesOf(place, asked))] as const;
  return {words, seconds: asked.seconds + heldSeconds};
}

/** Pages are taken and given back at random, in a guest and on its node: in what pieces free memory lies then. */
export const fragmentation: Scenario = {
  name: 'compute/fragmentation',
  family: 'compute',
  purpose: 'In what pieces free memory lies before, during and after pages were taken and given back at random.',
  needs: {guests: 1},
  impact: () => 'load',
  claims: ['mem.ksm'],
  provides: ['memory.fragmentation'],
  expects: expectsNothing,
  parameters: {
    full: {seconds: 20, guestMebibytes: 64, hostMebibytes: 1024},
    quick: {seconds: 4, guestMebibytes: 32, hostMebibytes: 128},
  },
  estimateSeconds: parameters => 30 + 2 * (parametersOf(settings, parameters).seconds + heldSeconds + 5),
  preview({guests}, parameters) {
    const asked = parametersOf(settings, parameters);
    const guest = guests[0]?.name ?? 'a guest';
    const hosts = {guest, host: `the node of ${guest}`};
    return places.map(place => ({host: hosts[place], argv: workArgv(churnWork(place, asked))}));
  },
  run: runFragmentation,
  measure(raw, planned) {
    const asked = readParameters(settings, planned.parameters);
    if (!asked.ok) return onlyProblems(asked.error);
    const record = jsonArtefact(raw, recordArtefact, schema);
    const place = placeKept(raw);
    if (!record.ok) return onlyProblems(record.error);
    if (!place.ok) return onlyProblems(place.error);
    const parts = places.map(each => measurePlace(raw, each, record.value[each], asked.value));
    return together([...parts, {samples: [], problems: [], findings: emulatedFindings(place.value)}]);
  },
};

/** A machine to churn on. */
interface Ground {
  said(argv: readonly [string, ...string[]]): Promise<Outcome>;
  churn(work: Work): Promise<Outcome>;
}

async function runFragmentation(trial: Trial): Promise<void> {
  const {cluster, signal} = trial;
  const asked = parametersOf(settings, trial.planned.parameters);
  const guest = guestAt(cluster);
  const node = await nodeOf(cluster, guest);
  await keepPlace(trial, guest, node);
  const inGuest = await prepareGuest(cluster, guest);
  const onHost = await prepareHost(trial, node);
  const grounds: Record<Place, Ground> = {
    guest: {
      said: argv => guestExec(cluster, guest, {argv, timeoutMs: 20_000}),
      churn: work => inGuest.run(work, signal),
    },
    host: {
      said: argv => cluster.transport.exec(node, readOnly(argv)),
      churn: work => cluster.transport.exec(node, onHost.command(work)),
    },
  };
  try {
    const names = {guest: guest.name, host: node.name};
    const record: Partial<z.infer<typeof schema>> = {};
    for (const place of places) {
      trial.say(`${mebibytesOf(place, asked)} MiB are churned for ${asked.seconds} s`, names[place]);
      record[place] = await churned(trial, place, grounds[place], asked);
    }
    await keepJson(trial, recordArtefact, record);
  } finally {
    await onHost.gone();
  }
}

const now = () => performance.now() / 1000;

async function churned(trial: Trial, place: Place, ground: Ground, asked: Settings): Promise<z.infer<typeof times>> {
  await refuseWithoutRoom(ground, mebibytesOf(place, asked));
  const look = async (when: Moment) =>
    keepOutcome(trial, freeOf(place, when), await ground.said(['cat', '/proc/buddyinfo']));
  await look('before');
  const askedAtSeconds = now();
  const churn = ground.churn(churnWork(place, asked));
  const looking = (async () => {
    await pause(trial, asked.seconds + lookAfterSeconds);
    const lookedFromSeconds = now();
    await look('churned');
    return {lookedFromSeconds, lookedUntilSeconds: now()};
  })();
  const [outcome, looked] = await Promise.all([churn.then(each => ({...each, endedBySeconds: now()})), looking]);
  const {endedBySeconds, ...said} = outcome;
  await keepOutcome(trial, churnOf(place), said);
  await look('after');
  return {askedAtSeconds, ...looked, endedBySeconds};
}

/** No more than half of what is to be had: a machine without memory ends its guests. */
async function refuseWithoutRoom({said}: Ground, mebibytes: number): Promise<void> {
  const {stdout} = await said(['cat', '/proc/meminfo']);
  const kibibytes = Number(/^MemAvailable: +(\d+) kB$/m.exec(stdout)?.[1] ?? Number.NaN);
  if (kibibytes / 1024 < 2 * mebibytes || Number.isNaN(kibibytes))
    throw new Error(
      `${mebibytes} MiB are to be churned, and ${Math.round(kibibytes / 1024)} MiB are available: ask for less than half`,
    );
}

function measurePlace(raw: Artefacts, place: Place, own: z.infer<typeof times>, asked: Settings): Measured {
  const held = heldWhenLooked(raw, place, own, asked);
  const read = moments.map(when => fragmentationIn(raw, place, when));
  const missing = moments.flatMap(when => zoneMissing(raw, place, when));
  const problems = [
    ...(held === undefined ? [] : [held]),
    ...read.flatMap(each => (each.ok ? [] : [each.error])),
    ...missing,
  ];
  if (problems.length > 0) return onlyProblems(...problems);
  return {samples: read.flatMap(each => (each.ok ? [each.value] : [])), problems, findings: []};
}

/** A kernel has the same zones always: one that another reading has was cut off here. */
function zoneMissing(raw: Artefacts, place: Place, when: Moment): readonly ParseError[] {
  const zonesIn = (each: Moment) => {
    const text = raw.text(freeOf(place, each));
    return text.ok
      ? [...text.value.matchAll(/^Node \d+, zone +\w+/gm)].map(([zone]) => zone.replaceAll(/ +/g, ' '))
      : [];
  };
  const own = new Set(zonesIn(when));
  const missing = [...new Set(moments.flatMap(zonesIn))].filter(zone => !own.has(zone));
  if (missing.length === 0) return [];
  return [
    {
      artefact: freeOf(place, when),
      path: missing.join('; '),
      expected: 'every zone, as before and after',
      found: 'none',
    },
  ];
}

function fragmentationIn(raw: Artefacts, place: Place, when: Moment): Result<Sample, ParseError> {
  const artefact = freeOf(place, when);
  const text = computeOutputText(raw, artefact);
  const free = text.ok ? parseFreeMemory(text.value, artefact) : text;
  if (!free.ok) return free;
  const value = unusableShare(free.value, hugeOrder);
  const from = {artefact, path: '/proc/buddyinfo'};
  return {ok: true, value: {metric: 'memory.fragmentation', unit: 'ratio', value, labels: {place, when}, from}};
}

/** All its pages were churned, and every other one was held while one looked: else the problem. */
function heldWhenLooked(
  raw: Artefacts,
  place: Place,
  {askedAtSeconds, lookedFromSeconds, lookedUntilSeconds, endedBySeconds}: z.infer<typeof times>,
  asked: Settings,
): ParseError | undefined {
  const artefact = churnOf(place);
  const output = computeOutput(raw, artefact, {command: 'churn'});
  if (!output.ok) return output.error;
  const counts = countsIn(output.value, artefact, ['pages', 'given', 'wall_ns']);
  if (!counts.ok) return counts.error;
  const {pages, given, wall_ns: wall} = counts.value;
  const wanted = mebibytesOf(place, asked) * 256;
  if (pages !== wanted || given < 1)
    return {
      artefact,
      path: 'pages',
      expected: `${wanted} pages, churned`,
      found: `${pages}, ${given} times one of them`,
    };
  const [from, until] = [endedBySeconds - heldSeconds, askedAtSeconds + wall / 1e9 + heldSeconds];
  if (lookedFromSeconds >= from && lookedUntilSeconds <= until) return undefined;
  const expected = `a look from ${from} to ${until} s, while the pages are held`;
  return {
    artefact: recordArtefact,
    path: `/${place}`,
    expected,
    found: `${lookedFromSeconds} to ${lookedUntilSeconds} s`,
  };
}
