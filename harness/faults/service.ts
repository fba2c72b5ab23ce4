/**
 * A daemon of a node is killed and not started again, or stopped where it stands. Each is a kind of its own, since each
 * does something else to the platform.
 */
import {z} from 'zod';
import {stdoutOf} from '../cluster/commands.ts';
import {type Daemon, goOnCommand, hangDaemon, killDaemon, startCommand, startDaemon} from '../cluster/services.ts';
import type {Cluster, Host, Needs, Result} from '../types.ts';
import {defineFault, type Effect, nodeIsLost, only} from './fault.ts';
import {reach, waitUntilBack} from './recovery.ts';

interface ServiceFault {
  name: string;
  daemon(node: Host): Daemon;
  needs: Needs;
  effect: Effect;
}

/** Neither fenced, nor does a guest notice. */
const goesOn: Effect = {fences: [0], guests: 'unharmed'};
const parameters = z.strictObject({});

function killed({name, daemon, needs, effect}: ServiceFault) {
  return defineFault({
    name,
    strikes: 'service',
    parameters,
    needs,
    effect: () => effect,
    preview: nodes => `kill -9 of ${named(daemon(only(nodes)))} on ${only(nodes).name}, and not started again`,
    async deadMan(_cluster, nodes) {
      const host = only(nodes);
      return {ok: true, value: [{host, argv: startCommand(daemon(host)).argv}]};
    },
    inject: (cluster, nodes) => killDaemon(cluster, only(nodes), daemon(only(nodes))),
    async heal(cluster, nodes) {
      const node = only(nodes);
      const reached = await reach(cluster, node);
      if (!reached.ok) return reached;
      const started = await startDaemon(cluster, node, daemon(node));
      return started.ok ? waitUntilBack(cluster, node) : started;
    },
  });
}

function hung({name, daemon, needs, effect}: ServiceFault) {
  return defineFault({
    name,
    strikes: 'service',
    parameters,
    needs,
    effect: () => effect,
    preview: nodes => `kill -STOP of ${named(daemon(only(nodes)))} on ${only(nodes).name}`,
    async deadMan(_cluster, nodes) {
      const host = only(nodes);
      return {ok: true, value: [{host, argv: goOnCommand(daemon(host)).argv}]};
    },
    inject: (cluster, nodes) => hangDaemon(cluster, only(nodes), daemon(only(nodes))),
    heal: (cluster, nodes) => goesOnAgain(cluster, only(nodes), daemon(only(nodes))),
  });
}

async function goesOnAgain(cluster: Cluster, node: Host, daemon: Daemon): Promise<Result<void, string>> {
  const reached = await reach(cluster, node);
  if (!reached.ok) return reached;
  const went = await stdoutOf(cluster.transport, node, goOnCommand(daemon));
  return went.ok ? waitUntilBack(cluster, node) : went;
}

function named({kind, id = ''}: Daemon): string {
  return id === '' ? kind : `ceph-${kind} ${id}`;
}

const quorate: Needs = {nodes: 3, bmc: true};
const onCeph: Needs = {nodes: 3, storage: ['ceph']};
const oneOf = (service: 'keepalived' | 'etcd'): Needs => ({nodes: 3, services: [service]});

/** Debian's and cephadm's monitors and managers are called as their host. */
export const serviceFaults = [
  killed({name: 'corosync-killed', daemon: () => ({kind: 'corosync'}), needs: quorate, effect: nodeIsLost}),
  hung({name: 'corosync-hung', daemon: () => ({kind: 'corosync'}), needs: quorate, effect: nodeIsLost}),
  killed({name: 'pacemakerd-killed', daemon: () => ({kind: 'pacemakerd'}), needs: quorate, effect: goesOn}),
  killed({name: 'libvirtd-killed', daemon: () => ({kind: 'libvirtd'}), needs: quorate, effect: goesOn}),
  killed({name: 'monitor-killed', daemon: ({name}) => ({kind: 'mon', id: name}), needs: onCeph, effect: goesOn}),
  killed({name: 'manager-killed', daemon: ({name}) => ({kind: 'mgr', id: name}), needs: onCeph, effect: goesOn}),
  killed({name: 'keepalived-killed', daemon: () => ({kind: 'keepalived'}), needs: oneOf('keepalived'), effect: goesOn}),
  killed({name: 'etcd-killed', daemon: () => ({kind: 'etcd'}), needs: oneOf('etcd'), effect: goesOn}),
];
