import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedArtefacts} from '../../fixtures/kit/recorded-artefacts.ts';
import {altered} from '../../fixtures/kit/stored-run.ts';
import type {Artefacts} from '../../harness/types.ts';
import {imageArgv} from '../../harness/workloads/fio.ts';
import {hostGuest} from './host-guest.ts';

/** Recorded on a lab with Ceph: its node's second turn was slower by 29 %, since others used the machine too. */
const recorded = recordedArtefacts('storage-host-guest');
const planned = plannedTrial({scenario: hostGuest.name, parameters: hostGuest.parameters.quick});
const measure = (raw: Artefacts) => hostGuest.measure(raw, planned);
const of = (raw: Artefacts, metric: string, place?: string) =>
  measure(raw).samples.find(each => each.metric === metric && (place === undefined || each.labels.place === place))
    ?.value;
const problemsOf = (raw: Artefacts) => JSON.stringify(measure(raw).problems);

/** The node did the same both times. */
const first = recorded.text('randread-1-host.json');
const calm = altered(recorded, 'randread-4-host.json', () => (first.ok ? first.value : ''));

test("the ratio is the guest's rate over the node's on the same image", t => {
  const {problems, findings} = measure(calm);
  t.deepEqual(problems, []);
  const [host = 0, guest = 0] = [of(calm, 'storage.place-iops', 'host'), of(calm, 'storage.place-iops', 'guest')];
  t.true(host > guest && guest > 0);
  t.is(of(calm, 'storage.guest-ratio'), guest / host);
  t.true(findings.some(({detail}) => /speaks for no hardware/.test(detail)));
});

test('a node that was slower the second time makes no guest look quick', t => {
  t.is(of(recorded, 'storage.guest-ratio'), undefined);
  t.true(of(recorded, 'storage.place-iops', 'guest') !== undefined);
  t.regex(problemsOf(recorded), /29 % apart/);
});

test('a piece that failed, or a disk that was not written whole, gives no ratio', t => {
  const failed = altered(calm, 'randread-2-guest.json.meta.json', text =>
    text.replace('"code":0', '"code":1').replace('"code": 0', '"code": 1'),
  );
  t.is(of(failed, 'storage.guest-ratio'), undefined);
  t.true(measure(failed).problems.length > 0);
  const holes = altered(calm, 'fio-fill.json', text => text.replace('"error" : 0', '"error" : 28'));
  t.deepEqual(measure(holes).samples, []);
});

/** Looks at both turns in the guest: processors taken from it, of 10, and reads a second that reached its disk. */
function lookedAt(steal: number, readsPerSecond: number): Artefacts {
  const looks = [1, 2, 3, 4, 5].map(
    n => `${n}.00 | cpu  0 0 0 ${n * (10 - steal)} 0 0 0 ${n * steal} 0 0 | ${n * readsPerSecond} 0 0 0 0 0 0`,
  );
  const more = new Map(
    [2, 3].flatMap(turn => [
      [
        `looks-randread-${turn}-guest.json`,
        JSON.stringify({client: 'c', guests: [{guest: 'vm1', looks: looks.join('\n')}]}),
      ],
      [
        `counters-randread-${turn}-guest.json`,
        JSON.stringify({startedMs: 0, endedMs: 8000, hosts: [{host: 'c', readings: readings()}]}),
      ],
    ]),
  );
  const text = (name: string) => more.get(name);
  return {
    names: [...calm.names, ...more.keys()],
    text: name => (text(name) === undefined ? calm.text(name) : {ok: true, value: text(name) ?? ''}),
  };
}

test('a guest that was kept from its processors has no ratio', t => {
  t.true((of(lookedAt(0, 5000), 'storage.guest-ratio') ?? 0) > 0);
  t.is(of(lookedAt(2, 5000), 'storage.guest-ratio'), undefined);
  t.regex(problemsOf(lookedAt(2, 5000)), /vm1 was kept waiting 20 % of the time/);
});

test('planted: a guest whose reads a cache answered is not held against its node', t => {
  t.is(of(lookedAt(0, 1), 'storage.guest-ratio'), undefined);
  t.regex(problemsOf(lookedAt(0, 1)), /1 a second: the rest came from a cache/);
});

/** A client that is half idle. */
function readings() {
  return [2, 3, 4, 5, 6].map(second => ({
    atMs: second * 1000,
    text: `## uptime\n${second}.00 1.00\n## stat\ncpu  ${second * 50} 0 0 ${second * 50} 0 0 0 0 0 0\n## end\n`,
  }));
}

test('each store has its engine', t => {
  const load = {pattern: 'randread', blockBytes: 4096, sizeBytes: 2 ** 20, depth: 4, seconds: 3} as const;
  t.true(imageArgv({protocol: 'rbd', pool: 'guests', image: 'vm1'}, load).includes('--ioengine=rbd'));
  const nbd = imageArgv({protocol: 'nbd', host: 'fd00::1', port: 10809, export: 'vm1'}, load);
  t.true(nbd.includes('--uri=nbd://[fd00::1]:10809/vm1'));
});
