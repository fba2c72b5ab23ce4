import {exampleReport} from '../../../fixtures/kit/report.ts';
import type {Report} from '../../../reports/run/report.ts';

/**
 * Charts of the example whatever it is filled with: timeline, migration, comparisons, throughput and its own latencies.
 */
const chartsOfExample = 14;

/**
 * The renderers' example, made as large as asked: verdicts under new names, and storage latency of new patterns, a
 * chart each.
 */
export function largeReport({verdicts, charts}: {verdicts: number; charts: number}): Report {
  const example = exampleReport(6);
  const patterns = Math.max(0, charts - chartsOfExample);
  const original = example.samples.filter(
    ({metric, labels}) => metric === 'storage.latency' && labels.pattern === 'randread-4k',
  );
  const more = Array.from({length: patterns}, (_, index) =>
    original.map(sample => ({...sample, labels: {...sample.labels, pattern: `randread-${index + 5}k`}})),
  );
  return {
    ...example,
    samples: [...example.samples, ...more.flat()],
    verdicts: Array.from({length: verdicts}, (_, index) => {
      const verdict = example.verdicts[index % example.verdicts.length];
      if (verdict === undefined) throw new Error('the example has no verdicts');
      const id = `${verdict.claim.id}.${index}`;
      return {
        ...verdict,
        claim: {...verdict.claim, id},
        targets: verdict.targets.map(one => ({
          ...one,
          target: {...one.target, id: `${one.target.id}.${index}`, claim: id},
        })),
      };
    }),
  };
}
