import {Argument, type Command} from 'commander';
import {type DescribedCommand, describeCommand} from '../kit/command-tree.ts';
import {bashCompletion} from './bash.ts';
import {fishCompletion} from './fish.ts';
import {zshCompletion} from './zsh.ts';

const shells: Readonly<Record<string, (root: DescribedCommand) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export function setUp(command: Command): void {
  command
    .addArgument(new Argument('<shell>', 'the shell it is for').choices(Object.keys(shells)))
    .addHelpText(
      'after',
      `
Examples:
  seatrial completion bash > /etc/bash_completion.d/seatrial             for everybody
  seatrial completion zsh > /usr/local/share/zsh/site-functions/_seatrial
  seatrial completion fish > /etc/fish/completions/seatrial.fish
  source <(seatrial completion bash)                                     for this session

The script holds every command, option and choice of this version; make it again after an update.
Exit code: 0 printed, 3 wrong usage.`,
    )
    .action(async (shell: string) => {
      const {program} = await import('../program.ts');
      process.stdout.write(shells[shell]?.(describeCommand(await program({every: true}))) ?? '');
    });
}
