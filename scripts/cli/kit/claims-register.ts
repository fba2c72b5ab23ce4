/** The register of claims and the suites, read from shipped files or the user's own. */
import {isSeq, parseDocument} from 'yaml';
import type {Claim, Suite} from '../../../harness/types.ts';
import {metrics} from '../../../reports/metrics.ts';
import {loadClaims} from '../../../suites/read/claims.ts';
import {type Known, loadSuite} from '../../../suites/read/suite.ts';
import {CommandError} from './command-error.ts';
import {accepted, readText, shipped} from './package-files.ts';
import {pluginClaims} from './plugins/loaded.ts';

export interface Register {
  claims: readonly Claim[];
  /** As read: stored with a run. */
  text: string;
  file: string;
}

/** The shipped register, or the user's file; with the claims of the plug-ins that are loaded. */
export function readRegister(file: string = shipped('suites/claims.yaml')): Register {
  return pluginClaims().reduce(joined, registerOf(readText(file), file));
}

/** The register with a plug-in's claims at its end; an id that is there already is refused by the plug-in's file. */
function joined(register: Register, plugin: {file: string; text: string}): Register {
  const more = registerOf(plugin.text, plugin.file);
  const idsOf = ({claims}: Register) => claims.flatMap(({id, targets}) => [id, ...targets.map(target => target.id)]);
  const twice = idsOf(more).find(id => idsOf(register).includes(id));
  if (twice !== undefined) {
    throw new CommandError(
      `${plugin.file} promises ${twice}, which ${register.file} does already`,
      'Give yours another id. Nothing has been started.',
    );
  }
  const document = parseDocument(register.text);
  const [whole, part] = [document.get('claims'), parseDocument(plugin.text).get('claims')];
  if (!isSeq(whole) || !isSeq(part)) return register;
  whole.items.push(...part.items);
  return registerOf(String(document), register.file);
}

export function registerOf(text: string, file: string): Register {
  return {claims: accepted(loadClaims(text, file, metrics)), text, file};
}

/** A shipped suite by its name. */
export function readSuite(name: string, known: Known): Suite {
  const file = shipped(`suites/${name}.yaml`);
  return accepted(loadSuite(readText(file), file, known));
}
