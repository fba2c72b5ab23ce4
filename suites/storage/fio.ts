import {z} from 'zod';
import type {Artefacts, Command, Guest, Measured, Parameters, Scenario} from '../../harness/types.ts';
import {expectsNothing} from '../expects.ts';
import {
  bytesOf,
  deviceLoad,
  deviceShape,
  fillCommand,
  fillEstimateSeconds,
  fillGuests,
  fillProblems,
} from '../steps/fio-load.ts';
import {guestsReport, saturatedFindings} from '../steps/fio-report.ts';
import {type Direction, fioSamples} from '../steps/fio-samples.ts';
import {countedIn, generatorOf, inLightOf, whileLookedAt} from '../steps/generator.ts';
import {chosenGuests, namesOf} from '../steps/guests.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {parametersOf, readParameters} from '../steps/parameters.ts';

const patterns = ['randread', 'randwrite', 'mixed'] as const;
type Pattern = (typeof patterns)[number];
const directions: Readonly<Record<Pattern, readonly Direction[]>> = {
  randread: ['read'],
  randwrite: ['write'],
  mixed: ['read', 'write'],
};

const settings = z.object({
  /** Of each pattern, after the ramp. */
  seconds: z.number().int().min(1).max(86_400),
  ...deviceShape,
  iodepth: z.number().int().min(1).max(4096),
  numjobs: z.number().int().min(1).max(256),
  patterns: z.array(z.enum(patterns)).min(1),
  /** At most so many guests at once. */
  guests: z.number().int().min(1).max(1000),
});
type Settings = z.infer<typeof settings>;

const full: Parameters = {
  seconds: 60,
  rampSeconds: 5,
  iodepth: 16,
  numjobs: 1,
  blockBytes: 4096,
  sizeMiB: 4096,
  engine: 'libaio',
  patterns,
  guests: 1000,
};
/** No ramp: on a slow disk the I/Os in flight at its end are a share of the whole. */
const quick: Parameters = {...full, seconds: 5, rampSeconds: 0, sizeMiB: 64};

const loadOf = (pattern: Pattern) => `fio-${pattern}`;
const artefactOf = (pattern: Pattern) => `${loadOf(pattern)}.json`;

function load(guests: readonly Guest[], pattern: Pattern, asked: Settings): Command {
  return deviceLoad(guests, asked, () => ({pattern, depth: asked.iodepth, jobs: asked.numjobs}));
}

/**
 * Random reads, random writes and 70/30 of both, in every guest at once on its scratch device, which is written whole
 * first.
 */
export const fio: Scenario = {
  name: 'storage/fio',
  family: 'storage',
  purpose: 'What the storage gives the guests: operations, bandwidth and latency of small random I/O.',
  needs: {guests: 1, fio: true, scratch: true},
  impact: () => 'load',
  claims: ['sto.iops', 'sto.p99'],
  provides: ['storage.iops', 'storage.bandwidth', 'storage.latency', 'storage.runtime'],
  expects: expectsNothing,
  parameters: {full, quick},
  estimateSeconds(parameters) {
    const {patterns: chosen, seconds, rampSeconds, sizeMiB} = parametersOf(settings, parameters);
    // fio needs a moment to start and to end.
    return fillEstimateSeconds(sizeMiB) + chosen.length * (seconds + rampSeconds + 3);
  },
  preview(cluster, parameters) {
    const asked = parametersOf(settings, parameters);
    const guests = chosenGuests(cluster, asked.guests);
    const commands = [fillCommand(guests, asked), ...asked.patterns.map(pattern => load(guests, pattern, asked))];
    return commands.map(({argv}) => ({host: cluster.client.name, argv}));
  },
  async run(trial) {
    const {client} = trial.cluster;
    const asked = parametersOf(settings, trial.planned.parameters);
    const guests = chosenGuests(trial.cluster, asked.guests);
    await fillGuests(trial, guests, asked);
    for (const pattern of asked.patterns) {
      trial.say(`fio ${pattern} for ${asked.seconds} s in ${namesOf(guests)}`, client.name);
      const command = load(guests, pattern, asked);
      const look = {load: loadOf(pattern), guests, seconds: asked.rampSeconds + asked.seconds};
      await whileLookedAt(trial, look, () => trial.record(artefactOf(pattern), client, command));
    }
  },
  measure(raw, planned) {
    const asked = readParameters(settings, planned.parameters);
    if (!asked.ok) return onlyProblems(asked.error);
    const unfilled = fillProblems(raw, bytesOf(asked.value.sizeMiB));
    if (unfilled.length > 0) return onlyProblems(...unfilled);
    return together(asked.value.patterns.map(pattern => measurePattern(raw, pattern, asked.value.seconds)));
  },
};

function measurePattern(raw: Artefacts, pattern: Pattern, seconds: number): Measured {
  const artefact = artefactOf(pattern);
  const read = guestsReport(raw, artefact, seconds);
  if (!read.ok) return onlyProblems(...read.error);
  const samples = fioSamples(read.value.report, artefact, pattern, directions[pattern]);
  const findings = saturatedFindings(read.value, artefact);
  if (!samples.ok) return {...onlyProblems(samples.error), findings};
  const counted = countedIn(samples.value, directions[pattern]);
  const generator = generatorOf(raw, loadOf(pattern), {pattern});
  return inLightOf(generator, {samples: samples.value, problems: [], findings}, counted);
}
