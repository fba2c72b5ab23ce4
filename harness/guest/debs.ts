/** Debian packages that the image is made of and that need not be installed here: fetched once, and unpacked. */
import {runLocally} from '../transport/local.ts';
import type {Result} from '../types.ts';
import {cached} from './cache.ts';

/** apt's own lists may be older than the mirror: a failed download is tried once more with fresh ones. */
const script = `cd "$1" && shift && get() { apt-get -q -o APT::Sandbox::User=root download "$@"; }
{ get "$@" || { apt-get -q update && get "$@"; }; } && for deb in *.deb; do dpkg-deb -x "$deb" . || exit 1; done && rm -f *.deb`;

/**
 * The folder of the cache that holds what these packages contain, without what they depend on. `say` is told of what
 * is fetched.
 */
export function unpackedDebs(
  name: string,
  packages: readonly string[],
  say: () => void,
): Promise<Result<string, string>> {
  return cached(name, async building => {
    say();
    const {exit, stderr} = await runLocally({
      argv: ['sh', '-c', script, 'sh', building, ...packages],
      timeoutMs: 120_000,
      idempotent: true,
    });
    if (exit.kind === 'exited' && exit.code === 0) return {ok: true, value: undefined};
    const said = stderr.trim().split('\n').slice(-3).join(' | ');
    return {
      ok: false,
      error: `cannot fetch ${packages.join(' and ')}: ${said === '' ? JSON.stringify(exit) : said}; is a Debian mirror reachable?`,
    };
  });
}
