import test from 'ava';
import {readSystemdState} from './systemd.ts';

test('how systemd words it, and which units failed', t => {
  t.deepEqual(readSystemdState('running\n'), {state: 'running', failed: []});
  t.deepEqual(readSystemdState('degraded\nnvmf-autoconnect.service\nx.service\n'), {
    state: 'degraded',
    failed: ['nvmf-autoconnect.service', 'x.service'],
  });
});

test('nothing said yet is a host that starts', t => {
  t.is(readSystemdState('').state, 'starting');
});
