/** From guest to guest, by fio's net engine: what one sent and the other saw arrive, and whether it crossed a link. */
import {z} from 'zod';
import type {Artefacts, Finding, Measured, ParseError, Result, Sample, Trial} from '../../harness/types.ts';
import {jsonArtefact, keepJson} from '../steps/artefacts.ts';
import {fioReport} from '../steps/fio-report.ts';
import {onlyProblems} from '../steps/measured.ts';
import {nodesOfGuests} from '../steps/placement.ts';
import type {DescribedTest} from './tests.ts';

/** Blocks in flight when the sender stopped, as a share of all. */
const lostBlocks = 1e-3;
const placementArtefact = 'placement.json';
const placement = z.array(z.object({guest: z.string(), nodes: z.array(z.string())}));

/** Where the two guests ran: between guests of one host nothing crosses a wire. */
export async function keepPlacement(trial: Trial): Promise<void> {
  const {cluster} = trial;
  const places = [...(await nodesOfGuests(cluster, cluster.guests.slice(0, 2)))];
  await keepJson(
    trial,
    placementArtefact,
    places.map(([{name}, nodes]) => ({guest: name, nodes})),
  );
}

/**
 * The bytes that the one guest sent, once the other has seen as many blocks arrive, over the receiver's time. The
 * receiver's own bytes will not do: fio leaves out the first part of a block that came in pieces.
 */
export function measureNetEngine(raw: Artefacts, test: DescribedTest, requestedRuntimeSeconds: number): Measured {
  const {artefact, path, protocol, direction} = test;
  const read = fioReport(raw, artefact, {clients: 2, requestedRuntimeSeconds});
  if (!read.ok) return onlyProblems(...read.error);
  const {jobs} = read.value.report;
  const sent = jobs.find(job => job.name === 'send')?.work.write;
  const received = jobs.find(job => job.name === 'receive')?.work.read;
  const arrived = received?.latency?.count;
  if (received === undefined || sent === undefined || arrived === undefined) {
    return onlyProblems({
      artefact,
      path: '/client_stats',
      expected: 'one sender and one receiver',
      found: jobs.map(job => job.name).join(', '),
    });
  }
  if (Math.abs(sent.operations - arrived) > lostBlocks * sent.operations) {
    return onlyProblems({
      artefact,
      path: sent.path,
      expected: `${sent.operations} blocks to arrive`,
      found: `${arrived}`,
    });
  }
  const findings = crossedNoLink(raw, artefact);
  if (!findings.ok) return onlyProblems(findings.error);
  const sample: Sample = {
    metric: 'network.throughput',
    unit: 'bit/s',
    value: (sent.bytes * 8) / Math.max(sent.runtimeSeconds, received.runtimeSeconds),
    labels: {path, direction, protocol},
    from: {artefact, path: `${sent.path}/io_bytes`},
  };
  return {samples: [sample], problems: [], findings: findings.value};
}

/** A finding where both guests ran on one host; an error where that was not kept. */
export function crossedNoLink(raw: Artefacts, artefact: string): Result<readonly Finding[], ParseError> {
  const places = jsonArtefact(raw, placementArtefact, placement);
  if (!places.ok) return places;
  const [first, second] = places.value.map(place => place.nodes.join());
  return {ok: true, value: first === second ? [sameHost(first, artefact)] : []};
}

function sameHost(node: string | undefined, artefact: string): Finding {
  return {
    severity: 'warning',
    invariant: 'guests on different hosts',
    detail: `both guests ran on ${node}: what they sent each other crossed no link`,
    artefact,
  };
}
