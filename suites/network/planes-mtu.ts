/** Which packets pass on a plane, and where some that an interface would send vanish. Pure. */
import {parseMtu} from '../../harness/probes/mtu/driver.ts';
import type {Artefacts, Finding, Measured, ParseError, Result} from '../../harness/types.ts';
import {toolOutput, withLastWords} from '../steps/artefacts.ts';
import type {MtuPlan} from './planes-plan.ts';

interface Pair {
  from: string;
  to: string;
  interfaceBytes: number;
  passedBytes: number;
  artefact: string;
}

/** A sample a path, of its worst pair, where all its pairs were tried and answered. */
export function measureMtu(raw: Artefacts, plans: readonly MtuPlan[]): Measured {
  const parts = [...Map.groupBy(plans, ({path}) => path)].map(([path, those]): Measured => {
    const read = those.map(plan => pairsOf(raw, plan));
    const problems = read.flatMap(each => (each.ok ? [] : [each.error]));
    const pairs = read.flatMap(each => (each.ok ? each.value : []));
    const findings = findingsOf(path, pairs);
    const worst = pairs.toSorted((a, b) => a.passedBytes - b.passedBytes)[0];
    if (worst === undefined || problems.length > 0) return {samples: [], problems, findings};
    const from = {artefact: worst.artefact, path: `${worst.from} to ${worst.to}`};
    const sample = {metric: 'network.mtu', unit: 'B' as const, value: worst.passedBytes, labels: {path}, from};
    return {samples: [sample], problems, findings};
  });
  return {
    samples: parts.flatMap(({samples}) => samples),
    problems: parts.flatMap(({problems}) => problems),
    findings: parts.flatMap(({findings}) => findings),
  };
}

function pairsOf(raw: Artefacts, {artefact, from, to}: MtuPlan): Result<readonly Pair[], ParseError> {
  const output = toolOutput(raw, artefact);
  if (!output.ok) return output;
  const {text, exitCode, stderr} = output.value;
  const read = parseMtu(text, artefact);
  const failed = exitCode === 0 ? undefined : {expected: 'exit code 0', found: `exit code ${exitCode}`};
  if (failed !== undefined) return {ok: false, error: withLastWords({artefact, path: 'exit', ...failed}, stderr)};
  if (!read.ok) return read;
  const pairs: Pair[] = [];
  for (const {name, address} of to) {
    const seen = read.value.find(each => each.address === address);
    if (seen === undefined || seen.passedBytes === 0) {
      const found = seen === undefined ? 'none' : 'no echo of any size';
      return {ok: false, error: {artefact, path: address, expected: `echoes of ${name}`, found}};
    }
    pairs.push({...seen, from: from.name, to: name, artefact});
  }
  return {ok: true, value: pairs};
}

function findingsOf(path: string, pairs: readonly Pair[]): readonly Finding[] {
  const vanished = pairs.filter(({interfaceBytes, passedBytes}) => passedBytes < interfaceBytes);
  const sizes = [...Map.groupBy(pairs, ({passedBytes}) => passedBytes)].toSorted(([a], [b]) => a - b);
  const [smallest, largest] = [sizes[0], sizes.at(-1)];
  const findings: Finding[] = vanished.map(({from, to, interfaceBytes, passedBytes, artefact}) => ({
    severity: 'warning',
    invariant: 'what an interface sends arrives',
    detail: `${path}: large packets from ${from} to ${to} vanish: ${passedBytes} B pass, its interface sends up to ${interfaceBytes} B`,
    artefact,
  }));
  if (smallest === undefined || largest === undefined || smallest === largest) return findings;
  const [low, high] = [smallest[1][0], largest[1][0]];
  if (low === undefined || high === undefined) return findings;
  const pair = ({from, to, passedBytes}: Pair) => `${passedBytes} B from ${from} to ${to}`;
  findings.push({
    severity: 'warning',
    invariant: 'one MTU on a plane',
    detail: `${path}: not the same packets pass everywhere: ${pair(low)}, ${pair(high)}`,
    artefact: low.artefact,
  });
  return findings;
}
