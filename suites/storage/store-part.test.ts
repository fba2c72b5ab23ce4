import test from 'ava';
import {artefactsOf} from '../../fixtures/kit/replay-transport.ts';
import {measureStorePart} from './store-part-measure.ts';
import {type StoreServerFacts, storeMetrics} from './store-server-measure.ts';

const facts: StoreServerFacts = {
  node: 'n1',
  guest: 'vm2',
  stores: [{name: 'cephfs', kind: 'cephfs', servers: ['n1', 'n2', 'n3']}],
  reached: {fault: 'metadata-server-killed', bit: true, evidence: 'mds on n1 is gone'},
  // The guest's clock was at 100 s when the harness's was at 50 s; struck a second later.
  clock: {guestNs: 100e9, beforeMs: 49_900, afterMs: 50_000},
  injectedMs: 51_000,
};
const meta = JSON.stringify({exit: {kind: 'exited', code: 0}, stderr: ''});
const writer = 'store 0 90000000000 150000000000 4000 0 0\nread 0 1024 0\nend\n';
/** Rounds before and after a stall from 101.5 s to 119.3 s, an earlier one aside. */
const rounds = ['done 90.10', 'done 95.00', 'done 100.20', 'done 101.50', 'done 119.30', 'done 119.40', 'end 119.90'];

function measured(lines: readonly string[], own = facts, metadata = true) {
  const files = new Map([
    ['store-server.json', JSON.stringify(own)],
    ['store-writer.txt', writer],
    ['store-writer.txt.meta.json', meta],
    ['metadata.txt', `${lines.join('\n')}\n`],
    ['metadata.txt.meta.json', meta],
  ]);
  const {samples, problems} = measureStorePart(artefactsOf(files), metadata);
  const stall = samples.find(({metric}) => metric === 'failover.metadata-stall');
  return {stall, problems, metrics: samples.map(({metric}) => metric)};
}

test('the longest time without a round after the fault counts, and none before it', t => {
  const {stall, problems} = measured(rounds);
  t.deepEqual(problems, []);
  t.is(stall?.value.toFixed(2), '17.80');
  t.is(stall?.censored, undefined);
  t.deepEqual(stall?.labels, {store: 'cephfs', kind: 'cephfs', copies: 'several'});
});

test('metadata that never come back have stood still at least until the end', t => {
  const {stall} = measured([...rounds.slice(0, 4), 'end 160.00']);
  t.deepEqual([stall?.value.toFixed(2), stall?.censored], ['58.50', true]);
});

test('a report that is cut off, or has nothing before the fault, gives no figure and says so', t => {
  for (const [lines, found] of [
    [rounds.slice(0, 5), /done 119.30$/],
    [rounds.slice(3), /in all/],
    [[], /nothing/],
  ] as const) {
    const {stall, problems} = measured(lines);
    t.is(stall, undefined);
    t.regex(problems[0]?.found ?? '', found);
  }
});

test('a fault that did not bite gives no figure; a store without metadata has no such figure', t => {
  const {metrics, problems} = measured(rounds, {...facts, reached: {...facts.reached, bit: false}});
  t.deepEqual(metrics, []);
  t.regex(problems[0]?.expected ?? '', /did not bite/);
  t.deepEqual(measured(rounds, facts, false).metrics, storeMetrics);
});
