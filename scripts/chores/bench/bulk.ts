import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';
import {withCorpus} from './corpus.ts';
import type {Bench} from './line.ts';
import {processCost} from './process.ts';
import {Stopwatch} from './stopwatch.ts';

/** 1 GB of text. */
const files = 10_700;
const command = join(import.meta.dirname, '../../seatrial.ts');
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
        const judge = new Stopwatch();
        const jq = new Stopwatch();
        let peakBytes = 0;
        for (let n = 0; n < 3; n++) {
          await judge.time(async () => {
            const argv = [command, 'judge', '.', '--targets', register];
            const judged = await processCost(process.execPath, argv, limits);
            if (judged.exitCode !== 0) throw new Error(`seatrial judge ended with ${judged.exitCode}`);
            peakBytes = Math.max(peakBytes, judged.peakBytes);
          });
          await jq.time(() => processCost('sh', ['-c', `ls | xargs -P ${cores} -n 500 jq empty`], limits));
        }
        const beside = `jq on ${cores} cores, only reading it`;
        return [
          {
            what: 'by the clock',
            value: judge.wallSeconds,
            unit: 's',
            goal: {relation: 'at-most', bound: 15},
            beside: {what: beside, value: jq.wallSeconds},
          },
          {what: 'CPU time', value: judge.cpuSeconds, unit: 's', beside: {what: beside, value: jq.cpuSeconds}},
          {
            what: 'throughput',
            value: corpus.bytes / judge.wallSeconds,
            unit: 'B/s',
            beside: {what: beside, value: corpus.bytes / jq.wallSeconds},
          },
          {
            what: 'peak resident memory',
            value: peakBytes,
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
