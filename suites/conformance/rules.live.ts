/**
 * The rules on a real cluster: as our lab is, with misconfigurations planted in it, and mended again. Needs the lab:
 * see ava.lab.config.js.
 */
import test from 'ava';
import {raised} from '../../fixtures/kit/lab.ts';
import {labsOwn} from '../../fixtures/kit/rule-cases/clusters.ts';
import {idempotent, stdoutOf} from '../../harness/cluster/commands.ts';
import {labDown} from '../../harness/lab/index.ts';
import type {Cluster} from '../../harness/types.ts';
import {readNow} from './ask.ts';
import {names} from './readings.ts';
import {ruleVerdicts, type WasRead} from './verdicts.ts';

const name = `live-rules-${process.pid}`;
let lab: Cluster | undefined;

test.before(async t => {
  t.timeout(240_000);
  lab = await raised({name, nodes: 3, storage: 'nbd', guests: 1});
});
test.after.always(async () => {
  await labDown(name);
});

const unit = '/etc/systemd/system/planted.service';
const conf = '/etc/corosync/corosync.conf';
/** Made of two halves, so that this very command line holds no secret. */
const value = ['hunter2', 'isthevalue'].join('');

/** Rule, what is planted on n1, how it is mended, and what the rule then says. */
const planted: readonly (readonly [rule: string, plant: string, mend: string, says: RegExp])[] = [
  [
    'C-01',
    'crm_attribute --name stonith-enabled --update false',
    'crm_attribute --name stonith-enabled --update true',
    /switched off/,
  ],
  [
    'C-04',
    `sed -i.planted 's/^totem {/totem {\\n  token: 1000/' ${conf}`,
    `mv ${conf}.planted ${conf}`,
    /n1: 3650 ms in force, the file means 1650 ms/,
  ],
  ['C-11', 'crm_resource --resource vm1 --ban --node n3', 'crm_resource --resource vm1 --clear', /cli-ban-vm1-on-n3/],
  [
    'C-14',
    'crm_resource --resource vm1 --meta --set-parameter is-managed --parameter-value false',
    'crm_resource --resource vm1 --meta --delete-parameter is-managed',
    /unmanaged: vm1/,
  ],
  [
    'C-32',
    'ip link set br-service type bridge stp_state 1',
    'ip link set br-service type bridge stp_state 0',
    /br-service/,
  ],
  ['C-34', 'ip link set stor0 mtu 1400', 'ip link set stor0 mtu 1500', /storage: 1400 on n1, 1500 on n2/],
  [
    'C-38',
    `mkdir -p /etc/systemd/system; printf '[Service]\\nExecStart=/bin/true\\nEnvironment=API_PASSWORD=%s\\n' ${value} > ${unit}`,
    `rm -f ${unit}`,
    /planted\.service:3: \S*API_PASSWORD/,
  ],
];

async function on(script: string): Promise<void> {
  const [first] = lab?.nodes ?? [];
  if (lab === undefined || first === undefined) throw new Error('no lab');
  const said = await stdoutOf(lab.transport, first, idempotent(['sh', '-c', script], 20_000));
  if (!said.ok) throw new Error(said.error);
}

async function read(): Promise<WasRead> {
  if (lab === undefined) throw new Error('no lab');
  const now = await readNow(lab);
  if (!now.ok) throw new Error(now.error);
  return now.value;
}

/** `C-01 words`, of every host. */
function violated(wasRead: WasRead): readonly string[] {
  return ruleVerdicts(wasRead).flatMap(({rule, verdict}) =>
    verdict.state === 'violated' ? [`${rule.id} ${verdict.found}`] : [],
  );
}

test.serial('our lab as it is: what is its own, and C-01 is not known before a node was fenced', async t => {
  t.timeout(120_000);
  const wasRead = await read();
  const others = violated(wasRead).filter(line => labsOwn[line.split(' ')[0] ?? ''] === undefined);
  t.deepEqual(others, []);
  const first = ruleVerdicts(wasRead).find(({rule}) => rule.id === 'C-01')?.verdict;
  t.is(first?.state, 'not-known', JSON.stringify(first));
});

test.serial('planted misconfigurations are found, and mended they are not', async t => {
  t.timeout(120_000);
  const before = violated(await read());
  for (const [, plant] of planted) await on(plant);
  const wasRead = await read();
  const found = violated(wasRead);
  for (const [rule, , , says] of planted)
    t.true(
      found.some(line => line.startsWith(rule) && says.test(line)),
      `${rule}: ${found.join('\n')}`,
    );
  const kept = wasRead.read(names.host, 'n1');
  t.true(kept.ok && !kept.value.text.includes(value), 'the secret itself does not leave the host');
  for (const [, , mend] of planted.toReversed()) await on(mend);
  t.deepEqual(violated(await read()), before);
});
