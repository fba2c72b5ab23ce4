/**
 * fio's verification as a second witness, beside the ledger: what a struck guest had written durably to its scratch
 * disk before the fault (and through it, where the guest lives on) must be there afterwards, block by block.
 */
import {randomBytes} from 'node:crypto';
import {z} from 'zod';
import type {Begun} from '../../harness/guest/fio-beside.ts';
import {
  acknowledgedBlocks,
  startWitness,
  stopWitness,
  verifyBlocks,
  witnessBlockBytes,
} from '../../harness/guest/witness.ts';
import {parseVerify} from '../../harness/parse/fio-verify.ts';
import type {Artefacts, Finding, Guest, Measured, ParseError, Result, Trial} from '../../harness/types.ts';
import {jsonArtefact, keepJson, parsedArtefact} from '../steps/artefacts.ts';
import {namesOf} from '../steps/guests.ts';
import {onlyProblems} from '../steps/measured.ts';
import {kindOf} from './facts.ts';
import type {Seen} from './seen.ts';

const artefact = 'witness.json';
const verifiedBy = (guest: string) => `verify-${guest}.json`;

const witnessSchema = z.object({
  perSecond: z.number(),
  blockBytes: z.number(),
  /** `blocks` were acknowledged before the fault, or later in the same life; `why`: they are not known, or not read. */
  guests: z.array(z.object({guest: z.string(), blocks: z.number().optional(), why: z.string().optional()})),
});

interface Watched {
  guest: Guest;
  begun: Result<Begun, string>;
  blocks?: number;
  /** It has not been started anew, as far as was last seen. */
  livesOn: boolean;
}

/**
 * `body` is given what asks how much is acknowledged: to be called just before the fault, and as often as one likes.
 * All of it is read again when the body has ended well.
 */
export async function whileWitnessed<T>(
  trial: Trial,
  guests: readonly Guest[],
  {perSecond, seconds}: {perSecond: number; seconds: number},
  body: (note: () => Promise<void>) => Promise<T>,
): Promise<T> {
  if (perSecond === 0 || guests.length === 0) return body(async () => {});
  const {cluster} = trial;
  trial.say(`${perSecond} verified writes a second in ${namesOf(guests)}`);
  const pattern = randomBytes(8).toString('hex');
  const watched = await Promise.all(
    guests.map(async (guest): Promise<Watched> => {
      const begun = await startWitness(cluster, guest, {perSecond, seconds, pattern});
      return {guest, begun, livesOn: begun.ok};
    }),
  );
  let result: T;
  try {
    result = await body(async () => {
      await Promise.all(watched.map(each => noteOne(trial, each)));
    });
  } finally {
    await Promise.all(watched.filter(({livesOn}) => livesOn).map(({guest}) => stopWitness(cluster, guest)));
  }
  trial.say(`reading again what fio has written in ${namesOf(guests)}`);
  const told = await Promise.all(watched.map(each => verifyOne(trial, each, pattern)));
  await keepJson(trial, artefact, {perSecond, blockBytes: witnessBlockBytes, guests: told});
  return result;
}

async function noteOne({cluster}: Trial, watched: Watched): Promise<void> {
  if (!watched.begun.ok) return;
  const blocks = await acknowledgedBlocks(cluster, watched.guest, watched.begun.value);
  watched.livesOn = blocks.ok;
  if (blocks.ok) watched.blocks = blocks.value;
}

async function verifyOne(
  {cluster, keep}: Trial,
  {guest, begun, blocks}: Watched,
  pattern: string,
): Promise<z.infer<typeof witnessSchema>['guests'][number]> {
  const told = {guest: guest.name, ...(blocks === undefined ? {} : {blocks})};
  if (!begun.ok) return {...told, why: begun.error};
  if (blocks === undefined || blocks === 0) return told;
  const report = await verifyBlocks(cluster, guest, blocks, pattern);
  if (!report.ok) return {...told, why: report.error};
  await keep(verifiedBy(guest.name), report.value);
  return told;
}

/** Nothing where no witness was asked for. What it could not read again is a problem, and no count is given. */
export function measureWitness(raw: Artefacts, {facts}: Seen, guest: string): Measured {
  if (!raw.names.includes(artefact)) return onlyProblems();
  const record = jsonArtefact(raw, artefact, witnessSchema);
  if (!record.ok) return onlyProblems(record.error);
  const own = record.value.guests.find(each => each.guest === guest);
  const {blocks = 0} = own ?? {};
  const problem = (expected: string, found: string): ParseError => ({artefact, path: guest, expected, found});
  if (own?.why !== undefined || blocks === 0)
    return onlyProblems(problem('blocks acknowledged before the fault, and read again', own?.why ?? 'none'));
  const verified = parsedArtefact(raw, verifiedBy(guest), parseVerify);
  if (!verified.ok) return onlyProblems(verified.error);
  const {read, wrong} = verified.value;
  const findings: Finding[] =
    wrong === 0
      ? []
      : [
          {
            severity: 'critical',
            invariant: 'every acknowledged write is readable',
            detail: `${guest}: fio finds ${wrong} of ${blocks} blocks, written durably, gone or changed`,
            artefact: verifiedBy(guest),
          },
        ];
  if (read !== blocks) return {...onlyProblems(problem(`${blocks} blocks read again`, String(read))), findings};
  const from = {artefact: verifiedBy(guest), path: `${blocks} blocks of ${record.value.blockBytes} B`};
  const labels = {fault: kindOf(facts.fault), guest};
  return {
    samples: [{metric: 'failover.lost-blocks', unit: 'count', value: wrong, labels, from}],
    problems: [],
    findings,
  };
}
