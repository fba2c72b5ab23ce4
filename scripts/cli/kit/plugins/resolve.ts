/**
 * `import … from 'seatrial/plugin'` in a plug-in means the seatrial that loads it, wherever the plug-in lies: with two
 * copies of the registers a fault would be known to one and healed by the other.
 */
import {existsSync} from 'node:fs';
import {registerHooks} from 'node:module';
import {pathToFileURL} from 'node:url';
import {shipped} from '../package-files.ts';

/** As in the "exports" of package.json. */
const entries: Readonly<Record<string, string>> = {
  seatrial: 'reports/index',
  'seatrial/stats': 'reports/stats/index',
  'seatrial/types': 'harness/types',
  'seatrial/plugin': 'scripts/plugin',
};

let isRegistered = false;

export function resolveSeatrial(): void {
  if (isRegistered) return;
  isRegistered = true;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const entry = entries[specifier];
      if (entry === undefined) return nextResolve(specifier, context);
      // Source in the repository, built in the package.
      const source = shipped(`${entry}.ts`);
      const url = pathToFileURL(existsSync(source) ? source : shipped(`${entry}.js`)).href;
      return {url, shortCircuit: true};
    },
  });
}
