import {spawnSync} from 'node:child_process';
import test from 'ava';
import {vhostUserGuest, vhostUserHook, vhostUserSocket} from './vhost-user.ts';

test('the last guest is the one on a vhost-user port, and the hook of its nodes is one that a POSIX shell reads', t => {
  t.deepEqual(vhostUserGuest([{name: 'vm1'}, {name: 'vm2'}]), {name: 'vm2'});
  const [hook = ''] = Object.values(vhostUserHook({name: 'vm2'}));
  t.is(spawnSync('sh', ['-n'], {input: hook}).status, 0);
  t.true(hook.includes(`vhost-server-path=${vhostUserSocket({name: 'vm2'})}`));
});
