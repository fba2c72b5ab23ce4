import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {Command, CommanderError} from 'commander';
import {readRun} from '../../../harness/run/store.ts';
import {assess} from '../../../reports/availability/assess.ts';
import {availabilityDocument} from '../../../reports/availability/document.ts';
import {modelOf} from '../../../reports/availability/model.ts';
import type {Topology} from '../../../reports/availability/topology.ts';
import {render} from '../../../reports/document/index.ts';
import type {Report} from '../../../reports/run/report.ts';
import {scenarios} from '../../../suites/index.ts';
import {registerOf} from '../kit/claims-register.ts';
import {CommandError} from '../kit/command-error.ts';
import {judgeRun} from '../kit/judge-run.ts';
import {blocksOf, recoveredFrom, recoveredIn, resimulate, simulate} from './availability.ts';
import {setUp as setUpAvailability} from './command.ts';
import {loadTopology} from './topology.ts';

const top = join(import.meta.dirname, '../../..');
const stored = join(top, 'fixtures/runs/quick');

function example(change: (text: string) => string = text => text): Topology {
  const read = loadTopology(change(readFileSync(join(top, 'docs/topology.yaml'), 'utf8')), 'topology.yaml');
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}

let once: Promise<Report> | undefined;

/** The stored run, judged once for all tests of this file. */
function storedReport(): Promise<Report> {
  once ??= judged();
  return once;
}

async function judged(): Promise<Report> {
  const run = await readRun(stored);
  if (!run.ok) throw new Error(run.error.found);
  return judgeRun(run.value, registerOf(run.value.claims, 'claims.yaml').claims, scenarios);
}

test('the stored run gives its measured failovers and migrations, at their worst within the clocks', async t => {
  const found = recoveredFrom([await storedReport()], example(), scenarios);
  t.deepEqual(
    found.recoveries.map(({name, waits}) => [name, waits.map(({time}) => Number(time.toFixed(2)))]),
    [
      ['crash', [15.65]],
      ['cut-off', [21.28]],
      ['moved', [0.14, 0.16]],
      ['guest-restart', [20, 25, 30, 30, 40]],
    ],
  );
  // Both legs belong to one trial.
  t.is(new Set(found.recoveries[2]?.waits.map(({trial}) => trial)).size, 1);
  t.deepEqual(found.blockers, []);
  t.true(found.sources[0]?.hardware.emulated);
});

/** What the stored run comes to in 200 years, in one process. */
async function assessed(topology: Topology) {
  const found = recoveredFrom([await storedReport()], topology, scenarios);
  const model = modelOf(topology, found.recoveries, 0.9999);
  if (!model.ok) throw new Error(model.error.need);
  const blocks = blocksOf(200, 1, 20);
  const tallies = await simulate(model.value, blocks, 1);
  const resimulated = await resimulate(model.value, tallies, 1, 1);
  const asked = {topology, model: model.value, promise: 0.9999, confidence: 0.95, seed: 1};
  return {model: model.value, blocks, tallies, assessment: assess({...asked, blocks, tallies, resimulated, ...found})};
}

test('what was not measured is refused, not assumed', async t => {
  const report = await storedReport();
  const refused = (reports: readonly Report[], topology = example()) =>
    t.throws(() => recoveredFrom(reports, topology, scenarios), {instanceOf: CommandError});
  const none = refused([]);
  t.regex(none?.message ?? '', /"crash" was not measured: no run was named; nothing is assumed/);
  t.is(none?.exitCode, 3);
  const other = refused(
    [report],
    example(text => text.replaceAll('profile: tuned', 'profile: tunde')),
  );
  t.is(other?.exitCode, 2);
  t.regex(other?.todo ?? '', /profile stock/);
  t.regex(refused([report, report])?.message ?? '', /named twice/);
  const nowhere = await t.throwsAsync(recoveredIn(['/nowhere'], example(), scenarios, []), {instanceOf: CommandError});
  t.regex(nowhere?.message ?? '', /is no stored run/);
});

/** A run of its own: the same figures, measured a day later. */
function dayAfter(report: Report): Report {
  const later = (at: string) => new Date(Date.parse(at) + 86_400_000).toISOString();
  return {
    ...report,
    header: {...report.header, id: 'other', startedAt: later(report.header.startedAt)},
    ended: {...report.ended, at: later(report.ended.at ?? '')},
    trials: report.trials.map(trial => ({
      ...trial,
      startedAt: later(trial.startedAt),
      artefacts: trial.artefacts.map(artefact => ({...artefact, sha256: `${artefact.sha256} later`})),
    })),
  };
}

test('planted: a copy under another id, with or without other times, is refused; damage forbids met', async t => {
  const report = await storedReport();
  const other = dayAfter(report);
  const refused = (second: Report) =>
    t.throws(() => recoveredFrom([report, second], example(), scenarios), {instanceOf: CommandError})?.message ?? '';
  t.regex(refused({...report, header: {...report.header, id: 'copy'}}), /run copy holds what run \S+ measured/);
  t.regex(refused({...other, trials: report.trials}), /holds what run/);
  t.regex(
    refused({...report, header: {...report.header, id: 'copy'}, trials: other.trials}),
    /started at the same moment/,
  );
  const damage = [{artefact: 'plan.json', path: '', expected: 'x', found: 'y'}];
  const {blockers} = recoveredFrom([{...report, damage}], example(), scenarios);
  t.is(blockers.length, 1);
  t.regex(blockers[0] ?? '', /is damaged: plan\.json/);
});

