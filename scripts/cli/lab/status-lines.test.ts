import test from 'ava';
import type {LabStatus} from '../../../harness/lab/index.ts';
import {statusLines} from './status-lines.ts';

const bare: LabStatus = {
  kind: 'bare',
  name: 'b',
  phase: 'up',
  release: 'debian-12',
  hardware: {emulated: true, shared: true, note: 'a lab; takes 10 s'},
  postSeconds: 10,
  hosts: [
    {name: 'n1', role: 'node', address: '10.77.0.11', power: 'on', systemd: 'degraded', failedUnits: ['x.service']},
    {name: 'n2', role: 'node', address: '10.77.0.12', power: 'off', systemd: 'unreachable', failedUnits: []},
  ],
  aptProxy: false,
  inventory: '/i.yaml',
};

test('bare hosts: how far each has booted, what failed, and where the inventory is', t => {
  t.is(
    statusLines(bare),
    `lab b: up; a lab; takes 10 s
host n1 (10.77.0.11): node, power on, systemd degraded, x.service failed
host n2 (10.77.0.12): node, power off, systemd unreachable
packages: the proxy does not run
inventory: /i.yaml
`,
  );
});
