/** Completion for bash: one function that knows the whole tree, and starts no program. */
import {type DescribedCommand, everyCommand, type ValueKind} from '../kit/command-tree.ts';
import {helpOption, namedCommands, pathText} from './shared.ts';

export function bashCompletion(root: DescribedCommand): string {
  const paths = namedCommands(root).map(command => `'${pathText(command)}'`);
  const cases = everyCommand(root);
  return `# Completion of seatrial for bash, made by: seatrial completion bash
_seatrial() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} path='' word last=$COMP_CWORD
  # bash takes "--storage=ceph" apart at the sign.
  if [[ $current == '=' ]]; then current=''; elif [[ $previous == '=' ]]; then previous=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  for word in "\${COMP_WORDS[@]:1:last-1}"; do
    [[ $word == '--' ]] && { _seatrial_files -f; return; }
    case "$path $word" in
      ${paths.join('|')}) path="$path $word" ;;
    esac
  done
  case "$path:$previous" in
${cases.flatMap(valueCases).join('\n')}
  esac
  case "$path:$current" in
${cases.map(command => `    '${pathText(command)}:-'*) _seatrial_words '${optionWords(command)}' ;;`).join('\n')}
${cases.flatMap(wordCase).join('\n')}
  esac
}

_seatrial_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }

_seatrial_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
}

complete -F _seatrial seatrial
`;
}

/** After an option that wants a value, only that value is offered; one that may have none is left open. */
function valueCases(command: DescribedCommand): string[] {
  return command.options.flatMap(({names, value, optional}) => {
    if (value === undefined) return [];
    const patterns = names.map(name => `'${pathText(command)}:${name}'`).join('|');
    return optional ? [] : [`    ${patterns}) ${offered(value)}; return ;;`];
  });
}

function wordCase(command: DescribedCommand): string[] {
  const [first] = command.arguments;
  if (command.commands.length > 0) {
    return [
      `    '${pathText(command)}:'*) _seatrial_words '${command.commands.map(({path}) => path.at(-1)).join(' ')}' ;;`,
    ];
  }
  return first === undefined ? [] : [`    '${pathText(command)}:'*) ${offered(first.value)} ;;`];
}

function optionWords({options}: DescribedCommand): string {
  return [...options.flatMap(({names}) => names), ...helpOption.names].join(' ');
}

function offered(value: ValueKind): string {
  switch (value.of) {
    case 'choices':
      return `_seatrial_words '${value.choices.join(' ')}'`;
    case 'file':
      return '_seatrial_files -f';
    case 'folder':
      return '_seatrial_files -d';
    case 'other':
      return ':';
  }
}
