/** What plug-ins this process has loaded: for the header of a run, and for judging one again. */
import type {PluginFile, RunHeader, Suite} from '../../../../harness/types.ts';
import {CommandError} from '../command-error.ts';

interface Loaded {
  folder: string;
  files: readonly PluginFile[];
  scenarios: readonly string[];
  /** Text of the folder's claims.yaml. */
  claims?: {file: string; text: string};
}

const loaded: Loaded[] = [];

export function rememberPlugins(plugins: Loaded): void {
  loaded.push(plugins);
}

export function isLoaded(folder: string): boolean {
  return loaded.some(each => each.folder === folder);
}

/** Every file of every folder that was loaded, for a run's header. */
export function pluginFiles(): readonly PluginFile[] {
  return loaded.flatMap(({files}) => files);
}

export function pluginClaims(): readonly {file: string; text: string}[] {
  return loaded.flatMap(({claims}) => claims ?? []);
}

/** How often a plug-in's scenario is tried where no suite says so. */
const usual = {full: 10, quick: 1};

/** The suite, with the scenarios of plug-ins that it does not name at its end. */
export function withPluginScenarios(suite: Suite): Suite {
  const named = suite.scenarios.map(({scenario}) => scenario);
  const more = loaded.flatMap(({scenarios}) => scenarios).filter(name => !named.includes(name));
  return {
    ...suite,
    scenarios: [...suite.scenarios, ...more.map(scenario => ({scenario, repetitions: usual, parameters: {}}))],
  };
}

/** A run is judged by the code that made it, or not at all: refused where a plug-in's file is missing or another. */
export function requirePluginsOf({id, plugins = []}: Pick<RunHeader, 'id' | 'plugins'>): void {
  const now = pluginFiles();
  const wrong = plugins.flatMap(({file, sha256}) => {
    const same = now.filter(each => each.file === file);
    if (same.some(each => each.sha256 === sha256)) return [];
    return [`${file} (sha256 ${sha256.slice(0, 12)}…) ${same.length === 0 ? 'is not loaded' : 'is another one now'}`];
  });
  if (wrong.length === 0) return;
  throw new CommandError(
    `run ${id} was made with a plug-in, and cannot be judged without it: ${wrong.join(', ')}`,
    'Name the folder that held these files, as they were then, with --plugins FOLDER.',
  );
}
