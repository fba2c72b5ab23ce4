import {spawnSync} from 'node:child_process';
import {copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {contentsCsv, contentsJson, contentsTable, remarksOn} from '../reports/files/contents.ts';
import type {FileContents, Tool} from '../reports/records.ts';
import {inspectFiles} from './read-files.ts';
import {exitCodeBeside} from './recorded-exit.ts';

const fixtures = join(import.meta.dirname, '../fixtures');
const golden = join(fixtures, 'golden/inspect');
const command = join(import.meta.dirname, 'seatrial.ts');

async function inspected(folder: string): Promise<readonly FileContents[]> {
  const names = readdirSync(join(fixtures, folder)).filter(name => name.endsWith('.out'));
  const contents: FileContents[] = [];
  for await (const one of inspectFiles(names.map(name => join(fixtures, folder, name)))) {
    contents.push({...one, file: one.file.slice(fixtures.length + 1)});
  }
  return contents;
}

// UPDATE_GOLDEN=1 writes them anew; look at the difference before committing it.
for (const folder of readdirSync(fixtures).filter(name => /^(?:fio|iperf3|ping)-/.test(name))) {
  test(`${folder}: every recording is inspected as its golden says`, async t => {
    const path = join(golden, `${folder}.json`);
    const contents = await inspected(folder);
    const now = contentsJson(contents);
    if (process.env.UPDATE_GOLDEN === '1') {
      mkdirSync(golden, {recursive: true});
      writeFileSync(path, now);
    }
    t.is(now, readFileSync(path, 'utf8'), 'UPDATE_GOLDEN=1 writes it anew');
    t.notRegex(now, /: (?:null|NaN|-?Infinity)|"bins"/);
    for (const {file, tool, records, error} of contents) {
      t.is(records.length === 0, error !== undefined, file);
      if (records.length > 0)
        t.is(tool, folder.startsWith('fio') ? 'fio' : folder.startsWith('iperf3') ? 'iperf3' : 'ping');
    }
  });
}

const foreign: readonly (readonly [name: string, text: string, tool: Tool | undefined, expected: RegExp])[] = [
  ['fio, terse', '3;fio-3.33;job;0;0;1;2\n', 'fio', /--output-format=json\+/],
  ['fio, for people', 'a: (g=0): rw=read\nfio-3.33\nStarting 1 process\n', 'fio', /--output-format=json\+/],
  ["fio's log", '1, 20, 0, 4096, 0\n', 'fio', /--output-format=json\+/],
  ['iperf3, for people', 'Connecting to host 127.0.0.1, port 5201\n[  5] local\n', 'iperf3', /run iperf3 with -J/],
  ['something else', '{"a": 1}\n', undefined, /output of fio \(--output-format=json\+\), iperf3/],
  ['nothing', '', undefined, /output of fio/],
];
for (const [name, text, tool, expected] of foreign) {
  test(`not for reading: ${name}`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'seatrial-inspect-'));
    writeFileSync(join(folder, 'f'), text);
    for await (const one of inspectFiles([join(folder, 'f')])) {
      t.is(one.tool, tool);
      t.regex(one.error?.expected ?? '', expected);
      t.deepEqual(one.records, []);
    }
    rmSync(folder, {recursive: true});
  });
}

test('the exit code beside a file counts', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-inspect-'));
  const file = join(folder, 'a.json');
  copyFileSync(join(fixtures, 'fio-3.42/randread-jsonplus.out'), file);
  const unfit = async () => {
    for await (const one of inspectFiles([file])) return one.unfit;
    return undefined;
  };
  t.is(await unfit(), undefined);
  writeFileSync(`${file}.meta.json`, '{"exit": {"kind": "exited", "code": 3}}');
  t.is(exitCodeBeside(file), 3);
  t.regex((await unfit()) ?? '', /found 3/);
  writeFileSync(`${file}.meta.json`, '{"exit": {"kind": "signalled", "signal": "SIGKILL"}}');
  t.regex((await unfit()) ?? '', /fio ended otherwise than it says/);
  writeFileSync(`${file}.meta.json`, '{"exit": 0}');
  t.is(await unfit(), undefined);
  writeFileSync(`${file}.meta.json`, 'of somebody else');
  t.is(exitCodeBeside(file), undefined);
  rmSync(folder, {recursive: true});
});

test('the table is aligned, scaled and shows what there is; remarks say what is wrong', async t => {
  const contents = (await inspected('iperf3-3.12')).filter(({file}) => /udp-lossy|server-killed/.test(file));
  const lines = contentsTable(contents).trimEnd().split('\n');
  t.is(lines.length, 3);
  t.regex(lines[0] ?? '', /^file +written by +name +direction +throughput +runtime +lost +jitter$/);
  t.regex(lines[1] ?? '', /server-killed\.out +iperf 3\.12 +nothing$/);
  t.regex(lines[2] ?? '', /udp +forward +37\.7 Mbit\/s +2\.00 s +1\.35 % +1\.30 µs$/);
  t.true(remarksOn(contents).some(remark => /server-killed\.out, \/error: expected a test without error/.test(remark)));
});

test('CSV has full precision, and nothing where there is nothing', async t => {
  const contents = (await inspected('fio-3.42')).filter(({file}) => /disable-clat|randread-jsonplus/.test(file));
  const [head = '', ...rows] = contentsCsv(contents).trimEnd().split('\n');
  t.regex(head, /^file,tool,version,name,direction,client,pattern,protocol,ops_per_second,/);
  t.regex(
    head,
    /latency_min_seconds,latency_mean_seconds,latency_max_seconds,latency_stddev_seconds,latency_p1_seconds/,
  );
  t.is(
    rows.length,
    contents.reduce((sum, {records}) => sum + records.length, 0),
  );
  const cells = rows.map(row => row.split(','));
  t.true(cells.every(row => row.length === head.split(',').length));
  t.is(cells[1]?.[8], String(contents[1]?.records[0]?.opsPerSecond));
});

test('on the command line: standard input is a file, and 1 where one yields nothing', t => {
  const text = readFileSync(join(fixtures, 'iperf3-3.21/tcp.out'), 'utf8');
  const files = ['/nowhere', '-'];
  const ended = spawnSync(process.execPath, [command, 'inspect', ...files], {input: text, encoding: 'utf8'});
  t.is(ended.status, 1);
  t.regex(ended.stdout, /- +iperf 3\.21/);
  t.regex(ended.stderr, /\/nowhere: expected a file that can be read; found ENOENT/);
});
