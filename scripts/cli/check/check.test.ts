import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import test from 'ava';
import {render} from '../../../reports/document/index.ts';
import {ruleVerdicts} from '../../../suites/conformance/verdicts.ts';
import {CommandError} from '../kit/command-error.ts';
import {type CheckReport, checkReport, exitCodeOf, reportOf} from './checked.ts';
import {checkDocument} from './document.ts';
import {outputsOf} from './from-report.ts';
import {checkLines} from './lines.ts';
import {type Files, fromFiles} from './offline.ts';
import {hasSecret, withoutSecretValues} from './plain-secrets.ts';
import {reportFiles} from './report-folder.ts';

const top = join(import.meta.dirname, '../../..');
const fixtures = join(top, 'fixtures/conformance');
const cib = join(fixtures, 'debian-12-ceph/cib.xml');
const scratch = mkdtempSync(join(tmpdir(), 'seatrial-check-'));
test.after.always(() => rmSync(scratch, {recursive: true, force: true}));

async function report(files: Files): Promise<CheckReport> {
  const {wasRead, ...foretold} = await fromFiles(files);
  return checkReport.parse(reportOf('a stranger', ruleVerdicts(wasRead), foretold));
}

async function statesOf(files: Files): Promise<Readonly<Record<string, string>>> {
  const {verdicts} = await report(files);
  return Object.fromEntries(verdicts.map(({rule, state}) => [rule, state]));
}

test("SEAPATH's example from two files: what they show is violated, and what they cannot is not known", async t => {
  const said = await report({
    cib: join(fixtures, 'seapath/cib.xml'),
    corosync: join(fixtures, 'seapath/corosync.conf'),
  });
  t.regex(said.noLosses ?? '', /no status of its nodes|no crm_simulate/, 'a configuration alone places nobody');
  const states = Object.fromEntries(said.verdicts.map(({rule, state}) => [rule, state]));
  for (const id of ['C-01', 'C-08', 'C-09']) t.is(states[id], 'violated', id);
  for (const id of ['C-04', 'C-10', 'C-14', 'C-15', 'C-17', 'C-19', 'C-37']) t.is(states[id], 'not-known', id);
});

test("our lab's CIB, by the command itself: where each guest goes, and what would tell of the rest", t => {
  t.timeout(60_000);
  const argv = ['check', '--cib', cib, '--corosync', join(fixtures, 'debian-12-ceph/n1-corosync.conf')];
  const {status, stdout, stderr} = spawnSync(process.execPath, [join(top, 'scripts/seatrial.ts'), ...argv], {
    encoding: 'utf8',
  });
  t.is(status, 1, stderr);
  t.regex(stdout, /lost: {2}n1 {2}n2 {2}n3 {2}n1\+n2 \*/);
  t.regex(stdout, /vm1 +n3 +n3 +n1 +nowhere/);
  t.regex(stdout, /for want of crm_mon --one-shot/);
  t.notRegex(stdout, /C-17/, 'it holds, and holds are not shown without --all');
});

test('the crm_mon of a file tells of fences and failures', async t => {
  const crmMon = join(fixtures, 'debian-12-ceph/crm_mon.xml');
  t.is((await statesOf({cib, crmMon}))['C-14'], 'holds');
});

