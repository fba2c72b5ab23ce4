/**
 * A lab over SSH, as a stranger's production: what only reads runs without leave, and no secret is in any file that a
 * run leaves. `SEATRIAL_LIVE_FAULT=1` lets it crash a node too (a minute more). Needs root.
 */
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {raised} from '../../fixtures/kit/lab.ts';
import {inventoryOf, makeKey, openDoor, passwordsIn} from '../../fixtures/kit/ssh-lab.ts';
import {labDown} from '../../harness/lab/index.ts';
import {auditedIn} from '../../harness/run/audit.ts';
import type {Cluster} from '../../harness/types.ts';
import {auditFileOf, journalFolder} from './kit/open-cluster.ts';

const lab = `safety${process.pid}`;
const cluster = `${lab}-ssh`;
const folder = mkdtempSync(join(tmpdir(), 'seatrial-safety-'));
const environment = 'SEATRIAL_SAFETY_BMC';
let opened: Cluster;

/** The first BMC's password comes from the environment, the others' from files. JSON is YAML. */
function writeInventory(): string {
  const [key, knownHosts] = [join(folder, 'key'), join(folder, 'known_hosts')];
  const inFiles = passwordsIn(folder);
  const told = inventoryOf(opened, cluster, {key, knownHosts}, (name, password, index) =>
    index > 0 ? inFiles(name, password, index) : {passwordEnv: environment},
  );
  const guests = told.guests.map(guest => ({...guest, scratchSerial: 'seatrial-scratch'}));
  const path = join(folder, 'cluster.yaml');
  writeFileSync(path, JSON.stringify({...told, guests, limits: {foreignAwaySeconds: 300}}));
  return path;
}

/** What must be in no file: each BMC's password, and every line of the private key. */
function secrets(): readonly string[] {
  const key = readFileSync(join(folder, 'key'), 'utf8').split('\n').slice(1, -2);
  return [...opened.nodes.flatMap(({bmc}) => bmc?.password ?? []), ...key].filter(each => each.length >= 8);
}

/** Files below a folder, or the file itself, that hold a secret. */
function holding(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  const args = ['--recursive', '--text', '--files-with-matches', '--fixed-strings'];
  try {
    return execFileSync('grep', [...args, ...secrets().flatMap(each => ['-e', each]), path], {encoding: 'utf8'})
      .trim()
      .split('\n');
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 1) return [];
    throw error;
  }
}

/** In the network of the lab's enclosure, where an administrator's machine would stand. */
async function seatrial(...words: string[]): Promise<{code: number | null; said: string}> {
  const enclosure = readFileSync(`/var/lib/seatrial/labs/${lab}/rack`, 'utf8').split(' ')[0] ?? '';
  const program = [process.execPath, join(import.meta.dirname, '../seatrial.ts'), ...words];
  const [first] = opened.nodes;
  const child = spawn('nsenter', ['-t', enclosure, '-n', '--', ...program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, [environment]: first?.bmc?.password},
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  const code = await new Promise<number | null>(resolve => child.once('close', resolve));
  return {code, said};
}

test.before(async t => {
  t.timeout(180_000);
  const own = makeKey(join(folder, 'key'));
  opened = await raised({name: lab, nodes: 3, storage: 'nbd', guests: 1});
  writeFileSync(`/var/lib/seatrial/labs/${lab}/post`, '3\n');
  const known = await Promise.all([...opened.nodes, opened.client].map(host => openDoor(opened, host, own)));
  writeFileSync(join(folder, 'known_hosts'), known.join(''));
  const enclosure = readFileSync(`/var/lib/seatrial/labs/${lab}/rack`, 'utf8').split(' ')[0] ?? '';
  const address = ['ip', 'addr', 'replace', '10.77.0.2/24', 'dev', 'management'];
  execFileSync('nsenter', ['-t', enclosure, '-n', ...address]);
});

test.after.always(async () => {
  await labDown(lab);
  rmSync(folder, {recursive: true, force: true});
  rmSync(auditFileOf(cluster), {force: true});
});

test.serial('planted: a secret in a file is found', t => {
  t.true(secrets().length >= 3 + 4);
  const planted = join(folder, 'planted');
  mkdirSync(planted);
  writeFileSync(join(planted, 'fine'), 'nothing\n');
  t.deepEqual(holding(planted), []);
  writeFileSync(join(planted, 'leak'), `password=${secrets()[0]}\n`);
  t.deepEqual(holding(planted), [join(planted, 'leak')]);
});

test.serial('what only reads runs without leave, its actions are written down, and no secret is', async t => {
  t.timeout(180_000);
  const inventory = writeInventory();
  const run = join(folder, 'run');
  const withFault = process.env.SEATRIAL_LIVE_FAULT === '1';
  const leave = withFault ? ['--allow', 'destructive', '--yes-i-mean', cluster] : [];
  const only = withFault ? 'conformance,failover/host-crash' : 'conformance';
  const tried = await seatrial(
    ...['accept', '--inventory', inventory, '--quick', '--profile', 'as-found', '--only', only, '--out', run, ...leave],
  );
  t.log(tried.said);
  t.true(tried.code !== null && tried.code <= 2, tried.said);
  const audit = readFileSync(join(run, 'audit.jsonl'), 'utf8');
  t.true(auditedIn(audit).commands > 0);
  t.regex(audit, /"looked":\{.*"n1":\d+/);
  t.regex(readFileSync(join(run, 'MANIFEST.sha256'), 'utf8'), / {2}audit\.jsonl$/m);
  t.regex(readFileSync(join(run, 'report/report.md'), 'utf8'), /\d+ commands? on \d hosts?, each in audit\.jsonl/);
  if (withFault) t.regex(audit, /"chassis","power","off"/);

  const healed = await seatrial('heal', '--inventory', inventory);
  t.is(healed.code, 0, healed.said);
  t.true(auditedIn(readFileSync(auditFileOf(cluster), 'utf8')).commands > 0);

  for (const said of [tried.said, healed.said]) for (const secret of secrets()) t.false(said.includes(secret));
  t.deepEqual([run, journalFolder, auditFileOf(cluster)].flatMap(holding), []);
  t.false(
    readdirSync(journalFolder).some(name => name === `${cluster}.jsonl`),
    'something is still in force',
  );
});

test.serial('a scratch device that is another than the inventory says is not written to', async t => {
  t.timeout(120_000);
  const inventory = writeInventory();
  const text = readFileSync(inventory, 'utf8').replaceAll('"seatrial-scratch"', '"of-somebody-else"');
  writeFileSync(inventory, text);
  const run = join(folder, 'refused');
  const {code, said} = await seatrial(
    ...['accept', '--inventory', inventory, '--quick', '--profile', 'as-found', '--only', 'storage/fio'],
    ...['--out', run, '--allow', 'load', '--despite', 'scratch-disk'],
  );
  t.regex(
    said,
    /\/dev\/scratch of vm1 is not written to: its serial is seatrial-scratch, and the inventory says of-some/,
  );
  t.is(code, 2, said);
  t.notRegex(readFileSync(join(run, 'audit.jsonl'), 'utf8'), /filename=/);
});
