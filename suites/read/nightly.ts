/** The nightly suite: a suite, with what counts as a change of a figure and how much a suspicion may cost. Pure. */
import {z} from 'zod';
import {readYaml} from '../../harness/config/yaml.ts';
import type {ConfigError, Result, Suite} from '../../harness/types.ts';
import {type Known, soundSuite, suiteShape} from './suite.ts';

export interface NightlySuite {
  suite: Suite;
  /** Relative change worth a word: 0.05 is 5 %. */
  threshold: number;
  /** In place of it, by metric. */
  thresholds: Readonly<Partial<Record<string, number>>>;
  /** How much may be measured again the same night. No repetitions, nothing again. */
  remeasure: {scenarios: number; minutes: number; repetitions: number};
}

/** Nothing falls by more than all of it: 5 is 5 % mistyped, and would find no lower rate ever. */
const share = z.number().gt(0).lt(1, {error: 'a number above 0 and below 1: 0.05 is 5 %'});

/** `metrics` are the names there are: a threshold for any other one is an error. */
export function loadNightly(
  text: string,
  file: string,
  known: Known & {metrics: readonly string[]},
): Result<NightlySuite, ConfigError[]> {
  const read = readYaml(nightlySchema(known), text, file);
  if (!read.ok) return read;
  const {threshold, thresholds, remeasure, plugins: _, ...suite} = read.value;
  return {ok: true, value: {suite, threshold, thresholds, remeasure}};
}

export function nightlySchema(known: Known & {metrics: readonly string[]}) {
  return z
    .strictObject({
      ...suiteShape(known),
      threshold: share.describe('a change must be larger than this share of the level before'),
      thresholds: z
        .partialRecord(z.enum(known.metrics), share)
        .default({})
        .describe('in place of threshold, by metric'),
      remeasure: z
        .strictObject({
          scenarios: z.int().min(0).max(100).describe('at most so many scenarios'),
          minutes: z.number().min(0).max(1440).describe('within so many minutes'),
          repetitions: z.int().min(1).max(100).describe('each so often'),
        })
        .describe('what a suspected change is measured again by, the same night'),
    })
    .superRefine(soundSuite(known));
}
