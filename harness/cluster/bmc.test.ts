import test from 'ava';
import {fakeCluster, type Script} from '../../fixtures/kit/fake-cluster.ts';
import {powerCommand, powerStatus, setPower} from './bmc.ts';

const node = (script: Script) => {
  const {cluster, asked} = fakeCluster(script);
  const [host] = cluster.nodes;
  if (host === undefined) throw new Error('no node');
  return {cluster, asked, host};
};

test('the password is on stdin, never in argv', t => {
  const bmc = {address: '10.0.0.101', port: 623, username: 'admin', password: 'hush'};
  for (const action of ['status', 'on', 'off'] as const) {
    const command = powerCommand(bmc, action);
    t.notRegex(command.argv.join(' '), /hush/);
    t.is(command.stdin, 'hush\n');
    t.is(command.argv.at(-1), action);
  }
});

test('a controller that refuses the first kind of session is asked the next way', async t => {
  const {cluster, host, asked} = node((_, words) =>
    words.includes('-C 17')
      ? {exit: 1, stderr: 'Unable to establish IPMI v2 / RMCP+ session'}
      : {stdout: 'Chassis Power is on\n'},
  );
  const other = {...cluster, name: 'refusing'};
  t.deepEqual(await powerStatus(other, host), {ok: true, value: 'on'});
  t.deepEqual(await powerStatus(other, host), {ok: true, value: 'on'});
  t.is(asked.filter(({words}) => words.includes('-C 17')).length, 1);
  t.true(asked.every(({host: where}) => where === 'client'));
});

test('an answer that is neither on nor off, and no controller at all, are errors', async t => {
  const {cluster, host} = node(() => ({stdout: 'Chassis Power is unknown'}));
  t.false((await powerStatus({...cluster, name: 'odd'}, host)).ok);
  const {bmc: _, ...bare} = host;
  const none = await powerStatus(cluster, bare);
  t.is(none.ok ? '' : none.error, 'n1 has no baseboard controller in the inventory');
});

test('power that is as wanted is not ordered', async t => {
  const {cluster, host, asked} = node(() => ({stdout: 'Chassis Power is off\n'}));
  t.true((await setPower({...cluster, name: 'off'}, host, 'off', 100)).ok);
  t.true(asked.every(({words}) => words.endsWith('status')));
});

test('a controller that says yes and does nothing is found out', async t => {
  const {cluster, host} = node((_, words) => ({
    stdout: words.endsWith('status') ? 'Chassis Power is on\n' : 'Chassis Power Control: Down/Off\n',
  }));
  const set = await setPower({...cluster, name: 'liar'}, host, 'off', 300);
  t.regex(set.ok ? '' : set.error, /waited .* for the power of n1 to be off; last: it is on/);
});
