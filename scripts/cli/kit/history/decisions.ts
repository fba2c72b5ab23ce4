/**
 * What people have said: the pinned baseline and acknowledged changes. They cannot be had again from run folders, so
 * they lie in a small YAML file beside the history (FILE.decisions.yaml), which no import and no rebuild touches.
 */
import {existsSync} from 'node:fs';
import {stringify} from 'yaml';
import {z} from 'zod';
import {readYaml} from '../../../../harness/config/yaml.ts';
import {writeWhole} from '../../../../harness/files.ts';
import type {Decisions} from '../../../../reports/trend/index.ts';
import {accepted, readText} from '../package-files.ts';
import {parameters} from './queries.ts';

const one = z.string().min(1);
const decisions: z.ZodType<Decisions> = z.strictObject({
  baselines: z
    .array(z.strictObject({cluster: one, nights: z.array(one).min(1).max(1000), setAt: one, note: z.string()}))
    .max(100)
    .refine(all => new Set(all.map(({cluster}) => cluster)).size === all.length, {
      params: {expected: 'one baseline a cluster', hint: 'keep the one that holds'},
    }),
  acks: z
    .array(
      z.strictObject({
        cluster: one,
        series: one,
        quick: z.boolean().exactOptional(),
        parameters: parameters.exactOptional(),
        night: one,
        level: z.number(),
        reason: z.string().trim().min(1).max(1000),
        setAt: one,
      }),
    )
    .max(10_000),
});

export function decisionsFile(history: string): string {
  return `${history.replace(/\.sqlite$/, '')}.decisions.yaml`;
}

/** Nothing decided where there is no file; a damaged file is refused with line and column. */
export function readDecisions(history: string): Decisions {
  const file = decisionsFile(history);
  if (!existsSync(file)) return {baselines: [], acks: []};
  return accepted(readYaml(decisions, readText(file), file));
}

/** Whole or not at all. */
export async function writeDecisions(history: string, said: Decisions): Promise<void> {
  const file = decisionsFile(history);
  const head =
    '# What people have said of the nights in the history beside this. Written by: seatrial baseline, seatrial ack.\n';
  await writeWhole(file, head + stringify(decisions.parse(said)));
}
