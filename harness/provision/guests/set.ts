/**
 * `--guests`: guests of ours on a cluster that runs already. What is missing, and whether it may be made, is found out
 * before anything is touched; the playbook makes it; then every guest must answer, and a second look must find nothing
 * left to do.
 */
import {stat} from 'node:fs/promises';
import {waitUntilRuns} from '../../cluster/pacemaker.ts';
import type {GuestsOrder} from '../../config/guests-order.ts';
import {carriedFio} from '../../guest/fio.ts';
import {buildGuestImage} from '../../guest/image.ts';
import {loadRefusals, waitForGuests} from '../../probes/serving.ts';
import type {Cluster, Result} from '../../types.ts';
import type {Ground, PlaybookSet, Prepared} from '../sets.ts';
import {type Changes, changeLines, changesFor} from './changes.ts';
import {type FioPlan, planFio, wrapperPath} from './client.ts';
import {type Gone, goneFor, goneLines} from './gone.ts';
import {markText} from './mark.ts';
import {type GuestsPlan, guestsFolder, planGuests} from './plan.ts';
import {makeResources, removeResources, type Typed} from './resources.ts';
import {openStore, type Words} from './stores.ts';
import {type Sight, speakerOf, surveyGuests, toolOf} from './survey.ts';

export const guestsSet: PlaybookSet = {
  name: 'guests',
  about: 'the guests of the inventory on a cluster that runs: image, disks, domains and resources',
  onCluster: true,
  provision: 'guests.yml',
  unprovision: 'unguests.yml',
  vars: () => ({}),
  refusal({provision}) {
    if (provision.guests !== undefined) return undefined;
    return {
      sentence: 'the inventory does not say how guests are to be made, nor how much they may take',
      todo: 'Add provision.guests (prefix, owner, expires, quota, store, bridge): docs/inventory.yaml shows it.',
    };
  },
  prepare: (way, ground) => (way === 'provision' ? prepare(ground) : prepareReturn(ground)),
  conclude: (way, ground) => (way === 'provision' ? conclude(ground) : concludeReturn(ground)),
};

/** Commands of a store wait for ever where it does not answer; a large image takes minutes to remove. */
function bounded(words: Words): Words {
  return ['timeout', '900', ...words];
}

// ───────────────────────────── making ─────────────────────────────

interface Looked {
  sight: Sight;
  plan: GuestsPlan;
  changes: Changes;
  fio: FioPlan;
}

/** What is to be made, a line each. */
function linesOf({changes, fio, sight}: Looked, otherwise: string): readonly string[] {
  const lines = [...changeLines(changes, sight.store.title), ...fio.lines];
  return lines.length === 0 ? [otherwise] : lines;
}

async function prepare(ground: Ground): Promise<Prepared> {
  const looked = await look(ground);
  if (!looked.ok) return {kind: 'refused', sentences: [looked.error]};
  const {sight, plan, changes, fio} = looked.value;
  const refusals = [...changes.refusals, ...fio.refusals];
  if (refusals.length > 0) return {kind: 'refused', sentences: [...refusals, ...changes.notes]};
  const tool = await toolOf(ground.cluster, sight.speaker);
  const primitives = changes.resources.map(({primitive}) => primitive);
  const {store} = sight;
  const disks = changes.disks.map(
    ({disk, mark}): Typed => ({name: `make disk ${disk.name}`, argv: bounded(store.make(disk, mark))}),
  );
  const opening = changes.opensStore ? store.open?.(plan.mark) : undefined;
  return {
    kind: 'ready',
    lines: [...linesOf(looked.value, 'nothing is missing'), ...changes.notes],
    vars: {
      guests_speaker: sight.speaker.name,
      guests_folder: plan.folder,
      guests_mark: markText(plan.mark),
      guests_image: plan.image,
      guests_image_on: changes.image,
      guests_domains: plan.guests.map(({domainPath, domainXml}) => ({path: domainPath, xml: domainXml})),
      guests_disks: [
        ...(opening === undefined ? [] : [{name: `make ${store.title}`, argv: bounded(opening)}]),
        ...disks,
      ],
      guests_store_seen: disks.length === 0 ? [] : (store.seen ?? []),
      guests_resources: makeResources(tool, primitives, changes.apart),
      guests_fio: fio.carry === undefined ? [] : [fio.carry],
      guests_fio_path: wrapperPath,
    },
  };
}

