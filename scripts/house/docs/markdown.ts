/** What the pages hold that can be checked: links, headings, commands. Pure. */

export interface Page {
  /** From the top of the repository. */
  path: string;
  text: string;
}

interface Fence {
  language: string;
  lines: readonly string[];
}

/** Fenced blocks, and the text without them (its lines stay). */
function split(text: string): {fences: readonly Fence[]; prose: string} {
  const fences: {language: string; lines: string[]}[] = [];
  let open: {language: string; lines: string[]} | undefined;
  const prose = text.split('\n').map(line => {
    const [, language] = /^\s*```(\S*)/.exec(line) ?? [];
    if (language !== undefined) {
      open = open === undefined ? {language, lines: []} : undefined;
      if (open !== undefined) fences.push(open);
      return '';
    }
    open?.lines.push(line);
    return open === undefined ? line : '';
  });
  return {fences, prose: prose.join('\n')};
}

/** Targets of links and pictures in the prose; code is no link. */
export function linksIn(text: string): readonly string[] {
  const prose = split(text).prose.replaceAll(/`[^`]*`/g, '');
  return [...prose.matchAll(/\]\(([^()\s]+)(?:\s"[^"]*")?\)/g)].map(([, target = '']) => target);
}

/** What `#…` may name: a forge makes it from each heading. */
export function anchorsIn(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, title = ''] of split(text).prose.matchAll(/^#{1,6} (.+)$/gm)) {
    const plain = title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-');
    let anchor = plain;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${plain}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Lines that are quoted: `> …`. */
export function quotesIn(text: string): readonly string[] {
  return [...split(text).prose.matchAll(/^> (.+)$/gm)].map(([, line = '']) => line.trim());
}

const shells = ['sh', 'bash', 'console', 'shell'];

/** Every call of seatrial in shell blocks, as words. */
export function callsIn(text: string): readonly (readonly string[])[] {
  return split(text)
    .fences.filter(({language}) => shells.includes(language))
    .flatMap(({language, lines}) => logicalLines(language, lines))
    .flatMap(line => simpleCommands(line))
    .flatMap(words => callOf(words) ?? []);
}

/** Every call of seatrial in code within the prose: `seatrial heal`. */
export function inlineCallsIn(text: string): readonly (readonly string[])[] {
  return [...split(text).prose.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) => {
    const [words = []] = simpleCommands(code);
    return words[0] === 'seatrial' && words.length > 1 ? [words.slice(1)] : [];
  });
}

/** In a console block only what follows the prompt is typed. */
function logicalLines(language: string, lines: readonly string[]): string[] {
  const joined = lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  if (language !== 'console') return joined;
  return joined.flatMap(line => /^[#$] (.*)$/.exec(line)?.[1] ?? []);
}

/** A line's commands as words: quotes taken off, comments and redirections left out. */
export function simpleCommands(line: string): string[][] {
  const commands: string[][] = [[]];
  for (const [token] of line.matchAll(
    /'[^']*'|"[^"]*"|\s+#.*$|^#.*$|&&|\|\||[|;&()]|[0-9]?[<>]{1,2}&?\s*\S*|(?:[^\s'"|;&()<>]|'[^']*'|"[^"]*")+/g,
  )) {
    if (/^(?:&&|\|\||[|;&()])$/.test(token)) commands.push([]);
    else if (/^\s*#/.test(token)) break;
    else if (!/^[0-9]?[<>]/.test(token)) commands.at(-1)?.push(token.replaceAll(/['"]/g, ''));
  }
  return commands.filter(words => words.length > 0);
}

/** What follows `seatrial`, `npx seatrial`, `npm run seatrial --`; nothing where the command is another one. */
function callOf(words: readonly string[]): (readonly string[])[] | undefined {
  const rest = words.slice(words.findIndex(word => !/^(?:sudo|[A-Z_]+=.*|exec|time|npx|if|!)$/.test(word)));
  if (/(?:^|\/)seatrial$/.test(rest[0] ?? '')) return [rest.slice(1)];
  if (rest.slice(0, 4).join(' ') === 'npm run seatrial --') return [rest.slice(4)];
  return undefined;
}
