/**
 * fio on the client: it drives the guests' fio only where both speak one protocol. Where it does not, the guests' own
 * is carried there, and found before the client's, until the guests are taken back.
 */
import {readOnly, stdoutOf} from '../../cluster/commands.ts';
import {type CarriedFio, fioWrapper} from '../../guest/fio.ts';
import type {Cluster, Result} from '../../types.ts';
import {isOurs, type Mark, markText, type Whose} from './mark.ts';
import {markedPart, sectionsOf} from './sections.ts';

/** Before the distribution's own in every PATH. */
export const wrapperPath = '/usr/local/bin/fio';

export interface FoundClient {
  /** `fio-3.39`, of whichever fio is found first. */
  version?: string;
  /** What stands at `wrapperPath`. */
  wrapper?: {mark?: Mark};
  /** The folder of our prefix. */
  folder?: {mark?: Mark};
}

/** $1 wrapper, $2 folder. */
const look = `echo "== version"; fio --version 2>/dev/null
echo "== wrapper"; [ ! -e "$1" ] || { echo yes; sed -n '2s/^# //p' "$1"; }
echo "== folder"; [ ! -d "$2" ] || { echo yes; cat "$2/mark" 2>/dev/null; }
true`;

export async function lookAtClient({client, transport}: Cluster, folder: string): Promise<Result<FoundClient, string>> {
  const said = await stdoutOf(transport, client, readOnly(['sh', '-c', look, 'look', wrapperPath, folder]));
  if (!said.ok) return said;
  const of = sectionsOf(said.value);
  const [version] = of('version');
  const [wrapper, own] = [markedPart(of('wrapper')), markedPart(of('folder'))];
  return {
    ok: true,
    value: {
      ...(version === undefined ? {} : {version}),
      ...(wrapper === undefined ? {} : {wrapper}),
      ...(own === undefined ? {} : {folder: own}),
    },
  };
}

export interface FioPlan {
  refusals: readonly string[];
  /** For people; empty where the client's own fio will do. */
  lines: readonly string[];
  /** What is carried: absent where nothing is. */
  carry?: {tar: string; folder: string; mark: string; wrapper: string};
}

/** Pure. `clientName` for the sentences. */
export function planFio(
  found: FoundClient,
  {tar, version}: CarriedFio,
  folder: string,
  mark: Mark,
  clientName: string,
): FioPlan {
  if (found.version === version) return {refusals: [], lines: []};
  const whose: Whose = mark;
  const strange = [
    ...(found.wrapper !== undefined && !isOurs(found.wrapper.mark, whose) ? [wrapperPath] : []),
    ...(found.folder !== undefined && !isOurs(found.folder.mark, whose) ? [folder] : []),
  ];
  if (strange.length > 0) {
    const refusal = `${clientName} has ${found.version ?? 'no fio'} and the guests have ${version}, which cannot be carried there: ${strange.join(' and ')} is there and not ours`;
    return {refusals: [refusal], lines: []};
  }
  const text = markText(mark);
  return {
    refusals: [],
    lines: [`${version} of the guests on ${clientName} as ${wrapperPath}, for it has ${found.version ?? 'no fio'}`],
    carry: {tar, folder, mark: text, wrapper: fioWrapper(`${folder}/fio`, text)},
  };
}
