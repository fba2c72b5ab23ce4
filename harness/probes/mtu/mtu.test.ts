import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {execaSync} from 'execa';
import {mtuCommand, parseMtu} from './driver.ts';

/** A network for the script: `ping` answers up to so many bytes, `ip` and `cat` tell of an interface. */
function tried(interfaceBytes: number, passesBytes: number, options: {flag: boolean; once?: true}): string {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-mtu-'));
  const flag = options.flag ? 'shift 2' : 'exit 1';
  const lose = options.once === true ? `[ -e ${folder}/$size ] || { : >${folder}/$size; exit 1; }` : '';
  const programs = {
    ip: 'echo "3: stor0    inet 10.0.0.1/24 scope global stor0"',
    cat: `echo ${interfaceBytes}`,
    ping: `[ "$1" = -M ] && { ${flag}; }
for each in "$@"; do [ "$before" = -s ] && size=$each; before=$each; done
[ -z "$size" ] && exit 0
${lose}
[ $((size + 28)) -le ${passesBytes} ] && echo "64 bytes from x: icmp_seq=1 ttl=64"`,
  };
  try {
    for (const [name, body] of Object.entries(programs))
      writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, {mode: 0o755});
    const [program, ...rest] = mtuCommand('10.0.0.1', ['10.0.0.2']).argv;
    return execaSync(program, rest, {env: {PATH: `${folder}:${process.env['PATH']}`}, reject: false}).stdout;
  } finally {
    rmSync(folder, {recursive: true});
  }
}

test('the largest packet that passes is found to the byte, with and without -M', t => {
  for (const flag of [true, false]) {
    t.is(tried(1500, 1500, {flag}), 'mtu 10.0.0.2 1500 1500');
    t.is(tried(9000, 1500, {flag}), 'mtu 10.0.0.2 9000 1500');
    t.is(tried(9000, 8999, {flag}), 'mtu 10.0.0.2 9000 8999');
    t.is(tried(9000, 1450, {flag, once: true}), 'mtu 10.0.0.2 9000 1450');
    t.is(tried(1500, 0, {flag}), 'mtu 10.0.0.2 1500 0');
  }
});

test('what is no line of it is named', t => {
  t.deepEqual(parseMtu('mtu 10.0.0.2 9000 1500\nmtu fd00::2 9000 0\n', 'a'), {
    ok: true,
    value: [
      {address: '10.0.0.2', interfaceBytes: 9000, passedBytes: 1500},
      {address: 'fd00::2', interfaceBytes: 9000, passedBytes: 0},
    ],
  });
  const cut = parseMtu('mtu 10.0.0.2 9000 1500\nmtu 10.0', 'a');
  t.is(cut.ok ? '' : cut.error.path, 'line 2');
  t.false(parseMtu('', 'a').ok);
});
