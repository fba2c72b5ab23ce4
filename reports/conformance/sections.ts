/** Rules of conformance as sections of a page: the worst first, hosts that say the same on one line. Pure. */
import type {RuleResult} from '../../harness/types.ts';
import {type Block, type Column, quiet, type Section, table, type Words} from '../document/document.ts';

const severities = ['critical', 'major', 'minor'] as const;
const foundAndExpected: readonly Column[] = [
  {title: 'Rule', width: 9},
  {title: 'Where', width: 8},
  {title: 'Found', width: 25},
  {title: 'Expected', width: 18},
];

/** What is wrong: found, expected, why it matters, how to mend it. */
export function violatedTable(results: readonly RuleResult[]): Block {
  const more: readonly Column[] = [
    {title: 'Why it matters', width: 18},
    {title: 'To mend', width: 22, small: true},
  ];
  return resultsTable(results, 'violated', more, ({why, mend}) => [why, mend]);
}

/** What nobody could look at, and what would tell. */
function notKnownTable<R extends RuleResult>(results: readonly R[], wouldTell: (result: R) => string): Block {
  return resultsTable(results, 'not-known', [{title: 'Would tell', width: 40, small: true}], result => [
    wouldTell(result),
  ]);
}

/** What needs nothing mended: by whose demand. */
export function restTable(results: readonly RuleResult[], state: 'holds' | 'not-applicable' | 'not-known'): Block {
  return resultsTable(results, state, [{title: 'Source', width: 40, small: true}], ({source}) => [source]);
}

function resultsTable<R extends RuleResult>(
  results: readonly R[],
  state: RuleResult['state'],
  more: readonly Column[],
  moreOf: (result: R) => readonly Words[],
): Block {
  const own = severities.flatMap(level =>
    results.filter(result => result.state === state && result.severity === level),
  );
  const lines = Map.groupBy(own, ({rule, found}) => JSON.stringify([rule, found]));
  const rows = [...lines.values()].flatMap((some): (readonly Words[])[] => {
    const [first] = some;
    if (first === undefined) return [];
    const speaks: Words = first.claim === undefined ? '' : {below: first.claim};
    const rule = [{strong: first.rule}, {below: first.severity}, speaks];
    return [[rule, some.map(({host}) => host).join(', '), first.found, first.title, ...moreOf(first)]];
  });
  if (rows.length === 0) return quiet('None.');
  return table('The critical first, then the major and the minor', [...foundAndExpected, ...more], rows);
}

/** How many rules there are among the results. */
export function rulesIn(results: readonly RuleResult[], ...states: readonly RuleResult['state'][]): number {
  const own = states.length === 0 ? results : results.filter(({state}) => states.includes(state));
  return new Set(own.map(({rule}) => rule)).size;
}

/** The four states of `seatrial check`, each a section. */
export function stateSections<R extends RuleResult>(
  results: readonly R[],
  wouldTell: (result: R) => string,
): Readonly<Record<RuleResult['state'], Section>> {
  return {
    violated: {id: 'violated', title: 'Violated', blocks: [violatedTable(results)]},
    'not-known': {id: 'not-known', title: 'Not known', blocks: [notKnownTable(results, wouldTell)]},
    'not-applicable': {id: 'not-applicable', title: 'Not applicable', blocks: [restTable(results, 'not-applicable')]},
    holds: {id: 'holds', title: 'Holds', blocks: [restTable(results, 'holds')]},
  };
}
