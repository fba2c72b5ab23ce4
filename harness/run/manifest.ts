/** The list of a closed run's files, as `sha256sum -c` reads it. */

export const manifestName = 'MANIFEST.sha256';

/** What is made from the rest, again and again. */
export const remadeFolder = 'report/';

/** Sums by name, and the lines (from 1) that make no sense: no sum, or a name that was there before. */
export function parseManifest(text: string): {sums: Map<string, string>; malformed: readonly number[]} {
  const sums = new Map<string, string>();
  const malformed: number[] = [];
  for (const [index, line] of text.replace(/\n$/, '').split('\n').entries()) {
    const [, sum, name] = /^([0-9a-f]{64}) {2}(\S.*)$/.exec(line) ?? [];
    if (sum === undefined || name === undefined || sums.has(name)) malformed.push(index + 1);
    else sums.set(name, sum);
  }
  return {sums, malformed};
}
