/**
 * `npm run bench`, or `npm run bench NAME…`: how good the instrument itself is on this machine. Numbers are for people;
 * no test depends on them. What can be put as a ratio stands beside what it is compared with, measured in the same run.
 * `--json FILE` keeps the results, for `scripts/chores/performance.ts`.
 */
import {writeFileSync} from 'node:fs';
import {loadavg} from 'node:os';
import {parseArgs} from 'node:util';
import {benches} from './bench/index.ts';
import {lineText, type Results} from './bench/line.ts';
import {commit, machine} from './bench/machine.ts';

const {values, positionals} = parseArgs({options: {json: {type: 'string'}}, allowPositionals: true});
const unknown = positionals.filter(name => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  process.stderr.write(`there is no bench ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}\n`);
  process.exit(3);
}
// So that the benches' folders are removed: they wait for the process to exit.
process.once('SIGINT', () => process.exit(130));

const results: Results = {
  machine: machine(),
  load: loadavg()[0] ?? Number.NaN,
  commit: commit(),
  date: new Date().toISOString().slice(0, 10),
  benches: [],
};
process.stdout.write(`${results.machine}, commit ${results.commit}, load ${results.load.toFixed(1)}\n`);
for (const [name, bench] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  process.stdout.write(`\n${name}: ${bench.title}\n`);
  const lines = [...(await bench.run())];
  for (const line of lines) process.stdout.write(`  ${lineText(line)}\n`);
  results.benches.push({name, title: bench.title, lines});
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
