import {createHash} from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {exampleReport} from '../../fixtures/kit/report.ts';
import {untrusted} from '../../fixtures/kit/untrusted-text.ts';
import {render} from '../document/index.ts';
import {copyScript, styleSheet} from '../document/style.ts';
import {runDocument} from './document.ts';
import type {Report} from './report.ts';

const renderHtml = (report: Report) => render(runDocument(report), 'html');

const example = exampleReport();
const page = renderHtml(example);
const {comparisons: _c, samples: _s, trials: _t, ...rest} = exampleReport();
const small: Report = {...rest, comparisons: [], samples: [], trials: []};

const tags = new Set(
  'html head meta title body a div header p h1 h2 h3 svg path g rect line text circle desc strong ul ol li dl dt dd nav main section table caption colgroup col thead tbody tr th td span br code small details summary figure figcaption footer button defs clipPath'.split(
    ' ',
  ),
);
const attributes = new Set(
  'display lang charset http-equiv content name class href id role aria-label aria-labelledby aria-describedby aria-hidden tabindex type hidden scope rowspan colspan title viewBox d fill fill-rule stroke stroke-width stroke-dasharray stroke-miterlimit stroke-opacity fill-opacity opacity width height x y x1 x2 y1 y2 cx cy r transform text-anchor font-family font-size font-weight pointer-events xmlns clip-path'.split(
    ' ',
  ),
);

