/** Loading is for a whole process: what is refused is tried first, in the order of this file; then the example. */
import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import test from 'ava';
import {fakeCluster} from '../../../../fixtures/kit/fake-cluster.ts';
import {plannedTrial} from '../../../../fixtures/kit/planned-trial.ts';
import {runHeader} from '../../../../fixtures/kit/run-header.ts';
import {trialRecord} from '../../../../fixtures/kit/trial-record.ts';
import {faultNamed, faults} from '../../../../harness/faults/index.ts';
import {createRun} from '../../../../harness/run/store.ts';
import type {Artefacts, RunHeader} from '../../../../harness/types.ts';
import {metricNamed} from '../../../../reports/metrics.ts';
import {rules} from '../../../../suites/conformance/index.ts';
import {scenarios} from '../../../../suites/index.ts';
import {readRegister, readSuite} from '../claims-register.ts';
import {CommandError} from '../command-error.ts';
import {readProfiles} from '../profiles.ts';
import {loadPlugins} from './load.ts';
import {pluginFiles, requirePluginsOf, withPluginScenarios} from './loaded.ts';

const top = join(import.meta.dirname, '../../../..');
const example = join(top, 'docs/plugins/example');
const folder = mkdtempSync(join(tmpdir(), 'seatrial-plugins-'));
test.after.always(() => rmSync(folder, {recursive: true, force: true}));

const scenarioWith = (changes: string) => `const scenario = {
  name: 'mine/x', family: 'failover', purpose: 'p', needs: {}, impact: () => 'load', claims: [], provides: ['failover.service'],
  expects: () => ({fences: {}, guests: {}}), parameters: {full: {}, quick: {}}, estimateSeconds: () => 1,
  preview: () => [], run: async () => {}, measure: () => ({samples: [], problems: [], findings: []}), ${changes}
};
export default {scenarios: [scenario]};`;