test('the page holds every violated rule with what to do, and the losses', async t => {
  const said = await report({cib, corosync: join(fixtures, 'seapath/corosync.conf')});
  const page = await render(checkDocument(said), 'md');
  t.regex(page, /^# Does not conform/);
  for (const {rule, state} of said.verdicts) if (state === 'violated') t.true(page.includes(`**${rule}**`), rule);
  t.regex(page, /n1 and n2, no quorum \| .*nowhere/);
  t.regex(await render(checkDocument(said), 'html'), /<table/);
});

/** A report of crm_report, as its folder looks (Pacemaker 2.1.5): one folder a node. */
function crmReport(name: string): string {
  const folder = join(scratch, name);
  for (const node of ['n1', 'n2', 'n3']) {
    mkdirSync(join(folder, node), {recursive: true});
    cpSync(cib, join(folder, node, 'cib.xml.live'));
    cpSync(join(fixtures, `debian-12-ceph/${node}-corosync.conf`), join(folder, node, 'corosync.conf'));
    cpSync(join(fixtures, `debian-12-ceph/${node}-corosync-cmapctl.txt`), join(folder, node, 'corosync.dump'));
  }
  return folder;
}

test('a crm_report of all nodes, as a folder and as a tar file', async t => {
  const folder = crmReport('crm');
  const tar = join(scratch, 'crm.tar.gz');
  spawnSync('tar', ['-czf', tar, '-C', scratch, 'crm']);
  const states = await statesOf({report: [folder]});
  for (const id of ['C-04', 'C-05', 'C-06', 'C-07', 'C-09', 'C-11', 'C-16', 'C-17']) t.is(states[id], 'holds', id);
  t.is(states['C-08'], 'violated');
  t.is(states['C-10'], 'not-known', 'no versions');
  t.deepEqual(await statesOf({report: [tar]}), states);
});

test('planted: another configuration and another token on one node of the report', async t => {
  const folder = crmReport('unlike');
  const edit = (file: string, from: string, to: string) =>
    writeFileSync(join(folder, file), readFileSync(join(folder, file), 'utf8').replace(from, to));
  edit('n2/cib.xml.live', 'value="stop"', 'value="ignore"');
  edit('n3/corosync.dump', 'totem.token (u32) = 3650', 'totem.token (u32) = 1000');
  const states = await statesOf({report: [folder]});
  t.is(states['C-16'], 'violated');
  t.is(states['C-04'], 'violated');
});

test('planted: a secret in corosync.conf is found with its line, and never printed', async t => {
  const file = join(scratch, 'with-secret.conf');
  // As the guide prints it.
  writeFileSync(
    file,
    'totem {\n  version: 2\n  secret: Pa$$w0rd2023!\n}\nnodelist {\n  node {\n    ring0_addr: 10.0.0.1\n  }\n}\n',
  );
  const said = await report({corosync: file});
  t.is(exitCodeOf(said), 1);
  for (const text of [JSON.stringify(said), checkLines(said, true)]) {
    t.regex(text, /with-secret\.conf:3: secret/);
    t.notRegex(text, /w0rd2023/);
  }
});

/** What sos keeps of one host: files by their paths, in a folder of its own. */
function sosReport(name: string, host: string, files: Readonly<Record<string, string>>): string {
  const folder = join(scratch, name);
  for (const [path, text] of Object.entries({'sos_commands/host/hostname': `${host}\n`, ...files})) {
    mkdirSync(dirname(join(folder, path)), {recursive: true});
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function retries(count: number) {
  return {'sos_commands/kernel/sysctl_-a': `net.ipv4.tcp_retries2 = ${count}\n`};
}

const merging = {'sys/kernel/mm/ksm/run': '1\n'};
const plainNodes = 'nodelist {\n  node {\n    name: n1\n    ring0_addr: 10.0.0.1\n  }\n}\n';

test('planted: a secret in the named file is found beside a report of the same host, which says nothing of it', async t => {
  const corosync = join(scratch, 'named.conf');
  writeFileSync(corosync, `totem {\n  version: 2\n  secret: Pa$$w0rd2023!\n}\n${plainNodes}`);
  const sos = sosReport('sos-named', 'n1', retries(8));
  const states = await statesOf({corosync, report: [sos]});
  t.is(states['C-38'], 'violated');
  t.is(states['C-24'], 'holds', 'what the report says counts too');
  const said = await report({corosync, report: [sos]});
  t.regex(JSON.stringify(said), /named\.conf:3: secret/);
  t.notRegex(JSON.stringify(said), /w0rd2023/);
  // The named file is clean, and that of the report is not.
  writeFileSync(corosync, plainNodes);
  const dirty = sosReport('sos-dirty', 'n1', {'etc/corosync/corosync.conf': 'totem {\n  secret: Pa$$w0rd2023!\n}\n'});
  t.is((await statesOf({corosync, report: [sos, dirty]}))['C-38'], 'violated');
  t.is((await statesOf({corosync, report: [sos]}))['C-38'], 'not-known');
});

test('of two reports of one host each tells what the other lacks; of what both tell the first counts', async t => {
  const corosync = join(scratch, 'n1.conf');
  writeFileSync(corosync, plainNodes);
  const [first, second] = [sosReport('sos-first', 'n1', retries(8)), sosReport('sos-second', 'n1', merging)];
  const one = await statesOf({corosync, report: [first]});
  t.deepEqual([one['C-24'], one['C-25']], ['holds', 'not-known']);
  for (const reports of [
    [first, second],
    [second, first],
  ]) {
    const both = await statesOf({corosync, report: reports});
    t.deepEqual([both['C-24'], both['C-25']], ['holds', 'violated']);
  }
  const other = sosReport('sos-other', 'n1', {...retries(15), ...merging});
  t.is((await statesOf({corosync, report: [first, other]}))['C-24'], 'holds');
  const last = await statesOf({corosync, report: [other, first]});
  t.deepEqual([last['C-24'], last['C-25']], ['violated', 'violated']);
});

test('planted: a link out of the report is not followed', async t => {
  const folder = crmReport('links');
  rmSync(join(folder, 'n1/corosync.conf'));
  symlinkSync('/etc/hostname', join(folder, 'n1/corosync.conf'));
  const files = await reportFiles(folder);
  t.false(files.has('n1/corosync.conf'));
  t.true(files.has('n2/corosync.conf'));
});

test('a sos archive is of one host, by its name', t => {
  const root = 'sosreport-n1-2026';
  const outputs = outputsOf(
    new Map([
      [`${root}/sos_commands/host/hostname`, 'n1.example.org\n'],
      [`${root}/etc/hostname`, 'template\n'],
      [`${root}/etc/corosync/corosync.conf`, 'totem {\n  version: 2\n}\n'],
      [`${root}/sos_commands/corosync/corosync-cmapctl`, 'totem.version (u32) = 2\n'],
      [`${root}/sos_commands/kernel/sysctl_-a`, 'net.ipv4.tcp_retries2 = 15\n'],
      [
        `${root}/sos_commands/chrony/chronyc_tracking`,
        'System time     : 0.000012 seconds slow of NTP time\nLeap status     : Normal\n',
      ],
      [`${root}/etc/libvirt/libvirtd.conf`, '# a comment\nlisten_tcp = 0\n'],
      [`${root}/etc/libvirt/qemu/vm1.xml`, '<!--\nauto-generated\n-->\n<domain type="kvm"><name>vm1</name></domain>\n'],
    ]),
  );
  t.deepEqual([...outputs.keys()].sort(), [
    'corosync.conf',
    'n1-corosync-cmapctl.txt',
    'n1-corosync.conf',
    'n1-domains.xml',
    'n1-host.txt',
  ]);
  const host = outputs.get('n1-host.txt') ?? '';
  t.regex(host, /=tcp\n15\n/);
  t.regex(host, /=time\n,,,,-0\.000012,,,,,,,,,Normal\n/);
  t.regex(host, /listen_tcp = 0\n\/etc\/libvirt\/libvirtd\.conf:\(read\)\n=end\n$/);
});

test('a sos archive of Debian 13 (sos 4.9.1, Pacemaker 3.0.0, Corosync 3.1.9), a node alone without a fence device', async t => {
  const said = await report({report: [join(fixtures, 'debian-13-sos')]});
  const states = Object.fromEntries(said.verdicts.map(({rule, state}) => [rule, state]));
  for (const id of ['C-01', 'C-08', 'C-24', 'C-27']) t.is(states[id], 'violated', id);
  for (const id of ['C-04', 'C-05', 'C-06', 'C-07', 'C-09', 'C-10', 'C-11', 'C-12']) t.is(states[id], 'holds', id);
  t.is(states['C-37'], 'not-known');
  // Tools of an older Pacemaker would call this CIB invalid, and they are not asked.
  if (said.losses === undefined) {
    t.regex(said.noLosses ?? '', /of Pacemaker 3\.0\.0, and crm_simulate|no crm_simulate/);
    t.is(states['C-16'], 'not-known');
  }
});

test('secrets are known by their names, and where they point to a file they are none', t => {
  const text = 'key: abc\nkeyfile: /etc/corosync/authkey\npassword = "x y"\nsecret: (secret)\nmonkey: 1\n';
  t.deepEqual(hasSecret(text), ['1: key', '3: password']);
  t.is(
    withoutSecretValues(text),
    'key: (secret)\nkeyfile: /etc/corosync/authkey\npassword = (secret)\nsecret: (secret)\nmonkey: 1\n',
  );
});

for (const [what, files, words] of [
  ['no file', {cib: '/nowhere/cib.xml'}, /there is no file/],
  ['no CIB', {cib: join(top, 'package.json')}, /the CIB: expected/],
  ['no report', {report: [join(top, 'package.json')]}, /is no report/],
  ['an empty folder', {report: [join(top, 'docs/plugins')]}, /nothing of a cluster/],
] as const) {
  test(`refused: ${what}`, async t => {
    const error = await t.throwsAsync(fromFiles(files), {instanceOf: CommandError});
    t.regex(error?.message ?? '', words);
    t.is(error?.exitCode, 3);
  });
}
