import test from 'ava';
import {Command} from 'commander';
import {setUp} from './command.ts';

async function refused(...words: string[]): Promise<string> {
  const command = new Command('image').exitOverride();
  setUp(command);
  return command.parseAsync(words, {from: 'user'}).then(
    () => 'nothing was refused',
    (error: Error) => error.message,
  );
}

test('what describes the guest of a disk comes with --disk, and a disk comes with it', async t => {
  t.regex(await refused('--name', 'vm1'), /describe the guest of a disk/);
  t.regex(await refused('--mtu', '9000'), /describe the guest of a disk/);
  t.regex(await refused('--disk', '/nonexistent/x'), /needs a name and an address/);
  t.regex(
    await refused('--disk', '/nonexistent/x', '--name', 'vm1', '--address', '10.0.3.101'),
    /needs a name and an address/,
  );
  t.regex(await refused('--disk', '/nonexistent/x', '--name', 'vm1', '--address', '10.0.3.101/64'), /needs a name/);
});
