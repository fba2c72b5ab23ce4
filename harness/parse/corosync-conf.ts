/** corosync.conf as a tree of sections (corosync.conf(5)). Pure. */
import type {ParseError, Result} from '../types.ts';

export interface ConfSection {
  name: string;
  /** The last one counts where a key stands twice, as in Corosync. */
  values: ReadonlyMap<string, string>;
  sections: readonly ConfSection[];
}

/** Any text in, the whole tree or an error out: a file that ends within a section is no smaller file. */
export function parseCorosyncConf(text: string, artefact: string): Result<ConfSection, ParseError> {
  const top = open('');
  const stack = [top];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/^\s*#.*/, '').trim();
    const current = stack.at(-1);
    if (line === '' || current === undefined) continue;
    const [, opened] = /^([\w.-]+)\s*\{$/.exec(line) ?? [];
    const [, key, value] = /^([\w.-]+)\s*:\s*(.*)$/.exec(line) ?? [];
    if (opened !== undefined) {
      const section = open(opened);
      current.sections.push(section);
      stack.push(section);
    } else if (line === '}' && stack.length > 1) stack.pop();
    else if (key !== undefined && value !== undefined) current.values.set(key, value);
    else return wrong(artefact, `line ${index + 1}`, 'a key with a value, a section or its end');
  }
  if (stack.length > 1) return wrong(artefact, stack.at(-1)?.name ?? '', 'the end of the section');
  return top.sections.length > 0 ? {ok: true, value: top} : wrong(artefact, '', 'sections of corosync.conf');
}

function open(name: string) {
  return {name, values: new Map<string, string>(), sections: [] as ConfSection[]};
}

/** A line may hold a secret: it is not told. */
function wrong(artefact: string, path: string, expected: string): Result<never, ParseError> {
  return {ok: false, error: {artefact, path, expected, found: 'something else'}};
}

/** The sections of that name, directly below. */
export function sectionsNamed(section: ConfSection, name: string): readonly ConfSection[] {
  return section.sections.filter(each => each.name === name);
}
