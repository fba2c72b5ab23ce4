import {z} from 'zod';
import {numaOfGuest} from '../../harness/cluster/qemu.ts';
import {localShare, parseNuma} from '../../harness/parse/numa.ts';
import type {Artefacts, Cluster, Finding, Measured, Scenario, Trial} from '../../harness/types.ts';
import {expectsNothing} from '../expects.ts';
import {jsonArtefact, keepJson} from '../steps/artefacts.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {computeOutputText} from './outputs.ts';
import {nodeOf} from './place.ts';

const guestsArtefact = 'guests.json';
const guestsKept = z.array(z.object({guest: z.string(), node: z.string()})).min(1);
const readingOf = (guest: string) => `numa-${guest}.txt`;

/** Reads where the memory and the virtual CPUs of each guest lie among the NUMA nodes of its host. */
export const numa: Scenario = {
  name: 'compute/numa',
  family: 'compute',
  purpose: 'How much of the memory of each guest is on the NUMA node that its virtual CPUs run on.',
  needs: {guests: 1},
  impact: () => 'read-only',
  claims: ['mem.numa'],
  // Where hosts have one NUMA node there is nothing to place: no number then, a sentence, and no verdict.
  provides: ['memory.numa-local'],
  expects: expectsNothing,
  parameters: {full: {}, quick: {}},
  estimateSeconds: () => 10,
  preview: ({guests}: Cluster) =>
    guests.map(({name}) => ({
      host: `the node of ${name}`,
      argv: ['cat', '/proc/QEMU/numa_maps', '/proc/QEMU/task/*/stat'],
    })),
  async run(trial: Trial) {
    const {cluster} = trial;
    const placed = await Promise.all(cluster.guests.map(async guest => ({guest, node: await nodeOf(cluster, guest)})));
    await keepJson(
      trial,
      guestsArtefact,
      placed.map(({guest, node}) => ({guest: guest.name, node: node.name})),
    );
    for (const {guest, node} of placed) await trial.record(readingOf(guest.name), node, numaOfGuest(guest.name));
  },
  measure(raw) {
    const guests = jsonArtefact(raw, guestsArtefact, guestsKept);
    if (!guests.ok) return onlyProblems(guests.error);
    const all = together(guests.value.map(each => measureGuest(raw, each)));
    // The guest that could not be read may be the one whose memory lies elsewhere.
    return all.problems.length > 0 ? {...all, samples: []} : all;
  },
};

function measureGuest(raw: Artefacts, {guest, node}: {guest: string; node: string}): Measured {
  const artefact = readingOf(guest);
  const text = computeOutputText(raw, artefact);
  const read = text.ok ? parseNuma(text.value, artefact) : text;
  if (!read.ok) return onlyProblems(read.error);
  if (read.value.nodes.size < 2) return {samples: [], problems: [], findings: [single(node, artefact)]};
  const value = localShare(read.value);
  const from = {artefact, path: 'memory'};
  return {
    samples: [{metric: 'memory.numa-local', unit: 'ratio', value, labels: {guest}, from}],
    problems: [],
    findings: [],
  };
}

function single(node: string, artefact: string): Finding {
  const detail = `${node} has one NUMA node: there is nothing to place a guest by`;
  return {severity: 'warning', invariant: 'a node has several NUMA nodes', detail, artefact};
}
