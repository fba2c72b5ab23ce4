/**
 * The event `job-completed` out of `virsh event --all --loop`: what the source says of a migration when it has ended.
 * After post-copy nobody else says it. Pure. Source: the text as printed by libvirt 9.0, one tab and `name: number` a
 * line; times in milliseconds, sizes in bytes.
 */
import type {ParseError, Result} from '../types.ts';
import type {Domjobinfo} from './domjobinfo.ts';

/** An error: there is no such event, a figure is missing, or they contradict each other. */
export function parseJobCompleted(text: string, artefact: string): Result<Domjobinfo, ParseError> {
  const block = /event 'job-completed' for domain '[^']*':?\s*\n((?:\t\w+: \d+\n)+)/.exec(text)?.[1];
  const wrong = (path: string, expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found},
  });
  if (block === undefined) return wrong('job-completed', 'the event of a job that has completed', 'none');
  const figures = new Map(
    [...block.matchAll(/\t(\w+): (\d+)\n/g)].map(([, name = '', value]) => [name, Number(value)]),
  );
  const [elapsed, downtime] = [figures.get('time_elapsed'), figures.get('downtime')];
  const [transferred, total] = [figures.get('data_processed'), figures.get('data_total')];
  const iterations = figures.get('memory_iteration');
  if (elapsed === undefined || downtime === undefined || transferred === undefined || total === undefined)
    return wrong('job-completed', 'time_elapsed, downtime, data_processed and data_total', block.slice(0, 80));
  if (downtime > elapsed) return wrong('downtime', `at most ${elapsed} ms, the whole job`, `${downtime} ms`);
  const value = {
    elapsedSeconds: elapsed / 1000,
    downtimeSeconds: downtime / 1000,
    transferredBytes: transferred,
    totalBytes: total,
    ...(iterations === undefined ? {} : {iterations}),
  };
  return {ok: true, value};
}
