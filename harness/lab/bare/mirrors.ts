/** Where this machine takes its own Debian packages from; the lab's hosts do the same. */
import {runLocally} from '../../transport/local.ts';
import type {Result} from '../../types.ts';

export interface Mirrors {
  /** Of the archive, such as `http://deb.debian.org/debian`; no slash at the end. */
  archive: string;
  /** Of the security updates; absent where this machine has none. */
  security?: string;
}

/** Asks apt itself, which reads every form of its sources. */
export async function machineMirrors(): Promise<Result<Mirrors, string>> {
  const said = await runLocally({
    argv: ['apt-get', 'indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'],
    timeoutMs: 20_000,
    idempotent: true,
  });
  const found = mirrorsIn(said.stdout);
  return found === undefined
    ? {ok: false, error: "this machine's apt sources name no mirror of Debian by http or https"}
    : {ok: true, value: found};
}

/** `uris`: one a line. The first that ends as Debian's archive and its security updates do. */
export function mirrorsIn(uris: string): Mirrors | undefined {
  const all = uris
    .split('\n')
    .map(line => line.trim().replace(/\/+$/, ''))
    .filter(line => /^https?:\/\/[^/\s]+\//.test(line));
  const archive = all.find(uri => /\/debian$/.test(uri));
  const security = all.find(uri => /\/debian-security$/.test(uri));
  return archive === undefined ? undefined : {archive, ...(security === undefined ? {} : {security})};
}
