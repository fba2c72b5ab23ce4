import test from 'ava';
import {agrees, model, nodeFault, oneVote, run} from '../../fixtures/kit/availability.ts';
import {type Spread, yearSeconds} from './quantities.ts';
import type {FaultClass} from './topology.ts';

const hour = 3600;

test('a rebuild never keeps data unavailable for longer than the repairs do', t => {
  const storage = {replicas: 3, minimum: 2, domain: 'host'} as const;
  const faults: FaultClass[] = [
    {name: 'daemon', strikes: 'storage', rate: {perYear: 12}, repair: {kind: 'fixed', seconds: hour}},
    nodeFault(0.2, 24 * hour),
  ];
  const of = (rebuild?: Spread) =>
    run(model(5, faults, {...oneVote, storage: {...storage, ...(rebuild ? {rebuild} : {})}}), 'data', 20_000);
  const never = of();
  // Two of five hosts at once, by a daemon or a node.
  const [d, n] = [(12 * hour) / yearSeconds, (0.2 * 24 * hour) / yearSeconds];
  const exact = 10 * (d + n) ** 2 * yearSeconds;
  agrees(t, never, exact, 0.15);
  for (const seconds of [12 * hour, 48 * hour, 30 * 24 * hour]) {
    const rebuilt = of({kind: 'fixed', seconds});
    t.true(rebuilt.mean < never.mean + 4 * Math.hypot(rebuilt.error, never.error), `${seconds}: ${rebuilt.mean}`);
  }
});

test('planted: a host that is down and was rebuilt elsewhere exposes nothing when it falls once more', t => {
  // Daemons are away for a tenth of the year but rebuilt within a minute; only a node that takes its host along strikes
  // them then.
  const storage = {replicas: 3, minimum: 2, domain: 'host', rebuild: {kind: 'fixed', seconds: 60}} as const;
  const daemon: FaultClass = {
    name: 'daemon',
    strikes: 'storage',
    rate: {perYear: 1},
    repair: {kind: 'fixed', seconds: yearSeconds / 10},
  };
  const found = run(model(4, [daemon, nodeFault(20, 60)], {...oneVote, storage}), 'data', 4000);
  const each = ((1 / 1.1) * 60 + 20 * (1 / 1.1) * 60) / yearSeconds;
  t.true(found.mean < 1.3 * 6 * each ** 2 * yearSeconds, `${found.mean} s, ${6 * each ** 2 * yearSeconds} at most`);
});
