import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseFio} from '../../../harness/parse/fio.ts';
import {combine, gather, startBatch, startGathering} from '../../../reports/files/gather.ts';
import {inspectText} from '../../../reports/files/inspect.ts';
import {type Judgement, judgeGathered} from '../../../reports/files/judge.ts';
import type {FileTarget} from '../../../reports/judge/targets.ts';
import {fioTexts} from './corpus.ts';
import type {Bench} from './line.ts';
import {Stopwatch} from './stopwatch.ts';

/** One on a rate of each file, one on the percentile of all histograms together. */
const targets: readonly FileTarget[] = [
  {
    id: 'rate',
    metric: 'storage.iops',
    unit: 'op/s',
    where: {direction: 'read'},
    written: 'median',
    statistic: 'median',
    relation: 'at-least',
    bound: 1000,
    confidence: 0.95,
    scope: 'file',
  },
  {
    id: 'tail',
    metric: 'storage.latency',
    unit: 's',
    where: {direction: 'read', percentile: 'p99'},
    written: 'observed',
    statistic: 'observed',
    relation: 'at-most',
    bound: 1,
    confidence: 0.95,
    scope: 'all',
  },
];

/**
 * Parsed, merged and judged, as `seatrial judge` does it with files. Fails where the verdicts are not those that the
 * corpus must give.
 */
export function judgedTexts(texts: readonly string[]): Judgement {
  const state = startGathering(targets);
  for (const [index, text] of texts.entries()) {
    const batch = startBatch(targets);
    gather(batch, targets, inspectText(text, `${index}.json`));
    combine(state, targets, batch);
  }
  const judgement = judgeGathered(state, targets);
  if (judgement.overall !== 'met')
    throw new Error(`judged ${judgement.overall}: ${JSON.stringify(judgement.verdicts)}`);
  return judgement;
}

const files = 200;

export const fio: Bench = {
  title: `fio json+, ${files} files, per second of CPU`,
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'seatrial-bench-'));
    try {
      const texts = fioTexts(1, files);
      const path = join(folder, 'all.json');
      writeFileSync(path, texts.join(''));
      const bytes = texts.reduce((sum, text) => sum + text.length, 0);
      const watches = {parse: new Stopwatch(), judge: new Stopwatch(), json: new Stopwatch(), jq: new Stopwatch()};
      judgedTexts(texts.slice(0, files / 4));
      for (let n = 0; n < 5; n++) {
        await watches.parse.time(() => {
          for (const text of texts) parseFio(text, 'x');
        });
        await watches.judge.time(() => judgedTexts(texts));
        await watches.json.time(() => {
          for (const text of texts) JSON.parse(text);
        });
        await watches.jq.time(() => execFileSync('jq', ['empty', path], {timeout: 120_000}));
      }
      // A core's worth: one thread works, and its garbage collector beside it.
      const rate = (watch: Stopwatch) => bytes / watch.cpuSeconds;
      const jq = {what: 'jq, only reading it', value: rate(watches.jq)};
      return [
        {
          what: 'parsed, merged and judged',
          value: rate(watches.judge),
          unit: 'B/s',
          goal: {relation: 'at-least', bound: 100e6},
          beside: jq,
        },
        {what: 'parsed', value: rate(watches.parse), unit: 'B/s', beside: jq},
        {
          what: 'parsed',
          value: rate(watches.parse),
          unit: 'B/s',
          beside: {what: 'JSON.parse, which checks nothing', value: rate(watches.json)},
        },
      ];
    } finally {
      rmSync(folder, {recursive: true, force: true});
    }
  },
};
