import type {z} from 'zod';
import {succeeded} from '../../harness/cluster/commands.ts';
import {parseFacts, scratchFactsArgv, whyNot} from '../../harness/cluster/scratch.ts';
import {osdBench, osdTree} from '../../harness/cluster/storage.ts';
import {onCephHost} from '../../harness/storage/ceph-host.ts';
import type {Cluster, Guest, Host, Parameters, Scenario, Trial} from '../../harness/types.ts';
import {aloneArgv} from '../../harness/workloads/fio.ts';
import {expectsNothing} from '../expects.ts';
import {keepJson} from '../steps/artefacts.ts';
import {bytesOf, deviceLoad, fillEstimateSeconds, fillGuests} from '../steps/fio-load.ts';
import {whileLookedAt} from '../steps/generator.ts';
import {parametersOf} from '../steps/parameters.ts';
import {measureUniformity} from './uniformity-measure.ts';
import {
  artefactOf,
  type Part,
  partKinds,
  partsArtefact,
  type UniformityRecord,
  uniformitySettings,
} from './uniformity-parts.ts';

type Settings = z.infer<typeof uniformitySettings>;

const full: Parameters = {kinds: partKinds, rounds: 5, seconds: 20, sizeMiB: 1024, outlierPercent: 70};
const quick: Parameters = {...full, rounds: 3, seconds: 2, sizeMiB: 64};

/** As the burn-in of Ceph's own large test has it: no figure of a cluster before its parts are known to be alike. */
export const uniformity: Scenario = {
  name: 'storage/uniformity',
  family: 'storage',
  purpose:
    'Whether the parts of the store are alike: each OSD, each disk and each guest alone under the same short job.',
  needs: {guests: 1, fio: true, scratch: true},
  first: true,
  impact: () => 'load',
  claims: [],
  provides: ['storage.alone', 'storage.evenness'],
  expects: expectsNothing,
  parameters: {full, quick},
  estimateSeconds(parameters) {
    const {rounds, seconds, sizeMiB} = parametersOf(uniformitySettings, parameters);
    // Of a cluster of three nodes with an OSD and a disk each, and three guests.
    return 10 + fillEstimateSeconds(sizeMiB) + rounds * 3 * (2 * (seconds + 3) + 2);
  },
  preview(cluster, parameters) {
    const asked = parametersOf(uniformitySettings, parameters);
    const disks = cluster.nodes.flatMap(node =>
      node.scratch.map(path => ({host: node.name, argv: diskArgv(fileOn(path), asked)})),
    );
    return disks;
  },
  run: runUniformity,
  measure: measureUniformity,
};

function fileOn(place: string): string {
  return place.startsWith('/dev/') ? place : `${place}/seatrial-uniformity`;
}

function diskArgv(path: string, {sizeMiB, seconds}: Settings): readonly [string, ...string[]] {
  return aloneArgv(path, bytesOf(sizeMiB), seconds);
}

async function runUniformity(trial: Trial): Promise<void> {
  const asked = parametersOf(uniformitySettings, trial.planned.parameters);
  const {cluster} = trial;
  const wants = (kind: Part['kind']) => asked.kinds.includes(kind);
  const guests = wants('guest') ? cluster.guests : [];
  await fillGuests(trial, cluster.guests, {sizeMiB: asked.sizeMiB, engine: 'libaio'});
  const record: UniformityRecord = {parts: [], notTried: []};
  if (wants('osd')) await osdsInto(cluster, record);
  const gone = wants('disk') ? await disksInto(trial, record) : [];
  for (const {name} of guests) record.parts.push({kind: 'guest', name, group: 'guest'});
  try {
    for (let round = 1; round <= asked.rounds; round++)
      for (const part of record.parts) {
        if (trial.signal.aborted) throw new Error('interrupted');
        trial.say(`round ${round}: ${part.kind} ${part.name} alone`);
        await runPart(trial, part, artefactOf(part, round), asked);
      }
  } finally {
    await keepJson(trial, partsArtefact, record);
    for (const clear of gone) await clear();
  }
}

