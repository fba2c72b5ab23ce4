/** iperf3 as pure commands. */
import type {Command} from '../types.ts';

export interface Iperf3Test {
  /** Where the server listens. */
  address: string;
  port: number;
  protocol: 'tcp' | 'udp';
  /** `forward`: from the client to the server. `both` at once needs iperf3 3.7. */
  direction: 'forward' | 'reverse' | 'both';
  seconds: number;
  /** Streams at once. */
  streams: number;
  /** UDP: what is sent, over all streams. TCP sends what it can. */
  bitsPerSecond?: number;
  /** UDP: of each datagram, without headers. */
  payloadBytes?: number;
  /** The client's own address, so that the packets take the plane they are meant for. */
  bind?: string;
}

/** An unanswered connection is given up after this, long before the command's own deadline. */
const connectTimeoutMs = 5000;

/**
 * One client run with `-J`. It is ended some time after its length, because iperf3 can wait for ever on a dead peer.
 */
export function iperf3Client(test: Iperf3Test): Command {
  const {address, port, protocol, direction, seconds, streams, bitsPerSecond, payloadBytes, bind} = test;
  return {
    argv: [
      'iperf3',
      '-c',
      address,
      '-p',
      `${port}`,
      '-J',
      '-t',
      `${seconds}`,
      '-P',
      `${streams}`,
      '--connect-timeout',
      `${connectTimeoutMs}`,
      ...(direction === 'reverse' ? ['-R'] : []),
      ...(direction === 'both' ? ['--bidir'] : []),
      ...(protocol === 'udp' ? ['-u'] : []),
      // iperf3's rate is that of one stream.
      ...(bitsPerSecond === undefined ? [] : ['-b', `${Math.floor(bitsPerSecond / streams)}`]),
      ...(payloadBytes === undefined ? [] : ['-l', `${payloadBytes}`]),
      ...(bind === undefined ? [] : ['-B', bind]),
    ],
    timeoutMs: Math.round(seconds * 1500 + 30_000),
    idempotent: false,
  };
}

/**
 * A server that ends by itself after `lifeSeconds`, should nobody be left to stop it. In the foreground: `timeout`
 * would else put it into a process group of its own, where nobody's stop reaches it.
 */
export function iperf3Server(address: string, port: number, lifeSeconds: number): Command {
  return {
    argv: ['timeout', '--foreground', `${lifeSeconds}`, 'iperf3', '-s', '-B', address, '-p', `${port}`],
    timeoutMs: lifeSeconds * 1000 + 5000,
    idempotent: false,
  };
}

/** Prints a line when somebody listens on the port. */
export function listens(port: number): Command {
  return {argv: ['ss', '-Hltn', `sport = :${port}`], timeoutMs: 5000, idempotent: true};
}
