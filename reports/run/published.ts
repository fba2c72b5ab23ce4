/** What others have published, beside what this run measured: context, against which nothing is judged. */
import type {Reference, Sample} from '../../harness/types.ts';
import {type Block, numeric, table} from '../document/document.ts';
import {median} from '../stats/numbers.ts';
import {formatQuantity} from '../words/units.ts';
import {metricTitle, plural} from '../words/words.ts';
import type {Published} from './report.ts';

/**
 * The references of which the run has a figure: the median over the samples of the last profile that measured it, of
 * which one that never ended counts as infinite.
 */
export function publishedBeside(
  references: readonly Reference[],
  samples: readonly Sample[],
  profiles: readonly string[],
): readonly Published[] {
  return references.flatMap(reference => {
    const fits = samples.filter(
      ({metric, labels}) =>
        metric === reference.metric && Object.entries(reference.where).every(([name, value]) => labels[name] === value),
    );
    const profile = profiles.findLast(name => fits.some(({labels}) => labels.profile === name));
    const own = fits.filter(({labels}) => labels.profile === profile);
    const [first] = own;
    if (profile === undefined || first === undefined) return [];
    const values = own.map(({value, censored}) => (censored ? Number.POSITIVE_INFINITY : value));
    const n = new Set(own.map(({labels}) => labels.trial)).size;
    return [{reference, own: {profile, median: median(values), n, unit: first.unit}}];
  });
}

export function publishedBlock(published: readonly Published[]): Block {
  return table(
    'Published by others, beside what was measured here',
    ['Figure', 'Published', numeric('Here'), 'Measured on', {title: 'Not the same thing', small: true}],
    published.map(({reference, own}) => [
      [reference.title, {below: reference.source}],
      reference.figures.join(', '),
      [
        Number.isFinite(own.median) ? formatQuantity(own.median, own.unit) : 'never ended',
        {below: `${metricTitle(reference.metric)}, ${own.profile}, median of ${plural(own.n, 'trial')}`},
      ],
      reference.measuredOn,
      reference.differs,
    ]),
    'Context, not a target: no verdict of this report is held against these figures.',
  );
}
