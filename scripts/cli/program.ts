/** The command line as a tree: every command with its options. What is called is loaded; the rest is only named. */
import {Command} from 'commander';
import {groups} from './index.ts';
import {exitCodeHelp} from './kit/command-error.ts';
import {version} from './kit/package-files.ts';

/** `called`: the command whose options are wanted; `every` for the whole tree. */
export async function program(called: string | undefined | {every: true}): Promise<Command> {
  const seatrial = new Command('seatrial')
    .description('Acceptance tests for KVM clusters with high availability.')
    .version(version())
    .exitOverride()
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText(
      'after',
      `
Examples:
  seatrial doctor                                 what this machine lacks for a lab; of a cluster: --inventory FILE
  seatrial accept --lab --quick                   a first sea trial in a few minutes
  seatrial accept --inventory cluster.yaml        the real cluster
  seatrial report runs/2025-11-24T15-06-12-trial  judge a stored run again
  seatrial inspect fio.json iperf3.json           what is in files you have; no cluster needed

${exitCodeHelp}`,
    );
  for (const [title, group] of Object.entries(groups)) {
    seatrial.commandsGroup(title);
    for (const [name, {about, load}] of Object.entries(group)) {
      const command = seatrial.command(name).description(about);
      if (typeof called === 'object' || name === called) (await load())(command);
    }
  }
  return seatrial;
}