async function look(ground: Ground): Promise<Result<Looked, string>> {
  const {cluster, inventory, today, say} = ground;
  const order = orderOf(ground);
  const sight = await sightOf(ground, order);
  if (!sight.ok) return sight;
  const image = await buildGuestImage(say);
  if (!image.ok) return image;
  const {source} = sight.value.store;
  const {kernel, initramfs} = image.value;
  const imageBytes = (await stat(kernel)).size + (await stat(initramfs)).size;
  const {guests} = inventory;
  const plan = planGuests({cluster: cluster.name, order, guests, image: image.value, imageBytes, source, today});
  const found = await surveyGuests(sight.value, guests);
  if (!found.ok) return found;
  const carried = await carriedFio(image.value);
  if (!carried.ok) return carried;
  const fio = planFio(found.value.client, carried.value, plan.folder, plan.mark, cluster.client.name);
  return {ok: true, value: {sight: sight.value, plan, fio, changes: changesFor(plan, found.value, today)}};
}

async function sightOf({cluster}: Ground, order: GuestsOrder): Promise<Result<Sight, string>> {
  const speaker = await speakerOf(cluster);
  if (!speaker.ok) return speaker;
  const store = await openStore(order.store, order.prefix, cluster, speaker.value);
  if (!store.ok) return store;
  const {bridge} = order;
  return {ok: true, value: {cluster, speaker: speaker.value, store: store.value, folder: guestsFolder(order), bridge}};
}

/** The set's refusal has asked for it. */
function orderOf({inventory: {provision}}: Ground): GuestsOrder {
  if (provision.guests === undefined) throw new Error('the inventory has no provision.guests');
  return provision.guests;
}

const answerMs = 180_000;

/** What is not as it was ordered: every guest must answer and take load, and nothing may be missing any more. */
async function conclude(ground: Ground): Promise<readonly string[]> {
  const {cluster, say, signal} = ground;
  say(`waiting until ${cluster.guests.map(({name}) => name).join(', ')} answer`);
  const answered = await waitForGuests(cluster, answerMs, signal);
  if (!answered.ok) return [answered.error, ...(await standing(cluster))];
  const refused = await loadRefusals(cluster);
  if (refused.length > 0) return refused;
  const looked = await look(ground);
  if (!looked.ok) return [looked.error];
  const {changes, fio} = looked.value;
  const missing = linesOf(looked.value, '').filter(line => line !== '');
  return [...changes.refusals, ...fio.refusals, ...missing.map(line => `still missing: ${line}`)];
}

/** What the cluster says of the guests that it does not run. */
async function standing(cluster: Cluster): Promise<readonly string[]> {
  const runs = await Promise.all(cluster.guests.map(({resource}) => waitUntilRuns(cluster, resource, 0)));
  return runs.flatMap(each => (each.ok ? [] : [each.error]));
}

// ───────────────────────────── taking back ─────────────────────────────

async function lookBack(ground: Ground): Promise<Result<{sight: Sight; gone: Gone}, string>> {
  const order = orderOf(ground);
  const sight = await sightOf(ground, order);
  if (!sight.ok) return sight;
  const found = await surveyGuests(sight.value, []);
  if (!found.ok) return found;
  return {
    ok: true,
    value: {
      sight: sight.value,
      gone: goneFor(
        {...order, cluster: ground.cluster.name},
        found.value,
        ground.cluster.client.name,
        sight.value.folder,
      ),
    },
  };
}

async function prepareReturn(ground: Ground): Promise<Prepared> {
  const looked = await lookBack(ground);
  if (!looked.ok) return {kind: 'refused', sentences: [looked.error]};
  const {sight, gone} = looked.value;
  const {resources, constraints, disks, folders, domains, wrapper, leftAlone} = gone;
  const tool = await toolOf(ground.cluster, sight.speaker);
  const removals = disks.map((disk): Typed => ({name: `remove disk ${disk}`, argv: bounded(sight.store.remove(disk))}));
  const {close, title} = sight.store;
  const closing = close !== undefined && gone.closesStore ? [{name: `remove ${title}`, argv: bounded(close)}] : [];
  const lines = goneLines(gone);
  return {
    kind: 'ready',
    lines: [...(lines.length === 0 ? ['nothing is left'] : lines), ...leftAlone],
    vars: {
      guests_speaker: sight.speaker.name,
      guests_folder: sight.folder,
      guests_above: [orderOf(ground).folder, '/var/lib/seatrial'],
      guests_folder_on: folders,
      guests_fio_gone: wrapper ? wrapperPath : '',
      guests_logs: domains,
      guests_resources: removeResources(tool, resources, constraints),
      guests_disks: [...removals, ...closing],
    },
  };
}

async function concludeReturn(ground: Ground): Promise<readonly string[]> {
  const looked = await lookBack(ground);
  if (!looked.ok) return [looked.error];
  return goneLines(looked.value.gone).map(line => `still there: ${line}`);
}
