/**
 * `--guests`: guests of ours on a cluster that runs already. What is missing, and whether it may be made, is found out
 * before anything is touched; the playbook makes it; then every guest must answer, and a second look must find nothing
 * left to do.
 */
import {readOnly, stdoutOf} from '../../cluster/commands.ts';
import type {GuestsOrder} from '../../config/guests-order.ts';
import {buildGuestImage} from '../../guest/image.ts';
import {loadRefusals, waitForGuests} from '../../probes/serving.ts';
import {runLocally} from '../../transport/local.ts';
import type {Cluster, Result} from '../../types.ts';
import type {Ground, PlaybookSet, Prepared} from '../sets.ts';
import {type Changes, changeLines, changesFor, isNothing} from './changes.ts';
import {type Gone, goneFor, goneLines} from './gone.ts';
import {markText} from './mark.ts';
import {type GuestsPlan, guestsFolder, planGuests} from './plan.ts';
import {makeResources, removeResources, type Typed} from './resources.ts';
import {openStore} from './stores.ts';
import {type Found, type Sight, speakerOf, surveyGuests, toolOf} from './survey.ts';

export const guestsSet: PlaybookSet = {
  name: 'guests',
  about: 'the guests of the inventory on a cluster that runs: image, disks, domains and resources',
  provision: 'guests.yml',
  unprovision: 'unguests.yml',
  vars: () => ({}),
  refusal({provision}) {
    if (provision?.guests !== undefined) return undefined;
    return {
      sentence: 'the inventory does not say how guests are to be made, nor how much they may take',
      todo: 'Add provision.guests (prefix, owner, expires, quota, store, bridge): docs/inventory.yaml shows it.',
    };
  },
  prepare: (way, ground) => (way === 'provision' ? prepare(ground) : prepareReturn(ground)),
  conclude: (way, ground) => (way === 'provision' ? conclude(ground) : concludeReturn(ground)),
};

// ───────────────────────────── making ─────────────────────────────

interface Looked {
  sight: Sight;
  plan: GuestsPlan;
  found: Found;
  changes: Changes;
}

