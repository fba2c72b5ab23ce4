/** C-12. */
import {fenceDevices, nodesInCib, propertyOf} from '../../../harness/cluster/fencing.ts';
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
      const delayed = (value: string | undefined) => (secondsOf(value ?? '0') ?? 0) > 0;
      const ahead =
        delayed(propertyOf(read, 'priority-fencing-delay')) ||
        fenceDevices(read).some(({parameters: {pcmk_delay_max, pcmk_delay_base}}) =>
          [pcmk_delay_max, pcmk_delay_base].some(delayed),
        );
      const state = noneOf(
        [
          ...(/^(?:false|off|no|n|0)$/i.test(concurrent) ? ['concurrent-fencing is off'] : []),
          ...(nodes.length === 2 && !ahead
            ? ['two nodes, and neither priority-fencing-delay nor pcmk_delay_… is set']
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
