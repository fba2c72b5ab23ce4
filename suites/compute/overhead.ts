import {z} from 'zod';
import {prepareGuest, prepareHost, type Work, workArgv} from '../../harness/probes/compute/driver.ts';
import type {
  Artefacts,
  Finding,
  Measured,
  Parameters,
  ParseError,
  Result,
  Sample,
  Scenario,
  Trial,
} from '../../harness/types.ts';
import {expectsNothing} from '../expects.ts';
import {keepOutcome} from '../steps/artefacts.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {parametersOf, readParameters} from '../steps/parameters.ts';
import {computeOutput, countsIn} from './outputs.ts';
import {emulatedFindings, guestAt, keepPlace, nodeOf, placeKept, turns} from './place.ts';

const works = ['integer', 'float', 'memory', 'syscalls', 'switches'] as const;
type WorkName = (typeof works)[number];
const settings = z.strictObject({
  seconds: z.int().min(1).max(120).describe('of each of the four pieces of each kind of work'),
  works: z.array(z.enum(works)).min(1).describe('kinds of work'),
});

/** Of its time a process alone on a processor has the processor. */
const alone = 0.9;

/** The same program, the same work, by turns on the node and in the guest that runs on it. */
export const overhead: Scenario = {
  name: 'compute/overhead',
  family: 'compute',
  purpose: 'What the same work costs in a guest, against the node that the guest runs on.',
  needs: {guests: 1},
  impact: () => 'load',
  claims: ['cpu.overhead'],
  provides: ['compute.rate', 'compute.ratio'],
  expects: expectsNothing,
  parameters: {full: {seconds: 5, works}, quick: {seconds: 1, works: ['integer', 'syscalls']}},
  estimateSeconds(parameters) {
    const asked = parametersOf(settings, parameters);
    return 15 + asked.works.length * turns.length * (asked.seconds + 2);
  },
  preview(cluster, parameters) {
    const asked = parametersOf(settings, parameters);
    const guest = cluster.guests[0]?.name ?? 'a guest';
    return asked.works.flatMap(name =>
      turns.map(place => ({
        host: place === 'host' ? `the node of ${guest}` : guest,
        argv: workArgv(workOf(name, asked.seconds)),
      })),
    );
  },
  run: runOverhead,
  measure(raw, planned) {
    const asked = readParameters(settings, planned.parameters);
    if (!asked.ok) return onlyProblems(asked.error);
    const place = placeKept(raw);
    if (!place.ok) return onlyProblems(place.error);
    const {emulated, node} = place.value;
    const parts = asked.value.works.map(name => measureWork(raw, name, asked.value.seconds, {emulated, node}));
    return together([...parts, {samples: [], problems: [], findings: emulatedFindings(place.value)}]);
  },
};

function workOf(name: WorkName, seconds: number): Work {
  return {words: ['rate', name, String(seconds)], seconds};
}

const artefactOf = (name: WorkName, index: number) => `${name}-${index + 1}-${turns[index]}.txt`;

async function runOverhead(trial: Trial): Promise<void> {
  const {cluster, signal} = trial;
  const asked = parametersOf(settings, trial.planned.parameters as Parameters);
  const guest = guestAt(cluster);
  const node = await nodeOf(cluster, guest);
  await keepPlace(trial, guest, node);
  trial.say(`bringing the work to ${node.name} and into ${guest.name}`);
  const inGuest = await prepareGuest(cluster, guest);
  const onHost = await prepareHost(trial, node);
  try {
    for (const name of asked.works) {
      trial.say(`${name}: host, guest, guest, host, ${asked.seconds} s each`, node.name);
      const work = workOf(name, asked.seconds);
      for (const [index, place] of turns.entries()) {
        const artefact = artefactOf(name, index);
        if (place === 'host') await trial.record(artefact, node, onHost.command(work));
        else await keepOutcome(trial, artefact, await inGuest.run(work, signal));
      }
    }
  } finally {
    await onHost.gone();
  }
}

interface Piece {
  place: 'host' | 'guest';
  units: number;
  wallSeconds: number;
  cpuSeconds: number;
  check: string;
}

