/** Signatures over a run's manifest, by tools that people already have keys for: `ssh-keygen -Y` and minisign. */
import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {writeWhole} from '../../../harness/files.ts';
import {manifestName} from '../../../harness/run/manifest.ts';
import {runLocally} from '../../../harness/transport/local.ts';
import type {Outcome, Result} from '../../../harness/types.ts';
import {signatureNames} from './manifest.ts';

/** Binds an SSH signature to its purpose: one made for git or mail does not pass here. */
const namespace = 'seatrial';
const timeoutMs = 60_000;

export type Kind = keyof typeof signatureNames;

/** The kinds of signature that lie beside the manifest. */
export function signaturesIn(folder: string): readonly Kind[] {
  return (['ssh', 'minisign'] as const).filter(kind => existsSync(join(folder, signatureNames[kind])));
}

/**
 * Signs the manifest with a private key (or, for SSH, a public one whose private half the agent holds). Errors are
 * sentences.
 */
export async function sign(folder: string, kind: Kind, key: string): Promise<Result<string, string>> {
  const manifest = join(folder, manifestName);
  const signature = join(folder, signatureNames[kind]);
  if (kind === 'minisign') {
    const done = await run(['minisign', '-S', '-s', key, '-m', manifest, '-x', signature]);
    return done.ok ? {ok: true, value: signature} : done;
  }
  // Without a file name ssh-keygen signs its standard input, and never asks whether to overwrite.
  const done = await run(['ssh-keygen', '-Y', 'sign', '-f', key, '-n', namespace], await readFile(manifest, 'utf8'));
  if (!done.ok) return done;
  await writeWhole(signature, done.value);
  return {ok: true, value: signature};
}

/** Who signed, by a file of allowed signers (ssh-keygen(1)) or a minisign public key file. Errors are sentences. */
export async function signer(folder: string, kind: Kind, trusted: string): Promise<Result<string, string>> {
  const manifest = join(folder, manifestName);
  const signature = join(folder, signatureNames[kind]);
  if (!existsSync(trusted)) return {ok: false, error: `there is no file ${trusted}`};
  if (kind === 'minisign') {
    const checked = await run(['minisign', '-V', '-q', '-p', trusted, '-m', manifest, '-x', signature]);
    return checked.ok ? {ok: true, value: trusted} : checked;
  }
  const found = await run(['ssh-keygen', '-Y', 'find-principals', '-s', signature, '-f', trusted]);
  const identity = found.ok ? found.value.trim().split('\n')[0] : undefined;
  if (identity === undefined || identity === '') {
    return {ok: false, error: `its key is not among the allowed signers in ${trusted}`};
  }
  const words = ['-f', trusted, '-I', identity, '-n', namespace, '-s', signature];
  const checked = await run(['ssh-keygen', '-Y', 'verify', ...words], await readFile(manifest, 'utf8'));
  return checked.ok ? {ok: true, value: identity} : checked;
}

async function run(argv: readonly [string, ...string[]], stdin?: string): Promise<Result<string, string>> {
  const outcome = await runLocally({argv, timeoutMs, idempotent: false, ...(stdin === undefined ? {} : {stdin})});
  if (outcome.exit.kind === 'exited' && outcome.exit.code === 0) return {ok: true, value: outcome.stdout};
  return {ok: false, error: `${argv[0]}: ${complaint(outcome)}`};
}

function complaint({exit, stdout, stderr}: Outcome): string {
  const said = `${stderr}\n${stdout}`.trim().split('\n')[0] ?? '';
  if (exit.kind === 'unreachable') return `${exit.reason} (is it installed?)`;
  if (said !== '') return said;
  return exit.kind === 'exited' ? `exit code ${exit.code}` : exit.kind;
}
