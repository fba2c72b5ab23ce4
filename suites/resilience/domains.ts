/** Where libvirt had the guests, by the hosts' own word, before the fault was healed. Pure. */
import {z} from 'zod';
import type {Artefacts, Finding, Measured} from '../../harness/types.ts';
import {jsonArtefact} from '../steps/artefacts.ts';
import {onlyProblems} from '../steps/measured.ts';

const artefact = 'domains.json';
const domainsSchema = z.object({
  active: z.array(z.object({domain: z.string(), node: z.string(), state: z.string()})),
  silent: z.array(z.object({node: z.string(), reason: z.string()})),
});

/** The nodes that have it active; none where nobody said. */
export function activeOn(raw: Artefacts, guest: string): readonly string[] {
  const seen = jsonArtefact(raw, artefact, domainsSchema);
  return seen.ok ? seen.value.active.filter(({domain}) => domain === guest).map(({node}) => node) : [];
}

/**
 * What the hosts themselves said before the fault was healed: a life that nobody hears any more still writes to its
 * disk.
 */
export function activeTwice(raw: Artefacts, guests: readonly string[]): Measured {
  const seen = jsonArtefact(raw, artefact, domainsSchema);
  if (!seen.ok) return onlyProblems(seen.error);
  const findings = guests.flatMap((guest): Finding[] => {
    const places = seen.value.active.filter(({domain}) => domain === guest);
    if (places.length < 2) return [];
    const where = places.map(({node, state}) => `${node} (${state})`).join(' and ');
    return [
      {severity: 'critical', invariant: 'no guest lives twice', detail: `${guest} is active on ${where}`, artefact},
    ];
  });
  return {samples: [], problems: [], findings};
}

/** A node that was not struck and does not say what it runs may run the second life: then nobody has looked there. */
export function unheard(raw: Artefacts, struck: readonly string[]): Measured {
  const seen = jsonArtefact(raw, artefact, domainsSchema);
  if (!seen.ok) return onlyProblems();
  const findings = seen.value.silent
    .filter(({node}) => !struck.includes(node))
    .map(({node, reason}): Finding => {
      const detail = `${node} was not struck and did not say which guests it runs: ${reason}`;
      return {severity: 'warning', invariant: 'no guest lives twice', detail, artefact};
    });
  return {samples: [], problems: [], findings};
}
