/**
 * The doctor on a real cluster: whole, and with several things broken on purpose at once. Needs the lab: see
 * ava.lab.config.js.
 */
import test from 'ava';
import {raised} from '../../fixtures/kit/lab.ts';
import {idempotent, stdoutOf} from '../cluster/commands.ts';
import {labDown} from '../lab/index.ts';
import {overwriteCommand} from '../settings/overwrite.ts';
import type {Cluster, Command, Host} from '../types.ts';
import {examine} from './examine.ts';

const name = `live-doctor-${process.pid}`;
let lab: Cluster | undefined;
const options = {boundSeconds: 15, signal: new AbortController().signal};

test.before(async t => {
  t.timeout(240_000);
  lab = await raised({name, nodes: 3, storage: 'nbd', guests: 1});
});
test.after.always(async () => {
  await labDown(name);
});

async function must(host: Host, command: Command): Promise<string> {
  const said = lab === undefined ? undefined : await stdoutOf(lab.transport, host, command);
  if (!said?.ok) throw new Error(said?.error ?? 'no lab');
  return said.value;
}

test.serial('a fresh cluster has no danger; what is planted is found, each by its own check', async t => {
  t.timeout(180_000);
  if (lab === undefined) return t.fail('no lab');
  const fresh = await examine(lab, options);
  t.log(`looked for ${fresh.seconds.toFixed(1)} s; a lost node costs ${fresh.budget.totalSeconds.toFixed(1)} s`);
  t.deepEqual(
    fresh.findings.filter(({level}) => level === 'danger'),
    [],
  );
  t.true(fresh.seconds < 30);
  t.deepEqual(fresh.budget.unknown, []);

  const [n1, n2, n3] = lab.nodes;
  const [guest] = lab.guests;
  if (!n1?.bmc || !n2?.bmc || !n3 || !guest) return t.fail('three nodes and a guest expected');
  const runs = await must(n1, idempotent(['crm_resource', '--resource', guest.resource, '--locate']));
  const elsewhere = lab.nodes.find(node => !runs.includes(node.name)) ?? n1;
  await must(n1, idempotent(['crm_resource', '--resource', guest.resource, '--ban', '--node', elsewhere.name]));
  const stop = ['--meta', '--set-parameter', 'target-role', '--parameter-value', 'Stopped'];
  await must(n1, idempotent(['crm_resource', '--resource', 'fence-n3', ...stop]));
  await must(n1, idempotent(['iptables', '-N', 'seatrial-partition']));
  const config = await must(n2, idempotent(['cat', '/etc/corosync/corosync.conf']));
  await must(n2, overwriteCommand('/etc/corosync/corosync.conf', config.replace('totem {', 'totem {\n  token: 2500')));
  await must(n2, idempotent(['corosync-cfgtool', '-R']));
  const wrong = {...n1, bmc: {...n1.bmc, password: 'not-the-password'}};
  const sick = await examine({...lab, nodes: [wrong, n2, n3]}, options);
  const dangers = sick.findings.filter(({level}) => level === 'danger');
  const told = dangers.map(({check, subject, found}) => `${check} ${subject}: ${found}`).join('\n');
  t.log(told);
  t.regex(told, new RegExp(`^no-constraint-left cluster: cli-ban-${guest.resource}-on-${elsewhere.name}`, 'm'));
  t.regex(told, /^fencing-in-service cluster: fence-n3 is Stopped/m);
  t.regex(told, /^fencing n3: no fence device is for it/m);
  t.regex(told, /^leftovers n1: .*seatrial-partition/m);
  t.regex(told, /^corosync cluster: token 3650 ms.* on n1, n3; token 3150 ms.* on n2/m);
  t.regex(told, /^bmc n1: /m);
  t.false(told.includes('not-the-password'));
  // And nothing that was not broken.
  const broken = ['no-constraint-left', 'fencing-in-service', 'fencing', 'leftovers', 'corosync', 'bmc'];
  t.deepEqual([...new Set(dangers.map(({check}) => check))].sort(), broken.sort());
});
