/**
 * A guest's Pacemaker resource: its operations' intervals and time-outs, and the agent's parameters. Read back from
 * the CIB.
 */
import {idempotent, stdoutOf} from '../cluster/commands.ts';
import {clusterView, definitionOf, queryXml, type ResourceDefinition} from '../cluster/pacemaker.ts';
import {child, descendants, type Element, element, printXml} from '../parse/xml.ts';
import type {Cluster, Guest, Host, Result, Setting} from '../types.ts';
import {type Driver, fine, isAt, readBack, unset} from './driver.ts';
import {sameDuration} from './duration.ts';
import {movingTime} from './moving-time.ts';

type Key =
  | {kind: 'operation'; operation: string; attribute: 'interval' | 'timeout'}
  | {kind: 'parameter'; parameter: string};

/** `op.monitor.interval`, `op.start.timeout`, `param.migrate_options`. */
function resourceKey(key: string): Key | undefined {
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
  problem(key, value) {
    if (resourceKey(key) === undefined || value === '')
      return 'op.OPERATION.interval, op.OPERATION.timeout or param.NAME, and a value';
    return value.startsWith('memory ') && movingTime(value, 0) === value ? 'memory at N MiB/s, N from 1' : undefined;
  },

  // Pacemaker restarts a resource whose parameters change; operations change in place.
  restartsGuests: settings => settings.some(({key}) => resourceKey(key)?.kind === 'parameter'),

  async read(cluster, settings) {
    const found = await primitives(cluster);
    if (!found.ok) return found;
    return {
      ok: true,
      value: found.value.guests.flatMap(({guest, primitive}) => {
        const definition = definitionOf(primitive);
        return settings.flatMap(setting =>
          readBack(setting, guest.name, inForce(setting.key, definition), (asked, is) =>
            sameDuration(movingTime(asked, guest.memoryBytes), is),
          ),
        );
      }),
    };
  },

  async apply(cluster, settings, say) {
    const found = await primitives(cluster);
    if (!found.ok) return found;
    for (const {guest, primitive} of found.value.guests) {
      const own = settings
        .filter(setting => isAt(setting, guest.name))
        .map(({key, value}) => ({key, value: movingTime(value, guest.memoryBytes)}));
      if (own.length === 0) continue;
      const edited = editPrimitive(primitive, own);
      if (!edited.ok) return edited;
      say(`${guest.resource}: ${own.map(({key, value}) => `${key} = ${value}`).join(', ')}`);
      const command = idempotent(
        ['cibadmin', '--replace', '--scope', 'resources', '--xml-pipe'],
        20_000,
        printXml(edited.value),
      );
      const replaced = await stdoutOf(cluster.transport, found.value.host, command);
      if (!replaced.ok) return replaced;
    }
    return fine;
  },
};

/** Every guest's primitive, by one query. */
async function primitives(
  cluster: Cluster,
): Promise<Result<{host: Host; guests: readonly {guest: Guest; primitive: Element}[]}, string>> {
  const view = await clusterView(cluster);
  if (!view.ok) return view;
  const host = view.value.seenBy;
  const resources = await queryXml(cluster, host, '//resources');
  if (!resources.ok) return resources;
  const known = resources.value === undefined ? [] : descendants(resources.value, 'primitive');
  const guests: {guest: Guest; primitive: Element}[] = [];
  for (const guest of cluster.guests) {
    const primitive = known.find(({attributes}) => attributes.id === guest.resource);
    if (primitive === undefined) {
      return {ok: false, error: `the cluster has no resource ${guest.resource} for guest ${guest.name}`};
    }
    guests.push({guest, primitive});
  }
  return {ok: true, value: {host, guests}};
}

/** Pure. */
export function inForce(key: string, definition: ResourceDefinition): string {
  const wanted = resourceKey(key);
  if (wanted === undefined) return unset;
  if (wanted.kind === 'parameter') return definition.parameters[wanted.parameter] ?? unset;
  return operationNamed(definition.operations, wanted.operation)?.attributes[wanted.attribute] || unset;
}

/**
 * Of several of one name the one that is meant: a resource may be looked at once, over and over where it runs, and
 * where it must not run, each at its own pace. What recurs where it runs is meant.
 */
function operationNamed<T extends {attributes: Readonly<Record<string, string | undefined>>}>(
  operations: readonly T[],
  name: string,
): T | undefined {
  const own = operations.filter(({attributes}) => attributes.name === name);
  const recurs = ({attributes: {interval = '', role = 'Started'}}: T) => /[1-9]/.test(interval) && role === 'Started';
  return own.find(recurs) ?? own[0];
}

/**
 * The primitive with these settings, everything else as it was; `default` takes a parameter or an attribute away.
 * Pure.
 */
export function editPrimitive(
  primitive: Element,
  settings: readonly Pick<Setting, 'key' | 'value'>[],
): Result<Element, string> {
  let edited = primitive;
  for (const {key, value} of settings) {
    const wanted = resourceKey(key);
    const given = value === unset ? undefined : value;
    if (wanted?.kind === 'parameter') edited = withParameter(edited, wanted.parameter, given);
    else if (wanted?.kind === 'operation') {
      const changed = withOperation(edited, wanted.operation, {[wanted.attribute]: given});
      if (changed === undefined) {
        return {
          ok: false,
          error: `${primitive.attributes.id} has no operation ${wanted.operation}: add it to the resource first`,
        };
      }
      edited = changed;
    }
  }
  return {ok: true, value: edited};
}

/** Undefined where the resource has no such operation. Those of a move are often left out, and are added. */
function withOperation(
  primitive: Element,
  name: string,
  attributes: Readonly<Record<string, string | undefined>>,
): Element | undefined {
  const known = child(primitive, 'operations');
  const all = known?.children ?? [];
  const meant = operationNamed(all, name);
  const changed = all.map(each =>
    each === meant ? element(each.name, {...each.attributes, ...attributes}, each.children) : each,
  );
  if (meant === undefined) {
    if (!name.startsWith('migrate_')) return undefined;
    changed.push(element('op', {id: `${primitive.attributes.id}-${name}-0s`, name, interval: '0s', ...attributes}));
  }
  const operations = element('operations', known?.attributes, changed);
  return {...primitive, children: [...primitive.children.filter(each => each !== known), operations]};
}

/** Tools put parameters into sets of their own: the name leaves all of them, and a value goes into the first. */
function withParameter(primitive: Element, name: string, value: string | undefined): Element {
  const isSet = (each: Element) => each.name === 'instance_attributes';
  const id = primitive.attributes.id ?? '';
  const cleared = primitive.children.map(each =>
    isSet(each) ? {...each, children: each.children.filter(({attributes}) => attributes.name !== name)} : each,
  );
  if (value === undefined) return {...primitive, children: cleared};
  const first = cleared.find(isSet);
  const setId = first?.attributes.id ?? `${id}-parameters`;
  const pair = element('nvpair', {id: `${setId}-${name}`, name, value});
  const filled = element('instance_attributes', {...first?.attributes, id: setId}, [...(first?.children ?? []), pair]);
  return {
    ...primitive,
    children: first === undefined ? [filled, ...cleared] : cleared.map(each => (each === first ? filled : each)),
  };
}
