/** Where passwords come from. The text of an inventory never holds one. */
import {readFileSync} from 'node:fs';

/** Never the password. */
export type PasswordSource = {file: string} | {env: string};

/** The password, or a sentence of where there is none. A line end after it does not belong to it. */
export function readPassword(source: PasswordSource): {ok: true; value: string} | {ok: false; error: string} {
  const password = 'file' in source ? textOf(source.file) : process.env[source.env];
  if (password !== undefined && password !== '') return {ok: true, value: password};
  const place = 'file' in source ? `the file ${source.file}` : `the environment variable ${source.env}`;
  return {ok: false, error: `${place} is empty or missing`};
}

/** Nothing where the file went away since the inventory was read. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}
