import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedFiles} from '../../fixtures/kit/recorded-artefacts.ts';
import {artefactsOf} from '../../fixtures/kit/replay-transport.ts';
import type {Measured} from '../../harness/types.ts';
import {matrix} from './matrix.ts';
import {matrixSettings, pointsOf} from './matrix-cells.ts';

/** Recorded on a lab whose one processor pair others used too: `round-1` is quick, `round-3` is slow. */
const recorded = recordedFiles('storage-matrix');
const parameters = {
  ...matrix.parameters.quick,
  patterns: ['randread'],
  guests: ['2'],
  rounds: 8,
  openSeconds: 6,
};
const planned = plannedTrial({scenario: matrix.name, parameters});

type Kept = Map<string, string>;

/** A trial whose rounds were these of the recorded ones, one after the other. */
function trialOf(rounds: readonly (1 | 3)[], change: (kept: Kept) => void = calm): Kept {
  const kept = new Map([...recorded].filter(([name]) => !/round-\d/.test(name)));
  for (const [index, round] of rounds.entries())
    for (const name of [`round-${round}.json`, `round-${round}.json.meta.json`, `looks-round-${round}.json`])
      kept.set(name.replace(`round-${round}`, `closed-1-${index + 1}`), recorded.get(name) ?? '');
  for (const [index, round] of rounds.entries())
    kept.set(`counters-closed-1-${index + 1}.json`, recorded.get(`counters-round-${round}.json`) ?? '');
  change(kept);
  return kept;
}

/** The machine had nothing else to do: half of each second of the client idle. */
function calm(kept: Kept): void {
  for (const [name, text] of kept) {
    if (!name.startsWith('counters-')) continue;
    const {hosts, ...rest} = JSON.parse(text);
    for (const {readings} of hosts)
      for (const reading of readings) {
        const ticks = Math.round(reading.atMs / 10);
        reading.text = reading.text.replace(/^cpu .*$/m, `cpu  ${ticks} 0 0 ${ticks} 0 0 0 0 0 0`);
      }
    kept.set(name, JSON.stringify({...rest, hosts}));
  }
}

const measure = (kept: Kept) => matrix.measure(artefactsOf(kept), planned);
const of = ({samples}: Measured, metric: string, loop = 'closed') =>
  samples.filter(each => each.metric === metric && (each.labels.loop ?? loop) === loop);
const told = ({problems, findings}: Measured) => JSON.stringify([problems, findings]);

test('five like rounds are steady, and both loops have their figures, each under its own label', t => {
  const measured = measure(trialOf([3, 1, 1, 1, 1, 1]));
  t.deepEqual(measured.problems, []);
  t.deepEqual(
    of(measured, 'storage.round').map(({labels}) => labels.window ?? 'not'),
    ['not', ...Array(5).fill('measured')],
  );
  const [rate] = of(measured, 'storage.iops');
  const round = of(measured, 'storage.round')[1]?.value ?? 0;
  t.true(Math.abs((rate?.value ?? 0) / round - 1) < 0.01, 'the slow first round is not in it');
  t.like(rate, {labels: {pattern: 'randread', block: '4 KiB', guests: '2', depth: '4', jobs: '1', loop: 'closed'}});
  t.is(rate?.censored, undefined);
  t.deepEqual(of(measured, 'storage.iops', 'open'), [], 'what an open loop did is what was asked of it');
  t.is(of(measured, 'storage.latency', 'open').length, 4);
  t.is(of(measured, 'storage.latency', 'open')[0]?.labels.load, '50/s a guest');
});

test('rounds that do not settle give no figure, and the rounds are shown', t => {
  for (const rounds of [
    [1, 1, 1, 3, 3, 3, 1, 1],
    [1, 1, 1, 1],
  ] as const) {
    const measured = measure(trialOf(rounds));
    t.deepEqual(of(measured, 'storage.iops'), []);
    t.is(of(measured, 'storage.round').length, rounds.length);
    t.regex(told(measured), /none in 8 rounds; the last 5 lie within \d+ %|at least 5 values/);
  }
});

test('a generator at its limit can make nothing missed: rates are lower bounds, latencies not those of the store', t => {
  const measured = measure(trialOf([1, 1, 1, 1, 1], () => undefined));
  t.regex(told(measured), /the processors of client were 100 % busy/);
  t.true(of(measured, 'storage.iops').every(({censored}) => censored === true));
  t.deepEqual([...of(measured, 'storage.latency'), ...of(measured, 'storage.latency', 'open')], []);
  t.is(of(measured, 'storage.generator-latency').length, 4);
  const unwatched = measure(
    trialOf([1, 1, 1, 1, 1], kept => {
      calm(kept);
      kept.set(
        'looks-closed-1-3.json',
        (recorded.get('looks-round-1.json') ?? '').replace(/"looks": ".*?"/, '"why": "no agent"'),
      );
    }),
  );
  t.regex(told(unwatched), /what vm1 did beside the load.*no agent/);
  t.true(of(unwatched, 'storage.iops').every(({censored}) => censored === true));
});

