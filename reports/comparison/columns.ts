import {type CsvColumn, labelsCell, type Sheet, sheet} from '../document/csv.ts';
import type {Aside, Row, SideBySide} from './model.ts';

/** A series that was compared, or one that could not be. */
interface Line {
  labels: Aside['labels'];
  metric: string;
  row?: Row;
  aside?: Aside;
}

const columns: readonly CsvColumn<Line>[] = [
  ['metric', ({metric}) => metric],
  ['labels', ({labels}) => labelsCell(labels)],
  ['unit', ({row}) => row?.unit],
  ['better', ({row}) => row?.better],
  ['n_before', ({row, aside}) => row?.before.values.length ?? aside?.before],
  ['before', ({row}) => row?.before.median],
  ['before_low', ({row}) => row?.before.estimate?.low],
  ['before_high', ({row}) => row?.before.estimate?.high],
  ['n_after', ({row, aside}) => row?.after.values.length ?? aside?.after],
  ['after', ({row}) => row?.after.median],
  ['after_low', ({row}) => row?.after.estimate?.low],
  ['after_high', ({row}) => row?.after.estimate?.high],
  ['scale', ({row}) => row?.scale],
  ['effect', ({row}) => row?.effect.value],
  ['effect_low', ({row}) => row?.effect.low],
  ['effect_high', ({row}) => row?.effect.high],
  ['confidence', ({row}) => row?.effect.confidence],
  ['method', ({row}) => row?.effect.method],
  ['p', ({row}) => row?.p],
  ['p_holm', ({row}) => row?.pHolm],
  ['p_ranks', ({row}) => row?.ranks?.p],
  ['threshold', ({row}) => row?.threshold],
  ['verdict', ({row}) => row?.verdict ?? 'not-compared'],
  ['trials_needed', ({row}) => row?.trialsNeeded],
  ['notes', ({row, aside}) => row?.notes.join('; ') ?? aside?.reason],
];

/**
 * One series a line, in base units and full precision; what could not be compared has a line too, with the reason.
 * What is missing is empty.
 */
export function comparisonSheet({rows, aside}: SideBySide): Sheet {
  return sheet(columns, [
    ...rows.map(row => ({metric: row.metric, labels: row.labels, row})),
    ...aside.map(one => ({metric: one.metric, labels: one.labels, aside: one})),
  ]);
}
