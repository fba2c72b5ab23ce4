/**
 * Writes docs/fifteen.md: how long a lost node keeps its guest from serving, from stored runs.
 *
 * `node scripts/chores/fifteen.ts LABEL=RUN[@PROFILE]…` takes what the reports of these runs say into docs/fifteen.json
 * in place of what stood there under these labels, and writes the page; without runs it writes the page anew.
 * `LOADS=FILE` gives the machine's load beside: lines of `seconds load`.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {arch, cpus} from 'node:os';
import {join} from 'node:path';
import {type Fifteen, fifteenPage, type Group, groupOf, type LoadAt, readFifteen} from './fifteen/page.ts';

const docs = join(import.meta.dirname, '../../docs');
const dataPath = join(docs, 'fifteen.json');
const pagePath = join(docs, 'fifteen.md');

function loads(path: string | undefined): readonly LoadAt[] {
  if (path === undefined) return [];
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map(line => line.split(' ').map(Number)).map(([at = 0, load = 0]) => ({atMs: at * 1000, load}));
}

const measured: Group[] = process.argv.slice(2).map(argument => {
  const [label = '', place = ''] = argument.split('=');
  const [run = '', profile] = place.split('@');
  return groupOf(label, readFileSync(join(run, 'report/report.json'), 'utf8'), loads(process.env.LOADS), profile);
});
const [cpu] = cpus();
const stored = readFifteen(readFileSync(dataPath, 'utf8'));
const data: Fifteen =
  measured.length === 0
    ? stored
    : {
        machine: `${cpus().length} cores (${cpu?.model ?? arch()}), shared with other work`,
        groups: [...measured, ...stored.groups.filter(({label}) => measured.every(group => group.label !== label))],
      };
writeFileSync(dataPath, `${JSON.stringify(data, undefined, 1)}\n`);
writeFileSync(pagePath, fifteenPage(data));
