/** Total time and blackout against the rate of writing, a line an option; where it ends, it does not converge. */
import {parse, View} from 'vega';
import {compile, type TopLevelSpec} from 'vega-lite';
import type {MigrationCell} from './stored.ts';
import {pictured} from './table.ts';

const order = ['pre-copy', 'auto-converge', 'post-copy', 'multifd', 'xbzrle', 'tls'];
/** Told apart by those who see few colours, too (Okabe and Ito). */
const colours = ['#000000', '#e69f00', '#009e73', '#0072b2', '#d55e00', '#cc79a7'];

const ends = {
  moved: 'moved',
  broken: 'moved, and broken',
  'called-back': 'did not converge',
  failed: 'failed',
} as const;

interface Panel {
  field: 'total' | 'blackout';
  title: string;
  scale: {type: 'linear' | 'log'; domain?: [number, number]};
}
const panels: readonly Panel[] = [
  {field: 'total', title: 'total time (s)', scale: {type: 'linear'}},
  {field: 'blackout', title: 'blackout seen by the client (s)', scale: {type: 'log'}},
];

/** As SVG on white. The same cells make the same bytes. */
export async function picture(cells: readonly MigrationCell[]): Promise<string> {
  const points = pictured(cells).map(cell => ({
    option: cell.option,
    rate: cell.dirtyMiBPerSecond,
    total: cell.totalSeconds,
    blackout: cell.blackoutSeconds,
    end: ends[cell.end],
  }));
  const view = new View(parse(compile(specOf(points)).spec), {renderer: 'none'});
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}

function specOf(values: readonly Record<string, unknown>[]): TopLevelSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 12,
    data: {values: [...values]},
    hconcat: panels.map(panel => ({
      width: 340,
      height: 260,
      layer: [
        {
          data: {values: [{limit: 16}]},
          mark: {type: 'rule', strokeDash: [4, 4], color: '#777'},
          encoding: {x: {field: 'limit', type: 'quantitative'}},
        },
        {
          transform: [{filter: 'datum.end === "moved"'}],
          mark: {type: 'line', opacity: 0.6},
          encoding: encodingOf(panel),
        },
        {
          mark: {type: 'point', size: 70, filled: false, strokeWidth: 2},
          encoding: {
            ...encodingOf(panel),
            shape: {
              field: 'end',
              type: 'nominal',
              title: null,
              scale: {domain: Object.values(ends), range: ['circle', 'cross', 'triangle-up', 'square']},
            },
          },
        },
      ],
    })),
    config: {font: 'sans-serif', view: {stroke: '#ccc'}, legend: {labelLimit: 300}},
  };
}

function encodingOf({field, title, scale}: Panel) {
  const x = {field: 'rate', type: 'quantitative' as const, title: 'written in the guest (MiB/s); dashed: the limit'};
  return {
    x,
    y: {field, type: 'quantitative' as const, title, scale},
    color: {field: 'option', type: 'nominal' as const, title: null, scale: {domain: order, range: colours}},
  };
}
