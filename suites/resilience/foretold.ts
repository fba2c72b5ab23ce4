/**
 * Where Pacemaker said, before the fault, that each guest would go, against where it went. Another end than foretold is
 * a warning, not a broken promise: where several nodes are as good, each of them is lawful.
 */
import {z} from 'zod';
import {readOnly, stdoutOf} from '../../harness/cluster/commands.ts';
import {foretell} from '../../harness/cluster/foretell.ts';
import {parseCrmMon} from '../../harness/parse/crm-mon.ts';
import type {Artefacts, Finding, Host, Measured, Trial} from '../../harness/types.ts';
import {jsonArtefact, keepJson, parsedArtefact} from '../steps/artefacts.ts';
import {onlyProblems} from '../steps/measured.ts';

const artefact = 'foretold.json';
const foretoldSchema = z.object({lost: z.array(z.string()), guests: z.record(z.string(), z.array(z.string()))});

/** Keeps the CIB as it is, and what follows from it. A cluster that cannot tell is told of, and tried all the same. */
export async function keepForetold(trial: Trial, lost: readonly Host[], [peer]: readonly Host[]): Promise<void> {
  if (peer === undefined) return;
  const {transport} = trial.cluster;
  const cib = await stdoutOf(transport, peer, readOnly(['cibadmin', '--query']));
  if (!cib.ok) return trial.say(`where guests will go is not foretold: ${cib.error}`, peer.name);
  await trial.keep('cib-before.xml', cib.value);
  const foretold = await foretell(command => transport.exec(peer, command), cib.value, [
    ...new Set(lost.map(({name}) => name)),
  ]);
  if (foretold.ok) await keepJson(trial, artefact, foretold.value);
  else trial.say(`where guests will go is not foretold: ${foretold.error}`, peer.name);
}

/** Nothing where nothing was foretold: in older runs, and without crm_simulate. */
export function measureForetold(raw: Artefacts): Measured {
  if (!raw.names.includes(artefact)) return onlyProblems();
  const foretold = jsonArtefact(raw, artefact, foretoldSchema);
  const state = parsedArtefact(raw, 'crm_mon.xml', text => parseCrmMon(text, 'crm_mon.xml', {lenient: true}));
  if (!foretold.ok) return onlyProblems(foretold.error);
  if (!state.ok) return onlyProblems(state.error);
  const findings = Object.entries(foretold.value.guests).flatMap(([resource, nodes]): Finding[] => {
    const is = state.value.resources.find(({id}) => id === resource)?.nodes ?? [];
    if ([...is].sort().join() === [...nodes].sort().join()) return [];
    const lost = foretold.value.lost.join(' and ');
    const detail = `with ${lost} lost, Pacemaker foretold ${resource} on ${nodes.join(' and ') || 'no node'}, and it ran on ${is.join(' and ') || 'no node'}`;
    return [{severity: 'warning', invariant: 'guests go where Pacemaker foretold', detail, artefact}];
  });
  return {samples: [], problems: [], findings};
}
