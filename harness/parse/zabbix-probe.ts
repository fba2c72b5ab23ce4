/** What harness/probes/zabbix/probe.py prints. Pure; times are seconds since 1970 by the client's clock. */
import {z} from 'zod';
import type {ParseError, Result} from '../types.ts';
import {readJson} from './json.ts';
import {readLines} from './json-lines.ts';

const number = z.number();
const text = z.string();
const between = {since: number, at: number};

const line = z.discriminatedUnion('is', [
  z.object({is: z.literal('begin'), at: number}),
  z.object({is: z.literal('active'), ...between, name: text}),
  z.object({is: z.literal('taken'), ...between, server: text}),
  z.object({is: z.literal('event'), ...between, clock: number}),
  z.object({is: z.literal('end'), at: number}),
]);
export type ZabbixLine = z.infer<typeof line>;

export function parseZabbixLog(log: string, artefact: string): Result<readonly ZabbixLine[], ParseError> {
  return readLines(log, artefact, line, 'begin');
}

const ready = z.object({active: text, standby: z.array(text).min(1), delay: text});

/** Who is active before the fault, and after how long another takes over. */
export type ZabbixReady = z.infer<typeof ready>;

export function parseZabbixReady(said: string, artefact: string): Result<ZabbixReady, ParseError> {
  return readJson(said, artefact, ready);
}
