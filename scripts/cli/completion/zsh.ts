/** Completion for zsh: a function for every command, each of them one call of zsh's own _arguments. */
import {type DescribedArgument, type DescribedCommand, everyCommand, type ValueKind} from '../kit/command-tree.ts';
import {helpOption} from './shared.ts';

export function zshCompletion(root: DescribedCommand): string {
  return `#compdef seatrial
# Completion of seatrial for zsh, made by: seatrial completion zsh
${everyCommand(root).map(functionOf).join('\n')}
if [[ $funcstack[1] == _seatrial ]]; then _seatrial "$@"; else compdef _seatrial seatrial; fi
`;
}

function functionOf(command: DescribedCommand): string {
  const specs = [
    ...command.options.flatMap(({names, about, value, optional}) => {
      const message = `[${inBrackets(about)}]`;
      const suffix = value === undefined ? '' : `${optional ? '::' : ':'}value:${action(value)}`;
      return names.map(name => `${name}${message}${suffix}`);
    }),
    ...helpOption.names.map(name => `${name}[${helpOption.about}]`),
  ];
  return command.commands.length > 0 ? withCommands(command, specs) : withArguments(command, specs);
}

function withCommands(command: DescribedCommand, specs: readonly string[]): string {
  const name = functionName(command);
  const listed = command.commands.map(({path, about}) => quoted(`${path.at(-1)}:${about}`));
  return `${name}() {
  local context state line
  local -a commands=(
    ${listed.join('\n    ')}
  )
  _arguments -C \\
    ${[...specs, '1:command:->command', '*::argument:->argument'].map(quoted).join(' \\\n    ')}
  case $state in
    command) _describe command commands ;;
    argument) (( $+functions[${name}_$line[1]] )) && ${name}_$line[1] ;;
  esac
}`;
}

function withArguments(command: DescribedCommand, specs: readonly string[]): string {
  const positional = command.arguments.map(argumentSpec);
  return `${functionName(command)}() {
  _arguments \\
    ${[...specs, ...positional].map(quoted).join(' \\\n    ')}
}`;
}

function argumentSpec({words, value, variadic}: DescribedArgument, index: number): string {
  const message = words.replaceAll(/[<>[\].:]/g, '');
  const optional = words.startsWith('[') ? ':' : '';
  return `${variadic ? '*' : index + 1}:${optional}${message}:${action(value)}`;
}

function functionName({path}: DescribedCommand): string {
  return `_${path.join('_')}`;
}

function action(value: ValueKind): string {
  switch (value.of) {
    case 'choices':
      return `(${value.choices.join(' ')})`;
    case 'file':
      return '_files';
    case 'folder':
      return '_files -/';
    case 'other':
      return ' ';
  }
}

function inBrackets(text: string): string {
  return text.replaceAll(/[[\]\\:]/g, found => `\\${found}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
