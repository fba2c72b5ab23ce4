/** The ways side by side: what each carries, what it costs, and one over the other. Pure. */
import {type CostSide, costSides, parsePathCost, spentBetween} from '../../harness/parse/path-cost.ts';
import type {Artefacts, Finding, Measured, ParseError, Result, Sample} from '../../harness/types.ts';
import {toolOutput, withLastWords} from '../steps/artefacts.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import type {FastpathPlan, FastpathTest} from './fastpath-plan.ts';
import {reportOf} from './measure-iperf3.ts';

/** Of one test. */
interface Carried {
  test: FastpathTest;
  bits: number;
  seconds: number;
  /** Of processors, in seconds; without a side that is not there. */
  spent: Partial<Record<CostSide, number>>;
}

export function measureFastpath(raw: Artefacts, plan: FastpathPlan, artefact: string): Measured {
  const read = plan.tests.map(test => carried(raw, test));
  const problems = read.flatMap(each => (each.ok ? [] : [each.error]));
  // A way that was not tried as often as the other is not held against it.
  if (problems.length > 0) return onlyProblems(...problems);
  const all = read.flatMap(each => (each.ok ? [each.value] : []));
  const load = (fast: boolean) => `${fast ? 'fast' : 'plain'}${limits(plan)}`;
  const parts = [...Map.groupBy(all, ({test}) => JSON.stringify([test.way.path, test.direction])).values()];
  return together([
    ...parts.map(those => onlySamples(waySamples(those, load))),
    ...(['guest', 'hosts'] as const).map(ends => {
      const own = all.filter(({test}) => test.way.ends === ends);
      return onlySamples((['forward', 'reverse'] as const).flatMap(each => ratioOf(own, each, load(true))));
    }),
    {samples: [], problems: noVerdict(plan, artefact), findings: findingsOf(plan, all, artefact)},
  ]);
}

const onlySamples = (samples: readonly Sample[]): Measured => ({samples, problems: [], findings: []});

function carried(raw: Artefacts, test: FastpathTest): Result<Carried, ParseError> {
  const {artefact, direction} = test;
  const report = reportOf(raw, artefact);
  if (!report.ok) {
    const [error] = report.error;
    return {ok: false, error: error ?? {artefact, path: '', expected: 'a report', found: 'none'}};
  }
  const flow = report.value.flows[0];
  if (
    flow?.bytes === undefined ||
    flow.bytes === 0 ||
    flow.direction !== direction ||
    report.value.protocol !== 'tcp'
  ) {
    const found = `${report.value.protocol} ${flow?.direction ?? ''}, ${flow?.bytes ?? 'no'} bytes`;
    return {ok: false, error: {artefact, path: '/end', expected: `bytes over tcp, ${direction}`, found}};
  }
  const spent: Partial<Record<CostSide, number>> = {};
  const [before, after] = [costIn(raw, test.before), costIn(raw, test.after)];
  if (!before.ok) return before;
  if (!after.ok) return after;
  for (const side of costSides) {
    const between = spentBetween(before.value, after.value, side);
    if (!between.ok) {
      const expected = `the same processes (${side}) before and after`;
      return {ok: false, error: {artefact: test.after, path: side, expected, found: between.error}};
    }
    if (between.value !== undefined) spent[side] = between.value;
  }
  if (test.way.guest !== undefined && spent.guest === undefined) {
    const found = `none on ${test.way.node}`;
    return {ok: false, error: {artefact: test.after, path: 'guest', expected: `processes of ${test.way.guest}`, found}};
  }
  return {ok: true, value: {test, bits: flow.bytes * 8, seconds: flow.seconds, spent}};
}

function costIn(raw: Artefacts, name: string) {
  const output = toolOutput(raw, name);
  if (!output.ok) return output;
  const read = parsePathCost(output.value.text, name);
  return read.ok ? read : {ok: false as const, error: withLastWords(read.error, output.value.stderr)};
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
const rateOf = (those: readonly Carried[]) => sum(those.map(({bits}) => bits)) / sum(those.map(each => each.seconds));

/** Over all rounds of one way in one direction. */
function waySamples(those: readonly Carried[], load: (fast: boolean) => string): readonly Sample[] {
  const [first] = those;
  if (first === undefined) return [];
  const {way, direction, artefact, after} = first.test;
  const labels = {path: way.path, direction, protocol: 'tcp', load: load(way.fast)};
  const from = {artefact, path: '/end/sum_received'};
  const rate: Sample = {metric: 'network.throughput', unit: 'bit/s', value: rateOf(those), labels, from};
  const gigabits = sum(those.map(({bits}) => bits)) / 1e9;
  const costs = costSides.flatMap((side): readonly Sample[] => {
    const spent = those.map(each => each.spent[side]);
    if (!spent.every(each => each !== undefined)) return [];
    const place = {artefact: after, path: side};
    const value = sum(spent) / gigabits;
    return [{metric: 'network.processor-time', unit: 's', value, labels: {...labels, side}, from: place}];
  });
  return [rate, ...costs];
}

/** The fast way over the plain one, of the same ends and rounds. */
function ratioOf(those: readonly Carried[], direction: FastpathTest['direction'], load: string): readonly Sample[] {
  const of = (fast: boolean) => those.filter(({test}) => test.direction === direction && test.way.fast === fast);
  const [first] = of(true);
  if (first === undefined || of(false).length === 0) return [];
  const {artefact, way} = first.test;
  const value = rateOf(of(true)) / rateOf(of(false));
  const labels = {path: way.path, direction, load};
  return [{metric: 'network.path-ratio', unit: 'ratio', value, labels, from: {artefact, path: '/end/sum_received'}}];
}

/** In the figures' own name: no promise is judged by what an emulator, or a cable inside a machine, lets through. */
function limits({emulated, shared}: FastpathPlan): string {
  return `${emulated ? ', emulated guests' : ''}${shared ? ', hosts on one machine' : ''}`;
}

function noVerdict({emulated, shared}: FastpathPlan, artefact: string): readonly ParseError[] {
  if (!emulated && !shared) return [];
  const expected = 'guests with hardware virtualization on hosts of their own: else no figure is that of the data path';
  const found = [...(emulated ? ['emulated guests'] : []), ...(shared ? ['hosts that share one machine'] : [])];
  return [{artefact, path: emulated ? '/emulated' : '/shared', expected, found: found.join(', ')}];
}

function findingsOf({tests}: FastpathPlan, all: readonly Carried[], artefact: string): readonly Finding[] {
  const warning = (invariant: string, detail: string): Finding => ({
    severity: 'warning',
    invariant,
    detail,
    artefact,
  });
  const ways = [...new Map(tests.map(({way}) => [way.path, way])).values()];
  const alone = ways.filter(({fast, ends}) => fast && !ways.some(each => each.ends === ends && !each.fast));
  const guests = ways.filter(({ends}) => ends === 'guest');
  const unseen = all.find(({test, spent}) => test.way.path === 'vhost-user' && spent.switch === undefined);
  return [
    ...alone.map(({path}) =>
      warning('two ways side by side', `${path}: there is no way through the kernel to hold it against`),
    ),
    ...(new Set(guests.map(({node}) => node)).size > 1
      ? [
          warning(
            'two ways side by side',
            `${guests.map(({path, guest, node}) => `${path} is that of ${guest} on ${node}`).join(', ')}: their nodes are compared too`,
          ),
        ]
      : []),
    ...(unseen === undefined
      ? []
      : [
          warning(
            'all of a path is counted',
            `no ovs-vswitchd is seen on ${unseen.test.way.node}: what its switch spends is in the figure of the node alone`,
          ),
        ]),
  ];
}
