import test from 'ava';
import {exampleReport} from '../../fixtures/kit/report.ts';
import type {Sample} from '../../harness/types.ts';
import {otherGuestNumbers} from './other-guests.ts';
import {sourcesOf} from './sources.ts';

const of = (metric: string, value: number, more: Record<string, string> = {}): Sample => ({
  metric,
  unit: 's',
  value,
  labels: {trial: '2', profile: 'tuned', fault: 'host-crash', guest: 'vm2', ...more},
  from: {artefact: 'load-vm2.log', path: 'here'},
});
const load = '50 writes/s of 4 KiB';
const latency = (when: string, value: number) => of('disruption.latency', value, {load, when, percentile: 'p99'});

function cells(samples: readonly Sample[]): readonly (readonly unknown[])[] {
  const {rows} = otherGuestNumbers(sourcesOf({...exampleReport(), samples}));
  const words = (cell: unknown): unknown =>
    typeof cell === 'object' && cell !== null ? ('words' in cell ? cell.words : Object.values(cell)[0]) : cell;
  return rows.map(row => row.map(words));
}

test('a line for each guest of each trial; what was not measured is not seen, and never 0', t => {
  const lost = [of('disruption.lost', 0.4), of('disruption.gap', 0.3)];
  const besides = [of('disruption.io-gap', 2.1, {load}), latency('before', 0.002), latency('during', 0.9)];
  t.deepEqual(cells([...lost, ...besides, of('disruption.lost', 0, {guest: 'vm3'})]), [
    ['#2', 'host-crash', 'tuned', 'vm2', load, '400 ms', '300 ms', '2.10 s', '2.00 ms', '900 ms', 'not seen'],
    ['#2', 'host-crash', 'tuned', 'vm3', 'none', '0 s', 'not seen', 'not seen', 'not seen', 'not seen', 'not seen'],
  ]);
  t.deepEqual(cells([]), []);
});
