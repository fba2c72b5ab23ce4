/** Words for a POSIX shell: what is plain stays as it is, everything else is put in single quotes. */
export function quoted(argv: readonly string[]): string {
  return argv
    .map(word => (/^[A-Za-z0-9_/.:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
