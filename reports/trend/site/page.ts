import {sha256Source} from '../../document/digest.ts';
import {type Content, html, trusted} from '../../document/markup.ts';
import {trendStyle} from './style.ts';

/** Says which files are ours, for who replaces them. */
export const generator = 'seatrial trend';

/** A page that stands alone: nothing is loaded, a content security policy inside says so, and it reads without scripts. */
export async function page(
  title: string,
  body: Content,
  {scripts, wide = false}: {scripts: readonly string[]; wide?: boolean},
): Promise<string> {
  const sources = await Promise.all(scripts.map(script => sourceOf(script)));
  const policy = `default-src 'none'; style-src '${await sourceOf(trendStyle)}'; script-src ${sources.map(one => `'${one}'`).join(' ')}; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="${generator}">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trusted(trendStyle)}</style>
</head>
<body>
<div class="page${wide ? ' wide' : ''}">
${body}
</div>
${scripts.map(script => html`<script>${trusted(script)}</script>\n`)}</body>
</html>
`.markup;
}

const digests = new Map<string, Promise<string>>();

/** The same few texts on every page. */
function sourceOf(text: string): Promise<string> {
  const known = digests.get(text) ?? sha256Source(text);
  digests.set(text, known);
  return known;
}
