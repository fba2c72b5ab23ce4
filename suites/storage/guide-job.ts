import {z} from 'zod';
import type {Artefacts, Command, Guest, Measured, Parameters, Sample, Scenario} from '../../harness/types.ts';
import {guideJob as job} from '../../harness/workloads/fio.ts';
import {expectsNothing} from '../expects.ts';
import {bytesOf, fillCommand, fillEstimateSeconds, fillGuests, fillProblems, onGuests} from '../steps/fio-load.ts';
import {guestsReport, saturatedFindings} from '../steps/fio-report.ts';
import {fioSamples} from '../steps/fio-samples.ts';
import {countedIn, generatorOf, inLightOf, whileLookedAt} from '../steps/generator.ts';
import {chosenGuests, namesOf} from '../steps/guests.ts';
import {onlyProblems} from '../steps/measured.ts';
import {parametersOf, readParameters} from '../steps/parameters.ts';

const settings = z.object({
  /** Per job. */
  sizeMiB: z.number().int().min(1),
  numjobs: z.number().int().min(1).max(256),
  /** The job is ended after so long, whatever it has read by then. */
  seconds: z.number().int().min(1).max(86_400),
});
type Settings = z.infer<typeof settings>;

/** As the guide has it. */
const full: Parameters = {sizeMiB: 10_240, numjobs: 16, seconds: 600};
const quick: Parameters = {sizeMiB: 8, numjobs: 16, seconds: 60};
const loadName = 'fio-guide';
const artefact = `${loadName}.json`;

/** Figures of a job of another size carry another pattern: its duration says nothing about the guide's. */
function patternOf({sizeMiB, numjobs}: Settings): string {
  return sizeMiB === full.sizeMiB && numjobs === full.numjobs ? 'guide' : 'guide-scaled';
}

/** The guide runs its job once, on one machine. */
const oneGuest = 1;
const engine = 'libaio';

function load(guests: readonly Guest[], {sizeMiB, numjobs, seconds}: Settings): Command {
  const of = (guest: Guest) => job({device: guest.scratchDevice, sizeBytes: bytesOf(sizeMiB), jobs: numjobs, seconds});
  return onGuests(guests, of, seconds);
}

/** The guide's own fio job, in one guest on its scratch device, with its size and time as parameters. */
export const guideJob: Scenario = {
  name: 'storage/guide-job',
  family: 'storage',
  purpose: "The reference guide's own fio job: libaio, direct, 10 GiB in each of 16 jobs, ended after 600 s.",
  needs: {guests: 1, fio: true, scratch: true},
  impact: () => 'load',
  claims: ['sto.fiojob'],
  provides: ['storage.iops', 'storage.bandwidth', 'storage.latency', 'storage.runtime'],
  expects: expectsNothing,
  parameters: {full, quick},
  estimateSeconds(parameters) {
    const asked = parametersOf(settings, parameters);
    return usualSeconds(asked) + fillEstimateSeconds(asked.sizeMiB) + 3;
  },
  preview(cluster, parameters) {
    const asked = parametersOf(settings, parameters);
    const guests = chosenGuests(cluster, oneGuest);
    const commands = [fillCommand(guests, {...asked, engine}), load(guests, asked)];
    return commands.map(({argv}) => ({host: cluster.client.name, argv}));
  },
  async run(trial) {
    const {client} = trial.cluster;
    const asked = parametersOf(settings, trial.planned.parameters);
    const guests = chosenGuests(trial.cluster, oneGuest);
    await fillGuests(trial, guests, {...asked, engine});
    const size = `${asked.numjobs} jobs of ${asked.sizeMiB} MiB`;
    trial.say(`the guide's fio job in ${namesOf(guests)}: ${size}`, client.name);
    const look = {load: loadName, guests, seconds: usualSeconds(asked)};
    await whileLookedAt(trial, look, () => trial.record(artefact, client, load(guests, asked)));
  },
  measure(raw, planned) {
    const asked = readParameters(settings, planned.parameters);
    if (!asked.ok) return onlyProblems(asked.error);
    const unfilled = fillProblems(raw, bytesOf(asked.value.sizeMiB));
    return unfilled.length > 0 ? onlyProblems(...unfilled) : measureJob(raw, asked.value);
  },
};

/** 4 KiB reads at 4000 a second, as a guest under emulation gives. */
function usualSeconds({sizeMiB, numjobs, seconds}: Settings): number {
  return Math.min(seconds, (bytesOf(sizeMiB) * numjobs) / 16e6);
}

function measureJob(raw: Artefacts, asked: Settings): Measured {
  const read = guestsReport(raw, artefact, undefined);
  if (!read.ok) return onlyProblems(...read.error);
  const found = fioSamples(read.value.report, artefact, patternOf(asked), ['read']);
  if (!found.ok) return onlyProblems(found.error);
  const wanted = bytesOf(asked.sizeMiB) * asked.numjobs;
  const bytes = read.value.report.jobs.flatMap(one => one.work.read ?? []).reduce((sum, work) => sum + work.bytes, 0);
  const runtime = found.value.find(sample => sample.metric === 'storage.runtime');
  const whole = bytes >= wanted;
  if (!whole && (runtime === undefined || runtime.value < 0.99 * asked.seconds)) {
    const expected = `${wanted} bytes read, or ${asked.seconds} s`;
    return onlyProblems({artefact, path: '/client_stats', expected, found: `${bytes} bytes in ${runtime?.value} s`});
  }
  // Ended by the time limit: how long all of it would have taken is not known, only that it is longer.
  const samples: readonly Sample[] = found.value.map(sample =>
    sample === runtime && !whole ? {...sample, censored: true} : sample,
  );
  const measured = {samples, problems: [], findings: saturatedFindings(read.value, artefact)};
  const generator = generatorOf(raw, loadName, {pattern: patternOf(asked)});
  return inLightOf(generator, measured, countedIn(samples, ['read']));
}
