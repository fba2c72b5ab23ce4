/** The bundle as a host without a way out gets it: moved elsewhere, no network, none of this machine's Node. */
import {execFileSync, spawnSync} from 'node:child_process';
import {appendFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {version} from '../cli/kit/package-files.ts';
import {makeBundle} from './bundle/make.ts';

const recording = join(import.meta.dirname, '../../fixtures/fio-3.42/randrw-two-jobs.out');
const folder = mkdtempSync(join(tmpdir(), 'seatrial-bundle-'));
test.after.always(() => rmSync(folder, {recursive: true, force: true}));
const unpacked = join(folder, 'elsewhere/seatrial');

/** In a network namespace with nothing in it, and with no program of /usr/local or of npm in the path. */
function offline(...argv: readonly string[]) {
  const env = {PATH: '/usr/bin:/bin', HOME: folder};
  return spawnSync('unshare', ['--net', ...argv], {cwd: folder, env, encoding: 'utf8', timeout: 60_000});
}

test.serial('a bundle is made, and every sum holds', async t => {
  t.timeout(300_000);
  await makeBundle({folder: join(folder, 'made'), image: true, releases: [], say: text => t.log(text)});
  mkdirSync(join(folder, 'elsewhere'));
  renameSync(join(folder, 'made'), unpacked);
  execFileSync('sha256sum', ['--check', '--quiet', '--strict', 'SHA256SUMS'], {cwd: unpacked});
  for (const path of ['README.md', 'app/LICENSE', 'app/man/seatrial.1', 'cache/kernel']) {
    t.true(existsSync(join(unpacked, path)), path);
  }
});

test.serial('without any network it says its version, reads a recording, judges it and lists the promises', t => {
  symlinkSync(join(unpacked, 'bin/seatrial'), join(folder, 'seatrial'));
  t.is(offline('ip', '-brief', 'address').stdout.includes('UP'), false, 'the network is not cut');
  t.is(offline('./seatrial', '--version').stdout.trim(), version());
  t.regex(offline('./seatrial', 'inspect', recording).stdout, /oltp/);
  t.regex(offline('./seatrial', 'claims').stdout, /ha\.switch/);
  t.regex(offline('./seatrial', 'inspect', recording, '--format', 'json').stdout, /"records"/);
});

test.serial('planted: a byte more is noticed', t => {
  appendFileSync(join(unpacked, 'README.md'), ' ');
  const checked = spawnSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], {cwd: unpacked, encoding: 'utf8'});
  t.not(checked.status, 0);
  t.regex(checked.stdout, /README\.md: FAILED/);
});
