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

const share = z.number().gt(0).max(10);

/** `metrics` are the names there are: a threshold for any other one is an error. */
export function loadNightly(
  text: string,
  file: string,
  known: Known & {metrics: readonly string[]},
): Result<NightlySuite, ConfigError[]> {
  const schema = z
    .strictObject({
      ...suiteShape(known),
      threshold: share,
      thresholds: z.partialRecord(z.enum(known.metrics), share).default({}),
      remeasure: z.strictObject({
        scenarios: z.int().min(0).max(100),
        minutes: z.number().min(0).max(1440),
        repetitions: z.int().min(1).max(100),
      }),
    })
    .superRefine(soundSuite(known));
  const read = readYaml(schema, text, file);
  if (!read.ok) return read;
  const {threshold, thresholds, remeasure, ...suite} = read.value;
  return {ok: true, value: {suite, threshold, thresholds, remeasure}};
}
