/** C-11. */
import {child, descendants} from '../../../harness/parse/xml.ts';
import {cibOf, given, noneOf, unknown} from '../read.ts';
import {cib} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const movesLeft: Rule = {
  id: 'C-11',
  title: "No constraint of an administrator's move is left",
  claim: 'ha.switch',
  severity: 'major',
  why: 'It keeps a guest on a node, or away from it, long after anybody remembers: after a loss it may have no place.',
  source: 'Trento FA37C7 (SLES 12 and 15); crm_resource(8), --clear',
  where: 'cluster',
  needs: {},
  read: () => [cib],
  check: readings =>
    given(cibOf(readings), read => {
      const section = descendants(read, 'configuration').flatMap(each => child(each, 'constraints') ?? []);
      if (section.length === 0) return unknown('the CIB has no section for constraints');
      const left = section
        .flatMap(each => each.children)
        .flatMap(({attributes: {id = ''}}) => (/^cli-/.test(id) ? [id] : []));
      return noneOf(left.length === 0 ? [] : [`left behind: ${left.join(', ')}`], 'no cli-… constraint');
    }),
  mend: 'crm_resource --resource RESOURCE --clear',
};
