/** What was set under each profile, and what the machines said when they were asked. */
import type {Profile} from '../../harness/types.ts';
import {type Block, heading, quiet, table, type Words} from '../document/document.ts';
import {byText, oneLine} from '../words/text.ts';
import {missing} from '../words/units.ts';
import {plural} from '../words/words.ts';
import type {Report} from './report.ts';

interface Found {
  where: Set<string>;
  trials: Set<number>;
  agrees: boolean;
}

/** By setting, by what was found and whether it agrees. */
type Settings = ReadonlyMap<string, ReadonlyMap<string, Found>>;

export function inForce(report: Report): readonly Block[] {
  if (report.header.profiles.length === 0) return [quiet('No profile was applied.')];
  const byProfile = foundByProfile(report);
  return report.header.profiles.flatMap(profile => profileBlocks(profile, byProfile.get(profile.name) ?? new Map()));
}

function foundByProfile(report: Report): ReadonlyMap<string, Settings> {
  const byProfile = new Map<string, Map<string, Map<string, Found>>>();
  for (const trial of report.trials) {
    const settings = byProfile.get(trial.profile) ?? new Map<string, Map<string, Found>>();
    byProfile.set(trial.profile, settings);
    for (const readBack of trial.readBack) {
      const values = settings.get(readBack.id) ?? new Map<string, Found>();
      settings.set(readBack.id, values);
      const key = JSON.stringify([readBack.found, readBack.agrees]);
      const found = values.get(key) ?? {where: new Set(), trials: new Set(), agrees: readBack.agrees};
      found.where.add(readBack.where);
      found.trials.add(trial.slot);
      values.set(key, found);
    }
  }
  return byProfile;
}

function profileBlocks({title, name, settings: asked}: Profile, settings: Settings): readonly Block[] {
  const known = new Set(asked.map(({id}) => id));
  const unasked = [...settings.keys()].filter(id => !known.has(id)).sort(byText);
  const code = (text: string): Words => ({code: text});
  const rows = [
    ...asked.map(({id, driver, key, value, why}): readonly Words[] => [
      ...[id, `${driver}: ${key}`, value].map(code),
      readBackCell(settings.get(id)),
      why,
    ]),
    ...unasked.map((id): readonly Words[] => [
      ...[id, missing, missing].map(code),
      readBackCell(settings.get(id)),
      'read back, but not part of the profile',
    ]),
  ];
  const caption = `${title} (${name})`;
  if (rows.length === 0) return [heading(caption), quiet('Nothing was set: the machines are as they came.')];
  return [
    table(
      caption,
      ['Setting', 'Where it is set', 'Asked', 'Read back', {title: 'Why', small: true}],
      rows,
      'Read back from the machines in every trial of this profile.',
    ),
  ];
}

/** Places that are named; the rest are counted. */
const mostPlaces = 6;

function readBackCell(found: ReadonlyMap<string, Found> | undefined): Words {
  if (found === undefined || found.size === 0) return {absent: 'not read back in any trial'};
  const lines = [...found].map(([key, {where, trials, agrees}]): Words => {
    const places = [...where].slice(0, mostPlaces).join(', ');
    const more = where.size > mostPlaces ? ` and ${where.size - mostPlaces} more` : '';
    return [
      ...(agrees ? [] : [{tone: 'critical', words: 'not as asked:'} as const, ' ']),
      {code: readBackValue(key)},
      ' ',
      {small: `${places}${more} · ${plural(trials.size, 'trial')}`},
    ];
  });
  return {lines};
}

function readBackValue(key: string): string {
  const [value]: unknown[] = JSON.parse(key);
  return oneLine(String(value)) || '(empty)';
}
