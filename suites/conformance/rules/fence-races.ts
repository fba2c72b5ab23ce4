/** C-12. */
import {fenceDevices, nodesInCib, propertyOf} from '../../../harness/cluster/fencing.ts';
import {descendants, type Element} from '../../../harness/parse/xml.ts';
import {cibOf, forAll, given, noneOf, unknown} from '../read.ts';
import {cib} from '../readings.ts';
import type {Rule} from '../rule.ts';
import {secondsOf} from '../seconds.ts';

export const fenceRaces: Rule = {
  id: 'C-12',
  title: 'Several nodes are fenced side by side, and of two nodes one has a head start',
  claim: 'ha.redundancy.two-nodes',
  severity: 'minor',
  why: 'Two losses are otherwise fenced one after the other, and of two nodes each may shoot the other.',
  source:
    'Trento 0AA227, 6E0DEC (SLES 12 and 15); Pacemaker Explained 2.1 and 3.0: concurrent-fencing is true by default since 2.0, priority-fencing-delay since 2.0.4',
  where: 'cluster',
  needs: {nodes: 2},
  read: () => [cib],
  check: (readings, hosts) =>
    given(cibOf(readings), read => {
      const nodes = nodesInCib(read);
      if (nodes.length === 0) return unknown('the CIB names no node');
      const concurrent = propertyOf(read, 'concurrent-fencing') ?? 'true';
      const ahead = (delayed(propertyOf(read, 'priority-fencing-delay')) && hasPriorities(read)) || hasDelays(read);
      const state = noneOf(
        [
          ...(/^(?:false|off|no|n|0)$/i.test(concurrent) ? ['concurrent-fencing is off'] : []),
          ...(nodes.length === 2 && !ahead
            ? [
                'two nodes, and neither priority-fencing-delay (with a priority of resources) nor pcmk_delay_… favours one',
              ]
            : []),
        ],
        nodes.length === 2
          ? 'concurrent, with a delay'
          : `concurrent, ${nodes.length} nodes: a majority needs no delay`,
      );
      return forAll(state, hosts, nodes, 'the CIB');
    }),
  mend: 'crm_attribute --name concurrent-fencing --update true; of two nodes also: --name priority-fencing-delay --update 15s',
};

function delayed(value: string | undefined): boolean {
  return (secondsOf(value ?? '0') ?? 0) > 0;
}

/** The node whose resources come to more goes ahead; of resources that all have 0 neither does. */
function hasPriorities(read: Element): boolean {
  return descendants(read, 'nvpair').some(
    ({attributes: {name, value = ''}}) => name === 'priority' && Number(value) > 0,
  );
}

/** A random delay, or a fixed one that is not the same for both. */
function hasDelays(read: Element): boolean {
  const parameters = fenceDevices(read).map(each => each.parameters);
  const fixed = parameters.map(({pcmk_delay_base}) => pcmk_delay_base ?? '0');
  const perNode = fixed.some(each => each.includes(':'));
  return (
    parameters.some(({pcmk_delay_max}) => delayed(pcmk_delay_max)) ||
    (fixed.some(delayed) && (perNode || fixed.length === 1 || new Set(fixed).size > 1))
  );
}
