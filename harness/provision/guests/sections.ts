import {type Mark, readMark} from './mark.ts';

/** What a script printed under lines `== NAME`: the lines of a part, without empty ones. Pure. */
export function sectionsOf(text: string): (name: string) => readonly string[] {
  const parts = new Map(
    text.split(/^== /m).map(part => {
      const [name = '', ...lines] = part.split('\n');
      return [name, lines.map(line => line.trim()).filter(line => line !== '')] as const;
    }),
  );
  return name => parts.get(name) ?? [];
}

/** `yes` and a mark, if it has one; undefined for what is not there. */
export function markedPart([there, ...mark]: readonly string[]): {mark?: Mark} | undefined {
  if (there !== 'yes') return undefined;
  const read = readMark(mark.join('\n'));
  return read === undefined ? {} : {mark: read};
}
