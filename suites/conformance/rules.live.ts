/**
 * The rules on a real cluster, as they hold and as they are broken on purpose. Needs the lab: see ava.lab.config.js.
 */
import test from 'ava';
import {idempotent, stdoutOf} from '../../harness/cluster/commands.ts';
import {labDown, labUp} from '../../harness/lab/index.ts';
import type {Cluster} from '../../harness/types.ts';
import {rules} from './index.ts';

const name = `live-rules-${process.pid}`;
let lab: Cluster | undefined;

test.before(async t => {
  t.timeout(240_000);
  const up = await labUp({name, nodes: 3, storage: 'nbd', guests: 1}, () => {}, new AbortController().signal);
  if (!up.ok) throw new Error(up.error.sentence);
  lab = up.value;
});
test.after.always(async () => {
  await labDown(name);
});

/** What the rule says of the lab now, on its first node. */
async function stateNow(id: string): Promise<string> {
  const rule = rules.find(each => each.id === id);
  const [host] = lab?.nodes ?? [];
  if (rule === undefined || host === undefined || lab === undefined) throw new Error('no rule, or no lab');
  const texts = new Map<string, string>();
  for (const {name: reading, command} of rule.read(host)) {
    const said = await stdoutOf(lab.transport, host, command);
    if (said.ok) texts.set(reading, said.value);
  }
  const state = rule.check(reading => {
    const text = texts.get(reading);
    return text === undefined
      ? {ok: false, error: {artefact: reading, path: '', expected: 'output', found: 'none'}}
      : {ok: true, value: {text, exitCode: 0, stderr: ''}};
  }, []);
  return JSON.stringify(state);
}

test.serial('C-01: never tried is not known, and a cluster without fencing is found', async t => {
  t.timeout(120_000);
  const [host] = lab?.nodes ?? [];
  if (lab === undefined || host === undefined) return t.fail('no lab');
  t.regex(await stateNow('C-01'), /"not-known".*n1, n2, n3/);
  const set = (value: string) => idempotent(['crm_attribute', '--name', 'stonith-enabled', '--update', value], 20_000);
  t.true((await stdoutOf(lab.transport, host, set('false'))).ok);
  t.regex(await stateNow('C-01'), /"violated".*switched off/);
  t.true((await stdoutOf(lab.transport, host, set('true'))).ok);
  t.regex(await stateNow('C-01'), /"not-known"/);
});
