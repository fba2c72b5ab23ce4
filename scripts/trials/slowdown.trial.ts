/** `PLANTS=storage,cpu` takes some of them, `PAIRS` another number of pairs. */
import {inLab, type Plant, plantedAndFound} from './slowdown.ts';
import type {LongTrial} from './trial.ts';

const all = ['none', 'storage', 'network', 'cpu'] as const satisfies readonly Plant[];
const wanted = process.env.PLANTS?.split(',');

const trial: LongTrial = {
  proves:
    'The same on both sides is told apart in no metric; a store, a network and processors that are a tenth slower are found, and each is attributed.',
  minutes: 14,
  async run(stage) {
    await inLab(stage);
    for (const plant of all) if (wanted === undefined || wanted.includes(plant)) await plantedAndFound(stage, plant);
  },
};
export default trial;
