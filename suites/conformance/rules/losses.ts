/** C-17. Pacemaker itself is asked where each guest would go. */
import {type Placed, parseSimulated} from '../../../harness/parse/crm-simulate.ts';
import type {Result} from '../../../harness/types.ts';
import {forAll, given, noneOf, notApplicable, textOf, unknown} from '../read.ts';
import {names, losses as reading} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const losses: Rule = {
  id: 'C-17',
  title: 'Whichever node is lost, every virtual machine has a place on another',
  claim: 'ha.recover',
  severity: 'major',
  why: 'The promise of a restart elsewhere is empty for a guest that fits or is allowed nowhere else.',
  source: 'Pacemaker Administration 2.1 and 3.0, crm_simulate',
  where: 'cluster',
  needs: {nodes: 2},
  read: () => [reading],
  check: (readings, hosts) =>
    given(textOf(readings, names.losses, undefined, 'crm_simulate'), text =>
      given(lossesIn(text), all => {
        if (all.length === 0) return unknown('no loss was simulated');
        const machines = all.flatMap(({placed}) => placed);
        if (machines.length === 0) return notApplicable('the cluster has no VirtualDomain');
        const guests = new Set(machines.filter(({stopped}) => !stopped).map(({id}) => id));
        if (guests.size === 0) return unknown('every virtual machine is ordered to be stopped');
        const homeless = all.flatMap(({lost, placed}) => {
          const served = placed.filter(({nodes}) => nodes.some(node => node !== lost)).map(({id}) => id);
          const ids = [...guests].filter(id => !served.includes(id));
          return ids.length === 0 ? [] : [`${lost} lost: ${ids.join(', ')} nowhere`];
        });
        const state = noneOf(homeless, `${guests.size} guests placed after each of ${all.length} losses`);
        const simulated = all.map(({lost}) => lost);
        return forAll(state, hosts, simulated, 'crm_simulate');
      }),
    ),
  mend: 'look at location constraints, utilization and no-quorum-policy: seatrial check --cib FILE shows who would go where',
};

interface Loss {
  lost: string;
  placed: readonly Placed[];
}

/** Half an answer is none. */
function lossesIn(text: string): Result<readonly Loss[], string> {
  if (!/^=end$/m.test(text)) return {ok: false, error: 'crm_simulate did not come to its end'};
  const parts = text.split(/^=(?:lost (.+)|end)$/m);
  const found: Loss[] = [];
  for (let index = 1; index + 1 < parts.length; index += 2) {
    const lost = parts[index];
    if (lost === undefined) continue;
    const read = parseSimulated(parts[index + 1] ?? '', `the loss of ${lost}`);
    if (!read.ok) return {ok: false, error: `crm_simulate of the loss of ${lost}: ${read.error.found}`};
    found.push({lost, placed: read.value.filter(({agent}) => agent.endsWith(':VirtualDomain'))});
  }
  return {ok: true, value: found};
}