const planted: {title: string; files: Record<string, string>; sentence: RegExp}[] = [
  {
    title: 'nothing to load',
    files: {'notes.md': ''},
    sentence: /holds no plug-in: expected \*\.ts, .* found notes\.md$/,
  },
  {
    title: 'a file that throws',
    files: {'a.ts': "throw new Error('the database is away');"},
    sentence: /a\.ts cannot be loaded: the database is away$/,
  },
  {title: 'what is no JavaScript', files: {'a.js': 'export default {'}, sentence: /a\.js cannot be loaded: /},
  {
    title: 'TypeScript that cannot be stripped',
    files: {'a.ts': 'enum Way {up}\nexport default {scenarios: [], way: Way};'},
    sentence: /a\.ts cannot be loaded: .*enum is not supported/,
  },
  {
    title: 'an import of what is not there',
    files: {'a.ts': "import 'nowhere-to-be-found';\nexport default {};"},
    sentence: /a\.ts cannot be loaded: Cannot find package 'nowhere-to-be-found'/,
  },
  {
    title: 'no default export',
    files: {'a.ts': 'export const scenario = {};'},
    sentence: /a\.ts exports no plug-in: found only scenario, expected a default export \{scenarios,/,
  },
  {title: 'no export at all', files: {'a.ts': 'const a = 1;'}, sentence: /found nothing in it, expected/},
  {
    title: 'an unknown member',
    files: {'a.ts': 'export default {scenario: []};'},
    sentence: /a\.ts: its default export: found .*, expected no key "scenario"$/,
  },
  {
    title: 'a scenario without measure',
    files: {'a.ts': scenarioWith('measure: undefined')},
    sentence: /a\.ts: scenarios\[1\]\.measure: found nothing, expected a function$/,
  },
  {
    title: 'a scenario that yields nothing',
    files: {'a.ts': scenarioWith('provides: []')},
    sentence: /scenarios\[1\]\.provides: found \[\], expected at least 1 entries$/,
  },
  {
    title: 'the name of a scenario there is',
    files: {'a.ts': scenarioWith("name: 'storage/fio'")},
    sentence: /a\.ts brings a scenario storage\/fio, and seatrial itself has one already$/,
  },
  {
    title: 'one name in two files',
    files: {'a.ts': scenarioWith(''), 'b.ts': scenarioWith('')},
    sentence: /b\.ts brings a scenario mine\/x, and .*a\.ts has one already$/,
  },
  {
    title: 'the name of a fault there is',
    files: {
      'a.ts':
        "export default {faults: [{name: 'host-crash', strikes: 'node', needs: {}, effect: () => ({fences: [1], guests: 'moved'}), on: () => {}}]};",
    },
    sentence: /brings a fault host-crash, and seatrial itself/,
  },
  {
    title: 'a metric that nobody defines',
    files: {'a.ts': scenarioWith("provides: ['failover.servce']")},
    sentence: /mine\/x provides failover\.servce, which is no metric; did you mean "failover\.service"\?$/,
  },
];

for (const {title, files, sentence} of planted) {
  test.serial(`refused before anything is registered: ${title}`, async t => {
    const own = mkdtempSync(join(folder, 'bad-'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(own, name), text);
    const before = [scenarios.length, faults.length, rules.length];
    const error = await t.throwsAsync(loadPlugins(own), {instanceOf: CommandError});
    t.regex(error?.message ?? '', sentence);
    t.is(error?.exitCode, 3);
    t.not(error?.todo, '');
    t.deepEqual([scenarios.length, faults.length, rules.length], before);
    t.deepEqual(pluginFiles(), []);
  });
}

test.serial('a folder that is not there is refused', async t => {
  await t.throwsAsync(loadPlugins('/nowhere'), {message: /the plug-ins in \/nowhere cannot be read: ENOENT/});
});

const header: RunHeader = {...runHeader, only: ['mine']};

test.serial('a run of a plug-in that is not loaded is refused, one without any is not', t => {
  t.notThrows(() => requirePluginsOf(header));
  t.throws(() => requirePluginsOf({id: 'r', plugins: [{file: 'a.ts', sha256: 'f'.repeat(64)}]}), {
    message: /run r was made with a plug-in, .*: a\.ts \(sha256 ffffffffffff…\) is not loaded$/,
  });
});

test.serial('the example loads, once however often it is asked for, from wherever it lies', async t => {
  const elsewhere = join(folder, 'example');
  cpSync(example, elsewhere, {recursive: true});
  const before = scenarios.length;
  await loadPlugins(elsewhere);
  await loadPlugins(elsewhere);
  t.is(scenarios.length, before + 1);
  t.is(scenarios.at(-1)?.name, 'mine/guest-paused');
  t.true(faults.some(({name}) => name === 'guest-paused'));
  t.true(rules.some(({id}) => id === 'C-mine-1'));
  t.is(metricNamed('mine.longest-wait')?.unit, 's');
  t.deepEqual(
    pluginFiles().map(({file}) => file),
    ['claims.yaml', 'guest-paused.ts', 'suite.yaml', 'token.ts'],
  );
});

test.serial('its promise joins the register, its scenario the suite', t => {
  const register = readRegister();
  t.true(register.claims.some(({id}) => id === 'mine.pause'));
  t.regex(register.text, /id: ha\.switch[\s\S]*id: mine\.pause/);
  const suite = readSuite('acceptance', {
    scenarios: scenarios.map(({name}) => name),
    profiles: readProfiles().map(({name}) => name),
  });
  t.deepEqual(withPluginScenarios(suite).scenarios.at(-1), {
    scenario: 'mine/guest-paused',
    repetitions: {full: 10, quick: 1},
    parameters: {},
  });
});

test.serial("a promise that the register makes already is refused by the plug-in's file", t => {
  const own = join(folder, 'register.yaml');
  writeFileSync(own, readFileSync(join(example, 'claims.yaml'), 'utf8'));
  t.throws(() => readRegister(own), {
    message: /example\/claims\.yaml promises mine\.pause, which .*register\.yaml does/,
  });
});

test.serial('a run is judged by the same file, and by no other one of its name', t => {
  t.notThrows(() => requirePluginsOf({...header, plugins: pluginFiles()}));
  const altered = pluginFiles().map(each => ({...each, sha256: 'f'.repeat(64)}));
  t.throws(() => requirePluginsOf({...header, plugins: altered}), {message: /guest-paused\.ts .* is another one now/});
});

// ───────────────────────────── what the example does ─────────────────────────────

const planned = plannedTrial({scenario: 'mine/guest-paused', parameters: {holdSeconds: 3}, estimatedSeconds: 20});

const exited = JSON.stringify({exit: {kind: 'exited', code: 0}, stderr: ''});

function artefacts(texts: Readonly<Record<string, string>>): Artefacts {
  return {
    names: Object.keys(texts),
    text(name) {
      const value = texts[name];
      if (value !== undefined) return {ok: true, value};
      return {ok: false, error: {artefact: name, path: '', expected: 'an artefact', found: 'nothing'}};
    },
  };
}

function measured(ping: string) {
  const scenario = scenarios.find(({name}) => name === 'mine/guest-paused');
  if (scenario === undefined) throw new Error('the example is not loaded');
  return scenario.measure(artefacts({'ping.txt': ping, 'ping.txt.meta.json': exited}), planned);
}

const answered = readFileSync(join(top, 'fixtures/plugins/guest-paused.ping.txt'), 'utf8');

test.serial('the example measures the longest wait out of what ping printed', t => {
  const {samples, problems} = measured(answered);
  t.deepEqual(problems, []);
  t.deepEqual(
    samples.map(({metric, unit, labels}) => ({metric, unit, labels})),
    [{metric: 'mine.longest-wait', unit: 's', labels: {hold: '3 s'}}],
  );
  t.true((samples[0]?.value ?? 0) > 2.5 && (samples[0]?.value ?? 0) < 5);
});

test.serial('planted: an output cut off gives a problem and no sample', t => {
  const {samples, problems} = measured(answered.slice(0, 20));
  t.deepEqual(samples, []);
  t.is(problems.length, 1);
});

test.serial('its fault pauses and resumes, and heals for nothing', async t => {
  let state = 'running';
  const {cluster, asked} = fakeCluster((_, words) => {
    if (words.endsWith('domstate vm1')) return {stdout: `${state}\n\n`};
    if (words.endsWith('suspend vm1')) state = 'paused';
    if (words.endsWith('resume vm1')) state = 'running';
    return {};
  });
  const fault = faultNamed(cluster, 'guest-paused', ['n2'], {guest: 'vm1'});
  if (!fault.ok) return t.fail(fault.error);
  t.deepEqual(await fault.value.heal(cluster), {ok: true, value: undefined});
  t.is(asked.length, 1);
  await fault.value.inject(cluster);
  t.is(state, 'paused');
  t.deepEqual(await fault.value.heal(cluster), {ok: true, value: undefined});
  t.is(state, 'running');
  t.true(asked.every(({host}) => host === 'n2'));
});

test.serial('its rule holds, is violated, and is not known', t => {
  const rule = rules.find(({id}) => id === 'C-mine-1');
  const said = (text: string) => rule?.check(() => ({ok: true, value: {text, exitCode: 0, stderr: ''}}), []).state;
  t.is(said('runtime.config.totem.token (u32) = 3000\n'), 'holds');
  t.is(said('runtime.config.totem.token (u32) = 30000\n'), 'violated');
  t.is(said("Can't get key runtime.config.totem.token. Error CS_ERR_NOT_EXIST\n"), 'not-known');
});

// ───────────────────────────── by the command line ─────────────────────────────

function seatrial(...words: readonly string[]): {status: number | null; stdout: string; stderr: string} {
  return spawnSync(process.execPath, [join(top, 'scripts/seatrial.ts'), ...words], {cwd: folder, encoding: 'utf8'});
}

/** A run as `accept --plugins` stores it. */
async function storedRun(): Promise<string> {
  const run = join(folder, 'run');
  mkdirSync(dirname(run), {recursive: true});
  const plan = {seed: 1, profiles: ['stock'], trials: [planned], notApplicable: []};
  const store = await createRun(run, {...header, plugins: pluginFiles()}, plan, readRegister().text);
  const trial = await store.openTrial(planned);
  await trial.keep('ping.txt', answered);
  await trial.keep('ping.txt.meta.json', exited);
  await trial.end(trialRecord(planned, {artefacts: trial.artefacts()}));
  await store.end('complete', '');
  return run;
}

test.serial('a stored run is reported with its plug-in, and refused without', async t => {
  const run = await storedRun();
  const without = seatrial('report', run, '--format', 'text');
  t.is(without.status, 3);
  t.regex(without.stderr, /made with a plug-in, and cannot be judged without it: claims\.yaml .* is not loaded/);
  const {stdout, stderr} = seatrial('report', run, '--format', 'md', '--plugins', join(folder, 'example'));
  t.is(stderr, '');
  t.regex(stdout, /mine\.pause/);
  t.regex(stdout, /Longest wait for an answer/);
  t.regex(stdout, /Plug-ins.*guest-paused\.ts \([0-9a-f]{12}\)/);
});

test.serial('a suite that names its plug-ins loads them', t => {
  const {status, stdout, stderr} = seatrial('accept', '--lab', 'x', '--dry-run', '--suite', 'example/suite.yaml');
  t.is(status, 0, stderr);
  t.regex(stdout, /mine\/guest-paused tuned #6/);
  t.regex(
    stdout,
    /commands of each trial of conformance\/rules[\s\S]*corosync-cmapctl -g runtime\.config\.totem\.token/,
  );
});
