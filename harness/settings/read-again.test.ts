import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import type {Setting, SettingDriver} from '../types.ts';
import {applySettings, readAgain} from './apply.ts';

const setting = (driver: SettingDriver, key: string, value: string): Setting => ({
  ...{id: key, driver, key, value},
  why: 'test',
});
const settings = [setting('link', 'storage.mtu', '9000'), setting('corosync', 'token', '1000')];
const ring = 'runtime.config.totem.token (u32) = 1000\nruntime.config.totem.consensus (u32) = 1200\n';

/** Three hosts, of which n2 has booted with another MTU; `takes`: whether it lets that be changed. */
async function settled(takes: boolean) {
  const mtus: Record<string, string> = {n1: '9000', n2: '1500', n3: '9000', client: '9000'};
  const {cluster, asked} = fakeCluster((host, words) => {
    if (words === 'corosync-cmapctl') return {stdout: `${ring}totem.token_coefficient (u32) = 0\n`};
    if (words.startsWith('cat /sys/class/net/stor0/mtu')) return {stdout: `${mtus[host]}\n`};
    if (words.endsWith(' look stor0')) return {};
    const set = / dev stor0 mtu (\d+)$/.exec(words)?.[1];
    if (set === undefined) return undefined;
    if (takes) mtus[host] = set;
    return {};
  });
  const applied = await applySettings(cluster, settings, () => {});
  if (!applied.ok) throw new Error(applied.error);
  const read = await readAgain(cluster, applied.value);
  if (!read.ok) throw new Error(read.error);
  const count = (program: string) => asked.filter(({words}) => words.startsWith(program)).length;
  return {read: read.value, links: count('cat /sys'), rings: count('corosync-cmapctl')};
}

test('what was touched is read again, and what was not has been read once', async t => {
  const {read, links, rings} = await settled(true);
  t.deepEqual([links, rings], [6, 3]);
  t.deepEqual(read.map(({id, where, agrees}) => `${id} ${where} ${agrees}`).sort(), [
    ...['n1 stor0', 'n2 stor0', 'n3 stor0'].map(where => `storage.mtu ${where} true`),
    ...['n1', 'n2', 'n3'].map(where => `token ${where} true`),
  ]);
});

test('planted: a setting that does not take is seen to differ', async t => {
  const {read} = await settled(false);
  t.deepEqual(
    read.filter(({agrees}) => !agrees).map(({where, found}) => [where, found]),
    [['n2 stor0', '1500']],
  );
});
