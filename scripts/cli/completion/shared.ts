/** What the three shells are told of one command. */
import {type DescribedCommand, everyCommand} from '../kit/command-tree.ts';

/** commander adds it to every command without listing it. */
export const helpOption = {names: ['-h', '--help'], about: 'display help for command'} as const;

/** The path below `seatrial` as the scripts write it: ` lab up`, and nothing for seatrial itself. */
export function pathText({path}: DescribedCommand): string {
  return path
    .slice(1)
    .map(word => ` ${word}`)
    .join('');
}

/** Every command but seatrial itself. */
export function namedCommands(root: DescribedCommand): readonly DescribedCommand[] {
  return everyCommand(root).slice(1);
}
