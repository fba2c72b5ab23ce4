/** Every conformance rule there is: a file in rules/ with its cases, and a line here. */
import type {Rule} from './rule.ts';
import {fencingTried} from './rules/fencing-tried.ts';

export const rules: readonly Rule[] = [fencingTried];
