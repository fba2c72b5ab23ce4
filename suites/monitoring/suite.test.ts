/** The suite as it is shipped: how long a quick run of it is planned to take in a lab. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {parse} from 'yaml';
import {labAlerts} from '../../harness/lab/monitoring/rules.ts';
import {makePlan} from '../../harness/run/plan.ts';
import type {Suite} from '../../harness/types.ts';
import {monitoring} from './index.ts';

test('a quick run in a lab is planned to take less than ten minutes, also with Ceph', t => {
  const read = parse(readFileSync(join(import.meta.dirname, '../monitoring.yaml'), 'utf8')) as Suite;
  const suite = {...read, scenarios: read.scenarios.map(each => ({...each, parameters: {}}))};
  for (const storage of ['nbd', 'ceph'] as const) {
    const plan = makePlan({
      suite,
      scenarios: monitoring,
      cluster: {
        nodes: ['n1', 'n2', 'n3'].map(management => ({addresses: {management}, bmc: {}})),
        guests: [{}, {}],
        storage,
        services: {logs: {collector: 'n3'}, zabbix: {servers: []}},
        monitoring: {
          prometheus: '',
          alertmanager: '',
          messages: '',
          alerts: labAlerts(storage === 'ceph'),
          folders: {storage: '/srv/store', logs: '/srv/logs'},
        },
      },
      seed: 1,
      quick: true,
    });
    if (!plan.ok) return t.fail(plan.error);
    t.is(plan.value.trials.length, storage === 'ceph' ? 12 : 11);
    const seconds = plan.value.trials.reduce((sum, {estimatedSeconds}) => sum + estimatedSeconds, 0);
    t.log(storage, seconds);
    t.true(seconds < 600, `${storage}: ${seconds} s`);
  }
});
