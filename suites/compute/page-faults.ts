import {z} from 'zod';
import {guestExec} from '../../harness/guest/exec.ts';
import {type GuestWork, prepareGuest, type Work, workArgv} from '../../harness/probes/compute/driver.ts';
import type {Artefacts, Finding, Measured, ParseError, Scenario, Trial} from '../../harness/types.ts';
import {expectsNothing} from '../expects.ts';
import {keepOutcome} from '../steps/artefacts.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {parametersOf, readParameters} from '../steps/parameters.ts';
import {computeOutput, countsIn, timeSamples} from './outputs.ts';
import {emulatedFindings, guestAt, keepPlace, nodeOf, placeKept} from './place.ts';

const pages = ['small', 'huge'] as const;
type Pages = (typeof pages)[number];
const settings = z.strictObject({
  mebibytes: z.int().min(4).max(4096).describe('of fresh memory, touched page by page'),
  rounds: z.int().min(1).max(100).describe('measured ones; one more goes before them'),
});
const bytesOf = {small: '4096', huge: '2097152'} as const;

/** Linux switches them off by itself where there is less than 512 MiB of memory. */
const hugeFile = '/sys/kernel/mm/transparent_hugepage/enabled';
const hugeArtefact = 'transparent_hugepage.txt';

/** How long a program in a guest waits for a page of memory that it has been given and not yet touched. */
export const pageFaults: Scenario = {
  name: 'compute/page-faults',
  family: 'compute',
  purpose: 'How long a guest takes to hand out a page of memory, small and huge.',
  needs: {guests: 1},
  impact: () => 'load',
  claims: ['mem.alloc'],
  provides: ['memory.fault-latency', 'memory.first-touch'],
  expects: expectsNothing,
  parameters: {full: {mebibytes: 64, rounds: 5}, quick: {mebibytes: 32, rounds: 1}},
  estimateSeconds(parameters) {
    const {rounds} = parametersOf(settings, parameters);
    return 15 + pages.length * (rounds + 1) * 4;
  },
  preview(cluster, parameters) {
    const {mebibytes, rounds} = parametersOf(settings, parameters);
    const guest = cluster.guests[0]?.name ?? 'a guest';
    return pages.flatMap(each =>
      Array.from({length: rounds + 1}, () => ({host: guest, argv: workArgv(workOf(each, mebibytes))})),
    );
  },
  async run(trial) {
    const asked = parametersOf(settings, trial.planned.parameters);
    const guest = guestAt(trial.cluster);
    await keepPlace(trial, guest, await nodeOf(trial.cluster, guest));
    trial.say('bringing the work into it', guest.name);
    const inGuest = await prepareGuest(trial.cluster, guest);
    await keepOutcome(
      trial,
      hugeArtefact,
      await guestExec(trial.cluster, guest, {argv: ['cat', hugeFile], timeoutMs: 20_000}),
    );
    for (const each of pages) await runRounds(trial, each, asked, inGuest);
  },
  measure(raw, planned) {
    const asked = readParameters(settings, planned.parameters);
    if (!asked.ok) return onlyProblems(asked.error);
    const place = placeKept(raw);
    if (!place.ok) return onlyProblems(place.error);
    const off = raw.text(hugeArtefact);
    const without = off.ok && off.value.includes('[never]');
    const given = without ? pages.filter(each => each !== 'huge') : pages;
    const later = Array.from({length: asked.value.rounds}, (_, index) => index + 1);
    const parts = given.flatMap(each => [
      measurePages(raw, each, asked.value, {metric: 'memory.fault-latency', rounds: later}),
      measurePages(raw, each, asked.value, {metric: 'memory.first-touch', rounds: [0]}),
    ]);
    if (without) parts.push({samples: [], problems: [], findings: [noHugePages(place.value.guest)]});
    return together([...parts, {samples: [], problems: [], findings: emulatedFindings(place.value)}]);
  },
};

function noHugePages(guest: string): Finding {
  const detail = `${guest} hands out no huge pages: its ${hugeFile} is never`;
  return {severity: 'warning', invariant: 'huge pages are to be had', detail, artefact: hugeArtefact};
}

function workOf(each: Pages, mebibytes: number): Work {
  // It ends by itself within a moment; what it takes longer is waited for.
  return {words: ['faults', each, String(mebibytes)], seconds: 1};
}

/** Round 0 makes the node give the guest its memory: what that takes is no doing of the guest's. */
const artefactOf = (each: Pages, round: number) => (round === 0 ? `${each}-first.txt` : `${each}-${round}.txt`);

async function runRounds(
  trial: Trial,
  each: Pages,
  {mebibytes, rounds}: z.infer<typeof settings>,
  inGuest: GuestWork,
): Promise<void> {
  trial.say(`${each} pages, ${mebibytes} MiB, ${rounds + 1} times`);
  for (let round = 0; round <= rounds; round += 1)
    await keepOutcome(trial, artefactOf(each, round), await inGuest.run(workOf(each, mebibytes), trial.signal));
}

function measurePages(
  raw: Artefacts,
  each: Pages,
  asked: z.infer<typeof settings>,
  {metric, rounds}: {metric: string; rounds: readonly number[]},
): Measured {
  const problems: ParseError[] = [];
  const times: number[] = [];
  for (const round of rounds) {
    const artefact = artefactOf(each, round);
    const read = touchesIn(raw, artefact, each, asked.mebibytes);
    if (read.ok) times.push(...read.value);
    else problems.push(read.error);
  }
  // Part of the rounds would be other memory than all of them.
  if (problems.length > 0) return onlyProblems(...problems);
  const from = {artefact: artefactOf(each, rounds[0] ?? 0), path: 'touch_ns'};
  return {samples: timeSamples(metric, times, {pages: each}, from), problems, findings: []};
}

type Touches = {ok: true; value: readonly number[]} | {ok: false; error: ParseError};

/** The times of a round, where every page was really handed out, and at the size that was asked for. */
function touchesIn(raw: Artefacts, artefact: string, each: Pages, mebibytes: number): Touches {
  const output = computeOutput(raw, artefact, {command: 'faults', pages: each, page_bytes: bytesOf[each]});
  if (!output.ok) return output;
  const counts = countsIn(output.value, artefact, ['count', 'minor', 'major', 'huge_bytes']);
  if (!counts.ok) return counts;
  const {count, minor, major, huge_bytes: huge} = counts.value;
  const touches = output.value.lists.touch_ns ?? [];
  const asked = (mebibytes * 2 ** 20) / Number(bytesOf[each]);
  const wrong = (path: string, expected: string, found: number): Touches => ({
    ok: false,
    error: {artefact, path, expected, found: String(found)},
  });
  if (count !== asked || touches.length !== count) return wrong('touch_ns', `${asked} touched pages`, touches.length);
  if (major > 0) return wrong('major', 'no page that had to be read from a disk', major);
  if (minor < count) return wrong('minor', `at least ${count} pages that were handed out`, minor);
  if (each === 'small' && huge > 0) return wrong('huge_bytes', 'no huge page', huge);
  if (each === 'huge' && huge < count * Number(bytesOf.huge))
    return wrong('huge_bytes', `${count} huge pages (transparent_hugepage is off, or memory is in pieces)`, huge);
  return {ok: true, value: touches};
}
