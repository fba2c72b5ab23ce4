/**
 * One thing that the doctor reads, of each host or guest that it is about. It only looks: nothing on any machine is
 * changed by it.
 */
import {stdoutOf} from '../cluster/commands.ts';
import {quoted} from '../transport/quote.ts';
import type {Cluster, Command, Host, Result} from '../types.ts';

export interface Reading {
  name: string;
  /** The hosts or guests it is about; one of no name where it is about the cluster as a whole. */
  subjects(cluster: Cluster): readonly string[];
  /** As a person would type it, where it would be typed. */
  shown: string;
  /** Its answer is a time: it is asked when nearly nothing else is under way. */
  timed?: true;
  ask(cluster: Cluster, subject: string): Promise<Result<string, string>>;
}

/** What was read, or the sentence why it could not be. */
export type Answers = (reading: Reading, subject?: string) => Result<string, string>;

/** The subject of what is about the cluster as a whole. */
export const wholeCluster = '';

export const nodesOf = ({nodes}: Pick<Cluster, 'nodes'>): readonly string[] => nodes.map(({name}) => name);
export const hostsOf = ({nodes, client}: Pick<Cluster, 'nodes' | 'client'>): readonly string[] =>
  [...nodes, client].map(({name}) => name);

/** A command on each of these hosts, whose standard output is the answer. */
export function commandOn(
  name: string,
  subjects: Reading['subjects'],
  command: Command,
  shown = quoted(command.argv),
): Reading {
  return {
    name,
    subjects,
    shown,
    async ask(cluster, subject) {
      const host = hostNamed(cluster, subject);
      return host === undefined
        ? {ok: false, error: `there is no host ${subject}`}
        : stdoutOf(cluster.transport, host, command);
    },
  };
}

export function hostNamed({nodes, client}: Pick<Cluster, 'nodes' | 'client'>, name: string): Host | undefined {
  return [...nodes, client].find(host => host.name === name);
}