/** By device class: a flash disk and a spinning one need not be alike. */
async function osdsInto(cluster: Cluster, record: UniformityRecord): Promise<void> {
  if (cluster.storage !== 'ceph') {
    record.notTried.push(`OSDs: the store is ${cluster.storage}, and has none`);
    return;
  }
  const tree = await onCephHost(cluster, osdTree);
  if (!tree.ok) throw new Error(tree.error);
  for (const {osd, host, class: made} of tree.value)
    record.parts.push({kind: 'osd', name: `osd.${osd}`, host, group: `osd ${made ?? ''}`.trim()});
}

/** Scratch disks and folders of the nodes. A disk that is not empty is left alone. Gives what takes our files away. */
async function disksInto(trial: Trial, record: UniformityRecord): Promise<readonly (() => Promise<void>)[]> {
  const {cluster, leave} = trial;
  const gone: (() => Promise<void>)[] = [];
  for (const node of cluster.nodes) {
    if (node.scratch.length === 0) record.notTried.push(`disks of ${node.name}: the inventory names no scratch`);
    for (const place of node.scratch) {
      const path = fileOn(place);
      const refused = await refusalOf(cluster, node, place);
      if (refused !== undefined) {
        record.notTried.push(`${place} of ${node.name}: ${refused}`);
        continue;
      }
      if (path !== place) gone.push(await left(cluster, node, path, leave));
      record.parts.push({kind: 'disk', name: `${place} of ${node.name}`, host: node.name, group: 'disk', path});
    }
  }
  return gone;
}

async function left(cluster: Cluster, node: Host, path: string, leave: Trial['leave']): Promise<() => Promise<void>> {
  const done = await leave({what: 'file', host: node.name, path});
  return async () => {
    const argv = ['rm', '-f', path] as const;
    const removed = await cluster.transport.exec(node, {argv, timeoutMs: 30_000, idempotent: true});
    if (succeeded(removed)) await done();
  };
}

async function refusalOf(cluster: Cluster, node: Host, place: string): Promise<string | undefined> {
  const device = place.startsWith('/dev/');
  const argv = device ? scratchFactsArgv(place) : (['mkdir', '-p', place] as const);
  const outcome = await cluster.transport.exec(node, {argv, timeoutMs: 20_000, idempotent: true});
  if (!succeeded(outcome)) return `it could not be looked at: ${outcome.stderr.trim()}`;
  return device ? whyNot(parseFacts(outcome.stdout), undefined)[0] : undefined;
}

async function runPart(trial: Trial, part: Part, name: string, asked: Settings): Promise<void> {
  const {cluster} = trial;
  if (part.kind === 'osd') {
    const said = await onCephHost(cluster, target => osdBench(target, Number(part.name.slice('osd.'.length))));
    await trial.keep(name, said.ok ? said.value : `${said.error}\n`);
    return;
  }
  if (part.kind === 'disk') {
    const node = cluster.nodes.find(each => each.name === part.host);
    if (node === undefined || part.path === undefined) throw new Error(`no node has the disk ${part.name}`);
    const timeoutMs = (asked.seconds + asked.sizeMiB / 10) * 1500 + 60_000;
    await trial.record(name, node, {argv: diskArgv(part.path, asked), timeoutMs, idempotent: false});
    return;
  }
  const guest = cluster.guests.find(each => each.name === part.name);
  if (guest !== undefined) await runGuest(trial, guest, name, asked);
}

async function runGuest(trial: Trial, guest: Guest, name: string, {seconds, sizeMiB}: Settings): Promise<void> {
  const shape = {engine: 'libaio', sizeMiB, blockBytes: 4096, seconds, rampSeconds: 0};
  const command = deviceLoad([guest], shape, () => ({pattern: 'mixed', depth: 16, jobs: 1}));
  const look = {load: name.replace('.json', ''), guests: [guest], seconds};
  await whileLookedAt(trial, look, () => trial.record(name, trial.cluster.client, command));
}
