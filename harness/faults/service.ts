/**
 * A daemon of a node is killed and not started again, or stopped where it stands. Each is a kind of its own, since each
 * does something else to the platform.
 */
import {z} from 'zod';
import {
  type Daemon,
  daemonState,
  goOnCommand,
  hangDaemon,
  killDaemon,
  startCommand,
  startDaemon,
} from '../cluster/services.ts';
import type {Cluster, Host, Needs, Result} from '../types.ts';
import {untilCephServes} from './ceph-serves.ts';
import {defineFault, type Effect, nodeIsLost, only} from './fault.ts';
import {reach, undoAndWait, waitUntilBack} from './recovery.ts';

interface ServiceFault {
  name: string;
  daemon: Daemon;
  needs: Needs;
  effect: Effect;
  /** What must serve again besides the node, when it is healed. */
  serves?(cluster: Cluster): Promise<Result<void, string>>;
}

/** Neither fenced, nor does a guest notice. */
const goesOn: Effect = {fences: [0], guests: 'unharmed'};
const parameters = z.strictObject({});
const nothingElse = async (): Promise<Result<void, string>> => ({ok: true, value: undefined});

function killed({name, daemon, needs, effect, serves = nothingElse}: ServiceFault) {
  return defineFault({
    name,
    strikes: 'service',
    parameters,
    needs,
    effect: () => effect,
    preview: nodes => `kill -9 of ${daemon.kind} on ${only(nodes).name}, and not started again`,
    async deadMan(_cluster, nodes) {
      const host = only(nodes);
      return {ok: true, value: [{host, argv: startCommand(daemon).argv}]};
    },
    inject: (cluster, nodes) => killDaemon(cluster, only(nodes), daemon),
    reached: (cluster, nodes) => isNow(cluster, only(nodes), daemon, 'is gone', effect),
    async heal(cluster, nodes) {
      const node = only(nodes);
      const reached = await reach(cluster, node);
      if (!reached.ok) return reached;
      const started = await startDaemon(cluster, node, daemon);
      if (!started.ok) return started;
      const back = await waitUntilBack(cluster, node);
      return back.ok ? serves(cluster) : back;
    },
  });
}

function hung({name, daemon, needs, effect, serves = nothingElse}: ServiceFault) {
  return defineFault({
    name,
    strikes: 'service',
    parameters,
    needs,
    effect: () => effect,
    preview: nodes => `kill -STOP of ${daemon.kind} on ${only(nodes).name}`,
    async deadMan(_cluster, nodes) {
      const host = only(nodes);
      return {ok: true, value: [{host, argv: goOnCommand(daemon).argv}]};
    },
    inject: (cluster, nodes) => hangDaemon(cluster, only(nodes), daemon),
    reached: (cluster, nodes) => isNow(cluster, only(nodes), daemon, 'hangs', effect),
    async heal(cluster, nodes) {
      const back = await undoAndWait(cluster, only(nodes), goOnCommand(daemon));
      return back.ok ? serves(cluster) : back;
    },
  });
}

/** A node that is fenced for it has other evidence, and may be gone by now. */
async function isNow(
  cluster: Cluster,
  node: Host,
  daemon: Daemon,
  wanted: 'hangs' | 'is gone',
  {fences}: Effect,
): Promise<Result<string, string>> {
  if (!fences.includes(0)) return {ok: true, value: 'injected'};
  const state = await daemonState(cluster, node, daemon);
  if (!state.ok) return state;
  const found = `${daemon.kind} on ${node.name} ${state.value}`;
  return state.value === wanted ? {ok: true, value: found} : {ok: false, error: `${found}, expected that it ${wanted}`};
}

const quorate: Needs = {nodes: 3, bmc: true};
const onCeph: Needs = {nodes: 3, storage: ['ceph']};
const oneOf = (service: 'keepalived' | 'etcd' | 'zabbix' | 'logs'): Needs => ({nodes: 3, services: [service]});
const cephService = {needs: onCeph, effect: goesOn, serves: untilCephServes};

export const serviceFaults = [
  killed({name: 'corosync-killed', daemon: {kind: 'corosync'}, needs: quorate, effect: nodeIsLost}),
  hung({name: 'corosync-hung', daemon: {kind: 'corosync'}, needs: quorate, effect: nodeIsLost}),
  killed({name: 'pacemakerd-killed', daemon: {kind: 'pacemakerd'}, needs: quorate, effect: goesOn}),
  killed({
    name: 'libvirtd-killed',
    daemon: {kind: 'libvirtd'},
    needs: {...quorate, tools: ['libvirtd']},
    effect: goesOn,
  }),
  hung({name: 'libvirtd-hung', daemon: {kind: 'libvirtd'}, needs: {...quorate, tools: ['libvirtd']}, effect: goesOn}),
  killed({
    name: 'virtqemud-killed',
    daemon: {kind: 'virtqemud'},
    needs: {...quorate, tools: ['virtqemud']},
    effect: goesOn,
  }),
  killed({name: 'monitor-killed', daemon: {kind: 'mon'}, ...cephService}),
  hung({name: 'monitor-hung', daemon: {kind: 'mon'}, ...cephService}),
  killed({name: 'manager-killed', daemon: {kind: 'mgr'}, ...cephService}),
  killed({name: 'metadata-server-killed', daemon: {kind: 'mds'}, ...cephService}),
  killed({name: 'nfs-server-killed', daemon: {kind: 'ganesha.nfsd'}, needs: {nodes: 3}, effect: goesOn}),
  killed({name: 'iscsi-server-killed', daemon: {kind: 'tgtd'}, needs: {nodes: 3}, effect: goesOn}),
  killed({name: 'nbd-server-killed', daemon: {kind: 'nbdkit'}, needs: {nodes: 3}, effect: goesOn}),
  killed({name: 'brick-killed', daemon: {kind: 'glusterfsd'}, needs: {nodes: 3}, effect: goesOn}),
  killed({name: 'keepalived-killed', daemon: {kind: 'keepalived'}, needs: oneOf('keepalived'), effect: goesOn}),
  killed({name: 'etcd-killed', daemon: {kind: 'etcd'}, needs: oneOf('etcd'), effect: goesOn}),
  killed({name: 'zabbix-killed', daemon: {kind: 'zabbix_server'}, needs: oneOf('zabbix'), effect: goesOn}),
  killed({name: 'rsyslogd-killed', daemon: {kind: 'rsyslogd'}, needs: oneOf('logs'), effect: goesOn}),
];
