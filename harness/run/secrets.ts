/**
 * Secrets that raw output may carry, taken out before it is stored: the passwords that this process was given, and what
 * a cluster's configuration keeps for its fence devices (`cibadmin` prints those as they are). Pure.
 */
import type {Cluster} from '../types.ts';

const instead = '(secret)';
const secretName = /\bname="[^"]*(?:passw|passphrase|secret|token_value|private_key)[^"]*"/i;

/** Those that the harness holds itself. */
export function secretsOf({nodes, client}: Pick<Cluster, 'nodes' | 'client'>): readonly string[] {
  return [...nodes, client].flatMap(({bmc}) => (bmc === undefined || bmc.password === '' ? [] : [bmc.password]));
}

/**
 * The text with each secret replaced, also as it stands in JSON, and with the values of a configuration's entries whose
 * names say that they are secret. Anything else stays byte for byte.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const written = secrets.flatMap(secret => [secret, JSON.stringify(secret).slice(1, -1)]);
  const without = [...new Set(written)].reduce((left, secret) => left.replaceAll(secret, instead), text);
  if (!without.includes('nvpair')) return without;
  return without.replace(/<nvpair\b[^>]*>/g, entry =>
    secretName.test(entry) ? entry.replace(/\bvalue="[^"]*"/, `value="${instead}"`) : entry,
  );
}
