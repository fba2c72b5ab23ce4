/**
 * `--plugins FOLDER`, on every command that tries, judges or heals; what a `--suite` names is loaded with it, because
 * the suite cannot be read without.
 */
import {dirname, join} from 'node:path';
import type {Command} from 'commander';
import {pluginsOf} from '../../../../suites/read/suite.ts';
import {readText, shippedSuites} from '../package-files.ts';

export function addPluginsOption(command: Command): void {
  command
    .option('--plugins <folder>', 'scenarios, faults, rules and metrics of your own, from the files in this folder')
    .hook('preAction', async (_, called) => {
      const {plugins, suite} = called.opts<{plugins?: string; suite?: string}>();
      for (const folder of [
        plugins,
        suite === undefined || shippedSuites.includes(suite) ? undefined : suitePlugins(suite),
      ]) {
        if (folder !== undefined) await (await import('./load.ts')).loadPlugins(folder);
      }
    });
}

function suitePlugins(file: string): string | undefined {
  const folder = pluginsOf(readText(file), file);
  return folder === undefined ? undefined : join(dirname(file), folder);
}