test('a guest that is kept waiting for a processor is told, and limits too', t => {
  const stolen = trialOf([1, 1, 1, 1, 1], kept => {
    calm(kept);
    for (const name of [...kept.keys()].filter(each => each.startsWith('looks-closed'))) {
      let looks = 0;
      const text = kept.get(name) ?? '';
      kept.set(
        name,
        text.replaceAll(
          /(cpu +)\d+ 0 \d+ \d+ \d+ 0 \d+ 0/g,
          (_, cpu) => `${cpu}${++looks} 0 0 ${looks * 6} 0 0 0 ${looks * 3}`,
        ),
      );
    }
  });
  t.regex(told(measure(stolen)), /vm1 was kept waiting for a processor 30 % of the time/);
  t.deepEqual(of(measure(stolen), 'storage.latency'), []);
});

test('reads that never reached the disk came from a cache: refused', t => {
  const cached = trialOf([1, 1, 1, 1, 1], kept => {
    calm(kept);
    for (const [name, text] of kept)
      if (name.startsWith('looks-closed'))
        kept.set(name, text.replaceAll(/(\| +)\d+( +\d+ +\d+ +\d+ +\d+ )/g, '$14391$2'));
  });
  const measured = measure(cached);
  t.regex(told(measured), /reads that reach the guests' disks.*the rest came from a cache/);
  t.deepEqual([...of(measured, 'storage.iops'), ...of(measured, 'storage.latency')], []);
});

test('a guest that drops out of a round makes its point undecided', t => {
  const dropped = trialOf([1, 1, 1, 1, 1], kept => {
    calm(kept);
    const text = kept.get('closed-1-4.json') ?? '';
    const {client_stats: stats, ...rest} = JSON.parse(text.slice(text.indexOf('{')));
    kept.set('closed-1-4.json', JSON.stringify({...rest, client_stats: stats.slice(0, 1)}));
  });
  const measured = measure(dropped);
  t.deepEqual(of(measured, 'storage.iops'), []);
  t.regex(told(measured), /10\.77\.3\.102:8765/);
  t.is(of(measured, 'storage.latency', 'open').length, 4, 'the other points stand');
});

test('unwritten devices give nothing at all', t => {
  const {samples, problems} = matrix.measure(artefactsOf(trialOf([1, 1, 1, 1, 1])), {
    ...planned,
    parameters: {...parameters, sizeMiB: 65},
  });
  t.deepEqual(samples, []);
  t.regex(JSON.stringify(problems), /all 68157440 bytes of .* written beforehand/);
});

test('an open loop that did not take what arrived was none', t => {
  const few = matrix.measure(artefactsOf(trialOf([1, 1, 1, 1, 1])), {
    ...planned,
    parameters: {...parameters, loads: ['80']},
  });
  t.deepEqual(of(few, 'storage.latency', 'open'), []);
  t.regex(told(few), /160 arrivals a second that are all taken/);
});

test('guests begin apart by what their clocks say, placed by the beacon', t => {
  const [skew] = of(measure(trialOf([1])), 'storage.start-skew');
  t.true(skew !== undefined && skew.value > 0 && skew.value < 1 && (skew.halfWidth ?? 1) < 0.05, JSON.stringify(skew));
  const later = trialOf([1], kept => {
    const meta = kept.get('start.json.meta.json') ?? '';
    kept.set('start.json.meta.json', meta.replace('102 20858,', '102 22858,'));
  });
  const [apart] = of(measure(later), 'storage.start-skew');
  t.true(Math.abs((apart?.value ?? 0) - 2) < 0.2);
  const silent = trialOf([1], kept =>
    kept.set('start.json.meta.json', (kept.get('start.json.meta.json') ?? '').replace('first 10.77.3.102', '')),
  );
  t.regex(told(measure(silent)), /the first access of vm2/);
  const failed = trialOf([1], kept =>
    kept.set('start.json.meta.json', (kept.get('start.json.meta.json') ?? '').replace('"code": 0', '"code": 1')),
  );
  t.deepEqual(of(measure(failed), 'storage.start-skew'), []);
});

test('the matrix is every combination; mixed patterns have no open loop', t => {
  const asked = matrixSettings.parse({...matrix.parameters.full, guests: ['1', '2']});
  const {closed, open} = pointsOf(asked);
  t.is(closed.length, 3 * 3 * 2 * 2);
  t.is(open.length, 3 * 2 * 1 * 2);
  t.false(matrixSettings.safeParse({...matrix.parameters.full, patterns: ['mixed:100']}).success);
  t.false(matrixSettings.safeParse({...matrix.parameters.full, rounds: 26}).success);
});
