import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {runLocally} from '../transport/local.ts';
import {logPlaces, logPlacesScript, parseLogPlaces} from './logs.ts';

const cases: readonly [string, Record<string, string>, object][] = [
  [
    "Debian's places",
    {'var/log/pacemaker/pacemaker.log': '', 'var/log/corosync/corosync.log': ''},
    {pacemaker: '/var/log/pacemaker/pacemaker.log', corosync: '/var/log/corosync/corosync.log'},
  ],
  [
    "RHEL's and SLES's place of Corosync's log",
    {'var/log/pacemaker/pacemaker.log': '', 'var/log/cluster/corosync.log': ''},
    {pacemaker: '/var/log/pacemaker/pacemaker.log', corosync: '/var/log/cluster/corosync.log'},
  ],
  [
    'as configured, quoted',
    {
      'etc/sysconfig/pacemaker': 'PCMK_logfile="/var/log/own.log"\n',
      'etc/corosync/corosync.conf': 'logging {\n  logfile: /var/log/cs.log\n}\n',
      'var/log/own.log': '',
      'var/log/cs.log': '',
      'var/log/pacemaker/pacemaker.log': '',
    },
    {pacemaker: '/var/log/own.log', corosync: '/var/log/cs.log'},
  ],
  [
    'the journal alone: an old file does not count',
    {'etc/default/pacemaker': 'PCMK_logfile=none\n', 'var/log/pacemaker/pacemaker.log': 'old'},
    {},
  ],
  ['nothing', {}, {}],
];
for (const [what, files, expected] of cases) {
  test(`${what}: ${JSON.stringify(expected)}`, async t => {
    const root = mkdtempSync(join(tmpdir(), 'seatrial-logs-'));
    t.teardown(() => rmSync(root, {recursive: true}));
    const moved = (text: string) => text.replaceAll(/(?<![\w.])\/(etc|var\/log)\//g, `${root}/$1/`);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), {recursive: true});
      writeFileSync(join(root, path), moved(text));
    }
    const said = await runLocally({
      argv: ['sh', '-c', moved(logPlacesScript)],
      timeoutMs: 10_000,
      idempotent: true,
    });
    t.deepEqual(parseLogPlaces(said.stdout.replaceAll(root, '').split('\n')), expected);
  });
}

test('a node that does not answer has no known place, and that is an error', async t => {
  const {cluster} = fakeCluster(() => undefined);
  const [node] = cluster.nodes;
  if (node === undefined) return t.fail();
  t.false((await logPlaces(cluster, node)).ok);
});