test('planted: a trial without its time, an aborted run, a double life: each is a hole that is told', async t => {
  const report = await storedReport();
  const said = (planted: Report) => recoveredFrom([planted, dayAfter(report)], example(), scenarios).blockers;
  const without = said({
    ...report,
    samples: report.samples.filter(
      ({metric, labels}) => metric !== 'failover.service' || labels.fault !== 'host-crash',
    ),
  });
  t.is(without.length, 1);
  t.regex(without[0] ?? '', /trial 12 \(failover\/host-crash, tuned\) gave no failover\.service/);
  t.regex(said({...report, ended: {status: 'aborted', reason: 'x'}})[0] ?? '', /ended aborted/);
  const finding = {severity: 'critical', invariant: 'no guest lives twice', detail: 'vm1', trial: 5} as const;
  t.regex(said({...report, findings: [finding]})[0] ?? '', /no guest lives twice/);
});

test('stated recoveries alone are reckoned with, and never met', async t => {
  const stated = example(text => text.replace(/\{\s*measured[^}]*\}/g, '{samples: ["12 s"], source: x}'));
  t.deepEqual(recoveredFrom([], stated, scenarios).blockers, [
    'no failover was measured: the recovery times are stated',
  ]);
  const half = example(text => text.replace(/moved: \{\s*measured[^}]*\}/, 'moved: {samples: ["1 s"], source: x}'));
  t.deepEqual(recoveredFrom([await storedReport()], half, scenarios).blockers, []);
});

test('planted: a guest that never came back is a wait that never ended', async t => {
  const report = await storedReport();
  const samples = report.samples.map(sample =>
    sample.metric === 'failover.service' ? {...sample, censored: true as const} : sample,
  );
  const found = recoveredFrom([{...report, samples}], example(), scenarios);
  t.false(found.recoveries[0]?.waits[0]?.ended);
});

