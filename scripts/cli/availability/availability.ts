/** What `seatrial availability` takes from stored runs, and the workers that simulate. */
import {extname} from 'node:path';
import {Worker} from 'node:worker_threads';
import {sentence} from '../../../harness/parse/answer.ts';
import type {Scenario} from '../../../harness/types.ts';
import type {Source} from '../../../reports/availability/assess.ts';
import {scalar} from '../../../reports/availability/counted.ts';
import type {Model} from '../../../reports/availability/model.ts';
import {type MeasuredWait, type Recovery, recoveryOf} from '../../../reports/availability/recovery.ts';
import {type Resimulated, resimulationBlocks, variantsOf} from '../../../reports/availability/sensitivities.ts';
import {type Block, simulateBlock} from '../../../reports/availability/simulate.ts';
import type {RecoverySource, Topology} from '../../../reports/availability/topology.ts';
import {repeatsAmong, runPiece} from '../../../reports/judge/counted-once.ts';
import {damageSentence} from '../../../reports/run/build.ts';
import type {Report} from '../../../reports/run/report.ts';
import {registerOf} from '../kit/claims-register.ts';
import {CommandError, exitCodes} from '../kit/command-error.ts';
import {judgeRun} from '../kit/judge-run.ts';
import {requirePluginsOf} from '../kit/plugins/loaded.ts';
import type {GivenRun} from '../kit/pool/known.ts';
import {storedRunIn} from '../kit/stored-run.ts';
import type {Work} from './availability-worker.ts';
import {notForAll} from './nobody-chooses.ts';

export interface Recovered {
  recoveries: readonly Recovery[];
  sources: readonly Source[];
  /** Why the verdict may not be `met`, as sentences. */
  blockers: readonly string[];
}

/**
 * Reads and judges the runs, and takes from them what the topology asks for. Refuses when something asked for was not
 * measured. `histories` say which other runs there are; they need not be there.
 */
export async function recoveredIn(
  folders: readonly string[],
  topology: Topology,
  scenarios: readonly Scenario[],
  histories: readonly string[],
): Promise<Recovered> {
  const given: GivenRun[] = [];
  for (const folder of folders) given.push({folder, run: await storedRunIn(folder)});
  const reports = given.map(({folder, run}) => {
    requirePluginsOf(run.header);
    return judgeRun(run, registerOf(run.claims, `${folder}/claims.yaml`).claims, scenarios);
  });
  const found = recoveredFrom(reports, topology, scenarios);
  const [first, ...more] = given;
  if (first === undefined) return found;
  const notAll = await notForAll([first, ...more], topology, scenarios, histories);
  return {...found, blockers: [...found.blockers, ...notAll]};
}

/** The same from reports. */
export function recoveredFrom(
  reports: readonly Report[],
  topology: Topology,
  scenarios: readonly Scenario[],
): Recovered {
  const ids = reports.map(({header}) => header.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) {
    throw new CommandError(`the run ${twice} is named twice`, 'Name each run once: a trial counts once.');
  }
  const [copy] = repeatsAmong(reports.map(runPiece));
  if (copy !== undefined) {
    throw new CommandError(
      `${copy.name} ${copy.reason}: one measurement counts once`,
      'Name the run that was measured, and leave its copies out.',
    );
  }
  const blockers: string[] = [];
  const recoveries = topology.recoveries.map(one => {
    const recovery =
      one.kind === 'literal'
        ? recoveryOf(
            one.name,
            one.waits.map((wait, index) => ({...wait, trial: `${one.name} ${index + 1}`})),
            `stated: ${one.source}`,
            false,
          )
        : measured(one, reports, scenarios, blockers);
    if (!recovery.ok) throw new CommandError(`${sentence(recovery.error)}`, 'Mend the topology.');
    return recovery.value;
  });
  const ending = new Set(topology.faults.map(fault => fault.recovery));
  if (!recoveries.some(one => one.measured && ending.has(one.name))) {
    blockers.push('no failover was measured: the recovery times are stated');
  }
  for (const report of reports) {
    const {id} = report.header;
    for (const error of report.damage) blockers.push(`run ${id} is damaged: ${damageSentence(error)}`);
    if (report.ended.status !== 'complete') blockers.push(`run ${id} ended ${report.ended.status}`);
    for (const finding of report.findings) {
      if (finding.severity === 'critical')
        blockers.push(`run ${id}, trial ${finding.trial}: ${finding.invariant} (${finding.detail})`);
    }
  }
  return {
    recoveries,
    sources: reports.map(({header}) => ({
      run: header.id,
      cluster: header.cluster,
      startedAt: header.startedAt,
      hardware: header.hardware,
    })),
    blockers: [...new Set(blockers)],
  };
}