function pieceOf(raw: Artefacts, name: WorkName, index: number, seconds: number): Result<Piece, ParseError> {
  const artefact = artefactOf(name, index);
  const output = computeOutput(raw, artefact, {command: 'rate', kind: name});
  if (!output.ok) return output;
  const counts = countsIn(output.value, artefact, ['units', 'wall_ns', 'cpu_ns']);
  if (!counts.ok) return counts;
  const {units, wall_ns: wall, cpu_ns: cpu} = counts.value;
  const wrong = (path: string, expected: string, found: number | string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found: String(found)},
  });
  if (units < 1) return wrong('units', 'work that was done', units);
  if (wall < seconds * 1e9) return wrong('wall_ns', `at least ${seconds} s of work`, wall);
  if (cpu <= 0) return wrong('cpu_ns', 'time of a processor', cpu);
  const {check} = output.value.words;
  if (check === undefined) return wrong('check', 'the result of the work', 'nothing');
  return {
    ok: true,
    value: {place: turns[index] ?? 'host', units, wallSeconds: wall / 1e9, cpuSeconds: cpu / 1e9, check},
  };
}

/**
 * The node's rate is by the time that it really had a processor, the guest's by the clock: whatever takes time from the
 * guest counts against it, and nothing that only took time from the node speaks for it.
 */
function measureWork(
  raw: Artefacts,
  name: WorkName,
  seconds: number,
  {emulated, node}: {emulated: boolean; node: string},
): Measured {
  const read = turns.map((_, index) => pieceOf(raw, name, index, seconds));
  const problems = read.flatMap(each => (each.ok ? [] : [each.error]));
  if (problems.length > 0) return onlyProblems(...problems);
  const pieces = read.flatMap(each => (each.ok ? [each.value] : []));
  const artefact = artefactOf(name, 1);
  const [first] = pieces;
  const other = pieces.find(({check}) => check !== first?.check);
  if (first === undefined || other !== undefined)
    return onlyProblems({
      artefact,
      path: 'check',
      expected: `the same result as on the node, ${first?.check ?? 'none'}`,
      found: other?.check ?? 'none',
    });
  const of = (place: Piece['place']) => pieces.filter(piece => piece.place === place);
  const host = rate(of('host'), 'cpuSeconds');
  const guest = rate(of('guest'), 'wallSeconds');
  const rates = [rateSample(name, 'host', host, artefactOf(name, 0)), rateSample(name, 'guest', guest, artefact)];
  const share = Math.min(...of('host').map(({cpuSeconds, wallSeconds}) => cpuSeconds / wallSeconds));
  const ratio: Sample = {
    metric: 'compute.ratio',
    unit: 'ratio',
    value: guest / host,
    labels: {work: name},
    from: {artefact, path: 'units'},
  };
  if (share >= alone) return {samples: [...rates, ratio], problems: [], findings: []};
  const busy = `${name}: a process on ${node} had a processor for ${Math.round(share * 100)} % of its time`;
  // An emulated guest is slower by far more than its neighbours cost it.
  if (emulated) return {samples: [...rates, ratio], problems: [], findings: [busyFinding(busy, artefact)]};
  const expected = `a node with nothing else to do (${alone * 100} % of a processor)`;
  return {
    samples: rates,
    problems: [{artefact: artefactOf(name, 0), path: 'cpu_ns', expected, found: busy}],
    findings: [],
  };
}

function rate(pieces: readonly Piece[], by: 'cpuSeconds' | 'wallSeconds'): number {
  const sum = (of: (piece: Piece) => number) => pieces.reduce((total, piece) => total + of(piece), 0);
  return sum(piece => piece.units) / sum(piece => piece[by]);
}

function rateSample(work: WorkName, place: Piece['place'], value: number, artefact: string): Sample {
  return {metric: 'compute.rate', unit: 'op/s', value, labels: {work, place}, from: {artefact, path: 'units'}};
}

function busyFinding(detail: string, artefact: string): Finding {
  return {severity: 'warning', invariant: 'nothing else runs while the node is measured', detail, artefact};
}
