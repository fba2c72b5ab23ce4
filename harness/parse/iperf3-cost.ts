/** What an iperf3 test cost, and what came out of order. */
import {z} from 'zod';
import type {ParseError, Result} from '../types.ts';
import {readJson} from './json.ts';

const percent = z.number().min(0);
const document = z.object({
  end: z.object({
    streams: z.array(z.object({udp: z.object({out_of_order: z.number().int().min(0)}).optional()})),
    cpu_utilization_percent: z.object({host_total: percent, remote_total: percent}),
  }),
});

export interface Iperf3Cost {
  /** Of iperf3 itself, in processors; the kernel's work for it in interrupts is not in it. */
  clientProcessors: number;
  serverProcessors: number;
  /**
   * Datagrams that came after a later one, over all streams, as this client saw them: nothing is known of those that it
   * sent, because iperf3's server does not tell, and the client then prints 0. Absent where a stream does not say it.
   */
  outOfOrder?: number;
}

export function parseIperf3Cost(text: string, artefact: string): Result<Iperf3Cost, ParseError> {
  const read = readJson(text, artefact, document);
  if (!read.ok) return read;
  const {streams, cpu_utilization_percent: used} = read.value.end;
  const late = streams.flatMap(({udp}) => (udp === undefined ? [] : [udp.out_of_order]));
  const told = late.length > 0 && late.length === streams.length;
  return {
    ok: true,
    value: {
      clientProcessors: used.host_total / 100,
      serverProcessors: used.remote_total / 100,
      ...(told ? {outOfOrder: late.reduce((sum, each) => sum + each, 0)} : {}),
    },
  };
}
