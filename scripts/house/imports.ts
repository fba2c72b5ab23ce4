/**
 * Which folder may import what. Dependencies point one way, so that what judges can be run without what touches
 * machines: `reports` → itself and the pure parts of harness (types, schema, issue, parse/); `harness` → itself, and
 * its `parse/` → itself, types and issue; `suites` → harness and reports/beacon; `scripts` → all; `fixtures/kit` → all,
 * and nothing that is shipped imports it.
 */
import {posix} from 'node:path';

export interface Source {
  /** From the top of the repository, with `/`. */
  path: string;
  text: string;
}

/** A sentence for every import that points the wrong way, in the order of the sources. */
export function wrongImports(sources: readonly Source[]): string[] {
  return sources.flatMap(source => importsOf(source.text).flatMap(specifier => complaint(source.path, specifier)));
}

/**
 * Everything a module imports: static, for side effects, re-exported, dynamic, and in types (`import('…')`). Comments
 * do not count.
 */
export function importsOf(text: string): string[] {
  const code = text.replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const found: string[] = [];
  for (const match of code.matchAll(
    /(?:^|[;\s}])(?:import|export)\s[^'"`;]*?\bfrom\s*(['"])([^'"]+)\1|(?:^|[;\s])import\s*(['"])([^'"]+)\3|\bimport\s*\(\s*(['"`])([^'"`]+)\5/gm,
  )) {
    found.push(match[2] ?? match[4] ?? match[6] ?? '');
  }
  return found;
}

/** By folder; of several that a path lies in, the first. */
const mayImport: Readonly<Record<string, {allowed: (target: string) => boolean; sentence: string}>> = {
  reports: {
    allowed: target => target.startsWith('reports/') || pureHarness(target),
    sentence: 'reports/ is pure: it imports only itself and, of harness/, types.ts, schema.ts, issue.ts and parse/',
  },
  'harness/parse': {
    allowed: target => target.startsWith('harness/parse/') || /^harness\/(?:types|issue)\.ts$/.test(target),
    sentence: 'harness/parse/ is pure: it imports only itself, harness/types.ts and harness/issue.ts',
  },
  harness: {
    allowed: target => target.startsWith('harness/'),
    sentence: 'harness/ knows nothing of what is tried or judged: it imports only itself',
  },
  suites: {
    allowed: target =>
      target.startsWith('suites/') || target.startsWith('harness/') || target.startsWith('reports/beacon/'),
    sentence: 'suites/ imports only itself, harness/ and reports/beacon/',
  },
};

/**
 * What of harness/ touches no machine: the vocabulary, the same checked, words for what is wrong, and the readers of
 * tools' output.
 */
function pureHarness(target: string): boolean {
  return /^harness\/(?:(?:types|schema|issue)\.ts|parse\/)/.test(target);
}

function complaint(path: string, specifier: string): string[] {
  const folder = Object.keys(mayImport).find(name => path.startsWith(`${name}/`)) ?? '';
  const isTest = /\.(test|live|long)\.ts$/.test(path);
  if (specifier.startsWith('node:')) {
    return (folder === 'reports' || folder === 'harness/parse') && !isTest
      ? [`${path} imports ${specifier}: ${folder}/ is pure; take files, processes and clocks as arguments`]
      : [];
  }
  if (!specifier.startsWith('.')) return [];
  const target = posix.normalize(posix.join(posix.dirname(path), specifier));
  if (path === 'harness/schema.ts' && target !== 'harness/types.ts')
    return [`${path} imports ${target}: what is stored is described by itself alone`];
  if (path === 'harness/types.ts') return [`${path} imports ${target}: the vocabulary imports nothing`];
  if (!isTest && /\.(test|live|long)\.ts$/.test(target)) {
    return [`${path} imports ${target}: tests are not for use; move what is shared into a file of its own`];
  }
  if (target.startsWith('fixtures/') && !isTest && !/^(?:fixtures|scripts\/chores|suites\/controls)\//.test(path)) {
    return [`${path} imports ${target}: test kit is not shipped; move what is needed into the product`];
  }
  const rule = mayImport[folder];
  // A test may look at a neighbour, for instance to hold a register against the metrics there are.
  if (rule === undefined || isTest || rule.allowed(target)) return [];
  return [`${path} imports ${target}: ${rule.sentence}`];
}
