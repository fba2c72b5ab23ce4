/** C-25. Contradicts the guide, which merges pages: each source is for another case. */
import {given, mergingOf, noneOf, unknown, violated} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const ksmOff: Rule = {
  id: 'C-25',
  title: 'Pages of tenants who distrust each other are not merged (KSM off)',
  severity: 'minor',
  why: 'By the time that a write to a merged page takes, one tenant learns what another has in memory.',
  source:
    'CIS Benchmarks for KVM hosts: KSM leaks by its timing. Against it: the guide merges pages (mem.ksm), which is for guests of one owner',
  where: 'host',
  needs: {},
  read: about => [host(about)],
  check: readings =>
    given(mergingOf(readings), ({runs, shared, tuned}) => {
      if (runs) return violated('KSM runs');
      const wrong = [
        ...(tuned ? ['ksmtuned starts KSM when memory gets short'] : []),
        ...(shared !== undefined && shared > 0 ? [`KSM stands still, ${shared} pages are still merged`] : []),
      ];
      if (wrong.length === 0 && (shared === undefined || tuned === undefined))
        return unknown('KSM does not run; whether pages are still merged, or ksmtuned starts it, is not told');
      return noneOf(wrong, 'KSM does not run, and no page is merged');
    }),
  mend: 'echo 2 > /sys/kernel/mm/ksm/run, and disable ksmtuned; where all guests have one owner, leave it on and say so',
};
