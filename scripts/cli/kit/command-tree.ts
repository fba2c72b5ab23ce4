/**
 * The commands as data: what the reference, the man page and the shells' completion are made of. Read from commander's
 * own tree, so that none of them can say anything else than the program does.
 */
import type {Argument, Command, Option} from 'commander';

/** What a value is, as far as a shell can complete it. */
export type ValueKind = {of: 'choices'; choices: readonly string[]} | {of: 'file' | 'folder' | 'other'};

export interface DescribedOption {
  /** `-V, --version`, `--lab [name]`. */
  flags: string;
  /** `--lab`, and `-l` where there is one. */
  names: readonly string[];
  about: string;
  /** Absent where it takes none. */
  value?: ValueKind;
  /** A value may follow, or not. */
  optional: boolean;
  mandatory: boolean;
  /** As text; absent where there is none. */
  otherwise?: string;
}

export interface DescribedArgument {
  /** `<run>`, `[files...]`. */
  words: string;
  about: string;
  value: ValueKind;
  variadic: boolean;
  otherwise?: string;
}

export interface DescribedCommand {
  /** `seatrial lab up`. */
  path: readonly string[];
  about: string;
  /** The heading it stands under in the help above it. */
  group: string;
  arguments: readonly DescribedArgument[];
  options: readonly DescribedOption[];
  /** What the help says last: examples, exit codes. */
  more: string;
  commands: readonly DescribedCommand[];
}

export function describeCommand(command: Command, above: readonly string[] = []): DescribedCommand {
  const path = [...above, command.name()];
  return {
    path,
    about: command.description(),
    group: command.helpGroup(),
    arguments: command.registeredArguments.map(describeArgument),
    options: command.options.filter(({hidden}) => !hidden).map(describeOption),
    more: moreHelp(command),
    commands: command.commands.map(each => describeCommand(each, path)),
  };
}

/** A command and all below it. */
export function everyCommand(command: DescribedCommand): readonly DescribedCommand[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function describeOption(option: Option): DescribedOption {
  const {flags, description, short, long, required, optional, mandatory, argChoices, defaultValue} = option;
  const [, name] = /[<[]([^>\]]+)[>\]]/.exec(flags) ?? [];
  return {
    flags,
    names: [short, long].filter(each => each !== undefined),
    about: description,
    ...(required || optional ? {value: kindOf(name ?? '', argChoices)} : {}),
    optional,
    mandatory,
    ...(defaultValue === undefined ? {} : {otherwise: String(option.defaultValueDescription ?? defaultValue)}),
  };
}

function describeArgument(argument: Argument): DescribedArgument {
  const {description, required, variadic, argChoices, defaultValue} = argument;
  const name = `${argument.name()}${variadic ? '...' : ''}`;
  return {
    words: required ? `<${name}>` : `[${name}]`,
    about: description,
    value: kindOf(argument.name(), argChoices),
    variadic,
    ...(defaultValue === undefined ? {} : {otherwise: String(defaultValue)}),
  };
}

/** By what the placeholder calls it: `<file>`, `<share or file>`, `<folder>`, `<run...>`. */
function kindOf(name: string, choices: readonly string[] | undefined): ValueKind {
  if (choices !== undefined) return {of: 'choices', choices};
  if (/\bfiles?\b/.test(name)) return {of: 'file'};
  return {of: /\b(folder|runs?|dir)\b/.test(name) ? 'folder' : 'other'};
}

/** The help's own text after the options: what `addHelpText('after', …)` added. */
function moreHelp(command: Command): string {
  const written: string[] = [];
  const before = command.configureOutput();
  command.configureOutput({writeOut: text => void written.push(text), getOutHasColors: () => false});
  command.outputHelp();
  command.configureOutput(before);
  return written.join('').slice(command.helpInformation().length).trim();
}
