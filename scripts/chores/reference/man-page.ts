/** man/seatrial.1, in the man macros that groff and mandoc both read. Pure. */
import {type DescribedCommand, type DescribedOption, everyCommand} from '../../cli/kit/command-tree.ts';

export function manPage(root: DescribedCommand, version: string, date: string): string {
  return [
    '.\\" Made by npm run reference.',
    `.TH SEATRIAL 1 "${date}" "seatrial ${version}" "User Commands"`,
    '.SH NAME',
    `seatrial \\- ${escaped(root.about.replace(/^A/, 'a').replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    '.B seatrial',
    '.I COMMAND',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    ...paragraph(
      'Provokes faults and load on a cluster of virtual machines with high availability (libvirt, QEMU, Corosync, Pacemaker, Ceph), times what becomes of them, and says of every documented promise whether it is met, missed, or undecided and why.',
    ),
    '.SH OPTIONS',
    ...root.options.flatMap(option),
    '.SH COMMANDS',
    ...everyCommand(root).slice(1).flatMap(section),
    '.SH EXAMPLES',
    ...verbatim(withoutHeading(root.more.split('\n\n')[0] ?? '')),
    '.SH EXIT STATUS',
    ...exitCodes(root.more),
    '.SH FILES',
    '.TP',
    '.I /var/lib/seatrial/journal',
    'What is in force on each cluster; seatrial heal undoes it.',
    '.SH SEE ALSO',
    '.BR fio (1),',
    '.BR iperf3 (1),',
    '.BR crm_mon (8),',
    '.BR virsh (1)',
    '',
  ].join('\n');
}

function section({path, about, arguments: operands, options, more, commands}: DescribedCommand): string[] {
  const words = [
    ...(options.length > 0 ? ['[options]'] : []),
    ...(commands.length > 0 ? ['COMMAND'] : []),
    ...operands.map(({words}) => words),
  ];
  return [
    `.SS "${escaped(path.slice(1).join(' '))}${words.length > 0 ? ` ${escaped(words.join(' '))}` : ''}"`,
    ...paragraph(about),
    ...operands.flatMap(({words, about}) => tagged(`.I ${escaped(words)}`, about)),
    ...options.flatMap(option),
    ...(more === '' ? [] : ['.PP', ...verbatim(more)]),
  ];
}

function option({flags, about, value, otherwise}: DescribedOption): string[] {
  const choices = value?.of === 'choices' ? ` (${value.choices.join(', ')})` : '';
  return tagged(
    `.B ${escaped(flags)}`,
    `${about}${choices}${otherwise === undefined ? '' : `; ${otherwise} without it`}`,
  );
}

function tagged(tag: string, text: string): string[] {
  return ['.TP', tag, ...paragraph(text)];
}

/** `0 all met, 1 some missed, …` as a list. */
function exitCodes(more: string): string[] {
  const [, listed = ''] = /Exit code: (.*)\.$/.exec(more) ?? [];
  return listed.split(/, (?=\d)/).flatMap(each => {
    const [, code = '', meaning = ''] = /^(\d) (.*)$/.exec(each) ?? [];
    return tagged(`.B ${code}`, meaning);
  });
}

function withoutHeading(examples: string): string {
  return examples.replace(/^Examples:\n/, '');
}

/** Lines as they stand. */
function verbatim(text: string): string[] {
  return ['.nf', ...text.split('\n').map(line => (line === '' ? '.sp' : escaped(line))), '.fi'];
}

function paragraph(text: string): string[] {
  return [escaped(text)];
}

/** A backslash and a dash mean themselves, no line begins a macro, and what is not ASCII is named. */
function escaped(line: string): string {
  const text = line
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll(
      /[^\p{ASCII}]/gu,
      letter => `\\[u${letter.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
    );
  return /^[.']/.test(text) ? `\\&${text}` : text;
}
