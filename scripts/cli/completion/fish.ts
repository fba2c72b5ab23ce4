/** Completion for fish: a line for every command, option and argument. */
import {type DescribedCommand, everyCommand, type ValueKind} from '../kit/command-tree.ts';
import {helpOption, namedCommands, pathText} from './shared.ts';

export function fishCompletion(root: DescribedCommand): string {
  return `# Completion of seatrial for fish, made by: seatrial completion fish
function __seatrial_at
    set -l path ''
    for word in (commandline -opc)[2..-1]
        if contains -- "$path $word" ${namedCommands(root)
          .map(command => quoted(pathText(command)))
          .join(' ')}
            set path "$path $word"
        end
    end
    test "$path" = "$argv[1]"
end

complete -c seatrial -f
${everyCommand(root).flatMap(linesOf).join('\n')}
`;
}

function linesOf(command: DescribedCommand): string[] {
  const at = `complete -c seatrial -n ${quoted(`__seatrial_at '${pathText(command)}'`)}`;
  const [first] = command.arguments;
  return [
    ...command.commands.map(({path, about}) => `${at} -a ${path.at(-1)} -d ${quoted(about)}`),
    ...(first === undefined || first.value.of === 'other'
      ? []
      : [`${at} ${offered(first.value)} -d ${quoted(first.about)}`]),
    ...command.options.map(
      ({names, about, value, optional}) =>
        `${at} ${flags(names)}${value === undefined || optional ? '' : ` ${wanted(value)}`} -d ${quoted(about)}`,
    ),
    `${at} ${flags(helpOption.names)} -d ${quoted(helpOption.about)}`,
  ];
}

function flags(names: readonly string[]): string {
  return names.map(name => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(' ');
}

/** What follows an option that wants a value, and nothing else. */
function wanted(value: ValueKind): string {
  return value.of === 'file' ? '-r -F' : `-x ${offered(value)}`.trimEnd();
}

function offered(value: ValueKind): string {
  switch (value.of) {
    case 'choices':
      return `-a ${quoted(value.choices.join(' '))}`;
    case 'file':
      return '-F';
    case 'folder':
      return "-a '(__fish_complete_directories)'";
    case 'other':
      return '';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
