/** C-14. */
import {forAll, given, noneOf, stateOf, unknown} from '../read.ts';
import {state} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const allManaged: Rule = {
  id: 'C-14',
  title: 'Nothing is in maintenance, unmanaged or blocked, and no action has failed',
  claim: 'ha.switch',
  severity: 'major',
  why: 'What the cluster does not manage it does not restart, and nobody is told until the node is lost.',
  source: 'Pacemaker Administration 2.1 and 3.0; SAPHanaSR-tester, preconditions',
  where: 'cluster',
  needs: {},
  read: () => [state],
  check: (readings, hosts) =>
    given(stateOf(readings), ({maintenance, nodes, resources, hidden, failures}) => {
      if (nodes.length === 0) return unknown('crm_mon lists no node');
      const named = (what: string, ids: readonly string[]) => (ids.length === 0 ? [] : [`${what}: ${ids.join(', ')}`]);
      const wrong = [
        ...(maintenance ? ['the cluster is in maintenance mode'] : []),
        ...named(
          'nodes in maintenance',
          nodes.filter(each => each.maintenance).map(({name}) => name),
        ),
        ...named(
          'unmanaged',
          resources.filter(each => !each.managed).map(({id}) => id),
        ),
        ...named(
          'blocked',
          resources.filter(each => each.blocked).map(({id}) => id),
        ),
        ...named('failed', [...new Set(failures.map(({operation}) => operation))]),
      ];
      if (wrong.length === 0 && hidden > 0)
        return unknown(`crm_mon leaves out ${hidden} inactive resources: run it with --inactive`);
      const state = noneOf(wrong, `${nodes.length} nodes, ${resources.length} resources, no failed action`);
      const listed = nodes.map(({name}) => name);
      return forAll(state, hosts, listed, 'crm_mon');
    }),
  mend: 'crm_attribute --name maintenance-mode --delete; crm_resource --cleanup, when its reason is known',
};
