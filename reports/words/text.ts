/**
 * Foreign text (tool output, host names, reasons) made fit for any document: control characters, lone surrogates and
 * the characters that reorder what a reader sees become U+FFFD, so that what is read is what is there. Newlines and
 * tabs stay.
 */
export function plain(text: string): string {
  return text.toWellFormed().replace(unfit, '\ufffd');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const unfit = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g;

/** The same on one line. */
export function oneLine(text: string): string {
  return plain(text).replace(/\s+/g, ' ').trim();
}

/** At most `limit` characters (code points), the last one an ellipsis where something was left out. */
export function clipped(text: string, limit: number): string {
  const characters = [...oneLine(text)];
  return characters.length <= limit ? characters.join('') : `${characters.slice(0, limit - 1).join('')}…`;
}

/** Order by code unit: the same on every machine, whatever its locale. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Order as a person counts: runs of digits by their value, the rest by code unit. `r2` comes before `r10`. */
export function byCount(a: string, b: string): number {
  const as = a.match(/\d+|\D+/g) ?? [];
  const bs = b.match(/\d+|\D+/g) ?? [];
  for (const [index, part] of as.entries()) {
    const other = bs[index];
    if (other === undefined) return 1;
    const difference = /^\d/.test(part) && /^\d/.test(other) ? Number(part) - Number(other) : byText(part, other);
    if (difference !== 0) return difference;
  }
  return as.length - bs.length;
}
