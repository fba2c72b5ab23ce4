import test from 'ava';
import {fakeCluster} from '../fixtures/kit/fake-cluster.ts';
import {scenarios} from './index.ts';

test('what writes to a scratch device says so, and its devices are looked at before', t => {
  const {cluster} = fakeCluster(() => undefined);
  const ceph = {...cluster, storage: 'ceph' as const};
  const writers = scenarios.filter(scenario =>
    [scenario.parameters.full, scenario.parameters.quick].some(parameters =>
      scenario
        .preview(ceph, parameters)
        .some(({argv}) =>
          argv.some(word => word.includes('filename=/dev/scratch') && /rw=(rand)?(write|rw)/.test(word)),
        ),
    ),
  );
  t.deepEqual(writers.map(({name}) => name).sort(), [
    'capacity/sweep',
    'migration/live',
    'storage/fio',
    'storage/guide-job',
    'storage/host-guest',
    'storage/matrix',
  ]);
  t.deepEqual(
    scenarios
      .filter(({needs}) => needs.scratch)
      .map(({name}) => name)
      .sort(),
    // These two write by jobs of their own inside the guests, which no preview of a host shows.
    [...writers.map(({name}) => name), 'storage/snapshot', 'storage/uniformity'].sort(),
  );
});
