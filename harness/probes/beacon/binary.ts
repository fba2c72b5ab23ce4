import {join} from 'node:path';
import type {Result} from '../../types.ts';
import {type Binary, compiled} from '../compiled.ts';

/** The beacon as a program, for guests and client hosts. Errors are sentences that say what to install. */
export function buildBeacon(): Promise<Result<Binary, string>> {
  return compiled(join(import.meta.dirname, 'beacon.c'));
}
