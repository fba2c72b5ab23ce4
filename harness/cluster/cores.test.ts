import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {coreDumps} from './cores.ts';

test('dumps are found by name in the folders of the daemons; other files there are none', async t => {
  const root = mkdtempSync(join(tmpdir(), 'cores-'));
  t.teardown(() => rmSync(root, {recursive: true}));
  for (const folder of ['pacemaker/cores', 'corosync', 'ceph/crash/2026_a'])
    mkdirSync(join(root, folder), {recursive: true});
  for (const file of ['pacemaker/cores/core.17', 'corosync/ringid_10.0.0.1', 'ceph/crash/2026_a/meta'])
    writeFileSync(join(root, file), 'x');
  const {cluster} = fakeCluster((host, _, {argv: [program, ...args]}) => {
    if (host !== 'n2') return {};
    const ran = spawnSync(
      program,
      args.map(word => word.replace(/^\/var\/lib/, root)),
      {encoding: 'utf8'},
    );
    return {stdout: ran.stdout, stderr: ran.stderr, exit: ran.status ?? 1};
  });
  const found = await coreDumps(cluster);
  if (!found.ok) return t.fail(found.error);
  t.deepEqual(
    found.value.map(line => line.replace(root, '').split(' ').slice(0, 3)),
    [
      ['n2', '/pacemaker/cores/core.17', '1'],
      ['n2', '/ceph/crash/2026_a/meta', '1'],
    ],
  );
});

test('a node that cannot be looked at is an error, not a node without dumps', async t => {
  const {cluster} = fakeCluster(host => (host === 'n3' ? undefined : {}));
  const found = await coreDumps(cluster);
  t.regex(found.ok ? '' : found.error, /core dumps cannot be looked for: sh on n3 exited 127/);
});
