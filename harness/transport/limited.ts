import type {Host, Outcome, Transport} from '../types.ts';

/**
 * A transport that has so many commands at most under way on one host: what many ask at once waits for its turn.
 * OpenSSH's server lets ten sessions through one connection (MaxSessions) and refuses the rest.
 */
export function limitedTransport(transport: Transport, perHost: number): Transport {
  const busy = new Map<string, {running: number; waiting: (() => void)[]}>();
  const inTurn = async (host: Host, act: () => Promise<Outcome>): Promise<Outcome> => {
    const own = busy.get(host.name) ?? {running: 0, waiting: []};
    busy.set(host.name, own);
    if (own.running >= perHost) await new Promise<void>(resolve => own.waiting.push(resolve));
    else own.running += 1;
    try {
      return await act();
    } finally {
      // Whoever waits takes this place over.
      const next = own.waiting.shift();
      if (next === undefined) own.running -= 1;
      else next();
    }
  };
  return {...transport, exec: (host, command) => inTurn(host, () => transport.exec(host, command))};
}
