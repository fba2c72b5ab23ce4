/** Many guests under one load: how far apart they begin, each on the one clock of the client. */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {inLabOf, script} from './lab.ts';
import type {Bench, Line} from './line.ts';

const lab = 'bench-start';
const guests = 8;
const shape = ['--storage', 'nbd', '--guests', String(guests)];
/** As short as it goes: only the beginning counts. */
const parameters = {
  blockBytes: ['4096'],
  patterns: ['randread'],
  depths: ['1'],
  loads: ['50'],
  guests: [String(guests)],
  sizeMiB: 8,
  fills: 1,
  roundSeconds: 2,
  rounds: 5,
  openSeconds: 2,
};
const repetitions = 3;

export const start: Bench = {
  title: `${guests} guests of a lab begin one load, ${repetitions} times`,
  run: () => inLabOf(lab, shape, skews),
};

async function skews(folder: string): Promise<readonly Line[]> {
  const suite = join(folder, 'start.yaml');
  const scenarios = [{scenario: 'storage/matrix', repetitions: {full: repetitions, quick: 1}, parameters}];
  const text = JSON.stringify({name: 'start', purpose: 'One start.', profiles: ['as-found'], scenarios});
  writeFileSync(suite, text);
  const out = join(folder, 'run');
  const words = ['accept', '--lab', lab, ...shape, '--suite', suite, '--out', out];
  const {all} = await execa(process.execPath, [script, ...words], {all: true, reject: false});
  const values = readFileSync(join(out, 'report', 'report.csv'), 'utf8')
    .split('\n')
    .filter(line => line.startsWith('storage.start-skew,'))
    .map(line => Number(line.split(',')[2]))
    .sort((a, b) => a - b);
  const [least, worst] = [values[0], values.at(-1)];
  if (least === undefined || worst === undefined) throw new Error(`no start was measured; it said: ${all.slice(-600)}`);
  const goal = {relation: 'at-most', bound: 0.05} as const;
  return [
    {what: `first to last of ${guests} guests, the worst of ${values.length}`, value: worst, unit: 's', goal},
    {what: 'first to last, the least', value: least, unit: 's'},
  ];
}
