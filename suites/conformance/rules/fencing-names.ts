/** C-03. Since Pacemaker 3.0.2 a property of fencing has two names, of which the new one counts. */
import {propertyOf} from '../../../harness/cluster/fencing.ts';
import {cibOf, given, noneOf, notApplicable} from '../read.ts';
import {cib} from '../readings.ts';
import type {Rule} from '../rule.ts';

const ends = ['enabled', 'action', 'timeout', 'watchdog-timeout', 'max-attempts', 'reaction'];

export const fencingNames: Rule = {
  id: 'C-03',
  title:
    'A property of fencing that stands under both its names says the same under both, in a version that knows both',
  severity: 'critical',
  why: 'Nodes of different versions obey different names: one fences, and another believes that it need not.',
  source: 'Pacemaker 3.0.2, release notes: fencing-* beside stonith-*',
  where: 'cluster',
  needs: {},
  read: () => [cib],
  check: readings =>
    given(cibOf(readings), read => {
      const version = propertyOf(read, 'dc-version') ?? '';
      const named = ends.filter(end => propertyOf(read, `fencing-${end}`) !== undefined);
      if (named.length === 0) return notApplicable('no property stands under its new name, fencing-…');
      const wrong = named.flatMap(end => {
        const [now, before] = [propertyOf(read, `fencing-${end}`), propertyOf(read, `stonith-${end}`)];
        if (!knowsBoth(version) && before === undefined)
          return [`fencing-${end}=${now} is not read by Pacemaker ${version || 'of an unknown version'}`];
        return before === undefined || before === now ? [] : [`fencing-${end}=${now}, stonith-${end}=${before}`];
      });
      return noneOf(wrong, `fencing-${named.join(', fencing-')} agree in Pacemaker ${version}`);
    }),
  mend: 'keep one name of each, the one that every node of the cluster reads: stonith-… before Pacemaker 3.0.2',
};

function knowsBoth(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  return major > 3 || (major === 3 && (minor > 0 || patch >= 2));
}
