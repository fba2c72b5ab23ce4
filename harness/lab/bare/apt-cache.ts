/** Which requests of apt the lab's proxy answers, from where, and what it keeps. Pure. */
import path from 'node:path';

export interface Request {
  /** Where it comes from. */
  source: string;
  /** Its copy, below the cache's folder. */
  file: string;
  /** Its name says its content: a copy is never asked for again. */
  unchanging: boolean;
}

/**
 * `asked` is the whole URL, as clients of a proxy send it. Nothing where it is not of one of the mirrors, which are
 * written without a slash at the end.
 */
export function requestOf(asked: string, mirrors: readonly string[]): Request | undefined {
  const plain = /^https?:\/\/([A-Za-z0-9.:-]+\/[A-Za-z0-9._~+%/:=-]+)$/.exec(asked)?.[1];
  if (plain === undefined) return undefined;
  const mirror = mirrors.find(each => plain.startsWith(`${withoutScheme(each)}/`));
  if (mirror === undefined) return undefined;
  const rest = plain.slice(withoutScheme(mirror).length);
  const decoded = decodeOnce(plain);
  if (decoded === undefined || path.posix.normalize(decoded) !== decoded) return undefined;
  return {source: `${mirror}${rest}`, file: decoded, unchanging: /\/pool\/|\/by-hash\//.test(rest)};
}

const withoutScheme = (uri: string): string => uri.replace(/^https?:\/\//, '');

function decodeOnce(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text);
    return decoded.includes('\0') ? undefined : decoded;
  } catch {
    return undefined;
  }
}
