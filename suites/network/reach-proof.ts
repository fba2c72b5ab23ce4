/**
 * Whose silence shows isolation, and whose shows nothing: an address that nobody reaches in its own plane is reached
 * from no other either, and one that hears nobody there hears nobody at all. Pure.
 */
import type {ParseError} from '../../harness/types.ts';
import {type Wire, wireName} from './reach-plan.ts';
import type {Tried} from './reach-seen.ts';

const near = ({expect}: Tried) => expect === 'answer' || expect === 'sign';

/**
 * Of a host other hosts speak, where there are any: a guest on the host itself answers although the cable is out.
 */
function witnesses(wire: Wire, tries: readonly Tried[], other: (each: Tried) => Wire): readonly Tried[] {
  const hosts = tries.filter(each => other(each).kind === 'host');
  return wire.kind === 'host' && hosts.length > 0 ? hosts : tries;
}

function deafness(wire: Wire, tries: readonly Tried[]): string | undefined {
  const own = tries.filter(each => each.from === wire && each.expect === 'answer');
  const asked = witnesses(wire, own, ({to}) => to);
  if (asked.length === 0) return 'nobody else is in its plane, who could answer it';
  return asked.some(({seen}) => seen === 'answered') ? undefined : 'nobody in its own plane answers it';
}

function muteness(wire: Wire, tries: readonly Tried[]): string | undefined {
  const own = tries.filter(each => each.to === wire && near(each));
  const asking = witnesses(wire, own, ({from}) => from);
  if (asking.length === 0) return 'nobody in its plane asks it';
  if (!asking.some(({seen}) => seen === 'answered')) return 'it answers nobody in its own plane';
  // What answered may be another interface of the same host.
  return wire.kind === 'bmc' ? undefined : deafness(wire, tries);
}

/** What keeps silence between planes from being a proof, by the planes that it is silence of. */
export function unproven(tries: readonly Tried[], artefact: string): readonly ParseError[] {
  // A host that answers for its other interface hides nothing: the interface itself was silent.
  const silent = tries.filter(({expect, seen}) => expect === 'silence' && (seen === 'none' || seen === 'weak-host'));
  const as = (ends: readonly Wire[], why: typeof deafness) =>
    [...new Set(ends)].flatMap(wire => {
      const reason = why(wire, tries);
      return reason === undefined ? [] : [{wire, reason}];
    });
  const mute = as(
    silent.map(({to}) => to),
    muteness,
  );
  const deaf = as(
    silent.map(({from}) => from),
    deafness,
  );
  const all = [...mute, ...deaf.filter(({wire}) => !mute.some(each => each.wire === wire))];
  const groups = Map.groupBy(all, ({wire, reason}) => JSON.stringify([wire.kind, wireName(wire), reason]));
  return [...groups.values()].map(some => ({
    artefact,
    path: some
      .map(({wire}) => wire.id)
      .sort()
      .join(', '),
    expected: 'a sign that it works in its own plane: else its silence towards other planes shows nothing',
    found: some[0]?.reason ?? '',
  }));
}
