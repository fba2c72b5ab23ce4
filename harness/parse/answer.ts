import type {Result} from '../types.ts';

/** Why a statistic has no answer: which one, what it needs, what it got. Data, never thrown. */
export interface StatError {
  what: string;
  need: string;
  got: string;
}

export type Stat<T> = Result<T, StatError>;

export function answer<T>(value: T): {ok: true; value: T} {
  return {ok: true, value};
}

export function refuse(what: string, need: string, got: string): {ok: false; error: StatError} {
  return {ok: false, error: {what, need, got}};
}

/** One sentence for a person. */
export function sentence(error: StatError): string {
  return `${error.what}: need ${error.need}, got ${error.got}`;
}
