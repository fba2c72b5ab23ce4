/** What of an order is to be taken back: by the marks alone, so that any machine with the same inventory can. Pure. */
import {wrapperPath} from './client.ts';
import {isOurs, type Whose} from './mark.ts';
import {halfMade} from './stores.ts';
import type {Found} from './survey.ts';

export interface Gone {
  resources: readonly string[];
  constraints: readonly string[];
  disks: readonly string[];
  /** What held the disks was made with them, and nobody else's are in it. */
  closesStore: boolean;
  /** fio of the guests, carried to the client. */
  wrapper: boolean;
  /** Hosts with the folder. */
  folders: readonly string[];
  /** Names that the folders and the resources tell: libvirt keeps logs of them. */
  domains: readonly string[];
  /** With our prefix, and not ours: sentences. */
  leftAlone: readonly string[];
}

export function goneFor(whose: Whose, found: Found, client: string, folder: string): Gone {
  const resources = found.resources.filter(({mark}) => isOurs(mark, whose)).map(({id}) => id);
  const isMine = ({name, mark}: Found['store']['disks'][number]) => isOurs(mark, whose) || halfMade(name);
  const folders = found.nodes.filter(({folder}) => isOurs(folder?.mark, whose));
  const files = folders.flatMap(({files}) =>
    [...files].filter(([, mark]) => isOurs(mark, whose)).map(([file]) => file),
  );
  const strange = [
    ...found.resources
      .filter(({id, mark}) => id.startsWith(whose.prefix) && !isOurs(mark, whose))
      .map(({id}) => `resource ${id}`),
    ...found.store.disks.filter(disk => !isMine(disk)).map(({name}) => `disk ${name}`),
    ...found.nodes
      .filter(each => each.folder !== undefined && !isOurs(each.folder.mark, whose))
      .map(({node}) => `${folder} on ${node}`),
  ];
  return {
    resources,
    constraints: found.constraints.filter(({names}) => names.some(name => resources.includes(name))).map(({id}) => id),
    disks: found.store.disks.filter(isMine).map(({name}) => name),
    closesStore: isOurs(found.store.mark, whose) && found.store.others === 0 && found.store.disks.every(isMine),
    wrapper: isOurs(found.client.wrapper?.mark, whose),
    folders: [...folders.map(({node}) => node), ...(isOurs(found.client.folder?.mark, whose) ? [client] : [])],
    domains: [...new Set([...files.map(file => file.replace(/\.xml$/, '')), ...resources])],
    leftAlone: strange.map(
      what => `${what} has the prefix ${whose.prefix} and not the mark of ${whose.owner}: left alone`,
    ),
  };
}

/** A line each, for people; none where nothing is left. */
export function goneLines({resources, constraints, disks, closesStore, folders, wrapper}: Gone): readonly string[] {
  const line = (what: string, names: readonly string[]) => (names.length === 0 ? [] : [`${what} ${names.join(', ')}`]);
  return [
    ...line('resources', resources),
    ...line('constraints', constraints),
    ...line('disks', disks),
    ...(closesStore ? ['what held the disks'] : []),
    ...line('what they need on', folders),
    ...(wrapper ? [`${wrapperPath} on the client`] : []),
  ];
}
