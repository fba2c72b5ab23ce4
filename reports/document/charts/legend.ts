import {type Content, html, type Markup, trusted} from '../markup.ts';
import type {SeriesStyle} from './palette.ts';
import {themed} from './palette.ts';

const outlines: Record<SeriesStyle['shape'], string> = {
  circle: 'M13.5 7a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z',
  diamond: 'M17 2.5l4.5 4.5l-4.5 4.5l-4.5-4.5z',
  square: 'M13.5 3.5h7v7h-7z',
  'triangle-up': 'M17 2.5l4.5 8h-9z',
};

/** Line and shape of a profile. */
export function seriesKey(style: SeriesStyle): Markup {
  const dash = style.dash.length === 0 ? '' : ` stroke-dasharray="${style.dash.join(' ')}"`;
  return sign(
    34,
    `<path d="M0 7h34" fill="none" stroke="${style.colour}" stroke-width="2"${dash}/><path d="${outlines[style.shape]}" fill="${style.filled ? style.colour : '#ffffff'}" stroke="${style.colour}" stroke-width="1.5"/>`,
  );
}

/** A filled block, with a letter where the chart has one. */
export function blockKey(fill: string, ink: string, letter = ''): Markup {
  const text =
    letter === '' ? '' : `<text x="9" y="10.5" text-anchor="middle" font-size="10" fill="${ink}">${letter}</text>`;
  return sign(18, `<path d="M0 1h18v12h-18z" fill="${fill}"/>${text}`);
}

/** A line across. */
export function lineKey(stroke: string, dash: string): Markup {
  return sign(24, `<path d="M0 7h24" fill="none" stroke="${stroke}" stroke-width="1.5" stroke-dasharray="${dash}"/>`);
}

function sign(width: number, inside: string): Markup {
  return trusted(
    `<svg class="key" width="${width}" height="14" viewBox="0 0 ${width} 14" aria-hidden="true">${themed(inside)}</svg>`,
  );
}

export function legend(entries: readonly {key: Markup; text: string}[]): Content {
  if (entries.length === 0) return undefined;
  return html`<ul class="legend">${entries.map(({key, text}) => html`<li>${key} ${text}</li>`)}</ul>`;
}
