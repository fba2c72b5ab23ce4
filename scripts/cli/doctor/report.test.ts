import test from 'ava';
import {fakeCluster} from '../../../fixtures/kit/fake-cluster.ts';
import {timingBudget} from '../../../harness/doctor/budget.ts';
import {asFound} from '../../../reports/judge/as-found.ts';
import {scenarios} from '../../../suites/index.ts';
import {readSuite} from '../kit/claims-register.ts';
import {readProfiles} from '../kit/profiles.ts';
import {explained} from './examination.ts';
import {doctorLines} from './lines.ts';
import {type DoctorFinding, type DoctorReport, doctorReport, exitCodeOf} from './report.ts';
import {whatSuiteDoes} from './suites.ts';

const finding = (level: DoctorFinding['level'], subject: string, more: Partial<DoctorFinding> = {}): DoctorFinding => ({
  check: 'bmc',
  level,
  subject,
  found: `${subject} is silent`,
  expected: 'an answer',
  todo: level === 'good' ? '' : 'Mend it.',
  ...more,
});

const {transport: _, ...cluster} = fakeCluster(() => undefined).cluster;
const profiles = [asFound, ...readProfiles()];
const suite = readSuite('acceptance', {
  scenarios: scenarios.map(({name}) => name),
  profiles: profiles.map(({name}) => name),
});

const report: DoctorReport = {
  schema: 'seatrial-doctor/1',
  cluster: 'prod-a',
  seconds: 5.1,
  findings: [
    finding('danger', 'n1'),
    finding('danger', 'n2'),
    finding('warning', 'n3', {check: 'timing', todo: 'Change a time-out.'}),
    finding('good', 'n3', {found: 'on'}),
    finding('good', 'n4', {found: 'on'}),
  ],
  budget: timingBudget({
    nodes: 3,
    totem: {tokenMs: 3650, consensusMs: 4380},
    devices: [{node: 'n1', agent: 'fence_ipmilan', parameters: {}}],
    bmcSeconds: 0.1,
    hasCeph: false,
    boundSeconds: 15,
  }),
  suites: [whatSuiteDoes(suite, cluster, scenarios, profiles)],
  checks: explained,
};

test('what is printed as JSON keeps its schema, and nothing else is let through', t => {
  const through = doctorReport.parse(JSON.parse(JSON.stringify(report)));
  t.is(JSON.stringify(doctorReport.parse(report)), JSON.stringify(through));
  t.false(doctorReport.safeParse({...report, findings: [{...finding('danger', 'n1'), level: 'bad'}]}).success);
  t.false(doctorReport.safeParse({...report, password: 'x'}).success);
});

test('3 for a danger, 1 for warnings only, 0 for the rest', t => {
  t.is(exitCodeOf(report.findings), 3);
  t.is(exitCodeOf(report.findings.slice(2)), 1);
  t.is(exitCodeOf([finding('note', 'n1'), finding('good', 'n2')]), 0);
});

test('hosts with one thing to do stand together; why and how is said once, and only when asked', t => {
  const text = doctorLines(report, false);
  t.regex(
    text,
    /^danger {3}n1: n1 is silent; n2: n2 is silent {2}\[bmc\]\n {9}expected: an answer\n {9}to do: Mend it\.$/m,
  );
  t.regex(text, /^good {5}n3, n4: on {2}\[bmc\]$/m);
  t.regex(text, /^ {4}8\.0 s {2}the loss is noticed/m);
  t.regex(text, /promised: 15 s\n {2}saves 4\.\d s: corosync\.conf/);
  t.regex(text, /^2 danger, 1 warning, 0 note, 2 good; looked for 5\.1 s/m);
  t.false(text.includes('why: ') || text.includes('ipmitool'));
  const long = doctorLines(report, true);
  t.is(long.match(/why: A BMC that lets nobody in/g)?.length, 1);
  t.regex(long, /\$ IPMI_PASSWORD=… ipmitool/);
  t.regex(long, /^the least privileges[\s\S]*read-only {3}nodes: log in/m);
});

test('of each suite: the class of its scenarios, what cannot run, and which profiles restart guests', t => {
  const {scenarios: told, profiles: changed} = whatSuiteDoes(suite, cluster, scenarios, profiles);
  const impact = (name: string) => told.find(({scenario}) => scenario === name)?.impact;
  t.deepEqual(['conformance/rules', 'storage/fio', 'migration/live', 'failover/host-crash'].map(impact), [
    'read-only',
    'load',
    'disruptive',
    'destructive',
  ]);
  t.regex(told.find(({scenario}) => scenario === 'failover/osd-killed')?.notApplicable ?? '', /needs ceph storage/);
  t.true(changed.every(({restartsGuestsFor}) => restartsGuestsFor.includes('disk.bus')));
  t.false(changed.some(({restartsGuestsFor}) => restartsGuestsFor.includes('corosync.token')));
  const found = whatSuiteDoes({...suite, profiles: ['as-found']}, cluster, scenarios, profiles);
  t.deepEqual(found.profiles, [{profile: 'as-found', changes: 0, restartsGuestsFor: []}]);
});
