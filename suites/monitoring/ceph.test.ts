/** The drill of Ceph's own health, where its manager says nothing to Prometheus: planted in a recording. */
import test from 'ava';
import {heldLong, injectedAt, lines, measured} from '../../fixtures/kit/alarm-drill.ts';
import {alarms} from './alarms.ts';
import type {AlarmRecord} from './facts.ts';

const ceph = alarms.find(({kind}) => kind === 'ceph-health');
const record: Partial<AlarmRecord> = {
  ...heldLong,
  alarm: 'ceph-health',
  rules: {'ceph-health': 'StorageLow'},
  names: [],
};
/** The rule as Ceph's mixin has it, with so many series of each selector, and of the alarm's source. */
const ruled =
  (count: number, source: number, query = 'ceph_health_status > 0') =>
  (text: string) => {
    const read = JSON.parse(text);
    const rule = {...read.rule, query, series: [{selector: query.replace(/ [<>=].*/, ''), count}]};
    return JSON.stringify({...read, rule, source: {selector: 'ceph_health_status', count: source}});
  };
const unwell = (seconds: number) => (seconds < 8 ? 1 : 0);
const drill = (changes: Parameters<typeof measured>[0]) =>
  measured({alarm: ceph ?? {}, record, rule: ruled(1, 1), free: unwell, ...changes});
const never = lines(line => (line.is === 'message' ? undefined : line.alerts ? {...line, alerts: []} : line));
/** A target of that job is down from so many seconds after the cause on. */
const silent = (job: string, from: number) =>
  lines(line => {
    if (line.is !== 'end') return line.is === 'targets' && from < 0 ? {...line, down: [{job, instance: 'n1'}]} : line;
    const at = injectedAt + from;
    return from < 0 ? line : [{is: 'targets', since: at - 0.2, at, down: [{job, instance: 'n1'}], up: 8}, line];
  });

test('a drill that went well, and one whose rule did not fire of a health that was seen to be bad', t => {
  t.deepEqual(drill({}).samples, ['alarm.fires', 'alarm.message', 'alarm.cleared', 'alarm.held']);
  const {samples, findings} = drill({log: never});
  t.true(samples.includes('alarm.message never'));
  t.regex(findings[0] ?? '', /^critical an alarm fires on its cause: /);
});

test("planted: the module of Ceph's manager is off: nothing is known, and nobody is accused", t => {
  for (const rule of [ruled(0, 0), ruled(0, 0, 'ceph_health_detail{name="OSD_DOWN"} == 1')]) {
    const {samples, problems, findings} = drill({log: never, rule});
    t.deepEqual([samples, findings], [[], []]);
    t.is(
      problems[0],
      "series of ceph_health_status: the module prometheus of Ceph's manager has them (ceph mgr module enable prometheus), and Prometheus asks it: none",
    );
  }
  // The same where it fires all the same: of what is left over.
  t.deepEqual(drill({rule: ruled(0, 0)}).samples, []);
});

test('planted: the exporter of another node, which is the manager, is silent before the cause', t => {
  const {samples, problems} = drill({log: silent('ceph', -1)});
  t.deepEqual([samples, problems], [[], ['every exporter of it answers before the cause: silent: ceph']]);
  t.not(drill({log: silent('shop', -1)}).samples.length, 0, 'an exporter that has nothing to do with it');
});

test('planted: the alert ends because the manager says nothing any more: it has not cleared', t => {
  const {samples, findings} = drill({log: silent('ceph-mgr', 1.5)});
  t.true(samples.includes('alarm.cleared never'));
  t.regex(findings[0] ?? '', /the data that it is made from went away$/);
});

test('planted: a rule that asks for an error does not fire of a warning, and is not accused', t => {
  const {samples, problems, findings} = drill({log: never, rule: ruled(1, 1, 'ceph_health_status == 2')});
  t.deepEqual([samples, findings], [[], []]);
  t.regex(problems[0] ?? '', /^a cause of ceph-health that bites by what the alert watches: /);
});

test('planted: Ceph was unwell before its OSD was killed, and the alert fires already', t => {
  const early = lines(line =>
    line.is === 'rules' && line.at < injectedAt
      ? {...line, alerts: [{name: 'StorageLow', state: 'firing', labels: {instance: 'ceph_cluster'}}]}
      : line,
  );
  t.deepEqual(drill({log: early}).problems, ['an alarm that is quiet before its cause: one that fires already']);
});

test('planted: it fires while Ceph itself says that it is well', t => {
  t.regex(
    drill({free: () => 0}).problems[0] ?? '',
    /^an alert of ceph-health that its own cause sets off: it fired, and/,
  );
});
