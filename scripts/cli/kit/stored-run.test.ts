/**
 * One whole run of the lab, stored: judged again it gives the same bytes, and an altered byte is noticed.
 * `UPDATE_GOLDEN=1` writes anew.
 */
import {cp, mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {readRun} from '../../../harness/run/store.ts';
import type {Report} from '../../../reports/run/report.ts';
import {scenarios} from '../../../suites/index.ts';
import {readRegister} from './claims-register.ts';
import {judgeRun} from './judge-run.ts';
import {formats, render} from './save-report.ts';

const stored = join(import.meta.dirname, '../../../fixtures/runs/quick');
const golden = join(import.meta.dirname, '../../../fixtures/golden/run');

async function judged(folder: string): Promise<Report> {
  const run = await readRun(folder);
  if (!run.ok) throw new Error(run.error.found);
  // The register that was in force, not today's: a claim that is added tomorrow must not change yesterday's report.
  return judgeRun(run.value, readRegister(join(folder, 'claims.yaml')).claims, scenarios);
}

const report = await judged(stored);

for (const format of formats) {
  test(`the stored run gives the same ${format}, byte for byte`, async t => {
    const text = await render(report, format);
    t.is(text, await render(await judged(stored), format), 'twice in one process');
    const file = join(golden, format);
    if (process.env.UPDATE_GOLDEN) {
      await mkdir(golden, {recursive: true});
      await writeFile(file, text);
    }
    t.true(text === (await readFile(file, 'utf8')), `${format} differs from ${file}`);
  });
}

test('the run has all four families in both profiles, and a failover of each kind with its phases', t => {
  for (const profile of ['stock', 'tuned']) {
    const metrics = new Set(report.samples.filter(({labels}) => labels.profile === profile).map(({metric}) => metric));
    for (const metric of ['storage.iops', 'storage.latency', 'network.throughput', 'network.loss', 'network.jitter'])
      t.true(metrics.has(metric), metric);
    for (const metric of ['migration.total', 'migration.downtime', 'migration.blackout', 'migration.transferred'])
      t.true(metrics.has(metric), metric);
    for (const fault of ['host-crash', 'nic-down']) {
      const at = (metric: string) =>
        report.samples.find(
          sample => sample.metric === metric && sample.labels.fault === fault && sample.labels.profile === profile,
        )?.value;
      const phases = [
        'failover.membership',
        'failover.fenced',
        'failover.started',
        'failover.service',
        'failover.durable',
      ].map(at);
      t.deepEqual(
        phases,
        [...phases].sort((a, b) => Number(a) - Number(b)),
        `${profile} ${fault}: one phase after the other`,
      );
      t.is(at('failover.lost-writes'), 0);
    }
  }
});

test('nothing of one quick run is met, and what is missed says by how much', t => {
  t.is(report.exitCode, 1);
  t.false(report.verdicts.some(({kind}) => kind === 'met'));
  t.true(report.verdicts.some(({kind}) => kind === 'missed'));
  t.true(report.header.hardware.emulated);
});

test('one altered byte in an artefact: noticed, told, and its numbers are gone', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'stored-run-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  await cp(stored, folder, {recursive: true});
  const sample = report.samples.find(({metric}) => metric === 'failover.service');
  const file = join(folder, sample?.from.artefact ?? '');
  const text = await readFile(file, 'utf8');
  const at = text.length >> 1;
  await writeFile(file, `${text.slice(0, at)}${text[at] === '1' ? '2' : '1'}${text.slice(at + 1)}`);
  const altered = await judged(folder);
  t.true(
    altered.warnings.some(
      warning => warning.subject === sample?.from.artefact || warning.text.includes(sample?.from.artefact ?? '?'),
    ),
  );
  t.false(altered.samples.some(({from}) => from.artefact === sample?.from.artefact));
});
