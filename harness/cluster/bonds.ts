/** Bonds of a host, as they are now. */
import {type Bond, bondsScript, parseBonds} from '../parse/bonds.ts';
import type {Cluster, Host, Result} from '../types.ts';
import {readOnly, stdoutOf} from './commands.ts';

export async function bondsOf(
  {transport}: Pick<Cluster, 'transport'>,
  host: Host,
): Promise<Result<readonly Bond[], string>> {
  const said = await stdoutOf(transport, host, readOnly(['sh', '-c', bondsScript], 15_000));
  if (!said.ok) return said;
  const read = parseBonds(said.value, `bonds of ${host.name}`);
  if (read.ok) return read;
  const {artefact, path, expected, found} = read.error;
  return {ok: false, error: `${artefact}: ${path}: expected ${expected}, found ${found}`};
}
