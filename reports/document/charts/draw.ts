import {Error as errorsOnly, logger, parse, View} from 'vega';
import {compile, type TopLevelSpec} from 'vega-lite';
import {clipped} from '../../words/text.ts';
import type {Column, Words} from '../document.ts';
import {type Content, html, type Markup, trusted} from '../markup.ts';
import type {Layer} from './layers.ts';
import {colour, fontFamily, themed} from './palette.ts';

/** A drawn chart with everything a reader needs who does not see it. */
export interface Chart {
  id: string;
  /** What is shown; becomes the figure's caption. */
  title: string;
  /** What it says, in a sentence or two. */
  summary: string;
  svg: Markup;
  legend: Content;
  /** The numbers behind it. */
  table: DataTable;
}

export interface DataTable {
  caption: string;
  columns: readonly Column[];
  /** The first cell of a row is its heading. */
  rows: readonly (readonly Words[])[];
}

export interface Canvas {
  /** Size of the plot itself, without the margins, in px. */
  width: number;
  height: number;
  margin: {left: number; right: number; top: number; bottom: number};
}

/**
 * Vega-Lite to SVG without a canvas or a clock. All text sits where it is told to (nothing is measured), so the bytes
 * are the same on every
 * machine; ids carry the chart's own.
 */
export async function draw(
  id: string,
  canvas: Canvas,
  layers: readonly Layer[],
  title: string,
  summary: string,
): Promise<Markup> {
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: canvas.width,
    height: canvas.height,
    padding: canvas.margin,
    autosize: 'none',
    background: 'transparent',
    layer: [...layers],
    resolve: {scale: {shape: 'independent', color: 'independent', size: 'independent'}},
    config: {
      aria: false,
      font: fontFamily,
      view: {stroke: null, fill: null},
      text: {color: colour.ink, fontSize: 11, font: fontFamily},
      rule: {color: colour.ink},
      axis: {
        labelColor: colour.muted,
        titleColor: colour.muted,
        labelFont: fontFamily,
        titleFont: fontFamily,
        labelFontSize: 11,
        titleFontSize: 11,
        titleFontWeight: 'normal',
        gridColor: colour.grid,
        domainColor: colour.rule,
        tickColor: colour.rule,
        labelFlush: false,
        labelOverlap: false,
      },
    },
  };
  const quiet = logger(errorsOnly, 'error', (_method, _level, input) => {
    throw new Error(`chart ${id}: ${[...input].join(' ')}`);
  });
  const view = new View(parse(compile(spec, {logger: quiet}).spec), {renderer: 'none', logger: quiet});
  try {
    return trusted(dressed(id, await view.toSVG(), title, summary));
  } finally {
    view.finalize();
  }
}

/** What the root says already, or says to nobody: with role img the marks have no roles of their own. */
const noise = / (?:role|aria-roledescription|font-family|pointer-events|stroke-miterlimit|class)="[^"]*"/g;

/** Own ids, theme colours, a name and a description; the size follows the page. */
function dressed(id: string, svg: string, title: string, summary: string): string {
  const body = /^<svg[^>]*viewBox="([^"]*)"[^>]*>([\s\S]*)<\/svg>\s*$/.exec(svg);
  const box = body?.[1];
  const inside = body?.[2];
  if (box === undefined || inside === undefined)
    throw new Error(`chart ${id}: Vega's SVG has another form than expected: ${clipped(svg, 80)}`);
  const ids = new Map<string, string>();
  // Only inside tags: what stands between them is text of the run.
  const renamed = inside.replace(/<[^>]*>/g, tag =>
    tag.replace(noise, '').replace(/(id="|url\(#)([A-Za-z]+_?\d+)/g, (_whole, lead: string, old: string) => {
      const fresh = ids.get(old) ?? `${id}-${ids.size}`;
      ids.set(old, fresh);
      return `${lead}${fresh}`;
    }),
  );
  const width = box.split(' ')[2] ?? '100';
  const {markup} = html`<title id="${id}-title">${title}</title><desc id="${id}-desc">${summary}</desc>`;
  return `<svg role="img" aria-labelledby="${id}-title" aria-describedby="${id}-desc" class="plot w${width}" viewBox="${box}" font-family="${fontFamily}" xmlns="http://www.w3.org/2000/svg">${markup}${themed(renamed)}</svg>`;
}

/** Marks of a linear axis from 0 (or below) to at least `top`: 1, 2, 2.5 or 5 times a power of ten apart. */
export function linearTicks(top: number, wanted = 6): number[] {
  if (!(top > 0) || !Number.isFinite(top)) return [0, 1];
  const rough = top / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 2.5, 5, 10].map(factor => factor * power).find(candidate => candidate >= rough * 0.999) ?? 10 * power;
  const count = Math.ceil(top / step - 1e-9);
  return Array.from({length: count + 1}, (_, index) => Number((index * step).toPrecision(12)));
}

/**
 * Marks of a logarithmic axis around [low, high], both > 0: every power of ten, with 2 and 5 between where there is
 * room.
 */
export function logTicks(low: number, high: number): number[] {
  if (!(low > 0) || !(high >= low) || !Number.isFinite(high)) return [1, 10];
  const from = Math.floor(Math.log10(low) + 1e-9);
  const to = Math.ceil(Math.log10(high) - 1e-9);
  const factors = to - from <= 3 ? [1, 2, 5] : [1];
  const all: number[] = [];
  for (let power = from; power <= Math.max(to, from + 1); power += 1) {
    for (const factor of factors) all.push(Number((factor * 10 ** power).toPrecision(3)));
  }
  const first = all.filter(tick => tick <= low * 1.0001).at(-1) ?? all[0] ?? 1;
  const last = all.find(tick => tick >= high * 0.9999 && tick > first) ?? all.at(-1) ?? 10;
  return all.filter(tick => tick >= first && tick <= last);
}
