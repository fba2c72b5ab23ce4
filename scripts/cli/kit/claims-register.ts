/** The register of claims and the suites, read from shipped files or the user's own. */
import type {Claim, Suite} from '../../../harness/types.ts';
import {metrics} from '../../../reports/metrics.ts';
import {loadClaims} from '../../../suites/read/claims.ts';
import {loadSuite} from '../../../suites/read/suite.ts';
import {accepted, readText, shipped} from './package-files.ts';

export interface Register {
  claims: readonly Claim[];
  /** As read: stored with a run. */
  text: string;
  file: string;
}

/** The shipped register, or the user's file. */
export function readRegister(file: string = shipped('suites/claims.yaml')): Register {
  return registerOf(readText(file), file);
}

export function registerOf(text: string, file: string): Register {
  return {claims: accepted(loadClaims(text, file, metrics)), text, file};
}

/** A shipped suite by its name. */
export function readSuite(name: string, known: {scenarios: readonly string[]; profiles: readonly string[]}): Suite {
  const file = shipped(`suites/${name}.yaml`);
  return accepted(loadSuite(readText(file), file, known));
}
