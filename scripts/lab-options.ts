/** The options that describe a local lab, the same for `accept --lab` and `lab up`. */
import {Option} from 'commander';
import type {LabError, LabOptions} from '../harness/lab/index.ts';
import type {Result} from '../harness/types.ts';
import {whole} from './options.ts';
import {Refusal} from './refusal.ts';

export const defaultLabName = 'trial';

export interface LabFlags {
  name: string;
  nodes: LabOptions['nodes'];
  storage: LabOptions['storage'];
  guests: number;
}

export function labFlags(): Option[] {
  return [
    new Option('--name <name>', 'name of the lab; labs of different names live side by side').default(defaultLabName),
    new Option('--nodes <n>', 'nodes of the lab, 3 to 5').argParser(labNodes).default(3),
    new Option('--storage <kind>', 'ceph: the real one; nbd: the light one').choices(['ceph', 'nbd']).default('ceph'),
    new Option('--guests <n>', 'virtual machines of the lab, 1 to 4').argParser(whole(1, 4)).default(2),
  ];
}

function labNodes(text: string): LabOptions['nodes'] {
  const count = whole(3, 5)(text);
  return count === 3 ? 3 : count === 4 ? 4 : 5;
}

/** What the lab gave, or its sentence as the command's end. */
export function fromLab<T>(result: Result<T, LabError>): T {
  if (result.ok) return result.value;
  throw new Refusal(result.error.sentence, result.error.todo, result.error.exitCode);
}
