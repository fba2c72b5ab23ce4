/** The night that is meant, whole: with what was measured again of it, and with what its history lacks. */
import type {Hole, Night} from '../../../reports/trend/index.ts';
import {CommandError} from '../kit/command-error.ts';
import type {HistoryFile} from '../kit/history/file.ts';
import {nightsOf, repeatsOf, unknownMetrics} from '../kit/history/queries.ts';

export interface Meant {
  night: Night;
  /** Of the cluster, oldest first, up to this one. */
  nights: readonly Night[];
  holes: readonly Hole[];
}

/** The run of this id; without one, the newest night that is not of tomorrow. */
export function nightMeant(file: HistoryFile, cluster: string, id: string | undefined): Meant {
  const all = nightsOf(file, cluster);
  const now = Date.now();
  const past = all.findLastIndex(({startedAt}) => Date.parse(startedAt) <= now);
  const place = id === undefined ? (past === -1 ? all.length - 1 : past) : all.findIndex(night => night.id === id);
  const own = all[place];
  if (own === undefined)
    throw new CommandError(
      `the history has no night ${id === undefined ? '' : `${id} `}of ${cluster}`,
      'Import a run first: seatrial history import RUN…',
    );
  const nights = all.slice(0, place + 1);
  return {
    night: withRepeats(own, repeatsOf(file, own.id)),
    nights,
    holes: [...clockHoles(own, all.slice(place + 1)), ...unknownHoles(unknownMetrics(file, own, nights))],
  };
}

/** What went wrong while it was measured again went wrong that night. */
function withRepeats(night: Night, repeats: readonly Night[]): Night {
  const cut = repeats.find(({status}) => status !== 'complete');
  const tried = new Set(night.notApplicable.map(({scenario}) => scenario));
  const again = ({folder}: Night) => `when it was measured again (${folder})`;
  return {
    ...night,
    ...(night.status === 'complete' && cut !== undefined
      ? {status: cut.status, reason: `${again(cut)}: ${cut.reason}`}
      : {}),
    critical: [...night.critical, ...repeats.flatMap(run => run.critical.map(detail => `${again(run)}: ${detail}`))],
    incomplete: [
      ...night.incomplete,
      ...repeats.flatMap(run => run.incomplete.map(one => ({...one, reason: `${again(run)}: ${one.reason}`}))),
    ],
    notApplicable: [
      ...night.notApplicable,
      ...repeats.flatMap(run => run.notApplicable.filter(({scenario}) => !tried.has(scenario))),
    ],
  };
}

/** A night is held against those before it: one of a time that is yet to come would be the newest for good. */
function clockHoles({id}: Night, later: readonly Night[]): readonly Hole[] {
  if (later.length === 0) return [];
  const ids = later.slice(-3).map(night => night.id);
  return [
    {
      subject: 'the clock',
      detail: `${later.length} of the history's nights began after ${id} by their time: ${later.length > ids.length ? '…, ' : ''}${ids.join(', ')}`,
      todo: 'check the clock of the machine that measures; a night of a wrong time leaves the history when its folder is moved away: seatrial history rebuild RUNS --forget',
    },
  ];
}

function unknownHoles(unknown: readonly string[]): readonly Hole[] {
  return unknown.map(metric => ({
    subject: metric,
    detail: 'the history has figures of it, and it is not known here which way it is better',
    todo: 'load its plug-in with --plugins',
  }));
}
