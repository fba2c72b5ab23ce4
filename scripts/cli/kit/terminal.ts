/** What becomes of a command whose terminal goes away: nothing may end a run in the middle of a fault. */
import {isatty} from 'node:tty';

/**
 * Whether it is at somebody's terminal; asked when it starts, since afterwards the terminal may be gone. Under nohup
 * and systemd it is not, and a hang-up is nobody's business; Node undoes that they have it ignored.
 */
export const atTerminal = [0, 1, 2].some(stream => isatty(stream));

/** A reader that went away (`seatrial claims | head`), and a session that was lost: what is said then is lost too. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
  }
  if (!atTerminal) process.on('SIGHUP', () => {});
}
