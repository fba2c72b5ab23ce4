import type {Outcome, Running, Transport} from '../types.ts';
import {sideBySide, turns} from './bounded.ts';

/**
 * A transport whose commands end with the trial that started them: an abort stops what runs, and `stopAll` stops what
 * was left running, so that a scenario cut short cannot leave a load or a probe behind. Commands given after the abort
 * are not started.
 */
export function scopedTransport(
  transport: Transport,
  signal: AbortSignal,
): {transport: Transport; stopAll(): Promise<void>} {
  const running = new Set<Running>();
  const turn = turns(sideBySide);
  const refused = (): Outcome => ({
    stdout: '',
    stderr: '',
    durationMs: 0,
    exit: {kind: 'unreachable', reason: 'the trial was interrupted'},
  });
  const start: Transport['start'] = async (host, command) => {
    if (signal.aborted) return {outcome: Promise.resolve(refused()), stop: async () => refused()};
    const started = await transport.start(host, command);
    const stop = () => void started.stop();
    running.add(started);
    signal.addEventListener('abort', stop, {once: true});
    if (signal.aborted) stop();
    void started.outcome.then(() => {
      running.delete(started);
      signal.removeEventListener('abort', stop);
    });
    return started;
  };
  return {
    transport: {
      start,
      exec: (host, command) => turn(async () => (await start(host, command)).outcome),
      upload: (...args) => transport.upload(...args),
      download: (...args) => transport.download(...args),
    },
    async stopAll() {
      await Promise.all([...running].map(each => each.stop()));
    },
  };
}
