/** What a guest and its client said of it before and after a migration: whether it is whole. Pure. */
import type {Inside} from '../../harness/guest/inside.ts';
import type {Finding} from '../../harness/types.ts';
import type {Attempt} from './matrix-record.ts';

/** What was asked around one migration. `laid`: SHA-256 of what was in its memory, where something was. */
export interface Asked {
  guest: string;
  laid?: string | undefined;
  before: Inside;
  after: Inside;
}

/** Sentences: what is not as it was. Empty for a guest that is whole. */
export function brokenInside({guest, laid, before, after}: Asked): readonly string[] {
  // Who could not be asked before has said nothing by not answering after.
  if (before.silent !== undefined) return [];
  if (after.silent !== undefined) return [`${guest} cannot be asked from inside any more: ${after.silent}`];
  const news = after.kernel.filter(line => !before.kernel.includes(line));
  return [
    ...(after.bootId === before.bootId ? [] : [`${guest} was started anew`]),
    ...(laid === undefined || after.checksum === laid
      ? []
      : [`the memory of ${guest} is not what it was: SHA-256 ${short(after.checksum)} in place of ${short(laid)}`]),
    ...(after.outward === 0 && before.outward !== 0 ? [`${guest} reaches nobody outside`] : []),
    ...(after.inward === 0 && before.inward !== 0 ? [`${guest} is reached by nobody from outside`] : []),
    ...news.slice(0, 1).map(line => `the kernel of ${guest} says: ${line}`),
  ];
}

function short(checksum: string | undefined): string {
  return checksum === undefined || checksum === '' ? 'none' : checksum.slice(0, 12);
}

/** The same of one attempt, with what its writer found when it read again. */
export function brokenBy(attempt: Attempt): readonly string[] {
  const {guest, writer} = attempt;
  const misread = writer !== undefined && 'error' in writer && writer.error !== 0;
  return [
    ...brokenInside(attempt),
    ...(misread ? [`the writer in ${guest} read other bytes than it had written (fio's error ${writer.error})`] : []),
  ];
}

export function brokenFinding(detail: string, artefact: string): Finding {
  return {severity: 'critical', invariant: 'a migration leaves the guest whole', detail, artefact};
}
