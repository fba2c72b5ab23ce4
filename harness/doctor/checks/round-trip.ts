import {type Check, type Diagnosis, good, unread} from '../check.ts';
import {hostsOf} from '../reading.ts';
import {clock} from '../readings.ts';

/** Over SSH a command is some milliseconds and two round trips of the network. */
const tolerableMs = 250;

export const roundTrip: Check = {
  id: 'round-trip',
  title: 'a command on a host is there and back at once',
  why: 'A trial looks by commands: what one takes is how exactly an event can be timed, and many that are slow run into time-outs. Mostly it is what the login shell starts: under sshd bash reads ~/.bashrc before every command.',
  reads: [clock],
  check: seen =>
    hostsOf(seen.cluster).map((name): Diagnosis => {
      const said = seen.answers(clock, name);
      if (!said.ok) return unread(name, 'how long a command takes', said.error);
      const [, halfWidthMs = Number.NaN] = said.value.split(' ').map(Number);
      const told = `a command takes ${(2 * halfWidthMs).toFixed(0)} ms there and back`;
      if (2 * halfWidthMs <= tolerableMs) return good(name, told);
      return {
        level: 'warning',
        subject: name,
        found: told,
        expected: `at most ${tolerableMs} ms, the quickest of some`,
        todo: `Compare \`time ssh ${name} true\` with ping: what ~/.bashrc of the login starts goes below \`case $- in *i*) ;; *) return;; esac\`, as in /etc/skel/.bashrc; else see PAM, UseDNS of sshd, and the load.`,
      };
    }),
};
