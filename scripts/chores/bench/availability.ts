/**
 * `seatrial availability`: simulated years of a large cluster, and whether time grows with the work and memory does
 * not.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type Model, modelOf} from '../../../reports/availability/model.ts';
import {blocksOf, recoveredFrom, simulate} from '../../cli/availability/availability.ts';
import {loadTopology} from '../../cli/availability/topology.ts';
import type {Bench, Line} from './line.ts';
import {processCost} from './process.ts';
import {Stopwatch} from './stopwatch.ts';

const top = join(import.meta.dirname, '../../..');
const file = join(top, 'fixtures/availability/thousand-nodes.yaml');
const sizes = [1, 4, 16] as const;

/** The cluster of the fixture with so many racks of 25 nodes. */
function modelWith(racks: number): Model {
  const nodes = 25 * racks;
  const text = readFileSync(file, 'utf8')
    .replace('count: 40', `count: ${racks}`)
    .replace('vms: 20000', `vms: ${20 * nodes}`)
    .replace('standby: 50', `standby: ${Math.ceil(nodes / 20)}`);
  const topology = loadTopology(text, file);
  if (!topology.ok) throw new Error(JSON.stringify(topology.error));
  const model = modelOf(topology.value, recoveredFrom([], topology.value, []).recoveries, 0.9999);
  if (!model.ok) throw new Error(model.error.need);
  return model.value;
}

export const availability: Bench = {
  title: 'Availability: simulated years, event by event',
  async run() {
    const lines: Line[] = [];
    const large = modelWith(40);
    const whole = new Stopwatch();
    await whole.time(() => simulate(large, blocksOf(10_000, 1), 2));
    lines.push({
      what: '1,000 nodes, 20,000 VMs, 10,000 years, 2 workers',
      value: whole.wallSeconds,
      unit: 's',
      goal: {relation: 'at-most', bound: 30},
      beside: {what: 'its CPU time on two cores', value: whole.cpuSeconds / 2},
    });
    const grow = async (what: string, body: (times: number) => () => unknown) => {
      const watches = sizes.map(times => ({times, work: body(times), watch: new Stopwatch()}));
      // The first round warms up.
      for (const {work} of watches) await work();
      for (let n = 0; n < 3; n++) for (const {work, watch} of watches) await watch.time(work);
      const least = watches[0]?.watch.cpuSeconds ?? Number.NaN;
      for (const {times, watch} of watches) {
        lines.push({
          what: `${what}, ${times}×`,
          value: watch.cpuSeconds / times,
          unit: 's',
          ...(times === 1 ? {} : {beside: {what: 'at 1×', value: least}}),
        });
      }
    };
    await grow('1,000 nodes, CPU time of 20 years', times => () => simulate(large, blocksOf(20 * times, 1, 20), 1));
    await grow('200 years, CPU time of 75 nodes', times => {
      const model = modelWith(3 * times);
      return () => simulate(model, blocksOf(200, 1, 20), 1);
    });
    let first: number | undefined;
    for (const times of sizes) {
      const cost = await processCost(
        process.execPath,
        [
          'scripts/seatrial.ts',
          'availability',
          '--topology',
          file,
          '--years',
          String(200 * times),
          '--workers',
          '2',
          '--json',
        ],
        {cwd: top, timeoutMs: 300_000},
      );
      first ??= cost.peakBytes;
      lines.push({
        what: `peak memory, 1,000 nodes, ${200 * times} years, 2 workers`,
        value: cost.peakBytes,
        unit: 'B',
        ...(times === 1 ? {} : {beside: {what: 'at 1×', value: first}}),
      });
    }
    return lines;
  },
};
