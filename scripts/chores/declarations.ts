/** Which declarations of dist/ a user of the package can reach: nobody has any use for the rest, a seventh of it. */
import {existsSync, globSync, readFileSync, rmSync} from 'node:fs';
import {dirname, join, normalize} from 'node:path';

/** Those that the package's exports lead to, from import to import; paths from `top`. */
function reachableDeclarations(top: string, exported: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = exported.map(path => declarationOf(normalize(path)));
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path) || !existsSync(join(top, path))) continue;
    reached.add(path);
    const text = readFileSync(join(top, path), 'utf8');
    for (const [, named = ''] of text.matchAll(/(?:from|import\(|import)\s*['"](\.[^'"]+)['"]/g)) {
      open.push(declarationOf(normalize(join(dirname(path), named))));
    }
  }
  return reached;
}

/** Takes away the others. */
export function keepReachable(top: string, exported: readonly string[]): void {
  const reached = reachableDeclarations(top, exported);
  for (const path of globSync('dist/**/*.d.ts', {cwd: top})) if (!reached.has(path)) rmSync(join(top, path));
}

function declarationOf(path: string): string {
  return path.replace(/(?<!\.d)\.[jt]s$/, '.d.ts');
}
