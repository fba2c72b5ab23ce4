/**
 * What a person means by a series or a night: `storage.iops`, `storage.iops:pattern=randread`, `storage/fio`; an id,
 * its beginning, or a run's folder.
 */
import {basename} from 'node:path';
import {didYouMean} from '../../../../harness/config/nearest.ts';
import type {Night, SeriesKey} from '../../../../reports/trend/index.ts';
import {CommandError} from '../command-error.ts';

/**
 * Series by metric, by metric and labels (scenario and profile count as labels), or by scenario. Nothing found is
 * refused with the nearest name.
 */
export function selectSeries<T extends {key: SeriesKey}>(rows: readonly T[], asked: string): readonly T[] {
  const [name = '', ...rest] = asked.split(':');
  const scenario = rows.filter(({key}) => key.scenario === asked);
  if (scenario.length > 0) return scenario;
  const named = rows.filter(({key}) => key.metric === name);
  if (named.length === 0) {
    const valid = new Set(rows.flatMap(({key}) => [key.metric, key.scenario]));
    throw new CommandError(
      `the history has no metric or scenario ${name}`,
      valid.size === 0 ? 'Import a run first: seatrial history import RUN…' : sentence(didYouMean(name, [...valid])),
    );
  }
  let chosen = named;
  for (const pair of rest.join(':').split(',').filter(Boolean)) {
    const [label = '', ...value] = pair.split('=');
    const labelOf = ({key}: T) =>
      new Map(Object.entries({...key.labels, scenario: key.scenario, profile: key.profile})).get(label);
    const values = [...new Set(chosen.flatMap(row => labelOf(row) ?? []))];
    if (values.length === 0) {
      const labels = new Set(chosen.flatMap(({key}) => [...Object.keys(key.labels), 'scenario', 'profile']));
      throw new CommandError(`${name} has no label ${label}`, sentence(didYouMean(label, [...labels])));
    }
    const wanted = value.join('=');
    chosen = chosen.filter(row => labelOf(row) === wanted);
    if (chosen.length === 0)
      throw new CommandError(
        `no series of ${name} has ${label} ${wanted || '(nothing)'}`,
        sentence(didYouMean(wanted, values)),
      );
  }
  return chosen;
}

/** The nights whose ids begin so. A folder's name counts as an id. */
export function selectNights(nights: readonly Night[], asked: string): readonly Night[] {
  const wanted = asked.includes('/') ? basename(asked.replace(/\/+$/, '')) : asked;
  const folder = nights.filter(night => basename(night.folder) === wanted || night.id === wanted);
  if (folder.length > 0) return folder;
  const found = wanted === '' ? [] : nights.filter(({id}) => id.startsWith(wanted));
  if (found.length > 0) return found;
  const ids = nights.map(({id}) => id);
  const newest = ids.slice(-5).join(', ');
  const near = didYouMean(wanted, ids);
  throw new CommandError(
    `the history has no night ${asked}`,
    ids.length === 0
      ? 'Import a run first: seatrial history import RUN…'
      : near.startsWith('did')
        ? sentence(near)
        : `The newest are ${newest}.`,
  );
}

/** Exactly one night. */
export function selectNight(nights: readonly Night[], asked: string): Night {
  const found = selectNights(nights, asked);
  const [only, ...more] = found;
  if (only === undefined || more.length > 0) {
    throw new CommandError(
      `${asked} could be ${found.length} nights: ${found
        .slice(0, 5)
        .map(({id}) => id)
        .join(', ')}${found.length > 5 ? ', …' : ''}`,
      'Write more of the id.',
    );
  }
  return only;
}

/** `A..B`, both included; each the beginning of an id, such as a date. Only nights that count. */
export function selectRange(nights: readonly Night[], asked: string): readonly Night[] {
  const [from, to, ...rest] = asked.split('..');
  if (from === undefined || to === undefined || from === '' || to === '' || rest.length > 0)
    throw new CommandError(
      `${asked} is no range of nights`,
      'Write it as A..B, for instance --nights 2025-11-01..2025-11-20.',
    );
  const chosen = nights.filter(({id}) => id >= from && (id <= to || id.startsWith(to)));
  if (chosen.length === 0) {
    const ids = nights.map(({id}) => id);
    throw new CommandError(
      `the history has no night in ${asked}`,
      ids.length === 0
        ? 'Import a run first: seatrial history import RUN…'
        : `It has nights from ${ids[0]} to ${ids.at(-1)}.`,
    );
  }
  return chosen;
}

/** The cluster that is meant: the one named, or the only one there is. */
export function selectCluster(clusters: readonly string[], asked: string | undefined): string {
  const [only, ...more] = clusters;
  if (only === undefined)
    throw new CommandError('the history is empty', 'Import a run first: seatrial history import RUN…');
  if (asked === undefined) {
    if (more.length === 0) return only;
    throw new CommandError(
      `the history has ${clusters.length} clusters: ${clusters.join(', ')}`,
      'Name one with --cluster.',
    );
  }
  if (clusters.includes(asked)) return asked;
  throw new CommandError(`the history has no cluster ${asked}`, sentence(didYouMean(asked, clusters)));
}

function sentence(hint: string): string {
  return `${hint.charAt(0).toUpperCase()}${hint.slice(1)}${/[?.]$/.test(hint) ? '' : '.'}`;
}
