/** Whom labels are about, as exporters call things: by name or address, with or without a domain or a port. */
import type {Cluster, Host} from '../../harness/types.ts';

export function areAbout(labels: Readonly<Record<string, string>>, names: readonly string[]): boolean {
  return Object.values(labels).some(value =>
    names.some(name => value === name || value.startsWith(`${name}:`) || value.startsWith(`${name}.`)),
  );
}

export const namesOf = ({name, addresses}: Host): readonly string[] => [name, ...Object.values(addresses)];

/** Of every node and guest. */
export function namesInCluster({nodes, guests}: Pick<Cluster, 'nodes' | 'guests'>): readonly string[] {
  return [...nodes.flatMap(namesOf), ...guests.flatMap(({name, address}) => [name, address])];
}
