import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {withCorpus} from './corpus.ts';
import type {Bench} from './line.ts';
import {processCost} from './process.ts';

/** 1 GB of text. */
const files = 10_700;
const command = join(import.meta.dirname, '../seatrial.ts');
const targets = `targets:
  - id: rate
    metric: storage.iops
    where: {direction: read}
    statistic: median
    bound: ">= 1K op/s"
  - id: tail
    metric: storage.latency
    where: {direction: read, percentile: p99}
    statistic: observed
    scope: all
    bound: "< 1 s"
`;

/** `seatrial judge` over a folder of many files, as a user runs it, and `jq` over the same, on as many cores. */
export const bulk: Bench = {
  title: `1 GB of fio json+ in ${files} files, judged by \`seatrial judge\``,
  async run() {
    return await withCorpus(files, async corpus => {
      const own = mkdtempSync(join(tmpdir(), 'seatrial-bench-'));
      try {
        const register = join(own, 'targets.yaml');
        writeFileSync(register, targets);
        const limits = {cwd: corpus.folder, timeoutMs: 300_000};
        const cores = String(availableParallelism());
        const costs = [];
        const jqs = [];
        for (let n = 0; n < 3; n++) {
          const judged = await processCost(process.execPath, [command, 'judge', '.', '--targets', register], limits);
          if (judged.exitCode !== 0) throw new Error(`seatrial judge ended with ${judged.exitCode}`);
          costs.push(judged);
          const parallel = `ls | xargs -P ${cores} -n 500 jq empty`;
          jqs.push(await processCost('sh', ['-c', parallel], limits));
        }
        const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[1] ?? Number.NaN;
        const seconds = middle(costs.map(cost => cost.seconds));
        const jqSeconds = middle(jqs.map(cost => cost.seconds));
        const jq = `jq on ${cores} cores, only reading it`;
        return [
          {
            what: 'wall clock',
            value: seconds,
            unit: 's',
            goal: {relation: 'at-most', bound: 15},
            beside: {what: jq, value: jqSeconds},
          },
          {
            what: 'throughput',
            value: corpus.bytes / seconds,
            unit: 'B/s',
            beside: {what: jq, value: corpus.bytes / jqSeconds},
          },
          {
            what: 'peak resident memory',
            value: Math.max(...costs.map(cost => cost.peakBytes)),
            unit: 'B',
            goal: {relation: 'at-most', bound: 512 * 2 ** 20},
          },
        ];
      } finally {
        rmSync(own, {recursive: true, force: true});
      }
    });
  },
};
