/**
 * Callers ask all hosts at once, however many there are. How many commands this machine really runs side by side is
 * decided here, once: each is a process, and a connection has only so many sessions.
 */
import type {Transport} from '../types.ts';

/** More than any cluster of a few dozen hosts asks for at once, and few enough for a small machine. */
export const sideBySide = 64;

/** So many act at the same time; the others wait, and come in the order in which they asked. */
export function turns(most: number): <T>(act: () => Promise<T>) => Promise<T> {
  let acting = 0;
  const waiting: (() => void)[] = [];
  return async act => {
    if (acting < most) acting += 1;
    // Whoever ends hands its place on.
    else await new Promise<void>(resolve => waiting.push(resolve));
    try {
      return await act();
    } finally {
      const next = waiting.shift();
      if (next === undefined) acting -= 1;
      else next();
    }
  };
}

/**
 * What is started runs on for long, and is not counted: loads that waited for each other would never begin
 * together.
 */
export function boundedTransport<T extends Transport>(transport: T, most = sideBySide): T {
  const turn = turns(most);
  return {
    ...transport,
    exec: (...args) => turn(() => transport.exec(...args)),
    upload: (...args) => turn(() => transport.upload(...args)),
    download: (...args) => turn(() => transport.download(...args)),
  };
}
