/** Starting the lab's apt proxy, and finding it again. */
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Result} from '../../types.ts';
import {waitFor} from '../../wait.ts';
import {adminAddress} from '../addresses.ts';
import {startApart} from '../enclosure.ts';
import {readLiving} from '../proc.ts';
import {type LabPlace, livingRack} from '../state.ts';
import {aptProxyPort} from './hosts.ts';
import type {Mirrors} from './mirrors.ts';

/** What apt fetched, of any lab. */
const aptCache = '/var/lib/seatrial/apt';
const proxyProgram = fileURLToPath(new URL(`./apt-proxy${path.extname(import.meta.url)}`, import.meta.url));

/** A process of its own outside the lab's network, known by the lab's mark; it ends by itself when the rack is gone. */
export async function startProxy(
  place: LabPlace,
  {archive, security}: Mirrors,
  signal: AbortSignal,
): Promise<Result<unknown, string>> {
  const rack = livingRack(place);
  if (rack === undefined) return {ok: false, error: 'the rack is gone'};
  mkdirSync(aptCache, {recursive: true, mode: 0o700});
  const words = [
    ...[String(rack.pid), rack.startTicks, adminAddress, String(aptProxyPort), place.state, aptCache, archive],
    ...(security === undefined ? [] : [security]),
  ];
  startApart(place, 'apt-proxy', [process.execPath, proxyProgram, ...words]);
  return waitFor("the lab's apt proxy", 15_000, async () => proxyOf(place), {intervalMs: 50, signal});
}

/** The proxy's process, if it lives. */
export const proxyOf = (place: LabPlace) => readLiving(path.join(place.state, 'apt-proxy'));
