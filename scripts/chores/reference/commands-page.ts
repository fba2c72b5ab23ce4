/** docs/reference/commands.md: every command with its arguments, options and examples. Pure. */
import {type DescribedCommand, type DescribedOption, everyCommand} from '../../cli/kit/command-tree.ts';
import {table} from './markdown.ts';

export function commandsPage(root: DescribedCommand): string {
  const groups = [...new Set(root.commands.map(({group}) => group))];
  const overview = groups.flatMap(group => [
    '',
    `**${group.replace(/:$/, '')}**`,
    '',
    ...root.commands
      .filter(command => command.group === group)
      .map(command => `- [\`${titleOf(command)}\`](#${anchorOf(command)}): ${inText(command.about)}`),
  ]);
  return [
    '# Commands',
    '',
    'Made by `npm run reference` from the same tree that the program parses by. `man seatrial` says the same, and',
    '`seatrial completion bash` (or `zsh`, `fish`) prints what a shell needs to complete it.',
    ...overview,
    '',
    '## On every command',
    '',
    ...table(['option', 'meaning'], root.options.map(optionRow)),
    '',
    ...root.more.split('\n\n').slice(-1),
    ...everyCommand(root).slice(1).flatMap(section),
    '',
  ].join('\n');
}

function section(command: DescribedCommand): string[] {
  const {path, about, arguments: operands, options, more, commands} = command;
  const usage = [
    ...path,
    ...(options.length > 0 ? ['[options]'] : []),
    ...(commands.length > 0 ? ['COMMAND'] : []),
    ...operands.map(({words}) => words),
  ];
  return [
    '',
    `${'#'.repeat(path.length)} ${titleOf(command)}`,
    '',
    inText(about),
    '',
    '```text',
    usage.join(' '),
    '```',
    ...(operands.length === 0
      ? []
      : [
          '',
          ...table(
            ['argument', 'meaning'],
            operands.map(({words, about, value, otherwise}) => [`\`${words}\``, meaning({about, value, otherwise})]),
          ),
        ]),
    ...(options.length === 0 ? [] : ['', ...table(['option', 'meaning'], options.map(optionRow))]),
    ...(more === '' ? [] : ['', '```text', more, '```']),
  ];
}

function optionRow({flags, about, value, otherwise, mandatory}: DescribedOption): string[] {
  return [`\`${flags}\``, `${mandatory ? '**needed**: ' : ''}${meaning({about, value, otherwise})}`];
}

interface Meaning {
  about: string;
  value: DescribedOption['value'] | undefined;
  otherwise: string | undefined;
}

function meaning({about, value, otherwise}: Meaning): string {
  const choices = value?.of === 'choices' ? `; ${value.choices.map(choice => `\`${choice}\``).join(', ')}` : '';
  return `${inText(about)}${choices}${otherwise === undefined ? '' : `; default \`${otherwise}\``}`;
}

/** A `<` of the help must not begin an element. */
function inText(text: string): string {
  return text.replaceAll('<', '&lt;');
}

function titleOf({path}: DescribedCommand): string {
  return path.slice(1).join(' ');
}

function anchorOf(command: DescribedCommand): string {
  return titleOf(command).replaceAll(' ', '-');
}
