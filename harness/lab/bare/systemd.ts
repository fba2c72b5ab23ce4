/** How far a bare host's systemd has come. */
import type {Host, Transport} from '../../types.ts';

export interface SystemdState {
  host: string;
  /** As `systemctl is-system-running` words it; `unreachable` where the host does not answer. */
  state: string;
  /** Units that failed. */
  failed: readonly string[];
}

const ask = "systemctl is-system-running; systemctl list-units --failed --plain --no-legend | cut -d' ' -f1";

export function systemdStates(transport: Transport, hosts: readonly Host[]): Promise<SystemdState[]> {
  return Promise.all(
    hosts.map(async host => {
      const outcome = await transport.exec(host, {argv: ['sh', '-c', ask], timeoutMs: 5_000, idempotent: true});
      if (outcome.exit.kind !== 'exited') return {host: host.name, state: 'unreachable', failed: []};
      return {host: host.name, ...readSystemdState(outcome.stdout)};
    }),
  );
}

/** First line the state, then a failed unit a line. */
export function readSystemdState(text: string): Pick<SystemdState, 'state' | 'failed'> {
  const [state = '', ...failed] = text.split('\n').filter(line => line !== '');
  return {state: state === '' ? 'starting' : state, failed};
}
