/** What faults did to the guests that they did not strike, a line for each guest of each trial. */
import type {Sample} from '../../harness/types.ts';
import type {DataTable} from '../document/charts/draw.ts';
import {numeric, type Words} from '../document/document.ts';
import {byCount, byText} from '../words/text.ts';
import type {Sources} from './sources.ts';

const figures = [
  {title: 'Lost', metric: 'disruption.lost'},
  {title: 'Longest silence', metric: 'disruption.gap'},
  {title: 'Longest without a write', metric: 'disruption.io-gap'},
  {title: 'P99 before', metric: 'disruption.latency', when: 'before'},
  {title: 'P99 during', metric: 'disruption.latency', when: 'during'},
  {title: 'P99 after', metric: 'disruption.latency', when: 'after'},
] as const;

interface Line {
  trial: string;
  fault: string;
  profile: string;
  guest: string;
  load?: string;
  samples: (Sample | undefined)[];
}

/** In the order of the trials; without rows where no trial left a guest unstruck. */
export function otherGuestNumbers(sources: Sources): DataTable {
  return {
    caption:
      'Guests that were not struck: what the client and, under the stated load, their own disks saw of the fault',
    columns: [
      ...['Trial', 'Fault', 'Profile', 'Guest', 'Load'].map(title => ({title})),
      ...figures.map(({title}) => numeric(title)),
    ],
    rows: linesOf(sources).map(({trial, fault, profile, guest, load, samples}) => [
      {href: `#trial-${trial}`, words: `#${trial}`},
      fault,
      profile,
      guest,
      load ?? {absent: 'none'},
      ...samples.map((sample): Words => (sample ? sources.number(sample) : {absent: 'not seen'})),
    ]),
  };
}

function linesOf(sources: Sources): readonly Line[] {
  const lines = new Map<string, Line>();
  for (const [index, figure] of figures.entries()) {
    for (const sample of sources.ofMetric(figure.metric)) {
      const {trial = '', profile = '', fault = '', guest = '', load, when} = sample.labels;
      if ('when' in figure && when !== figure.when) continue;
      const key = JSON.stringify([trial, fault, guest]);
      const line = lines.get(key) ?? {trial, fault, profile, guest, samples: figures.map(() => undefined)};
      line.samples[index] = sample;
      if (load !== undefined) line.load = load;
      lines.set(key, line);
    }
  }
  return [...lines.values()].sort((a, b) => byCount(a.trial, b.trial) || byText(a.guest, b.guest));
}
