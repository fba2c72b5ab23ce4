import {idempotent} from '../cluster/commands.ts';
import type {Command} from '../types.ts';

/**
 * The new file is written beside the old one and synced; then it takes the old one's owner, mode, access list and
 * SELinux label, and its place: what a link leads to is replaced, and the link stays. Cut off anywhere, the old file
 * or the new one is there, and never a part. `cp --attributes-only` copies what the file system has; it does not fail
 * over a label.
 */
const script = `
path=$(readlink -f -- "$1")
part=$path.seatrial
trap 'rm -f -- "$part"' EXIT
cat >"$part"
cp --attributes-only --preserve=mode,ownership,context -- "$path" "$part" 2>/dev/null ||
  cp --attributes-only --preserve=mode,ownership -- "$path" "$part"
sync -- "$part"
mv -f -- "$part" "$path"`;

/** A file that is there gets this text; who it belongs to and who may read it stays as it was. Twice gives the same. */
export function overwriteCommand(path: string, text: string): Command {
  return idempotent(['sh', '-ec', script, 'overwrite', path], 10_000, text);
}