function measured(
  asked: Extract<RecoverySource, {kind: 'measured'}>,
  reports: readonly Report[],
  scenarios: readonly Scenario[],
  blockers: string[],
) {
  const waits: MeasuredWait[] = [];
  const words = [asked.metric, ...Object.entries(asked.where).map(([label, value]) => `${label} ${value}`)].join(', ');
  const providers = new Set(
    scenarios.filter(scenario => scenario.provides.includes(asked.metric)).map(scenario => scenario.name),
  );
  const others = new Set<string>();
  for (const report of reports) {
    const seen = new Set<string>();
    for (const sample of report.samples) {
      if (sample.metric !== asked.metric) continue;
      if (!Object.entries(asked.where).every(([label, value]) => sample.labels[label] === value)) {
        others.add(
          Object.keys(asked.where)
            .map(label => `${label} ${sample.labels[label] ?? '(none)'}`)
            .join(', '),
        );
        continue;
      }
      seen.add(sample.labels.trial ?? '');
      waits.push({
        // At its worst within what the clocks allow.
        time: Math.max(0, sample.value + (sample.halfWidth ?? 0)),
        ended: sample.censored !== true,
        trial: `${report.header.id} #${sample.labels.trial}`,
      });
    }
    for (const trial of report.trials) {
      const {fault, profile} = asked.where;
      if (!providers.has(trial.scenario) || seen.has(String(trial.slot))) continue;
      if (profile !== undefined && trial.profile !== profile) continue;
      if (fault !== undefined && !trial.scenario.endsWith(`/${fault}`)) continue;
      blockers.push(
        `run ${report.header.id}, trial ${trial.slot} (${trial.scenario}, ${trial.profile}) gave no ${asked.metric}${trial.reason === '' ? '' : `: ${trial.reason}`}`,
      );
    }
  }
  if (waits.length === 0) {
    const todo =
      reports.length === 0
        ? 'Name stored runs with --runs, or state times of your own as samples.'
        : others.size > 0
          ? `These runs measured it with ${[...others].sort().join('; ')}: name one of them in the topology.`
          : 'Measure it (seatrial accept --only failover,migration), or state times of your own as samples.';
    throw new CommandError(
      `recovery "${asked.name}" was not measured: ${reports.length === 0 ? 'no run was named' : `${reports.length} ${reports.length === 1 ? 'run has' : 'runs have'} no ${words}`}; nothing is assumed in its place`,
      todo,
      reports.length === 0 ? exitCodes.usage : exitCodes.undecided,
    );
  }
  return recoveryOf(asked.name, waits, `measured: ${words}`, true);
}

/**
 * As many blocks as there are, or fewer where there are fewer years; half as measured, half with draws of what is
 * possible.
 */
export function blocksOf(years: number, seed: number, count = 200): Block[] {
  return Array.from(
    {length: count},
    (_, index): Block => ({
      index,
      years: Math.floor(((index + 1) * years) / count) - Math.floor((index * years) / count),
      seed,
      kind: index % 2 === 0 ? 'as-measured' : 'possible',
      forced: true,
    }),
  );
}

/** The sums of all blocks, in their order: the same for any number of workers. */
export function simulate(
  model: Model,
  blocks: readonly Block[],
  workers: number,
  progress: (done: number) => void = () => {},
): Promise<readonly Float64Array[]> {
  return simulateJobs(
    blocks.map(block => ({model, block})),
    workers,
    progress,
  );
}

/** Events that the simulations for the sensitivities take together, about as many as a small cluster's 10,000 years. */
const resimulatedEvents = 15e6;

/**
 * The model and each of its variants, simulated for `sensitivitiesOf`; in as many years as `tallies` and a bounded time
 * allow.
 */
export async function resimulate(
  model: Model,
  tallies: readonly Float64Array[],
  seed: number,
  workers: number,
): Promise<Resimulated> {
  const years = scalar(tallies, 'years');
  const blocks = resimulationBlocks(model, years, scalar(tallies, 'events') / years, seed, resimulatedEvents);
  const models = [model, ...variantsOf(model).flatMap(({halved, doubled}) => [halved, doubled])];
  const jobs = models.flatMap(each => blocks.map(block => ({model: each, block})));
  const all = await simulateJobs(jobs, workers);
  const of = (index: number) => all.slice(index * blocks.length, (index + 1) * blocks.length);
  return {
    base: of(0),
    variants: Array.from({length: (models.length - 1) / 2}, (_, i) => ({
      halved: of(1 + 2 * i),
      doubled: of(2 + 2 * i),
    })),
  };
}

async function simulateJobs(
  jobs: readonly Work['jobs'][number]['job'][],
  workers: number,
  progress: (done: number) => void = () => {},
): Promise<readonly Float64Array[]> {
  const tallies: (Float64Array | undefined)[] = jobs.map(() => undefined);
  let done = 0;
  const answered = (index: number, tally: Float64Array) => {
    tallies[index] = tally;
    progress(++done);
  };
  if (workers <= 1) for (const [index, {model, block}] of jobs.entries()) answered(index, simulateBlock(model, block));
  else await inWorkers(jobs, Math.min(workers, jobs.length), answered);
  return tallies.map((tally, i) => {
    if (tally === undefined) throw new Error(`block ${i} was not simulated`);
    return tally;
  });
}

async function inWorkers(
  jobs: readonly Work['jobs'][number]['job'][],
  workers: number,
  answered: (index: number, tally: Float64Array) => void,
): Promise<void> {
  const file = new URL(`./availability-worker${extname(import.meta.filename)}`, import.meta.url);
  const running: Worker[] = [];
  try {
    await Promise.all(
      Array.from({length: workers}, (_, part) => {
        const own = jobs.flatMap((job, index) => (index % workers === part ? [{index, job}] : []));
        const workerData: Work = {jobs: own};
        const worker = new Worker(file, {workerData});
        running.push(worker);
        return new Promise<void>((resolve, reject) => {
          worker.on('message', (message: {index: number; tally: Float64Array}) =>
            answered(message.index, message.tally),
          );
          worker.once('error', reject);
          worker.once('exit', code => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
        });
      }),
    );
  } finally {
    await Promise.all(running.map(worker => worker.terminate()));
  }
}
