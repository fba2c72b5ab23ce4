/**
 * One of Corosync's links is cut on the node under a guest, and the membership must not notice. Beside what every such
 * trial measures, counted is how near it was: tokens that were late, and rings that were formed anew.
 */
import {z} from 'zod';
import {type Counts, membershipsFormed} from '../../harness/cluster/ring-counts.ts';
import type {Artefacts, Cluster, Measured, ParseError, Result, Sample, Scenario} from '../../harness/types.ts';
import {jsonArtefact, keepJson} from '../steps/artefacts.ts';
import {onlyProblems, together} from '../steps/measured.ts';

const artefact = 'rings.json';
const counts = z.record(z.string(), z.number());
const rings = z.object({before: counts, after: counts});
const log = /^corosync-.*\.log$/;
/** At three quarters of the token's time-out. */
const late = /Token has not been received/;

/** `driven` is the drill that cuts the link, by the driver of all of them. */
export function withRings(driven: Scenario): Scenario {
  return {
    ...driven,
    provides: [...driven.provides, 'corosync.late-tokens', 'corosync.new-rings'],
    async run(trial) {
      const before = await formed(trial.cluster);
      await driven.run(trial);
      await keepJson(trial, artefact, {before, after: await formed(trial.cluster)});
    },
    measure: (raw, planned) => together([driven.measure(raw, planned), measureRings(raw)]),
  };
}

async function formed(cluster: Cluster): Promise<Counts> {
  const read = await membershipsFormed(cluster);
  if (read.ok) return read.value;
  throw new Error(read.error);
}

/** The node that saw most of either. */
export function measureRings(raw: Artefacts): Measured {
  const formed = newRings(raw);
  const tokens = lateTokens(raw);
  const problems = [formed, tokens].flatMap(each => (each.ok ? [] : [each.error]));
  return {...onlyProblems(...problems), samples: [formed, tokens].flatMap(each => (each.ok ? [each.value] : []))};
}

function newRings(raw: Artefacts): Result<Sample, ParseError> {
  const read = jsonArtefact(raw, artefact, rings);
  if (!read.ok) return read;
  const {before, after} = read.value;
  const more = Object.entries(after).map(([node, count]) => ({node, count: count - (before[node] ?? Number.NaN)}));
  const odd = more.find(({count}) => !(count >= 0));
  if (odd !== undefined || more.length === 0) {
    const path = `/after/${odd?.node ?? ''}`;
    const expected = 'a count that only grows: Corosync runs on';
    return {ok: false, error: {artefact, path, expected, found: JSON.stringify(read.value)}};
  }
  const most = more.reduce((a, b) => (b.count > a.count ? b : a));
  return {ok: true, value: sample('corosync.new-rings', most.count, {artefact, path: `/after/${most.node}`})};
}

function lateTokens(raw: Artefacts): Result<Sample, ParseError> {
  const told: {name: string; count: number}[] = [];
  for (const name of raw.names.filter(each => log.test(each))) {
    const text = raw.text(name);
    if (!text.ok) return text;
    told.push({name, count: text.value.split('\n').filter(line => late.test(line)).length});
  }
  const [first, ...rest] = told;
  if (first === undefined)
    return {
      ok: false,
      error: {artefact: 'corosync-*.log', path: '', expected: "Corosync's log of a node", found: 'none'},
    };
  const most = rest.reduce((a, b) => (b.count > a.count ? b : a), first);
  return {ok: true, value: sample('corosync.late-tokens', most.count, {artefact: most.name, path: `${late.source}`})};
}

function sample(metric: string, value: number, from: Sample['from']): Sample {
  return {metric, unit: 'count', value, labels: {fault: 'corosync-link-cut'}, from};
}
