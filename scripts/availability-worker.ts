/** One worker of `seatrial availability`: blocks of years in, tallies out. */
import {parentPort, workerData} from 'node:worker_threads';
import type {Model} from '../reports/availability/model.ts';
import {type Block, simulateBlock} from '../reports/availability/simulate.ts';

export interface Work {
  model: Model;
  blocks: readonly Block[];
}

const {model, blocks}: Work = workerData;
for (const block of blocks) parentPort?.postMessage({index: block.index, tally: simulateBlock(model, block)});
