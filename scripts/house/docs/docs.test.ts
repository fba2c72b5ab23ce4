/** The pages: every link leads somewhere, every command is one, every quoted refusal is in the code. */
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, statSync} from 'node:fs';
import {dirname, join, normalize} from 'node:path';
import test from 'ava';
import type {Command} from 'commander';
import {CommanderError} from 'commander';
import {program} from '../../cli/program.ts';
import {sourcesOfTheHouse, top} from '../sources.ts';
import {isTest} from '../tidy.ts';
import {literalsIn} from './literals.ts';
import {anchorsIn, callsIn, inlineCallsIn, linksIn, type Page, quotesIn, simpleCommands} from './markdown.ts';

const pages: readonly Page[] = execFileSync(
  'git',
  ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.md'],
  {
    cwd: top,
    encoding: 'utf8',
  },
)
  .split('\0')
  .filter(path => path !== '' && !path.startsWith('fixtures/') && existsSync(join(top, path)))
  .map(path => ({path, text: readFileSync(join(top, path), 'utf8')}));

function brokenLinks({path, text}: Page): string[] {
  return linksIn(text).flatMap(link => {
    if (/^[a-z]+:/.test(link)) return [];
    const [file = '', anchor] = link.split('#');
    const target = join(top, normalize(join(dirname(path), file)));
    if (file !== '' && !existsSync(target)) return [`${path}: ${link} leads nowhere`];
    if (anchor === undefined || (file !== '' && statSync(target).isDirectory())) return [];
    const anchors = anchorsIn(file === '' ? text : readFileSync(target, 'utf8'));
    return anchors.has(anchor) ? [] : [`${path}: ${link}: no such heading`];
  });
}

for (const page of pages) {
  test(`${page.path}: every link leads somewhere`, t => {
    t.deepEqual(brokenLinks(page), []);
  });
}

test('every page is in the index', t => {
  const index = pages.find(({path}) => path === 'docs/README.md')?.text ?? '';
  const listed = linksIn(index).map(link => `docs/${link}`);
  const own = pages.map(({path}) => path).filter(path => /^docs\/[^/]+\.md$/.test(path) && path !== 'docs/README.md');
  t.deepEqual(
    own.filter(path => !listed.includes(path)),
    [],
    'name it in docs/README.md',
  );
});

/** The whole tree with nothing behind it: parsing is all that happens. */
async function parser(): Promise<Command> {
  const root = await program({every: true});
  const prepare = (command: Command) => {
    command.exitOverride().configureOutput({writeOut: () => {}, writeErr: () => {}});
    if (command.commands.length === 0) command.action(() => {});
    // Loading a page's plug-ins is not parsing.
    Reflect.set(command, '_lifeCycleHooks', {});
    command.commands.forEach(prepare);
  };
  prepare(root);
  return root;
}

/** What commander says of a call, or nothing. `lenient`: a name in a sentence need not have its arguments. */
async function refusal(words: readonly string[], lenient = false): Promise<string | undefined> {
  try {
    await (await parser()).parseAsync([...words], {from: 'user'});
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (['commander.helpDisplayed', 'commander.version', 'commander.help'].includes(error.code)) return undefined;
    if (lenient && /missingArgument|missingMandatoryOptionValue/.test(error.code)) return undefined;
    return `seatrial ${words.join(' ')}: ${error.message}`;
  }
}

for (const {path, text} of pages) {
  const calls = callsIn(text);
  const inline = inlineCallsIn(text);
  if (calls.length + inline.length === 0) continue;
  test(`${path}: every command is one`, async t => {
    const wrong = [
      ...(await Promise.all(calls.map(words => refusal(words)))),
      ...(await Promise.all(inline.map(words => refusal(words, true)))),
    ];
    t.deepEqual(
      wrong.filter(each => each !== undefined),
      [],
    );
  });
}

/** What the program may print: the text of every literal, `…` where a value stands. */
const start = {path: 'scripts/start.js', text: readFileSync(join(top, 'scripts/start.js'), 'utf8')};
const printed = [start, ...sourcesOfTheHouse().filter(({path}) => !isTest(path))].flatMap(literalsIn);

function isPrinted(sentence: string): boolean {
  return printed.some(text => text.includes(sentence));
}

test('every refusal that troubleshooting quotes is one that the program prints', t => {
  const page = pages.find(({path}) => path === 'docs/troubleshooting.md');
  const quotes = quotesIn(page?.text ?? '');
  t.true(quotes.length > 20, `${quotes.length} sentences are quoted`);
  t.deepEqual(
    quotes.filter(sentence => !isPrinted(sentence)),
    [],
    'reworded in the code, or never there',
  );
});

// ───────────────────────────── each rule, broken on purpose ─────────────────────────────

test('planted: links to files and headings that are not there', t => {
  const text = '# One\n[a](docs/nowhere.md) [b](#two) [c](#one) [d](https://example.org) `[e](f)`\n```\n[g](h)\n```\n';
  t.deepEqual(brokenLinks({path: 'x.md', text}), [
    'x.md: docs/nowhere.md leads nowhere',
    'x.md: #two: no such heading',
  ]);
});

test('planted: commands, options, choices and arguments that are not there', async t => {
  const text = [
    '```sh',
    'seatrial accpet --lab',
    'sudo npm run seatrial -- accept --lab --nods 3 # no',
    "seatrial report RUN --format 'docx' | less",
    'seatrial judge FILES',
    'seatrial lab up --nodes=4 && seatrial lab exec n1 -- crm_mon -1 > out.txt',
    '```',
    'Say `seatrial judge`, or `seatrial hael`.',
  ].join('\n');
  const wrong = await Promise.all([
    ...callsIn(text).map(words => refusal(words)),
    ...inlineCallsIn(text).map(words => refusal(words, true)),
  ]);
  t.deepEqual(
    wrong.map(each => each?.replace(/^.*?: /, '')),
    [
      "error: unknown command 'accpet'\n(Did you mean accept?)",
      "error: unknown option '--nods'\n(Did you mean --nodes?)",
      "error: option '--format <format>' argument 'docx' is invalid. Allowed choices are html, md, csv, verdicts-csv, json, junit, ctrf, in-toto, text, pdf.",
      "error: required option '--targets <file>' not specified",
      undefined,
      undefined,
      undefined,
      "error: unknown command 'hael'\n(Did you mean heal?)",
    ],
  );
});

test('planted: a sentence that nobody prints, and one whose value stands elsewhere', t => {
  t.true(isPrinted('the name given is not that of the cluster, …: nothing was started'));
  t.false(isPrinted('the name given is not that of a cluster, …: nothing was started'));
  t.false(isPrinted('the name given is … that of the cluster, …: nothing was started'));
});

test('a shell line is taken apart as a shell does', t => {
  t.deepEqual(simpleCommands(`A=1 seatrial x "a b" 'c|d' e'f'g 2>/dev/null | jq '.a' # why`), [
    ['A=1', 'seatrial', 'x', 'a b', 'c|d', 'efg'],
    ['jq', '.a'],
  ]);
});
