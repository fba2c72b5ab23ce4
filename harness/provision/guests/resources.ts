/**
 * A guest as a resource, in the words of the tool that the cluster's administrators use: crmsh, pcs, or Pacemaker's own
 * where there is neither. The same resource comes of all three. Pure.
 */
import {type Apart, apartXml, type Primitive, primitiveXml} from '../../cluster/pacemaker.ts';
import type {Words} from './stores.ts';

export type ResourceTool = 'crm' | 'pcs' | 'cibadmin';

/** One command; `stdin` is what it reads. */
export interface Typed {
  /** What it does, for people. */
  name: string;
  argv: Words;
  stdin?: string;
}

const agent = 'ocf:heartbeat:VirtualDomain';

/** Everything new in as few changes of the CIB as the tool allows. */
export function makeResources(
  tool: ResourceTool,
  primitives: readonly Primitive[],
  apart: readonly Apart[],
): readonly Typed[] {
  if (primitives.length + apart.length === 0) return [];
  switch (tool) {
    case 'crm':
      return [crmLoad(primitives, apart)];
    case 'pcs':
      return [...primitives.map(pcsCreate), ...apart.map(pcsApart)];
    case 'cibadmin':
      return [
        ...cibModify('resources', primitives.map(primitiveXml)),
        ...cibModify('constraints', apart.map(apartXml)),
      ];
  }
}

function namesOf(primitives: readonly Primitive[]): string {
  return primitives.map(({id}) => id).join(', ');
}

/** crmsh keeps notes at home: it gets one that goes with it. */
const awayFromHome = 'home=$(mktemp -d) || exit; HOME=$home crm "$@"; ended=$?; rm -rf "$home"; exit $ended';

function crmsh(...words: readonly string[]): readonly [string, ...string[]] {
  return ['sh', '-c', awayFromHome, 'crm', '-F', 'configure', ...words];
}

/** Without questions; what crmsh does not know about our mark is a warning. */
function crmLoad(primitives: readonly Primitive[], apart: readonly Apart[]): Typed {
  const pairs = (those: Primitive['meta']) => those.map(([name, value]) => `${name}="${value}"`).join(' ');
  const lines = [
    ...primitives.map(({id, parameters, meta, operations}) =>
      [
        `primitive ${id} ${agent}`,
        `params ${pairs(parameters)}`,
        ...operations.map(
          ({name, intervalSeconds, timeoutSeconds}) =>
            `op ${name} interval=${intervalSeconds}s timeout=${timeoutSeconds}s`,
        ),
        `meta ${pairs(meta)}`,
      ].join(' '),
    ),
    ...apart.map(({id, resource, from, score}) => `colocation ${id} ${score}: ${resource} ${from}`),
  ];
  const name = `crm configure: ${namesOf(primitives) || 'keep apart'}`;
  return {name, argv: crmsh('load', 'update', '-'), stdin: `${lines.join('\n')}\n`};
}

function pcsCreate({id, parameters, meta, operations}: Primitive): Typed {
  const pairs = (those: Primitive['meta']) => those.map(([name, value]) => `${name}=${value}`);
  const operationWords = operations.flatMap(({name, intervalSeconds, timeoutSeconds}) => [
    name,
    `interval=${intervalSeconds}s`,
    `timeout=${timeoutSeconds}s`,
  ]);
  return {
    name: `pcs resource create ${id}`,
    argv: [
      'pcs',
      'resource',
      'create',
      id,
      agent,
      ...pairs(parameters),
      'op',
      ...operationWords,
      'meta',
      ...pairs(meta),
      '--no-default-ops',
    ],
  };
}

function pcsApart({id, resource, from, score}: Apart): Typed {
  return {
    name: `pcs constraint colocation add ${resource}`,
    argv: ['pcs', 'constraint', 'colocation', 'add', resource, 'with', from, `score=${score}`, `id=${id}`],
  };
}

function cibModify(scope: 'resources' | 'constraints', xml: readonly string[]): readonly Typed[] {
  if (xml.length === 0) return [];
  return [
    {
      name: `cibadmin: ${scope}`,
      argv: ['cibadmin', '--modify', '--allow-create', '--scope', scope, '--xml-pipe'],
      stdin: `<${scope}>${xml.join('')}</${scope}>`,
    },
  ];
}

/**
 * Stopped first, by Pacemaker's own tools, and waited for: a resource that is deleted while it runs leaves a stop
 * without an owner. Then the constraints, since they name it, then it, then what nodes remember of it.
 */
export function removeResources(
  tool: ResourceTool,
  ids: readonly string[],
  constraints: readonly string[],
): readonly Typed[] {
  const stop = ids.map(
    (id): Typed => ({
      name: `stop ${id}`,
      argv: [
        'crm_resource',
        '--resource',
        id,
        '--meta',
        '--set-parameter',
        'target-role',
        '--parameter-value',
        'Stopped',
      ],
    }),
  );
  if (ids.length + constraints.length === 0) return [];
  return [
    ...stop,
    ...(ids.length === 0
      ? []
      : [{name: 'wait until they have stopped', argv: ['crm_resource', '--wait', '--timeout=180s']} as const]),
    ...(tool === 'crm'
      ? [crmDelete([...constraints, ...ids])]
      : [...constraints.map(id => deleteConstraint(tool, id)), ...ids.map(id => deleteResource(tool, id))]),
  ];
}

/** All in one change: crmsh takes seconds to start. */
function crmDelete(ids: readonly string[]): Typed {
  return {name: `delete ${ids.join(', ')}`, argv: crmsh('delete', ...ids)};
}

function deleteConstraint(tool: 'pcs' | 'cibadmin', id: string): Typed {
  const name = `delete constraint ${id}`;
  if (tool === 'pcs') return {name, argv: ['pcs', 'constraint', 'delete', id]};
  return {name, argv: ['cibadmin', '--delete', '--xpath', `//constraints/*[@id='${id}']`, '--force']};
}

function deleteResource(tool: 'pcs' | 'cibadmin', id: string): Typed {
  const name = `delete resource ${id}`;
  if (tool === 'pcs') return {name, argv: ['pcs', 'resource', 'delete', id, '--force']};
  return {name, argv: ['cibadmin', '--delete', '--xpath', `//resources//primitive[@id='${id}']`]};
}
