import type {Sample} from '../../harness/types.ts';
import type {Report} from './report.ts';

/**
 * From a report at RUN/report/NAME to an artefact at RUN/trials/FOLDER/artefacts/NAME. A path that would leave the
 * run folder is no link.
 */
export function artefactHref(pathInRun: string): string | undefined {
  const segments = pathInRun.split('/');
  if (segments.some(segment => segment === '' || segment === '.' || segment === '..' || segment.includes('\\')))
    return undefined;
  return `../${segments.map(segment => encodeURIComponent(segment.toWellFormed())).join('/')}`;
}

export function trialFolder(folder: string): string {
  return folder.startsWith('trials/') ? folder : `trials/${folder}`;
}

export interface Links {
  /**
   * To an artefact of a trial, named bare or with its folder. Undefined where the trial stored no such artefact: no
   * link is better than a dead one.
   */
  artefact(trial: string, name: string): string | undefined;
  sample(sample: Sample): string | undefined;
}

export function linksOf(report: Report): Links {
  const trials = new Map(
    report.trials.map(trial => [
      String(trial.slot),
      {folder: trialFolder(trial.folder), names: new Set(trial.artefacts.map(({name}) => name))},
    ]),
  );
  const artefact = (trial: string, path: string) => {
    const row = trials.get(trial);
    if (!row) return undefined;
    const inside = path.startsWith(`${row.folder}/`) ? path.slice(row.folder.length + 1) : path;
    const name = inside.startsWith('artefacts/') ? inside.slice('artefacts/'.length) : inside;
    return row.names.has(name) ? artefactHref(`${row.folder}/artefacts/${name}`) : undefined;
  };
  return {artefact, sample: sample => artefact(sample.labels.trial ?? '', sample.from.artefact)};
}
