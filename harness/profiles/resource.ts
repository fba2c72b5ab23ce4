/** A guest's Pacemaker resource: its operations' intervals and time-outs, and the agent's parameters. Read back from the CIB. */
import {settle} from '../cluster/ask.ts';
import {onCluster, type ResourceDefinition, resourceDefinition} from '../cluster/pacemaker.ts';
import type {Cluster, Guest, ReadBack, Result, Setting} from '../types.ts';
import {type Driver, fine, readBack, unset} from './driver.ts';
import {sameDuration} from './duration.ts';

type Key =
  | {kind: 'operation'; operation: string; attribute: 'interval' | 'timeout'}
  | {kind: 'parameter'; parameter: string};

/** `op.monitor.interval`, `op.start.timeout`, `param.migrate_options`. */
export function resourceKey(key: string): Key | undefined {
  const operation = /^op\.(start|stop|monitor|migrate_to|migrate_from)\.(interval|timeout)$/.exec(key);
  if (operation?.[1] !== undefined) {
    return {
      kind: 'operation',
      operation: operation[1],
      attribute: operation[2] === 'interval' ? 'interval' : 'timeout',
    };
  }
  const parameter = /^param\.([a-z_]+)$/.exec(key)?.[1];
  return parameter === undefined ? undefined : {kind: 'parameter', parameter};
}

export const resource: Driver = {
  problem: (key, value) =>
    resourceKey(key) && value !== ''
      ? undefined
      : 'op.OPERATION.interval, op.OPERATION.timeout or param.NAME, and a value',

  async read(cluster, settings) {
    const found: ReadBack[] = [];
    for (const guest of cluster.guests) {
      const definition = await definitionFor(cluster, guest);
      if (!definition.ok) return definition;
      for (const setting of settings)
        found.push(readBack(setting, guest.name, inForce(setting.key, definition.value), sameDuration));
    }
    return {ok: true, value: found};
  },

  async apply(cluster, settings, say) {
    for (const guest of cluster.guests) {
      const definition = await definitionFor(cluster, guest);
      if (!definition.ok) return definition;
      for (const setting of settings) {
        if (sameDuration(setting.value, inForce(setting.key, definition.value))) continue;
        say(`${guest.resource}: ${setting.key} = ${setting.value}`);
        const set = await change(cluster, guest, definition.value, setting);
        if (!set.ok) return set;
      }
    }
    return fine;
  },
};

async function definitionFor(cluster: Cluster, guest: Guest): Promise<Result<ResourceDefinition, string>> {
  const definition = await resourceDefinition(cluster, guest.resource);
  if (!definition.ok) return definition;
  return definition.value === undefined
    ? {ok: false, error: `the cluster has no resource ${guest.resource} for guest ${guest.name}`}
    : {ok: true, value: definition.value};
}

/** Pure. */
export function inForce(key: string, definition: ResourceDefinition): string {
  const wanted = resourceKey(key);
  if (wanted?.kind === 'parameter') return definition.parameters[wanted.parameter] ?? unset;
  const operation = definition.operations.find(({name}) => name === wanted?.operation);
  return (wanted?.kind === 'operation' && operation?.attributes[wanted.attribute]) || unset;
}

async function change(
  cluster: Cluster,
  guest: Guest,
  definition: ResourceDefinition,
  {key, value}: Setting,
): Promise<Result<void, string>> {
  const wanted = resourceKey(key);
  if (wanted?.kind === 'parameter') {
    const set =
      value === unset
        ? ['--delete-parameter', wanted.parameter]
        : ['--set-parameter', wanted.parameter, '--parameter-value', value];
    return nothing(await onCluster(cluster, settle(['crm_resource', '--resource', guest.resource, ...set])));
  }
  const operation = definition.operations.find(({name}) => name === wanted?.operation);
  if (!operation || !wanted)
    return {ok: false, error: `${guest.resource} has no operation for ${key}: add it to the resource first`};
  const changed = `<op id="${operation.id}" name="${operation.name}" ${wanted.attribute}="${value}"/>`;
  return nothing(await onCluster(cluster, settle(['cibadmin', '--modify', '--xml-text', changed])));
}

function nothing(result: Result<string, string>): Result<void, string> {
  return result.ok ? fine : result;
}
