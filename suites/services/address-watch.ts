/** A virtual address as the client sees it: an echo every few milliseconds, and who announces the address. */
import {readOnly, stdoutOf} from '../../harness/cluster/commands.ts';
import type {Cluster, Command, Result, Trial} from '../../harness/types.ts';
import {echoArtefact, echoCommand, keepEnd} from '../steps/echo.ts';

export const arpArtefact = 'arp.txt';

/** `10.0.3.200 dev eth0 src …`: the client's way to the address. */
const wayTo = 'ip -o route get "$1" | sed -n "s/.* dev \\([^ ]*\\).*/\\1/p"';
/** Whoever has the address is asked for anew: two holders answer both. */
const askAnew = 'ip neighbour flush to "$1" dev "$2"; exec ping -n -c 3 -i 0.3 -W 1 "$1"';

function arpCommand(address: string, device: string, seconds: number): Command {
  const listen = ['tcpdump', '-e', '-n', '-tt', '-l', '-i', device, `arp and arp src host ${address}`] as const;
  const argv = ['timeout', '--foreground', '--signal=INT', String(seconds), ...listen] as const;
  return {argv, timeoutMs: (seconds + 30) * 1000, idempotent: false};
}

/** For a plan that is only printed. */
export function addressPreview({client}: Cluster, address: string, intervalMs: number) {
  return [echoCommand(address, intervalMs, 60), arpCommand(address, 'DEVICE', 60)].map(({argv}) => ({
    host: client.name,
    argv,
  }));
}

export interface AddressWatch {
  /** Ends both, and keeps what they saw, whatever became of the trial. Whether the listener listened is in its text. */
  stop(): Promise<void>;
}

export async function watchAddress(
  trial: Trial,
  address: string,
  options: {intervalMs: number; seconds: number},
): Promise<Result<AddressWatch, string>> {
  const {cluster} = trial;
  const {client, transport} = cluster;
  const way = await stdoutOf(transport, client, readOnly(['sh', '-c', wayTo, 'way', address]));
  if (!way.ok) return way;
  const device = way.value.trim();
  if (device === '') return {ok: false, error: `${client.name} has no way to ${address}`};
  const echo = await transport.start(client, echoCommand(address, options.intervalMs, options.seconds));
  const arp = await transport.start(client, arpCommand(address, device, options.seconds));
  return {
    ok: true,
    value: {
      async stop() {
        await keepEnd(trial, echoArtefact, echo);
        // Only now: the client's own table must stay as a client's is while it watches.
        await transport.exec(client, {
          argv: ['sh', '-c', askAnew, 'ask', address, device],
          timeoutMs: 10_000,
          idempotent: false,
        });
        await keepEnd(trial, arpArtefact, arp);
      },
    },
  };
}
