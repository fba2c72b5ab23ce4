import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {cached, hashOf} from './cache.ts';
import {buildGuestDisk} from './disk.ts';
import {guestCommandLine} from './image.ts';

test('the command line says who the guest is', t => {
  const line = guestCommandLine({name: 'vm1', address: '10.0.0.7/24', gateway: '10.0.0.1', mtu: 9000});
  for (const word of [
    'console=ttyS0',
    'seatrial.name=vm1',
    'seatrial.address=10.0.0.7/24',
    'seatrial.gateway=10.0.0.1',
    'seatrial.mtu=9000',
  ])
    t.true(line.split(' ').includes(word), word);
  t.notRegex(guestCommandLine({name: 'vm1', address: '10.0.0.7/24'}), /gateway|mtu/);
});

test('a name that would end up in a boot script is refused before anything is built', async t => {
  const built = await buildGuestDisk({name: 'vm1; halt', address: '10.0.0.7/24'}, '/nonexistent/disk', () => t.fail());
  t.regex(built.ok ? '' : built.error, /cannot be called vm1; halt/);
});

test.serial('of several builds at once one is kept, whole; a failed one leaves nothing', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'seatrial-cache-'));
  process.env.SEATRIAL_CACHE = folder;
  const results = await Promise.all(
    ['a', 'b', 'c'].map(text =>
      cached('thing', async building => {
        await writeFile(join(building, 'file'), text);
        return {ok: true, value: undefined};
      }),
    ),
  );
  t.true(results.every(result => result.ok && result.value === join(folder, 'thing')));
  t.regex(await readFile(join(folder, 'thing', 'file'), 'utf8'), /^[abc]$/);
  t.deepEqual(await cached('other', async () => ({ok: false, error: 'no compiler'})), {
    ok: false,
    error: 'no compiler',
  });
  t.deepEqual(await readdir(folder), ['thing']);
  await rm(folder, {recursive: true});
});

test('the hash changes with names and contents', async t => {
  const one = await hashOf([{name: 'a', text: 'bc'}]);
  t.is(one, await hashOf([{name: 'a', text: 'bc'}]));
  t.not(one, await hashOf([{name: 'ab', text: 'c'}]));
  t.not(one, await hashOf([{name: 'a', text: 'bd'}]));
});
