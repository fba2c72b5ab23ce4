import {spawnSync} from 'node:child_process';
import {copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {contentsCsv, contentsJson, contentsTable, remarksOn} from '../../../reports/files/contents.ts';
import type {FileContents, Tool} from '../../../reports/files/records.ts';
import {inspectFiles} from '../kit/read-files.ts';
import {exitCodeBeside} from '../kit/recorded-exit.ts';

const fixtures = join(import.meta.dirname, '../../../fixtures');
const golden = join(fixtures, 'golden/inspect');
const command = join(import.meta.dirname, '../../seatrial.ts');

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
  ["Windows' ping", 'Pinging 192.0.2.20 with 32 bytes of data:\r\n', 'ping', /iputils or busybox/],
  ["Windows' ping in German", 'Antwort von 192.0.2.20: Bytes=32 Zeit<1ms TTL=64\r\n', 'ping', /iputils or busybox/],
  ["macOS' ping6", 'PING6(56=40+8+8 bytes) ::1 --> ::1\n', 'ping', /iputils or busybox/],
  ['ping in Ukrainian', 'ПІНГ a (192.0.2.1) 56(84) байтів даних.\n', 'ping', /LC_ALL=C/],
  ["ping's complaints", 'ping: a: Name or service not known\n', 'ping', /mend what it complains about/],
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

for (const [name, shape] of [
  ['ping-german.txt', /^ping .*in English: run it with LC_ALL=C/],
  ['ping-macos.txt', /^ping .*iputils or busybox/],
  ['ping-windows.txt', /^ping .*iputils or busybox.*ping of Windows/],
  ['ping-crlf.txt', undefined],
] as const) {
  test(`${name} is read, or said to be what it is`, async t => {
    for await (const {tool, error, unfit, records} of inspectFiles([join(fixtures, 'cases', name)])) {
      if (shape !== undefined) t.regex(`${tool} ${error?.expected} ${error?.found}`, shape);
      else {
        t.deepEqual([error, unfit], [undefined, undefined]);
        t.like(records[0]?.latencySeconds, {mean: 0.000418333333, max: 0.000455});
      }
    }
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

test('every record says whether it may be judged, and why not; one that may not makes the exit code 1', t => {
  const ended = (format: string, ...files: string[]) => {
    const {status, stdout} = spawnSync(process.execPath, [command, 'inspect', format, ...files], {encoding: 'utf8'});
    return {status, stdout};
  };
  const good = join(fixtures, 'iperf3-3.21/tcp.out');
  const killed = join(fixtures, 'ping-iputils-20221126/killed.out');
  const lossy = join(fixtures, 'cases/ping-loss.txt');
  t.is(ended('--json', good).status, 0);
  const {status, stdout} = ended('--json', good, killed, lossy);
  t.is(status, 1);
  const [fine, cut, lost] = JSON.parse(stdout).map(({records}: {records: unknown[]}) => records[0]);
  t.like(fine, {judgeable: true});
  t.false('reason' in fine);
  t.is(cut.judgeable, false);
  t.regex(cut.reason, /^ping did not end by itself/);
  t.like(lost, {judgeable: true, latencyHalfWidthSeconds: {max: 0.5e-6}});
  t.true(lost.latencyAtLeast.includes('max') && !lost.latencyAtLeast.includes('min'));
  const csv = ended('--csv', good, killed, lossy);
  t.is(csv.status, 1);
  const [head = '', ...rows] = csv.stdout.trimEnd().split('\n');
  t.regex(head, /,latency_max_half_width_seconds,.*latency_at_least,judgeable,reason$/);
  t.regex(rows[0] ?? '', /,yes,$/);
  t.regex(rows[1] ?? '', /,no,"?ping did not end by itself/);
  t.regex(rows[2] ?? '', /,mean max p50 p90 p99 p99\.9,yes,$/);
});

test('jobs of one name that ran one after the other may not be judged, and that is said', async t => {
  const contents = (await inspected('fio-3.42')).find(({file}) => file.endsWith('/randread-jsonplus.out'));
  if (contents === undefined) return t.fail();
  const [record] = contents.records;
  if (record === undefined) return t.fail();
  const apart = {
    ...contents,
    records: [
      {...record, group: 0},
      {...record, group: 1},
    ],
  };
  t.is(JSON.parse(contentsJson([apart]))[0].records[1].judgeable, false);
  t.true(remarksOn([apart]).some(remark => /must not be judged: jobs named .* ran one after the other/.test(remark)));
});

test('on the command line: standard input is a file, and 1 where one yields nothing', t => {
  const text = readFileSync(join(fixtures, 'iperf3-3.21/tcp.out'), 'utf8');
  const files = ['/nowhere', '-'];
  const ended = spawnSync(process.execPath, [command, 'inspect', ...files], {input: text, encoding: 'utf8'});
  t.is(ended.status, 1);
  t.regex(ended.stdout, /- +iperf 3\.21/);
  t.regex(ended.stderr, /\/nowhere: expected a file that can be read; found ENOENT/);
  // As Windows PowerShell redirects it.
  const wide = Buffer.from(`\uFEFF${text.replaceAll('\n', '\r\n')}`, 'utf16le');
  const same = spawnSync(process.execPath, [command, 'inspect', '-'], {input: wide, encoding: 'utf8'});
  t.deepEqual([same.status, same.stderr], [0, '']);
  t.regex(same.stdout, /- +iperf 3\.21/);
});
