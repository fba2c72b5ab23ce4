import {encode} from '../../render/json.ts';
import type {Assessment} from '../assess.ts';

/** The whole assessment, two spaces deep; seconds and shares, unrounded. What does not exist is null or absent, never 0. */
export function renderAvailabilityJson(assessment: Assessment): string {
  return `${JSON.stringify(assessment, (_key, value: unknown) => encode(value), 2)}\n`;
}