/** Everything that is not one of our own tags with one of our own attributes and a harmless target. */
function strangers(markup: string): string[] {
  const body = markup.replace(`<style>${styleSheet}</style>`, '').replace(`<script>${copyScript}</script>`, '');
  const found: string[] = [];
  const tag = /^<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z0-9:-]+(?:="[^"<>]*")?)*)\s*\/?>/;
  for (const [index, piece] of body.split('<').entries()) {
    if (index === 0 || piece.startsWith('!doctype html>')) continue;
    const match = tag.exec(`<${piece}`);
    if (!match?.[2] || !tags.has(match[2])) {
      found.push(`<${piece.slice(0, 60)}`);
      continue;
    }
    for (const [, name = '', value = ''] of (match[3] ?? '').matchAll(/([a-zA-Z0-9:-]+)(?:="([^"]*)")?/g)) {
      if (!attributes.has(name)) found.push(`${name}=${value.slice(0, 60)}`);
      if (name === 'href' && !/^(#|\.\.\/trials\/|report\.csv$)/.test(value)) found.push(`href=${value}`);
    }
  }
  return found;
}

test('only our own tags, attributes and targets', async t => {
  t.deepEqual(strangers(await page), []);
});

test('the check for strangers finds them', t => {
  for (const planted of [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<p onclick="x">',
    '<a href="javascript:alert(1)">',
    '<a href="https://example.org/">',
    'x < y',
  ]) {
    t.not(strangers(planted).length, 0, planted);
  }
});

test('no text of a run becomes markup, in any field', async t => {
  for (const payload of [
    ' fill="red" role="x"',
    '"><script>alert(1)</script>',
    "' onload='x' &lt;b&gt; <!-- ]]> \u0000\u202e\ud800",
  ]) {
    const markup = await renderHtml(untrusted(example, payload));
    t.deepEqual(strangers(markup), []);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
    t.false(/[\u0000-\u0008\u202e]/.test(markup));
    t.true(markup.includes('figure id="failover-timeline"'), 'the charts are still drawn');
  }
});

test('no text at all becomes markup', async t => {
  await fc.assert(
    fc.asyncProperty(fc.string({unit: 'binary'}), async payload => {
      t.deepEqual(strangers(await renderHtml(untrusted(small, payload))), []);
    }),
    {numRuns: 20},
  );
});

test('nothing outside the file is asked for, and the policy says so', async t => {
  const markup = await page;
  t.false(/(?:src|srcset|poster|action|data)=/.test(markup.replace(copyScript, '')));
  t.false(/url\((?!#)|@import/.test(markup));
  const hash = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(markup)?.[1]?.replaceAll('&#39;', "'") ?? '';
  const inside = (name: string) => new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(markup)?.[1] ?? '';
  t.is(
    policy,
    `default-src 'none'; style-src '${hash(inside('style'))}'; script-src '${hash(inside('script'))}'; base-uri 'none'; form-action 'none'`,
  );
  t.false(/ style="/.test(markup), 'the policy would refuse it');
});

test('no number reads NaN, undefined, null or Infinity', async t => {
  const words = (await page).replace(/<style>[\s\S]*?<\/style>|<script>[\s\S]*?<\/script>|<[^>]*>/g, ' ');
  t.is(/NaN|undefined|\bnull\b|Infinity|\[object/.exec(words), null);
});

test('ids are unique and every link inside the page arrives', async t => {
  const markup = await page;
  const ids = [...markup.matchAll(/ id="([^"]*)"/g)].map(match => match[1]);
  t.is(new Set(ids).size, ids.length);
  for (const [, target] of markup.matchAll(/href="#([^"]*)"/g)) t.true(ids.includes(target), `#${target}`);
});

test('each chart has a name, a description, real text, theme colours and its numbers', async t => {
  const markup = await page;
  const figures = markup.split('<figure ').slice(1);
  t.is(figures.length, example.comparisons.length === 0 ? 0 : 14);
  for (const figure of figures) {
    const svg = /<svg role="img"[\s\S]*?<\/svg>(?=<\/div>)/.exec(figure)?.[0] ?? '';
    t.regex(svg, /<title id="[^"]+">[^<]+<\/title><desc id="[^"]+">[^<]+<\/desc>/);
    t.regex(svg, /<text [^>]*>[^<]+<\/text>/);
    t.is(/(?:fill|stroke)="(?!none|transparent|var\()[^"]*"/.exec(svg), null);
    t.regex(figure, /<details><summary>The numbers of this chart<\/summary>\s*<div[^>]*><table/);
  }
});

test('tables have captions and headings with scope', async t => {
  const markup = await page;
  for (const table of markup.split('<table').slice(1)) t.regex(table.slice(0, 200), /<caption>/);
  t.is(/<th(?! scope="(?:row|col|rowgroup)")[ >]/.exec(markup.replace(styleSheet, '')), null);
});

test('the face tells emulated and shared hardware, and a run on real hardware does not claim it', async t => {
  t.regex(await page, /role="note"><strong>Emulated:[^<]*Shared:[^<]*do not speak for real hardware/);
  const real = {...small, header: {...small.header, hardware: {emulated: false, shared: false, note: ''}}};
  t.notRegex(await renderHtml(real), /Emulated|role="note"/);
});

test('what the owner went on in spite of stands on the face, escaped, and nowhere else', async t => {
  const despite = {...small, header: {...small.header, despite: ['bmc: n1: <b>no answer</b>']}};
  t.regex(await renderHtml(despite), /role="note"><strong>Begun in spite of what the doctor found\..*bmc: n1: &lt;b/s);
  t.notRegex(await renderHtml(small), /in spite of/);
});

test('numbers lead to the artefacts that the trials stored, never anywhere else', async t => {
  const stored = new Set(
    example.trials.flatMap(({folder, artefacts}) => artefacts.map(({name}) => `../${folder}/artefacts/${name}`)),
  );
  const links = [...(await page).matchAll(/href="(\.\.[^"]*)"/g)].map(match => match[1] ?? '');
  t.true(links.length > example.samples.length);
  for (const link of links) t.true(stored.has(link), link);
});

test('the same report gives the same bytes, whatever was drawn before', async t => {
  t.is(await renderHtml(exampleReport()), await page);
});

test('an empty run is undecided in words, and nothing is drawn', async t => {
  const empty: Report = {...small, overall: 'undecided', verdicts: [], findings: [], warnings: [], fingerprints: []};
  const markup = await renderHtml(empty);
  t.regex(markup, /No promise was judged: an empty verdict is undecided, never met\./);
  t.false(markup.includes('<figure'));
});

test('an aborted run says why on its face', async t => {
  const aborted: Report = {...small, overall: 'aborted', ended: {status: 'aborted', reason: 'n2 did not boot'}};
  t.regex(
    await renderHtml(aborted),
    /<p class="word">Aborted<\/p><p class="says">The run ended aborted: n2 did not boot\./,
  );
});
