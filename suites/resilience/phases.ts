/**
 * What the platform itself says about a recovery: the survivors' logs, on the harness's clock, from the injection
 * on.
 */

import {parseRecovery, type Recovery, type RecoveryPhase} from '../../harness/parse/pacemaker-log.ts';
import type {HostLog} from '../../harness/parse/stamped-lines.ts';
import type {Artefacts, Finding, Measured, ParseError, Sample} from '../../harness/types.ts';
import {kindOf, type ResilienceFacts} from './facts.ts';
import {hostLog} from './host-logs.ts';

/** Which moments of the logs become which metrics. Those of the node come once, the others for each guest. */
const ofTheNode = [
  ['membership', 'failover.membership'],
  ['quorum', 'failover.quorum'],
  ['fencing-requested', 'failover.fencing-requested'],
  ['fence-done', 'failover.fence-done'],
  ['fenced', 'failover.fenced'],
] as const;
const ofTheGuest = [
  ['start-requested', 'failover.start-requested'],
  ['started', 'failover.started'],
] as const;

export function measurePhases(raw: Artefacts, facts: ResilienceFacts): Measured {
  const read = facts.survivors.map(host => hostLog(raw, facts, 'pacemaker', host));
  const problems: ParseError[] = read.flatMap(each => (each.ok ? [] : [each.error]));
  const logs: HostLog[] = read.flatMap(each => (each.ok ? [each.value] : []));
  const samples: Sample[] = [];
  if (facts.victims.length === 0) return ofTheNodeAlone(logs, facts, problems);
  const findings: Finding[] = [];
  facts.victims.forEach(({guest, resource, node = facts.struck}, index) => {
    const recovery = parseRecovery(logs, {node, resource, injectedMs: facts.injection.wallBeforeMs});
    if (index === 0) samples.push(...samplesOf(recovery, facts, ofTheNode, {}));
    samples.push(...samplesOf(recovery, facts, ofTheGuest, {guest}));
    problems.push(...recovery.problems);
    findings.push(...startedUnfenced(recovery, node, guest));
  });
  return {samples, problems, findings};
}

/** Two nodes may have written to the guest's disk, whether or not they did this time. */
function startedUnfenced({startBeforeFence}: Recovery, node: string, guest: string): readonly Finding[] {
  if (startBeforeFence === undefined) return [];
  const {start, fence} = startBeforeFence;
  const early = ((fence.atMs - start.atMs) / 1000).toFixed(3);
  const places = `${start.artefact} line ${start.line}, ${fence.artefact} line ${fence.line}`;
  const detail = `${guest} was asked to start elsewhere ${early} s before ${node} was fenced (${places})`;
  return [{severity: 'critical', invariant: 'fencing precedes start', detail, artefact: start.artefact}];
}

/** A node without a guest is fenced all the same; that nothing was started then is no hole. */
function ofTheNodeAlone(logs: readonly HostLog[], facts: ResilienceFacts, problems: readonly ParseError[]): Measured {
  const recovery = parseRecovery(logs, {node: facts.struck, resource: '', injectedMs: facts.injection.wallBeforeMs});
  const own = recovery.problems.filter(({expected}) => !/^start/.test(expected));
  return {samples: samplesOf(recovery, facts, ofTheNode, {}), problems: [...problems, ...own], findings: []};
}

function samplesOf(
  recovery: Recovery,
  facts: ResilienceFacts,
  wanted: readonly (readonly [RecoveryPhase, string])[],
  labels: Record<string, string>,
): Sample[] {
  return wanted.flatMap(([phase, metric]) => {
    const moment = recovery.moments[phase];
    if (!moment) return [];
    return [
      {
        metric,
        unit: 's' as const,
        value: (moment.atMs - facts.injection.wallBeforeMs) / 1000,
        labels: {fault: kindOf(facts.fault), ...labels},
        from: {artefact: moment.artefact, path: `line ${moment.line}`},
        halfWidth: moment.halfWidthMs / 1000,
      },
    ];
  });
}
