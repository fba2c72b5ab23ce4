/** C-48. What the guide demands, and C-25 forbids: which of the two is meant is for the owner to say. */
import {given, holds, mergingOf, unknown, violated} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const ksmOn: Rule = {
  id: 'C-48',
  title: 'Identical pages of guests of one owner are merged (KSM on)',
  claim: 'mem.ksm',
  severity: 'minor',
  why: 'The memory that merging was promised to save is not saved.',
  source:
    'the guide, abstract (page merging). Against it: CIS Benchmarks for KVM hosts (C-25), where tenants distrust each other',
  where: 'host',
  needs: {},
  read: about => [host(about)],
  check: readings =>
    given(mergingOf(readings), ({runs, tuned}) => {
      if (runs) return holds('KSM runs');
      return tuned
        ? unknown('KSM does not run now, and ksmtuned starts it when memory gets short')
        : violated('KSM does not run');
    }),
  mend: 'echo 1 > /sys/kernel/mm/ksm/run, or enable ksmtuned; where tenants distrust each other, leave it off and say so',
};
