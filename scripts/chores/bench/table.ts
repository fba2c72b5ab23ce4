import {besideWords, goalWords, type Results, valueWords} from './line.ts';

const marker = '<!-- performance -->';
const columns = ['bench', 'what', 'measured', 'beside it, in the same run', 'goal'];

/** The text with the results' table between its two markers, in place of what stood there. */
export function withTable(text: string, results: Results): string {
  const [before, , after, ...more] = text.split(marker);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`expected two markers ${marker}`);
  }
  return [before, `\n${table(results)}\n`, after].join(marker);
}

/** Between the markers; undefined where there are none. */
export function tableIn(text: string): string | undefined {
  return text.split(marker)[1]?.trim();
}

function table({machine, load, commit, date, benches}: Results): string {
  const rows = benches.flatMap(({title, lines}) =>
    lines.map((line, index) => [
      index === 0 ? title : '',
      line.what,
      valueWords(line),
      besideWords(line),
      goalWords(line),
    ]),
  );
  return [
    `${machine}; commit ${commit}, ${date}. Medians. ${load < 0.5 ? 'Nothing else ran.' : `Other work ran beside it, load ${load.toFixed(1)}: the clock shows that, CPU time and ratios hardly do.`}`,
    '',
    row(columns),
    row(columns.map(() => '---')),
    ...rows.map(row),
  ].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
