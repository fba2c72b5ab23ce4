/** The report of a stored run on paper, printed by a real Chromium and read back. Needs chromium and poppler-utils. */
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';

const top = join(import.meta.dirname, '../../..');

test('the same run gives the same PDF: A4, with the verdicts and a place to sign', t => {
  t.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-pdf-live-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  const [first, second] = ['1.pdf', '2.pdf'].map(name => {
    const out = join(folder, name);
    const words = ['scripts/start.js', 'report', 'fixtures/runs/quick', '--format', 'pdf', '--out', out];
    const {status, stderr} = spawnSync(process.execPath, words, {cwd: top, encoding: 'utf8', timeout: 110_000});
    // The verdict's own exit code: 1 or 2, never a refusal.
    t.true(status === 1 || status === 2, stderr);
    return out;
  });
  t.true(readFileSync(first ?? '').equals(readFileSync(second ?? '')));
  t.regex(execFileSync('pdfinfo', [first ?? ''], {encoding: 'utf8'}), /Page size:.*A4/);
  const text = execFileSync('pdftotext', ['-layout', first ?? '', '-'], {encoding: 'utf8'});
  t.regex(text, /Verdicts/);
  t.regex(text, /Sign-off/);
  t.regex(text, /Missed|Undecided/);
});
