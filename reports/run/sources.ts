import type {Sample} from '../../harness/types.ts';
import type {Words} from '../document/document.ts';
import {formatQuantity} from '../words/units.ts';
import {sampleNote} from '../words/words.ts';
import {type Links, linksOf} from './links.ts';
import type {Report} from './report.ts';

/** The samples of a report, found by metric, and each number as a link to the bytes it came from. */
export interface Sources {
  report: Report;
  ofMetric(metric: string): readonly Sample[];
  /** Those that carry all of `labels`. */
  matching(metric: string, labels: Readonly<Record<string, string>>): readonly Sample[];
  links: Links;
  /** The number, linked to its artefact; `> 60 s` for what never ended. */
  number(sample: Sample): Words;
}

export function sourcesOf(report: Report): Sources {
  const links = linksOf(report);
  const byMetric = new Map<string, Sample[]>();
  for (const sample of report.samples) {
    const list = byMetric.get(sample.metric);
    if (list) list.push(sample);
    else byMetric.set(sample.metric, [sample]);
  }
  const ofMetric = (metric: string): readonly Sample[] => byMetric.get(metric) ?? [];
  return {
    report,
    ofMetric,
    matching(metric, labels) {
      const wanted = Object.entries(labels);
      return ofMetric(metric).filter(sample => wanted.every(([name, value]) => sample.labels[name] === value));
    },
    links,
    number(sample) {
      const text = `${sample.censored ? '> ' : ''}${formatQuantity(sample.value, sample.unit)}`;
      const note = sampleNote(sample);
      return {
        href: links.sample(sample),
        words: text,
        note: `${sample.from.artefact} ${sample.from.path}${note === '' ? '' : ` (${note})`}`,
      };
    },
  };
}
