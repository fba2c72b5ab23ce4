/** What ten hours leave on the disk, and what reading them takes of memory: the bounds of docs/long-runs.md. */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {parseBeacon} from '../../reports/beacon/index.ts';

/** A request of the beacon and its answer; a record of a guest's ledger; all else that a trial leaves. */
const most = {probeBytes: 100, recordBytes: 32, trialBytes: 1e6};
const slots = 32_768;

const trials = join(import.meta.dirname, '../../fixtures/runs/quick/trials');
const recorded = readdirSync(trials).map(trial => {
  const folder = join(trial, 'artefacts');
  return {
    trial,
    texts: readdirSync(join(trials, folder)).map(name => ({
      name,
      text: readFileSync(join(trials, folder, name), 'utf8'),
    })),
  };
});

test('recorded trials keep within what is stated of each part', t => {
  for (const {trial, texts} of recorded) {
    let rest = 0;
    for (const {name, text} of texts) {
      const lines = text.split('\n');
      if (name === 'beacon.log') {
        const probes = lines.filter(line => line.startsWith('S ')).length;
        t.true(text.length / probes < most.probeBytes, `${trial}: ${text.length / probes} bytes a probe`);
      } else if (name.startsWith('ledger-')) {
        const records = lines.filter(line => line.startsWith('V ')).length;
        t.true(text.length < records * most.recordBytes + 1000, `${trial}: ${text.length} bytes, ${records} records`);
        t.true(records <= slots);
      } else rest += text.length;
    }
    t.true(rest < most.trialBytes, `${trial}: ${rest} bytes besides`);
  }
});

test('a beacon log of the longest numbers that ten hours bring keeps within it too', t => {
  const seconds = 36_000;
  const [start, probes] = [3_500_000, 100];
  const lines = [
    `seatrial-beacon 1 interval-us=10000 duration-us=${seconds * 1e6} targets=1 origin-ns=6427048139795 client=7353a1e4ab4cee2e scheduler=fifo memory=locked`,
    'T 0 vm1 10.77.3.101:7007',
    'A -19988 1795538495836604553',
  ];
  for (let probe = start; probe < start + probes; probe++)
    lines.push(
      `S 0 ${probe} 99999`,
      `R 0 ${probe} ${probe * 1e4} 1 ${probe * 1e4} ${probe} ${probe} c5318d5a o p=56348`,
    );
  const text = `${lines.join('\n')}\n`;
  t.true(parseBeacon(text, 'beacon.log').ok);
  t.true((text.length - 300) / probes < most.probeBytes, `${text.length / probes} bytes a probe`);
});

test('to read a run of 192 MB takes no memory for its artefacts', t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-size-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const make = `
    const header = {schema: 'seatrial-run/1', id: 'r', seatrialVersion: '0', commit: '', startedAt: new Date().toISOString(),
      cluster: 'c', suite: 's', sums: 'twice', quick: true, seed: 1, storage: 'none',
      hardware: {emulated: true, shared: true, note: ''}, nodes: [], guests: [], profiles: [], fingerprints: []};
    const trials = Array.from({length: 24}, (_, i) => ({slot: i + 1, scenario: 's/x', profile: 'p', repetition: i + 1,
      parameters: {}, estimatedSeconds: 1}));
    const store = await createRun(folder, header, {seed: 1, profiles: ['p'], trials, notApplicable: []}, '');
    for (const planned of trials) {
      const trial = await store.openTrial(planned);
      await trial.keep('beacon.log', String(planned.slot % 10).repeat(8e6));
      await trial.end({planned, status: 'done', reason: '', startedAt: new Date().toISOString(), durationSeconds: 0,
        readBack: [], auditBefore: [], auditAfter: [], artefacts: trial.artefacts()});
    }
    await store.end('complete', '');
    console.log('{}');`;
  t.deepEqual(program(folder, make), {});
  const read = `
    const {value: {trials, damage}} = await readRun(folder);
    const peakBytes = process.resourceUsage().maxRSS * 1024;
    const bytes = trials.map(({artefacts}) => artefacts.text('beacon.log').value.length).reduce((a, b) => a + b);
    console.log(JSON.stringify({peakBytes, bytes, damage}));`;
  const {peakBytes, bytes, damage} = program(folder, read);
  t.is(bytes, 192e6);
  t.deepEqual(damage, []);
  t.true(peakBytes < 200e6, `${peakBytes} bytes`);
});

/** What a program prints that has a process of its own. */
function program(folder: string, body: string) {
  const text = `import {createRun, readRun} from '${import.meta.dirname}/store.ts'; const folder = process.argv[1]; ${body}`;
  const argv = ['--input-type=module', '--eval', text, folder];
  const {stdout, stderr} = spawnSync(process.execPath, argv, {encoding: 'utf8', timeout: 60_000});
  return stdout === '' ? {failed: stderr} : JSON.parse(stdout);
}
