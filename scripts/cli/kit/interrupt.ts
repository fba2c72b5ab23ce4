import {atTerminal} from './terminal.ts';

/**
 * Ctrl-C, SIGTERM, or a session that was lost. The first asks the run to stop: what nobody has touched yet is left as
 * it was, what was done is healed, what was measured is stored. A second only hurries: faults are still taken back,
 * and nothing is waited for. No number of them leaves a fault in force.
 */
export interface Interrupt {
  signal: AbortSignal;
  /** Aborted by the second: nothing more is waited for, not even a cluster that is being healed. */
  hurry: AbortSignal;
  /** Asked twice: skip what only people look at. */
  readonly hurried: boolean;
  /** Gives the signals back to the process. */
  release(): void;
}

const asked = ['SIGINT', 'SIGTERM', ...(atTerminal ? (['SIGHUP'] as const) : [])] as const;

const stopping = 'stopping: what was done to the cluster is healed, and what was measured is stored (again to hurry)';

/** `first`: what the first one is answered with. */
export function onInterrupt(say: (text: string) => void, first = stopping): Interrupt {
  const controller = new AbortController();
  const hurry = new AbortController();
  let times = 0;
  const listen = (name: NodeJS.Signals) => {
    // The terminal and its shell both hang up, and nobody is there to be in a hurry.
    if (name === 'SIGHUP' && times > 0) return;
    times += 1;
    if (times === 1) {
      controller.abort();
      say(first);
    } else {
      hurry.abort();
      say('hurrying: faults in force are still healed, and nothing is waited for; the report is left out');
    }
  };
  for (const name of asked) process.on(name, listen);
  return {
    signal: controller.signal,
    hurry: hurry.signal,
    get hurried() {
      return times > 1;
    },
    release() {
      for (const name of asked) process.off(name, listen);
    },
  };
}
