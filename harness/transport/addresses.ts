/**
 * One machine has one address here, however it was written: names resolved, IPv6 in its short form. For telling
 * machines apart, not for connecting.
 */
import {isIP} from 'node:net';
import {turns} from './bounded.ts';
import {startProcess} from './process.ts';

const resolveMs = 3000;
const turn = turns(16);

/**
 * The addresses that a name stands for, as ssh on this machine would find them: through ssh's own configuration
 * (`HostName`; `config`: in place of ~/.ssh/config), hosts file and DNS. A name that does not resolve stands for
 * itself. Never rejects.
 */
export async function canonicalAddresses(address: string, config?: string): Promise<readonly string[]> {
  if (isIP(address) !== 0) return [canonicalIp(address)];
  const configured =
    /^hostname (\S+)$/m.exec(
      await said(['ssh', ...(config === undefined ? [] : ['-F', config]), '-G', '--', address]),
    )?.[1] ?? address;
  if (isIP(configured) !== 0) return [canonicalIp(configured)];
  const found = (await said(['getent', 'ahosts', configured])).matchAll(/^(\S+)\s+STREAM/gm);
  const addresses = [...new Set([...found].map(([, ip = '']) => canonicalIp(ip)))].sort();
  return addresses.length > 0 ? addresses : [configured.toLowerCase()];
}

/** `::1` for `0:0:0:0:0:0:0:1`, and `10.0.0.1` for `::ffff:10.0.0.1`. What is no address comes back as it is. Pure. */
export function canonicalIp(ip: string): string {
  if (isIP(ip) !== 6) return ip;
  // The zone of a link-local address is this machine's own word for a link.
  const [bare = ip] = ip.split('%');
  const short = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? [];
  if (high === undefined || low === undefined) return short;
  const bytes = [high, low].map(word => Number.parseInt(word, 16)).flatMap(word => [word >> 8, word & 255]);
  return bytes.join('.');
}

async function said(argv: [string, ...string[]]): Promise<string> {
  return turn(async () => (await startProcess({argv, timeoutMs: resolveMs, signals: 'group'}).outcome).stdout);
}
