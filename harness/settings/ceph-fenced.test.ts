/** The real agent, run by the real Python against a `rados` that writes down what it is asked. */
import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';

const agent = join(import.meta.dirname, 'ceph-fenced.py');

/** Three OSDs, that of n3 down already; each answer takes as long as `SLOW` says, in seconds. */
const rados = `
import json, os, time
OSDS = [
    {'osd': 0, 'up': 1, 'public_addr': '10.0.0.1:6801/11'},
    {'osd': 1, 'up': 1, 'public_addr': '10.0.0.2:6801/12'},
    {'osd': 2, 'up': 0, 'public_addr': '10.0.0.3:6801/13'},
]
class Rados:
    def __init__(self, **given): pass
    def __enter__(self):
        if os.environ.get('DEAF'): raise RuntimeError('timed out')
        return self
    def __exit__(self, *_): return False
    def mon_command(self, text, _):
        if os.environ.get('SLOW'):
            ahead = time.monotonic() + float(os.environ['SLOW'])
            time.monotonic = lambda: ahead
        command = json.loads(text)
        with open(os.environ['ASKED'], 'a') as asked: asked.write(json.dumps(command) + '\\n')
        return 0, json.dumps({'osds': OSDS}).encode(), ''
`;

const fenced = {
  CRM_alert_kind: 'fencing',
  CRM_alert_node: 'n2',
  CRM_alert_task: 'st_notify_fence',
  CRM_alert_rc: '0',
  CRM_alert_desc: 'Operation reboot of n2 by n1 for pacemaker-controld.145@n3: OK (ref=539f100f)',
};

/** What the monitors are asked after an alert, and how the agent ends. */
function asked(alert: Record<string, string>): {commands: readonly Record<string, unknown>[]; failed: boolean} {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-fenced-'));
  try {
    mkdirSync(join(folder, 'lib'));
    writeFileSync(join(folder, 'lib', 'rados.py'), rados);
    const log = join(folder, 'asked');
    writeFileSync(log, '');
    const env = {PYTHONPATH: join(folder, 'lib'), ASKED: log, hosts: 'n1=10.0.0.1 n2=10.0.0.2 n3=10.0.0.3', ...alert};
    let failed = false;
    try {
      execFileSync('/usr/bin/python3', ['-B', agent], {env, stdio: 'pipe', timeout: 20_000});
    } catch {
      failed = true;
    }
    const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1);
    return {commands: lines.map(line => JSON.parse(line) as Record<string, unknown>), failed};
  } finally {
    rmSync(folder, {recursive: true});
  }
}

const words = (alert: Record<string, string>) =>
  asked(alert).commands.map(({prefix, blocklistop = '', addr = '', ids = []}) =>
    [prefix, blocklistop, addr, ...(ids as string[])].filter(word => word !== '').join(' '),
  );

test('after a fence that succeeded, the clients are blocklisted first, and then the OSDs of that node are down', t => {
  const {commands} = asked(fenced);
  t.deepEqual(words(fenced), ['osd dump', 'osd blocklist add 10.0.0.2:0/0', 'osd down 1']);
  t.is(commands[1]?.expire, 30);
  t.is(commands[2]?.definitely_dead, true);
});

test('a node without OSDs that are up is only blocklisted', t => {
  t.deepEqual(words({...fenced, CRM_alert_node: 'n3'}), ['osd dump', 'osd blocklist add 10.0.0.3:0/0']);
});

test('planted: nobody is told of a node whose fence failed, was undone, or is not known', t => {
  const refused = 'Operation reboot of n2 by n1 for pacemaker-controld.145@n3: No route to host (ref=539f100f)';
  for (const wrong of [
    {CRM_alert_rc: '-113', CRM_alert_desc: refused},
    {CRM_alert_desc: refused},
    {CRM_alert_rc: ''},
    {CRM_alert_desc: fenced.CRM_alert_desc.replace('reboot', 'on')},
    {CRM_alert_desc: ''},
    {CRM_alert_node: 'n9'},
    {CRM_alert_kind: 'node', CRM_alert_desc: 'lost'},
    {CRM_alert_kind: 'resource'},
    {hosts: ''},
  ]) {
    t.deepEqual(asked({...fenced, ...wrong}), {commands: [], failed: false}, JSON.stringify(wrong));
  }
});

test('planted: where the monitors answer later than a node could be back, nothing is marked', t => {
  const late = asked({...fenced, SLOW: '11'});
  t.deepEqual(
    late.commands.map(({prefix}) => prefix),
    ['osd dump'],
  );
  t.true(late.failed);
});

test('monitors that cannot be reached are told by the exit code', t => {
  t.deepEqual(asked({...fenced, DEAF: 'yes'}), {commands: [], failed: true});
});

test('a node that is back may use the storage again', t => {
  t.deepEqual(words({CRM_alert_kind: 'node', CRM_alert_node: 'n2', CRM_alert_desc: 'member'}), [
    'osd blocklist rm 10.0.0.2:0/0',
  ]);
});
