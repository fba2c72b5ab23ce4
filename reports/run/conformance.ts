/** How the cluster is configured, on a page of its own: what is violated in full, the rest folded. Pure. */
import type {RuleResult} from '../../harness/types.ts';
import {restTable, rulesIn, violatedTable} from '../conformance/sections.ts';
import {type Block, heading, paragraph, type Section} from '../document/document.ts';
import {plural} from '../words/words.ts';
import type {Conformance, Report} from './report.ts';

export function conformanceSection({conformance}: Report): readonly Section[] {
  const alike = Map.groupBy(conformance, ({results}) => JSON.stringify(results));
  const blocks = [...alike.values()].flatMap(some => found(some));
  return blocks.length === 0 ? [] : [{id: 'conformance', title: 'How the cluster is configured', blocks, only: 'page'}];
}

/** Profiles under which every rule found the same share one account. */
function found(some: readonly Conformance[]): readonly Block[] {
  const [first] = some;
  if (first === undefined) return [];
  const {results} = first;
  const count = (state: RuleResult['state']) => rulesIn(results, state);
  const trials = some.map(({profile, trial}) => `${profile} (trial #${trial})`).join(' and ');
  return [
    heading(`Under ${trials}`),
    paragraph(
      `Of ${plural(rulesIn(results), 'rule')}, ${count('violated')} violated, ${count('not-known')} not known, on one host or more; the rest holds or is not applicable.`,
    ),
    violatedTable(results),
    folded('Not known: nothing found is never taken for "holds"', restTable(results, 'not-known')),
    folded('Holds', restTable(results, 'holds')),
    folded('Not applicable', restTable(results, 'not-applicable')),
  ];
}

function folded(summary: string, block: Block): Block {
  return {kind: 'details', summary, blocks: [block]};
}
