/**
 * What describes a lab. Of one that is up its own record says it: the command line need not say it again, and must not
 * say otherwise.
 */
import type {LabShape} from '../../../harness/lab/index.ts';
import {CommandError} from './command-error.ts';

const words: Readonly<Record<keyof LabShape, (shape: LabShape) => string>> = {
  nodes: ({nodes}) => `${nodes} nodes`,
  guests: ({guests}) => `${guests} guests`,
  storage: ({storage}) => `storage ${storage}`,
  stores: ({stores = []}) => (stores.length === 0 ? 'no stores' : `stores ${stores.toSorted().join(', ')}`),
  links: ({links}) => `${links} of Corosync's links a node`,
  monitoring: ({monitoring}) => (monitoring === undefined ? 'no monitoring' : `monitoring every ${monitoring}`),
};
const parts = Object.keys(words) as (keyof LabShape)[];

/** The lab as it is. Throws a sentence where something else was asked for; what is not asked for is as it is. */
export function shapeOfUp(name: string, there: LabShape, asked: Partial<LabShape>): LabShape {
  const wanted = {...there, ...asked};
  const other = parts.filter(part => asked[part] !== undefined && words[part](wanted) !== words[part](there));
  if (other.length === 0) return there;
  throw new CommandError(
    `lab ${name} is up with ${parts.map(part => words[part](there)).join('; ')}; ${other.map(part => words[part](wanted)).join('; ')} was asked for`,
    `Leave out ${other.map(part => `--${part}`).join(', ')} to use it as it is; or give another name with --lab NAME for one beside it, or end this one: seatrial lab down ${name}`,
  );
}
