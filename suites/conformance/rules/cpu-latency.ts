/** C-22. Deep idle states and the IOMMU cost Ceph 10 to 20 %. */
import {answer, given, noneOf, notApplicable, unknown} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

/** A state that takes longer to leave than this is a deep one: C1E is 10 µs, C6 more than 100. */
const deepMicroseconds = 20;

const stateShape = /^state (.+) (\d+) ([01])$/;

export const cpuLatency: Rule = {
  id: 'C-22',
  title:
    'A node with OSDs does without deep idle states, with the governor "performance", and without an IOMMU that is not needed',
  claim: 'sto.iops',
  severity: 'minor',
  why: 'Waking from deep sleep costs up to hundreds of microseconds with every small write.',
  source: 'ceph.io, "A journey to 1 TiB/s" (2024; Quincy and Reef)',
  where: 'host',
  needs: {storage: ['ceph']},
  read: about => [host(about)],
  check: readings =>
    given(answer(readings, 'osds'), ([osds]) => {
      if (osds === '0') return notApplicable('no OSD runs here');
      return given(answer(readings, 'idle'), lines => {
        const word = (name: string) => lines.find(line => line.startsWith(`${name} `))?.slice(name.length + 1) ?? '';
        const governor = word('governor');
        // The kernel enters no state that takes longer to leave than a program asks for, as tuned does.
        const longest = /^\d+$/.test(word('latency')) ? Number(word('latency')) : Number.POSITIVE_INFINITY;
        const deep = lines.flatMap(line => {
          const [, name, latency, off] = stateShape.exec(line) ?? [];
          const leave = Number(latency);
          return name !== undefined && off === '0' && leave > deepMicroseconds ? [{name, leave}] : [];
        });
        const entered = deep.filter(({leave}) => leave <= longest);
        const states = entered.map(({name, leave}) => `${name} (${leave} µs)`);
        if (governor === '' && states.length === 0)
          return unknown('the kernel names no governor: its frequencies are not its own');
        const wrong = [
          ...(states.length === 0 ? [] : [`idle states ${states.join(', ')}`]),
          ...(governor === '' || governor === 'performance' ? [] : [`governor ${governor}`]),
          ...(Number(word('iommu')) > 0 ? ['an IOMMU is on'] : []),
        ];
        const untold = lines.some(line => line.startsWith('state ') && !stateShape.test(line));
        if (wrong.length === 0 && (untold || !/^\d+$/.test(word('iommu'))))
          return unknown('the kernel does not tell of all its idle states, or of an IOMMU');
        const kept = deep.length > entered.length ? ` (a program asks for ${longest} µs at most)` : '';
        return noneOf(wrong, `governor ${governor}, no deep idle state${kept}, no IOMMU`);
      });
    }),
  mend: 'tuned-adm profile latency-performance; iommu=off on the kernel command line, where no device is passed through',
};
