/**
 * Ctrl-C. The first asks the run to stop: it heals, stores what was measured and ends. A second only hurries: nothing that is not needed to
 * leave the cluster healthy is done any more. No number of them leaves a fault in force.
 */
export interface Interrupt {
  signal: AbortSignal;
  /** Asked twice: skip what only people look at. */
  readonly hurried: boolean;
  /** Gives the signals back to the process. */
  release(): void;
}

const asked = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function onInterrupt(say: (text: string) => void): Interrupt {
  const controller = new AbortController();
  let times = 0;
  const listen = () => {
    times += 1;
    if (times === 1) {
      controller.abort();
      say('stopping: healing the cluster and storing what was measured (again to hurry)');
    } else {
      say('hurrying: the cluster is still healed, since a fault in force would stay; the report is left out');
    }
  };
  for (const name of asked) process.on(name, listen);
  return {
    signal: controller.signal,
    get hurried() {
      return times > 1;
    },
    release() {
      for (const name of asked) process.off(name, listen);
    },
  };
}
