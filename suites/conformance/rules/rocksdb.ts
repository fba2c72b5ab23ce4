/** C-23. */
import {cephLines, given, holds, unknown, violated} from '../read.ts';
import {ceph} from '../readings.ts';
import type {Rule, RuleState} from '../rule.ts';

export const rocksdb: Rule = {
  id: 'C-23',
  title: "Ceph's RocksDB is built with optimisation",
  claim: 'sto.iops',
  severity: 'minor',
  why: 'The metadata of every write goes through it: an unoptimised build costs a third of the write operations.',
  source:
    'ceph.io, "Silver bullet for RocksDB performance" (2024): upstream packages for Ubuntu and Debian before the fix of 2023/24',
  where: 'cluster',
  needs: {storage: ['ceph']},
  read: () => [ceph],
  check: readings =>
    given(cephLines(readings, 'versions'), lines => {
      // Of daemons of several versions the worst counts.
      const versions = new Set(lines.join(' ').match(/ceph version \d+\.[^"]*/g));
      const states = [...versions].map(builtWell);
      const worst = ['violated', 'not-known', 'holds'].map(state => states.find(each => each.state === state));
      return worst.find(each => each !== undefined) ?? unknown('ceph versions names none');
    }),
  mend: "take the distribution's own packages, or Squid and later",
};

function builtWell(text: string): RuleState {
  const [, version = '', major] = /ceph version ((\d+)\.[\d.]+)/.exec(text) ?? [];
  // From Tentacle on the version says how it was built.
  const built = /\((?:stable|rc|dev)[^)]*- (\w+)\)/.exec(text)?.[1];
  if (built !== undefined) {
    const said = `${version}, built as ${built}`;
    return /^(?:RelWithDebInfo|Release|MinSizeRel)$/.test(built) ? holds(said) : violated(said);
  }
  if (Number(major) >= 19) return holds(`${version} came after the fix`);
  return unknown(
    `${version} does not say how it was built: see whether its package is the distribution's, or from after the fix`,
  );
}
