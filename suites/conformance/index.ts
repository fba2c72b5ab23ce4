/** Every conformance rule there is: a file in rules/ with its cases, and a line here. */
import type {Rule} from './rule.ts';
import {fencingTried} from './rules/fencing-tried.ts';

const all: Rule[] = [fencingTried];
export const rules: readonly Rule[] = all;

/** Those of a plug-in join them, before a command begins. */
export function addRules(more: readonly Rule[]): void {
  all.push(...more);
}
