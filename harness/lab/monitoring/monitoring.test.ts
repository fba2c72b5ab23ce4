/** The lab's configuration, read by the tools that it is for. */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {hostOf, nodeCables, otherCables} from '../addresses.ts';
import {clientFiles, nodeMonitoring} from './files.ts';
import {labMonitoring} from './index.ts';
import {scrapeIntervals} from './intervals.ts';
import {rulesText} from './rules.ts';

const client = {...hostOf('client', 'client', otherCables('client')), scratch: []};
const nodes = [1, 2, 3].map(index => ({...hostOf(`n${index}`, 'node', nodeCables(index)), scratch: []}));

function checked(t: ExecutionContext, text: string, program: string, ...words: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-monitoring-test-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  const file = join(folder, 'file.yml');
  writeFileSync(file, text);
  const {status, stdout, stderr} = spawnSync(program, [...words, file], {encoding: 'utf8'});
  return {status, said: `${stdout}${stderr}`};
}

for (const interval of scrapeIntervals) {
  for (const ceph of [false, true]) {
    test(`every ${interval}, ${ceph ? 'with' : 'without'} Ceph: Prometheus and Alertmanager take what they are given`, t => {
      const {files} = clientFiles({client, nodes, ceph, interval});
      const rules = checked(t, files['rules.yml'] ?? '', 'promtool', 'check', 'rules');
      t.is(rules.status, 0, rules.said);
      t.regex(rules.said, ceph ? /9 rules found/ : /8 rules found/);
      const config = checked(t, files['prometheus.yml'] ?? '', 'promtool', 'check', 'config', '--syntax-only');
      t.is(config.status, 0, config.said);
      const routes = checked(t, files['alertmanager.yml'] ?? '', 'amtool', 'check-config');
      t.is(routes.status, 0, routes.said);
      t.regex(routes.said, /4 receivers/);
    });
  }
}

test('planted: a rule that is none is not taken', t => {
  const wrong = rulesText('1s', false).replace('< 0.20', '< < 0.20');
  t.not(checked(t, wrong, 'promtool', 'check', 'rules').status, 0);
});

test('a rule for every alarm that the lab names, and a script for every hook', t => {
  for (const ceph of [false, true]) {
    const named = Object.values(labMonitoring(client, ceph).alerts).sort();
    const there = [...rulesText('1s', ceph).matchAll(/"alert":"(\w+)"/g)].map(([, name]) => name).sort();
    t.deepEqual(there, named);
  }
  const {files, start} = nodeMonitoring(nodes[0] ?? client, 'group');
  const scripts = JSON.parse(files['hooks.json'] ?? '[]').map((hook: {id: string}) => `${hook.id}.sh`);
  t.deepEqual(scripts, ['throttle.sh', 'clean-logs.sh', 'migrate.sh']);
  for (const script of scripts) t.true(script in files);
  for (const [name, text] of [...Object.entries(files).filter(([each]) => each.endsWith('.sh')), ['start', start]]) {
    const {status, said} = checked(t, `#!/bin/sh\n${text}`, 'shellcheck', '--severity', 'warning');
    t.is(status, 0, `${name}: ${said}`);
  }
});
