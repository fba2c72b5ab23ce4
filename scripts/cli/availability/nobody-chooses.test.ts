import {readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {rewrite} from '../../../fixtures/kit/example-run.ts';
import {night, nights, noise, place} from '../../../fixtures/kit/nights.ts';
import type {Topology} from '../../../reports/availability/topology.ts';
import {scenarios} from '../../../suites/index.ts';
import {importFolders, withHistory} from '../kit/history/index.ts';
import {givenRuns} from '../kit/pool/known.ts';
import {notForAll} from './nobody-chooses.ts';
import {loadTopology} from './topology.ts';

const read = loadTopology(
  readFileSync(join(import.meta.dirname, '../../../docs/topology.yaml'), 'utf8'),
  'topology.yaml',
);
if (!read.ok) throw new Error(JSON.stringify(read.error));
const example: Topology = read.value;
/** As if what the nights of the tests measure were a recovery. */
const asking: Topology = {
  ...example,
  recoveries: [{kind: 'measured', name: 'crash', metric: 'storage.iops', where: {}}],
};

const said = async (folders: readonly string[], histories: readonly string[] = [], topology = asking) =>
  notForAll(await givenRuns(folders), topology, scenarios, histories);

test('all nights that are known: nothing is said', async t => {
  const at = place(t);
  const all = await nights(at, 1, 2, 3);
  t.deepEqual(await said(all), []);
});

test('planted: a bad night that lies beside the others is not given', async t => {
  const at = place(t);
  const good = await nights(at, 1, 2);
  await night(at, 3, {scale: noise(3, 0.5)});
  const [first, ...more] = await said(good);
  t.regex(first ?? '', /^run night-3: it is comparable \(4 trials, complete\) and was not given$/);
  t.deepEqual(more, []);
  t.deepEqual(await said(good, [], example), [], 'it tried nothing of what is asked for');
});

test('planted: a bad night that the history knows is gone', async t => {
  const at = place(t);
  const good = await nights(at, 1, 2);
  const bad = await night(at, 3);
  const history = join(at, 'history.sqlite');
  await withHistory(history, file => importFolders(file, [bad]));
  rmSync(bad, {recursive: true});
  t.deepEqual(await said(good), []);
  const [first] = await said(good, [history]);
  t.regex(first ?? '', /^run night-3: it is known, and .*night-3 is not there/);
});

test('planted: a night of another cluster, whose times were better, is given with them', async t => {
  const at = place(t);
  const given = await nights(at, 1, 2);
  rewrite(given[0] ?? '', 'run.json', text => text.replace('"cluster": "example"', '"cluster": "another"'));
  const all = await said(given);
  t.true(
    all.some(each => each.startsWith('run night-1: another cluster, another')),
    all.join('\n'),
  );
});
