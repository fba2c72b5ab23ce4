/** Many small questions to a host in one go: each a shell line, whose output stands below a line with its name. */
import {readOnly} from '../cluster/commands.ts';
import type {Command} from '../types.ts';

/** A question that fails says nothing; its complaints are not looked at. */
export function askAll(questions: Readonly<Record<string, string>>, timeoutMs: number): Command {
  const lines = Object.entries(questions).map(([name, line]) => `echo "=${name}"; { ${line}; } </dev/null 2>/dev/null`);
  return readOnly(['sh', '-c', `${lines.join('\n')}\necho "=end"`], timeoutMs);
}

/** Name → lines. Undefined where the end is missing: half an answer is none. Pure. */
export function sectionsOf(text: string): ReadonlyMap<string, readonly string[]> | undefined {
  const sections = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of text.split('\n')) {
    const name = /^=([a-z-]+)$/.exec(line)?.[1];
    if (name !== undefined) {
      current = [];
      sections.set(name, current);
    } else if (line.trim() !== '') current.push(line.trim());
  }
  return sections.has('end') ? sections : undefined;
}
