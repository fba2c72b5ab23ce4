/**
 * `virsh domjobinfo DOMAIN` again and again while a migration goes on: its progress. Pure. Source: the text as printed
 * by libvirt 9.0, one block after another, with the prompts of virsh in between.
 */
import {bytes, type Fields, seconds} from './domjobinfo.ts';

export interface JobSample {
  /** Since the job began. */
  elapsedSeconds: number;
  /** Rounds over the memory; absent while the job is being set up. */
  iteration?: number;
  remainingBytes?: number;
  /** Memory written by the guest, as QEMU found it at the end of its last round: counted in whole pages. */
  dirtiedBytesPerSecond?: number;
}

/** Blocks that are no running migration, or are cut off, are left out: what counts is what was seen. */
export function parseJobSamples(text: string): readonly JobSample[] {
  return text
    .split(/^Job type:/m)
    .slice(1)
    .flatMap(block => {
      const fields: Fields = new Map(
        [...`Job type:${block}`.matchAll(/^([A-Z][^:\n]*):[ \t]+(.*?)[ \t]*\n/gm)].map(
          ([, key = '', value = ''], line) => [key, {value, line}] as const,
        ),
      );
      const elapsedSeconds = seconds(fields, 'Time elapsed');
      if (fields.get('Operation')?.value !== 'Outgoing migration' || elapsedSeconds === undefined) return [];
      return [{elapsedSeconds, ...progress(fields)}];
    });
}

function progress(fields: Fields): Omit<JobSample, 'elapsedSeconds'> {
  const number = (key: string, pattern: RegExp) => pattern.exec(fields.get(key)?.value ?? '')?.[1];
  const iteration = number('Iteration', /^(\d{1,9})$/);
  const pages = number('Dirty rate', /^(\d{1,12})\s+pages\/s$/);
  const page = number('Page size', /^(\d{1,9})\s+bytes$/);
  const remainingBytes = bytes(fields, 'Data remaining');
  return {
    ...(iteration === undefined ? {} : {iteration: Number(iteration)}),
    ...(remainingBytes === undefined ? {} : {remainingBytes}),
    ...(pages === undefined || page === undefined ? {} : {dirtiedBytesPerSecond: Number(pages) * Number(page)}),
  };
}