async function prepare(ground: Ground): Promise<Prepared> {
  const looked = await look(ground);
  if (!looked.ok) return {kind: 'refused', sentences: [looked.error]};
  const {sight, plan, changes} = looked.value;
  const refusals = [...changes.refusals, ...(await versionRefusals(ground.cluster))];
  if (refusals.length > 0) return {kind: 'refused', sentences: [...refusals, ...changes.notes]};
  const tool = await toolOf(ground.cluster, sight.speaker);
  const primitives = changes.resources.map(({primitive}) => primitive);
  const disks = changes.disks.map(
    ({disk, mark}): Typed => ({name: `make disk ${disk.name}`, argv: sight.store.make(disk, mark)}),
  );
  return {
    kind: 'ready',
    lines: isNothing(changes)
      ? ['nothing is missing', ...changes.notes]
      : [...changeLines(changes, sight.store.title), ...changes.notes],
    vars: {
      guests_speaker: sight.speaker.name,
      guests_folder: plan.folder,
      guests_mark: markText(plan.mark),
      guests_image: plan.image,
      guests_image_on: changes.image,
      guests_domains: plan.guests.map(({domainPath, domainXml}) => ({path: domainPath, xml: domainXml})),
      guests_disks: disks,
      guests_store_seen: disks.length === 0 ? [] : (sight.store.seen ?? []),
      guests_resources: makeResources(tool, primitives, changes.apart),
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
  const plan = planGuests({cluster: cluster.name, order, guests: inventory.guests, image: image.value, source, today});
  const found = await surveyGuests(sight.value, inventory.guests);
  if (!found.ok) return found;
  const changes = changesFor(plan, found.value, today);
  return {ok: true, value: {sight: sight.value, plan, found: found.value, changes}};
}

async function sightOf({cluster}: Ground, order: GuestsOrder): Promise<Result<Sight, string>> {
  const speaker = await speakerOf(cluster);
  if (!speaker.ok) return speaker;
  const store = await openStore(order.store, order.prefix, cluster, speaker.value);
  if (!store.ok) return store;
  const {prefix, bridge} = order;
  return {ok: true, value: {cluster, speaker: speaker.value, store: store.value, folder: guestsFolder(prefix), bridge}};
}

/** The set's refusal has asked for it. */
function orderOf({inventory: {provision}}: Ground): GuestsOrder {
  if (provision?.guests === undefined) throw new Error('the inventory has no provision.guests');
  return provision.guests;
}

/** The image gets this machine's fio, and the client drives it: of unlike versions most speak unlike protocols. */
async function versionRefusals({client, transport}: Cluster): Promise<readonly string[]> {
  const ask = readOnly(['fio', '--version']);
  const [there, here] = await Promise.all([stdoutOf(transport, client, ask), runLocally(ask)]);
  if (!there.ok) return [`${there.error}: the load of the guests starts there; install fio on ${client.name}`];
  const [outer, inner] = [there.value.trim(), here.stdout.trim()];
  if (outer === inner) return [];
  return [
    `${client.name} has ${outer}, and the guests would get ${inner} from this machine: a client drives a server of its own version. Run seatrial on a machine of the client's release, or install ${inner} on ${client.name}`,
  ];
}

const answerMs = 180_000;

/** What is not as it was ordered: every guest must answer and take load, and nothing may be missing any more. */
async function conclude(ground: Ground): Promise<readonly string[]> {
  const {cluster, say, signal} = ground;
  say(`waiting until ${cluster.guests.map(({name}) => name).join(', ')} answer`);
  const answered = await waitForGuests(cluster, answerMs, signal);
  if (!answered.ok) return [answered.error];
  const refused = await loadRefusals(cluster);
  if (refused.length > 0) return refused;
  const looked = await look(ground);
  if (!looked.ok) return [looked.error];
  const {changes, sight} = looked.value;
  return [...changes.refusals, ...changeLines(changes, sight.store.title).map(line => `still missing: ${line}`)];
}

// ───────────────────────────── taking back ─────────────────────────────

async function lookBack(ground: Ground): Promise<Result<{sight: Sight; gone: Gone}, string>> {
  const order = orderOf(ground);
  const sight = await sightOf(ground, order);
  if (!sight.ok) return sight;
  const found = await surveyGuests(sight.value, []);
  if (!found.ok) return found;
  return {ok: true, value: {sight: sight.value, gone: goneFor({...order, cluster: ground.cluster.name}, found.value)}};
}

async function prepareReturn(ground: Ground): Promise<Prepared> {
  const looked = await lookBack(ground);
  if (!looked.ok) return {kind: 'refused', sentences: [looked.error]};
  const {sight, gone} = looked.value;
  const {resources, constraints, disks, folders, domains, leftAlone} = gone;
  const tool = await toolOf(ground.cluster, sight.speaker);
  const removals = disks.map((disk): Typed => ({name: `remove disk ${disk}`, argv: sight.store.remove(disk)}));
  const {close} = sight.store;
  const lines = goneLines(gone);
  return {
    kind: 'ready',
    lines: [...(lines.length === 0 ? ['nothing is left'] : lines), ...leftAlone],
    vars: {
      guests_speaker: sight.speaker.name,
      guests_folder: sight.folder,
      guests_folder_on: folders,
      guests_logs: domains,
      guests_resources: removeResources(tool, resources, constraints),
      guests_disks: [...removals, ...(close === undefined ? [] : [{name: 'remove their folder', argv: close}])],
    },
  };
}

async function concludeReturn(ground: Ground): Promise<readonly string[]> {
  const looked = await lookBack(ground);
  if (!looked.ok) return [looked.error];
  return goneLines(looked.value.gone).map(line => `still there: ${line}`);
}
