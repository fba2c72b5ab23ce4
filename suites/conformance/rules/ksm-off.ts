/** C-25. Contradicts the guide, which merges pages: each source is for another case. */
import {given, holds, ksmRuns, violated} from '../read.ts';
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
  check: readings => given(ksmRuns(readings), runs => (runs ? violated('KSM runs') : holds('KSM does not run'))),
  mend: 'echo 2 > /sys/kernel/mm/ksm/run, and disable ksmtuned; where all guests have one owner, leave it on and say so',
};
