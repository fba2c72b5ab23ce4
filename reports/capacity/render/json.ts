import {encode} from '../../render/json.ts';
import type {CapacityReport} from '../report.ts';

/** The whole report, two spaces deep, base units, unrounded. What does not exist is null or absent, never 0; infinities are text. */
export function renderCapacityJson(report: CapacityReport): string {
  return `${JSON.stringify(report, (_key, value: unknown) => encode(value), 2)}\n`;
}
