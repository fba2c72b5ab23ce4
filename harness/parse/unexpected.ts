import type {ParseError, Result} from '../types.ts';

/** Thrown by what walks through a document and caught by `reading`, never seen outside a parser. */
export class Unexpected extends Error {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
  constructor(path: string, expected: string, found: string) {
    super(`${path}: expected ${expected}, found ${found}`);
    this.path = path;
    this.expected = expected;
    this.found = found;
  }
}

/** Runs a parser's body; what it did not expect becomes a typed error of this artefact. */
export function reading<T>(artefact: string, body: () => T): Result<T, ParseError> {
  try {
    return {ok: true, value: body()};
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    return {ok: false, error: {artefact, path: error.path, expected: error.expected, found: error.found}};
  }
}
