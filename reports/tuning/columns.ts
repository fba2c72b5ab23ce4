import {type CsvColumn, labelsCell, type Sheet, sheet} from '../document/csv.ts';
import type {Ranked, RankedSeries, Ranking, Step} from './rank.ts';

interface Line {
  series: RankedSeries;
  ranked: Ranked;
}

function effectOf(step: Step, of: 'value' | 'low' | 'high'): number | undefined {
  return 'row' in step ? step.row.effect[of] : undefined;
}

function pOf(step: Step): number | undefined {
  return 'row' in step ? step.row.pHolm : undefined;
}

const columns: readonly CsvColumn<Line>[] = [
  ['metric', ({series}) => series.metric],
  ['labels', ({series}) => labelsCell(series.labels)],
  ['setting', ({ranked}) => ranked.factor.name],
  ['settings', ({ranked}) => ranked.factor.settings.join(';')],
  ['added', ({ranked}) => effectOf(ranked.added, 'value')],
  ['added_low', ({ranked}) => effectOf(ranked.added, 'low')],
  ['added_high', ({ranked}) => effectOf(ranked.added, 'high')],
  ['added_p_holm', ({ranked}) => pOf(ranked.added)],
  ['left_out', ({ranked}) => effectOf(ranked.leftOut, 'value')],
  ['left_out_low', ({ranked}) => effectOf(ranked.leftOut, 'low')],
  ['left_out_high', ({ranked}) => effectOf(ranked.leftOut, 'high')],
  ['left_out_p_holm', ({ranked}) => pOf(ranked.leftOut)],
  ['difference', ({ranked}) => ranked.difference],
];

/** One setting and series a line, in base units and full precision; what was not measured is empty. */
export function rankingSheet({series}: Ranking): Sheet {
  return sheet(
    columns,
    series.flatMap(one => one.factors.map(ranked => ({series: one, ranked}))),
  );
}
