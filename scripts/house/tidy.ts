/**
 * Habits that a machine can watch over, each with a sentence that says what to do instead: short functions, no export
 * that nobody imports, no field of the vocabulary that nobody reads, comments that fit a screen. Pure: sources in,
 * sentences out.
 */
import {posix} from 'node:path';
import {type Node, parseSync} from 'oxc-parser';
import type {Source} from './imports.ts';

const mostFunctionLines = 70;
const widestComment = 120;

/** A source with its syntax tree. Parsed once, looked at by every rule. */
export interface Parsed extends Source {
  program: Node;
}

export function parse(source: Source): Parsed {
  const {program, errors} = parseSync(source.path, source.text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${source.path}: ${error.message}`);
  return {...source, program};
}

/** Every node below (and with) the given one, with its parent. */
function* nodes(node: Node, parent?: Node): Generator<{node: Node; parent: Node | undefined}> {
  yield {node, parent};
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* nodes(child, node);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

export function isTest(path: string): boolean {
  return /\.(?:test|live|long)\.ts$/.test(path);
}

// ───────────────────────────── long functions ─────────────────────────────

export interface LongFunction {
  /** `path name`: stays the same when lines above it change. */
  key: string;
  lines: number;
}

/** Functions of more than 70 lines, the longest first. Those without a name are called by their line. */
export function longFunctions(sources: readonly Parsed[]): LongFunction[] {
  return sources
    .flatMap(({path, text, program}) =>
      [...nodes(program)].flatMap(({node, parent}) => {
        if (!isFunction(node)) return [];
        const lines = lineOf(text, node.end) - lineOf(text, node.start) + 1;
        if (lines <= mostFunctionLines) return [];
        return [{key: `${path} ${nameOf(node, parent) ?? `line ${lineOf(text, node.start)}`}`, lines}];
      }),
    )
    .sort((a, b) => b.lines - a.lines || (a.key < b.key ? -1 : 1));
}

function isFunction(node: Node): boolean {
  return /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
}

function nameOf(node: Node, parent: Node | undefined): string | undefined {
  if ('id' in node && isNode(node.id) && node.id.type === 'Identifier') return node.id.name;
  if (parent?.type === 'VariableDeclarator' && parent.id.type === 'Identifier') return parent.id.name;
  if ((parent?.type === 'Property' || parent?.type === 'MethodDefinition') && parent.key.type === 'Identifier') {
    return parent.key.name;
  }
  return undefined;
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** What is wrong with the list of long functions that are let through: it may only shrink. */
export function longFunctionComplaints(
  found: readonly LongFunction[],
  allowed: Readonly<Record<string, number>>,
): string[] {
  const known = new Map(found.map(({key, lines}) => [key, lines]));
  return [
    ...found.flatMap(({key, lines}) => {
      const most = allowed[key];
      if (most === undefined) return [`${key} has ${lines} lines: split it, ${mostFunctionLines} fit a screen`];
      return lines > most ? [`${key} has grown from ${most} to ${lines} lines: split it`] : [];
    }),
    ...Object.entries(allowed).flatMap(([key, most]) => {
      const lines = known.get(key);
      if (lines === undefined) return [`${key} is short by now: take it off the list`];
      return lines < most ? [`${key} has shrunk from ${most} to ${lines} lines: say so in the list`] : [];
    }),
  ];
}

// ───────────────────────────── dead exports ─────────────────────────────

/**
 * Exports that no other source imports; `entries` are what the package, Node or the command line loads by path. A type
 * may stay: where an exported signature speaks of it, its reader wants to name it.
 */
export function deadExports(sources: readonly Parsed[], entries: readonly string[]): string[] {
  const used = new Map<string, Set<string>>();
  for (const source of sources) {
    for (const {target, name} of importedBy(source)) {
      const names = used.get(target) ?? new Set();
      used.set(target, names.add(name));
    }
  }
  return sources.flatMap(source => {
    // Declarations speak of a library as it is.
    if (entries.includes(source.path) || isTest(source.path) || source.path.endsWith('.d.ts')) return [];
    const names = used.get(source.path);
    if (names?.has('*')) return [];
    return exportedBy(source)
      .filter(name => !names?.has(name) && !spokenOf(source, name))
      .map(name => `${source.path} exports ${name}, which nobody imports: drop the export, or the code`);
  });
}

function exportedBy({program}: Parsed): string[] {
  return [...nodes(program)].flatMap(({node}) => {
    if (node.type !== 'ExportNamedDeclaration') return [];
    const listed = node.specifiers.flatMap(({exported}) => (exported.type === 'Identifier' ? [exported.name] : []));
    return [...listed, ...declared(node.declaration)];
  });
}

/** Whether the name is a type that the source uses itself. */
function spokenOf({program}: Parsed, name: string): boolean {
  return [...nodes(program)].some(
    ({node}) =>
      (node.type === 'TSTypeReference' && node.typeName.type === 'Identifier' && node.typeName.name === name) ||
      (node.type === 'TSInterfaceHeritage' && node.expression.type === 'Identifier' && node.expression.name === name),
  );
}

function declared(node: unknown): string[] {
  if (!isNode(node)) return [];
  if (node.type === 'VariableDeclaration') {
    return node.declarations.flatMap(({id}) => (id.type === 'Identifier' ? [id.name] : []));
  }
  return 'id' in node && isNode(node.id) && node.id.type === 'Identifier' ? [node.id.name] : [];
}

/** Which names of which files a source uses; `*` where it takes the whole. */
function importedBy({path, program}: Parsed): {target: string; name: string}[] {
  return [...nodes(program)].flatMap(({node}) => {
    const specifier = specifierOf(node);
    if (specifier === undefined || !specifier.startsWith('.')) return [];
    const target = posix.normalize(posix.join(posix.dirname(path), specifier));
    return namesTaken(node).map(name => ({target, name}));
  });
}

function specifierOf(node: Node): string | undefined {
  if (!/^(?:Import|ExportNamed|ExportAll|TSImport)/.test(node.type) || !('source' in node)) return undefined;
  return isNode(node.source) && node.source.type === 'Literal' && typeof node.source.value === 'string'
    ? node.source.value
    : undefined;
}

function namesTaken(node: Node): string[] {
  switch (node.type) {
    case 'ImportDeclaration':
      return node.specifiers.map(one =>
        one.type === 'ImportSpecifier' ? (one.imported.type === 'Identifier' ? one.imported.name : '*') : '*',
      );
    case 'ExportNamedDeclaration':
      return node.specifiers.map(({local}) => (local.type === 'Identifier' ? local.name : '*'));
    case 'TSImportType':
      return [node.qualifier?.type === 'Identifier' ? node.qualifier.name : '*'];
    default:
      // `export *` and `import('…')`: what is taken shows elsewhere.
      return ['*'];
  }
}

// ───────────────────────────── fields that nobody reads ─────────────────────────────

/** Fields of the interfaces of one file that no product code reads, by name: `.name`, `['name']`, or taken apart. */
export function unreadFields(vocabulary: Parsed, sources: readonly Parsed[]): string[] {
  const read = new Set(sources.filter(({path}) => !isTest(path)).flatMap(readNames));
  return [...nodes(vocabulary.program)].flatMap(({node}) => {
    if (node.type !== 'TSInterfaceDeclaration') return [];
    return node.body.body.flatMap(member => {
      if (member.type !== 'TSPropertySignature' && member.type !== 'TSMethodSignature') return [];
      const name = member.key.type === 'Identifier' ? member.key.name : undefined;
      if (name === undefined || read.has(name)) return [];
      return [`${vocabulary.path}: nobody reads ${node.id.name}.${name}: use it, or take it away`];
    });
  });
}

function readNames({program}: Parsed): string[] {
  return [...nodes(program)].flatMap(({node, parent}) => {
    if (node.type === 'MemberExpression') {
      const written = parent?.type === 'AssignmentExpression' && parent.left === node && parent.operator === '=';
      if (written) return [];
      if (!node.computed && node.property.type === 'Identifier') return [node.property.name];
      return node.property.type === 'Literal' ? [String(node.property.value)] : [];
    }
    if (node.type !== 'ObjectPattern') return [];
    return node.properties.flatMap(one =>
      one.type === 'Property' && one.key.type === 'Identifier' ? [one.key.name] : [],
    );
  });
}

// ───────────────────────────── wide comments ─────────────────────────────

/**
 * Comment lines of more than 120 characters, as `path:line`. A line that is one long word (an address) cannot be
 * broken.
 */
export function wideComments(sources: readonly Source[]): string[] {
  return sources.flatMap(({path, text}) =>
    text.split('\n').flatMap((line, index) => {
      const said = /^\s*(?:\/\/|\/\*\*?|\*)\s?(.*)$/.exec(line)?.[1];
      if (said === undefined || line.length <= widestComment || !said.trim().includes(' ')) return [];
      return [`${path}:${index + 1}: a comment of ${line.length} characters; break it before ${widestComment}`];
    }),
  );
}