test('any number of workers gives the same bytes, and every format says what it rests on', async t => {
  const {model, blocks, tallies, assessment} = await assessed(example());
  t.deepEqual(await simulate(model, blocks, 3), tallies);
  t.is(
    blocks.reduce((sum, {years}) => sum + years, 0),
    200,
  );
  t.is(assessment.verdict.kind, 'undecided');
  for (const name of ['html', 'md', 'text', 'csv', 'json'] as const) {
    const text = await render(availabilityDocument(assessment), name);
    t.is(await render(availabilityDocument(assessment), name), text, `${name} twice`);
    if (name === 'json') {
      const read: unknown = JSON.parse(text);
      t.like(read, {schema: 'seatrial-availability/1', emulated: true, exitCode: 2});
      continue;
    }
    t.regex(text, /Emulated: guests ran without hardware virtualization/, name);
    t.regex(text, /is an assumption/, name);
    t.regex(text, /node hardware: rate/, name);
    t.regex(text, /recovery must be under/, name);
    t.regex(text, /the order that fleet studies report/, name);
  }
  const page = await render(availabilityDocument(assessment), 'html');
  t.notRegex(page, /(?:src|href)="(?!#)/);
  for (const id of ['years', 'contributions', 'sensitivity']) t.regex(page, new RegExp(`<figure id="${id}">`));
  t.regex(page, /52\.6 min/);
});

/** A topology of the fixtures, simulated; its recoveries are stated. */
async function fixture(file: string, years: number, change: (text: string) => string = text => text) {
  const path = join(top, 'fixtures/availability', file);
  const topology = loadTopology(change(readFileSync(path, 'utf8')), file);
  if (!topology.ok) throw new Error(JSON.stringify(topology.error));
  const found = recoveredFrom([], topology.value, []);
  const model = modelOf(topology.value, found.recoveries, 0.9999);
  if (!model.ok) throw new Error(model.error.need);
  const blocks = blocksOf(years, 1, 40);
  const tallies = await simulate(model.value, blocks, 1);
  const resimulated = await resimulate(model.value, tallies, 1, 1);
  const of = {topology: topology.value, model: model.value, promise: 0.9999, confidence: 0.95, seed: 1};
  return assess({...of, blocks, tallies, resimulated, ...found});
}

const stateOf = (assessment: Awaited<ReturnType<typeof fixture>>, name: string) =>
  assessment.states.find(state => state.name === name)?.downtime ?? {
    value: Number.NaN,
    low: Number.NaN,
    high: Number.NaN,
  };

test('long repairs: the interval holds what the binomial of q = λm/(1 + λm) says', async t => {
  const load = (90 * 86_400) / 31_557_600;
  const q = load / (1 + load);
  const exact = (3 * q * q * (1 - q) + q ** 3) * 31_557_600;
  t.is(Math.round(exact), 3_212_420);
  const {value, low, high} = stateOf(await fixture('long-repair.yaml', 20_000), 'quorum lost');
  t.true(low < exact && exact < high, `${value} [${low}, ${high}]`);
  t.true(high / low < 1.2);
});

test('long responses: availability is a share, and that of an alternating process', async t => {
  const {availability, states, contributions} = await fixture('long-response.yaml', 4000);
  t.true(availability.low >= 0 && availability.low <= availability.value && availability.high <= 1);
  // Up until hit 100 times a year or stopped with the quorum; then a minute, two thirds of the time with 30 days on
  // top.
  const losses = states.find(({name}) => name === 'quorum lost')?.perYear ?? Number.NaN;
  const silence = 60 + (2 / 3) * 30 * 86_400;
  const starting = 1 - Math.exp((-losses * silence) / 31_557_600);
  const exact = (1 - starting) / (1 + (100 * silence) / 31_557_600);
  t.true(Math.abs(availability.value / exact - 1) < 0.05, `${availability.value}, exact ${exact}`);
  const sum = contributions.reduce((all, {share}) => all + share, 0);
  t.true(Math.abs(sum - 1) < 1e-9);
});

test('a short daemon restart beside a long rebuild leaks no exposure', async t => {
  // Two of five hosts at once: a daemon for a minute, or a node until it is rebuilt elsewhere, 12 of the 24 hours.
  const each = (12 * 60 + 0.02 * 12 * 3600) / 31_557_600;
  const exact = 10 * each ** 2 * 31_557_600;
  const found = stateOf(await fixture('leak.yaml', 40_000), 'data unavailable');
  t.true(found.low < exact && exact < found.high, `${found.value} [${found.low}, ${found.high}], exact ${exact}`);
  t.true(found.high < 3 * exact);
});

test('where a rebuild ends the outage, the repair is said to move what simulating it anew moves', async t => {
  // Nodes are away for days, their replicas for hours.
  const busy = (text: string) =>
    text
      .replace('1 per 50 years', '6 per year')
      .replace('repair: 1 day', 'repair: 2 days')
      .replace('members: 1,', 'members: 5, witness: true,');
  const base = await fixture('leak.yaml', 10_000, busy);
  const again = await fixture('leak.yaml', 10_000, text => busy(text).replace('repair: 2 days', 'repair: 4 days'));
  const said = base.sensitivities.find(({subject}) => subject === 'node: repair')?.doubled ?? Number.NaN;
  t.true(Math.abs(said / again.downtime.value - 1) < 0.12, `${said}, simulated anew ${again.downtime.value}`);
  const slow = await fixture('leak.yaml', 10_000, text => busy(text).replace('rebuild: 12 h', 'rebuild: 24 h'));
  const rebuild = base.sensitivities.find(({subject}) => subject === 'storage: rebuild');
  t.true(
    Math.abs((rebuild?.doubled ?? Number.NaN) / slow.downtime.value - 1) < 0.12,
    `${rebuild?.doubled}, ${slow.downtime.value}`,
  );
  t.true(rebuild !== undefined && rebuild.halved < rebuild.doubled);
});

test('untrusted names stay text', async t => {
  const topology = example(text =>
    text
      .replace('cluster: reference', 'cluster: "<script>x</script>|`"')
      .replace('name: rack power', 'name: "=cmd|<b>"'),
  );
  const {assessment} = await assessed(topology);
  t.notRegex(await render(availabilityDocument(assessment), 'html'), /<script>x|<b>/);
  t.notRegex(await render(availabilityDocument(assessment), 'md'), /<script>x/);
  t.notRegex(await render(availabilityDocument(assessment), 'csv'), /(^|,)"?=cmd/m);
});

function program(): Command {
  const top = new Command('seatrial').exitOverride().configureOutput({writeErr: () => {}, writeOut: () => {}});
  setUpAvailability(top.command('availability'));
  for (const command of top.commands) command.exitOverride().configureOutput({writeErr: () => {}, writeOut: () => {}});
  return top;
}

for (const words of [
  'availability',
  'availability --topology x --years 10',
  'availability --topology x --promise 1',
  'availability --topology x --promise 99.99',
  'availability --topology x --promise 1e-9',
  'availability --topology x --promise 0.01',
  'availability --topology x --workers 0',
  'availability --topology x --format docx',
  'availability --topology x --format md --json',
]) {
  test(`wrong usage: ${words}`, async t => {
    await t.throwsAsync(program().parseAsync(words.split(' '), {from: 'user'}), {instanceOf: CommanderError});
  });
}

test('a file that is not there, and a promise in either form', async t => {
  for (const promise of ['99.99%', '0.9999', '99.95 %']) {
    const words = ['availability', '--topology', '/nowhere.yaml', '--promise', promise];
    const error = await t.throwsAsync(program().parseAsync(words, {from: 'user'}), {instanceOf: CommandError});
    t.regex(error?.message ?? '', /there is no file \/nowhere\.yaml/);
  }
});
