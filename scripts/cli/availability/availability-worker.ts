/** One worker of `seatrial availability`: blocks of years in, their sums out. */
import {parentPort, workerData} from 'node:worker_threads';
import type {Model} from '../../../reports/availability/model.ts';
import {type Block, simulateBlock} from '../../../reports/availability/simulate.ts';

export interface Work {
  /** `index` is given back with the sums. */
  jobs: readonly {index: number; job: {model: Model; block: Block}}[];
}

const {jobs}: Work = workerData;
for (const {index, job} of jobs) parentPort?.postMessage({index, tally: simulateBlock(job.model, job.block)});
