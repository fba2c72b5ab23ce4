/** What the rules cannot show of promises on a cluster, known before anything is asked of it. Pure. */
import type {Shape} from '../../harness/run/plan.ts';
import type {Unruled} from '../../harness/types.ts';
import {rulesLacking} from './ask.ts';
import {rules} from './index.ts';

/** A promise is met where every rule that speaks to it holds, and missed where any one is broken. */
export function unruledOn(cluster: Shape): Unruled {
  const lacking = new Set(rulesLacking(cluster).map(({rule}) => rule));
  const byClaim = Map.groupBy(rules, ({claim}) => claim ?? '');
  const unruled = new Map<string, 'everything' | 'met'>();
  for (const [claim, some] of byClaim) {
    const left = some.filter(({id}) => lacking.has(id)).length;
    if (claim !== '' && left > 0) unruled.set(claim, left === some.length ? 'everything' : 'met');
  }
  return unruled;
}
