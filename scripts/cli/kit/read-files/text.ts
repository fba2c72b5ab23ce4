/** Where bytes become text, for the files of every tool and for standard input. */

const utf8Mark = '\uFEFF';

/**
 * UTF-8, or UTF-16 as Windows PowerShell redirects it, with or without a byte order mark, which is left out. Lines end
 * with a line feed: CR LF (terminals, Windows) becomes one, and so does a lone carriage return, after which a progress
 * line is written over. Bytes that are no UTF-8 become U+FFFD, which no parser takes for a figure.
 */
export function textOf(bytes: Buffer): string {
  const text = decoded(bytes);
  const unmarked = text.startsWith(utf8Mark) ? text.slice(1) : text;
  return unmarked.includes('\r') ? unmarked.replace(/\r+\n|\r/g, '\n') : unmarked;
}

function decoded(bytes: Buffer): string {
  const [first = 1, second = 1] = bytes;
  // What is read here begins with a character of ASCII, so that in UTF-16 one byte of the first two is 0.
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return bytes.toString('utf16le');
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) {
    return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)))
      .swap16()
      .toString('utf16le');
  }
  return bytes.toString('utf8');
}
