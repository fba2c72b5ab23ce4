import {frame} from '../../document/html.ts';
import {type Content, html} from '../../document/markup.ts';
import {trendStyle} from './style.ts';

/** Says which files are ours, for who replaces them. */
export const generator = 'seatrial trend';

export function page(
  title: string,
  body: Content,
  {scripts, wide = false}: {scripts: readonly string[]; wide?: boolean},
): Promise<string> {
  const within = html`<div class="page${wide ? ' wide' : ''}">
${body}
</div>`;
  return frame({title, body: within, style: trendStyle, scripts, generator});
}
