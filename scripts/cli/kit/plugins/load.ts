/**
 * Loads a folder of plug-ins and puts what they bring into the registers, so that every command knows it from then on.
 * A plug-in is code of the user's: it runs with the rights of seatrial. All or nothing: what is wrong is refused in a
 * sentence, before anything is started.
 */
import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join, relative, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import {didYouMean} from '../../../../harness/config/nearest.ts';
import {addFaults, faults} from '../../../../harness/faults/index.ts';
import {faultOf} from '../../../../harness/issue.ts';
import type {PluginFile} from '../../../../harness/types.ts';
import {addMetrics, metrics} from '../../../../reports/metrics.ts';
import {addRules, rules} from '../../../../suites/conformance/index.ts';
import {addScenarios, scenarios} from '../../../../suites/index.ts';
import type {Plugin} from '../../../plugin.ts';
import {CommandError} from '../command-error.ts';
import {isLoaded, rememberPlugins} from './loaded.ts';
import {resolveSeatrial} from './resolve.ts';
import {pluginShape} from './shape.ts';

const isCode = /\.(?:ts|m?js)$/;
const isAside = /\.(?:test|live)\.|\.d\.ts$/;
const expected = 'a default export {scenarios, faults, rules, metrics}, each a list, none needed';
const whatToDo = 'Mend it, or leave out --plugins. Nothing has been started.';

/** Loading the same folder twice does nothing. */
export async function loadPlugins(given: string): Promise<void> {
  const folder = resolve(given);
  if (isLoaded(folder)) return;
  const files = codeIn(given, folder);
  resolveSeatrial();
  const found: {file: string; plugin: Plugin}[] = [];
  for (const file of files) found.push({file: join(given, file), plugin: await pluginIn(join(folder, file), given)});
  refuseClashes(found);
  const brought = found.flatMap(({plugin}) => plugin.metrics ?? []);
  refuseUnknownMetrics(found, [...metrics, ...brought].map(nameOf));
  addMetrics(brought);
  addFaults(found.flatMap(({plugin}) => plugin.faults ?? []));
  addRules(found.flatMap(({plugin}) => plugin.rules ?? []));
  const tried = found.flatMap(({plugin}) => plugin.scenarios ?? []);
  addScenarios(tried);
  const claims = join(folder, 'claims.yaml');
  rememberPlugins({
    folder,
    files: filesOf(folder),
    scenarios: tried.map(nameOf),
    ...(existsSync(claims) ? {claims: {file: join(given, 'claims.yaml'), text: readFileSync(claims, 'utf8')}} : {}),
  });
}

/** Files that are loaded: directly in the folder. What lies deeper is theirs to import. */
function codeIn(given: string, folder: string): readonly string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`the plug-ins in ${given} cannot be read: ${why}`, 'Name a folder that exists.');
  }
  const code = names.filter(name => isCode.test(name) && !isAside.test(name)).sort();
  if (code.length > 0) return code;
  throw new CommandError(
    `${given} holds no plug-in: expected *.ts, *.js or *.mjs, found ${names.join(', ') || 'nothing'}`,
    'Name the folder that the files lie in; docs/plugins.md has an example.',
  );
}

async function pluginIn(path: string, given: string): Promise<Plugin> {
  const file = join(given, relative(resolve(given), path));
  let module: Record<string, unknown>;
  try {
    module = await import(pathToFileURL(path).href);
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new CommandError(`the plug-in ${file} cannot be loaded: ${why}`, whatToDo);
  }
  const {default: plugin, ...others} = module;
  // A file without any export is CommonJS to Node, and an empty object by default.
  if (typeof plugin !== 'object' || plugin === null || Object.keys(plugin).length === 0) {
    const names = Object.keys(others).filter(name => name !== 'module.exports');
    const there = names.length > 0 ? `only ${names.join(', ')}` : 'nothing in it';
    throw new CommandError(`the plug-in ${file} exports no plug-in: found ${there}, expected ${expected}`, whatToDo);
  }
  const read = pluginShape.safeParse(plugin);
  if (read.success) return plugin;
  const {path: place, expected: wanted, found} = faultOf(read.error, plugin);
  throw new CommandError(
    `the plug-in ${file}: ${placeOf(place)}: found ${found}, expected ${wanted}`,
    `${whatToDo} Its types are in seatrial/plugin: \`export default {…} satisfies Plugin\`.`,
  );
}

/** `scenarios[1].measure`, counted from 1 as in every other refusal. */
function placeOf(path: readonly PropertyKey[]): string {
  const steps = path.map(step => (typeof step === 'number' ? `[${step + 1}]` : `.${String(step)}`));
  return steps.join('').replace(/^\./, '') || 'its default export';
}

type Found = readonly {file: string; plugin: Plugin}[];

/** Nothing takes the place of what there is, neither of seatrial's own nor of another plug-in's. */
function refuseClashes(found: Found): void {
  const registers = [
    {
      what: 'scenario',
      own: scenarios.map(({name}) => name),
      names: ({scenarios = []}: Plugin) => scenarios.map(nameOf),
    },
    {what: 'fault', own: faults.map(({name}) => name), names: ({faults = []}: Plugin) => faults.map(nameOf)},
    {what: 'rule', own: rules.map(({id}) => id as string), names: ({rules = []}: Plugin) => rules.map(({id}) => id)},
    {what: 'metric', own: metrics.map(({name}) => name), names: ({metrics = []}: Plugin) => metrics.map(nameOf)},
  ];
  for (const {what, own, names} of registers) {
    const owners = new Map(own.map(name => [name, 'seatrial itself']));
    for (const {file, plugin} of found) {
      for (const name of names(plugin)) {
        const owner = owners.get(name);
        if (owner !== undefined) {
          throw new CommandError(
            `the plug-in ${file} brings a ${what} ${name}, and ${owner} has one already`,
            'Give yours another name: nothing takes the place of what there is.',
          );
        }
        owners.set(name, file);
      }
    }
  }
}

function nameOf({name}: {name: string}): string {
  return name;
}

function refuseUnknownMetrics(found: Found, known: readonly string[]): void {
  for (const {file, plugin} of found) {
    for (const {name, provides} of plugin.scenarios ?? []) {
      const stranger = provides.find(metric => !known.includes(metric));
      if (stranger === undefined) continue;
      throw new CommandError(
        `the plug-in ${file}: ${name} provides ${stranger}, which is no metric; ${didYouMean(stranger, known)}`,
        'Bring the metric along in "metrics", or see: seatrial claims --metrics',
      );
    }
  }
}

/** Every file below the folder, whatever it is: a plug-in may read or import any of them. */
function filesOf(folder: string): readonly PluginFile[] {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile())
    .map(({parentPath, name}) => join(parentPath, name))
    .filter(path => !path.includes('/node_modules/'))
    .sort()
    .map(path => ({
      file: relative(folder, path),
      sha256: createHash('sha256').update(readFileSync(path)).digest('hex'),
    }));
}
