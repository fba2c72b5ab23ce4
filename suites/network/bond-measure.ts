/** What a trial of a bond measures: how long a client got no answer, and what passed by all links and by one. Pure. */
import type {Artefacts, Measured, Sample} from '../../harness/types.ts';
import {jsonArtefact} from '../steps/artefacts.ts';
import {echoArtefact, echoesOf, longestSilence, type Silence} from '../steps/echo.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {type BondFacts, bondArtefact, bondFacts} from './bond-facts.ts';
import {measureIperf3} from './measure-iperf3.ts';

export function measureBond(raw: Artefacts): Measured {
  const read = jsonArtefact(raw, bondArtefact, bondFacts);
  if (!read.ok) return onlyProblems(read.error);
  const facts = read.value;
  const {bit, evidence, fault} = facts.reached;
  if (!bit) {
    const expected = `${fault}: the fault did not bite`;
    return onlyProblems({artefact: bondArtefact, path: '/reached', expected, found: evidence});
  }
  return together([measureGaps(raw, facts), ...facts.throughput.map(test => measureThroughput(raw, facts, test))]);
}

function measureGaps(raw: Artefacts, facts: BondFacts): Measured {
  const echoes = echoesOf(raw, facts);
  if (!echoes.ok) return onlyProblems(echoes.error);
  const {at, end} = echoes.value;
  const {intervalMs, injection} = facts;
  const since = (wallMs: number) => (wallMs - injection.wallBeforeMs) / 1000;
  const healed = since(facts.healedFromMs);
  const cut = longestSilence(at, {from: 0, until: since(facts.lookedUntilMs), intervalMs});
  // Whatever was silent before is the cut's.
  const returned = longestSilence([healed, ...at.filter(each => each > healed)], {
    from: healed,
    until: end,
    intervalMs,
  });
  return {...onlyProblems(), samples: [gap(facts, 'cut', cut), gap(facts, 'return', returned)]};
}

function gap(
  {cut, plane, mode, intervalMs}: BondFacts,
  when: 'cut' | 'return',
  {from, seconds, open}: Silence,
): Sample {
  return {
    metric: 'network.bond-gap',
    unit: 's',
    value: seconds,
    labels: {cut, when, mode, path: plane},
    from: {artefact: echoArtefact, path: `no answer from ${from.toFixed(3)} s after the cut`},
    halfWidth: intervalMs / 1000,
    ...(open ? {censored: true as const} : {}),
  };
}

function measureThroughput(
  raw: Artefacts,
  {plane}: BondFacts,
  {artefact, load}: BondFacts['throughput'][number],
): Measured {
  const test = {artefact, tool: 'iperf3', path: plane, protocol: 'tcp', direction: 'forward'} as const;
  const measured = measureIperf3(raw, test);
  return {...measured, samples: measured.samples.map(each => ({...each, labels: {...each.labels, load}}))};
}
