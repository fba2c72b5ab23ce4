/**
 * A topology file (docs/topology.yaml is an example): YAML text → what `reports/availability` works on, or errors with
 * line and column. What may be written is in topology-file.ts, what must agree in topology-checks.ts. Pure.
 */

import {refuse} from '../../../harness/config/refuse.ts';
import {readYaml} from '../../../harness/config/yaml.ts';
import type {ConfigError, Result} from '../../../harness/types.ts';
import {yearSeconds} from '../../../reports/availability/quantities.ts';
import type {Assumption, FaultClass, Rack, RecoverySource, Topology} from '../../../reports/availability/topology.ts';
import {checkTopology} from './topology-checks.ts';
import {type TopologyFile, topologyFile, type WrittenFault} from './topology-file.ts';

export function loadTopology(text: string, file: string): Result<Topology, ConfigError[]> {
  return readYaml(topologySchema, text, file);
}

const topologySchema = topologyFile.transform((file, context): Topology => {
  const racks = racksOf(file.racks);
  checkTopology(file, racks, (path, expected, hint) => refuse(context, file, path, expected, hint));
  return topologyOf(file, racks);
});

type WrittenRack = Extract<TopologyFile['racks'], readonly unknown[]>[number];

/** Racks that are alike, written out. */
function racksOf(racks: TopologyFile['racks']): readonly WrittenRack[] {
  if (Array.isArray(racks)) return racks;
  const {count, nodes, feeds} = racks;
  return Array.from({length: count}, (_, index) => ({name: `r${index + 1}`, nodes, feeds}));
}

function topologyOf(file: TopologyFile, racks: readonly WrittenRack[]): Topology {
  const {cluster, vms, feeds, switchesPerRack, standby, quorum, fencing, storage, maintenance, operator} = file;
  const bmcYears = fencing.bmcRepair.seconds / yearSeconds;
  return {
    cluster,
    vms,
    feeds,
    racks: racks.map(
      (one): Rack => ({name: one.name, nodes: one.nodes, feeds: one.feeds.map(feed => feeds.indexOf(feed))}),
    ),
    switchesPerRack,
    standby,
    quorum,
    fencing: {
      bmcUnavailable: bmcYears / (bmcYears + 1 / fencing.bmcFails.perYear),
      power: fencing.power,
      network: fencing.network,
    },
    ...(storage ? {storage: storageOf(storage)} : {}),
    ...(maintenance
      ? {
          maintenance: {
            everySeconds: maintenance.every.seconds,
            lasts: maintenance.lasts.spread,
            recovery: maintenance.recovery,
          },
        }
      : {}),
    operator: operator.response.spread,
    faults: file.faults.map(faultOf),
    recoveries: Object.entries(file.recoveries).map(([name, one]): RecoverySource => ({name, ...one})),
    assumptions: assumptionsOf(file),
  };
}

function storageOf(storage: NonNullable<TopologyFile['storage']>): NonNullable<Topology['storage']> {
  const {replicas, minimum, domain, servers, rebuild, placementGroups} = storage;
  return {
    replicas,
    minimum,
    domain,
    ...(servers === undefined ? {} : {servers}),
    ...(rebuild ? {rebuild: rebuild.spread} : {}),
    ...(placementGroups === undefined ? {} : {placementGroups}),
  };
}

function faultOf({name, strikes, rate, observed, repair, recovery}: WrittenFault): FaultClass {
  return {
    name,
    strikes,
    rate: observed ? rateSeen(observed.faults, observed.in.seconds) : {perYear: rate?.perYear ?? Number.NaN},
    ...(repair ? {repair: repair.spread} : {}),
    ...(recovery === undefined ? {} : {recovery}),
  };
}

/** None seen is not never: half a fault is the usual stand-in, and the interval reaches much further. */
function rateSeen(faults: number, seconds: number): FaultClass['rate'] {
  const unitYears = seconds / yearSeconds;
  return {perYear: Math.max(0.5, faults) / unitYears, observed: {faults, unitYears}};
}

/** Everything in the file that is stated and not measured, in its order. */
function assumptionsOf(file: TopologyFile): Assumption[] {
  const {maintenance, fencing, storage, operator} = file;
  const assumptions = file.faults.flatMap(assumptionsOfFault);
  const assume = (subject: string, text: string, source: string) => assumptions.push({subject, text, source});
  if (maintenance) {
    const {every, lasts, source} = maintenance;
    assume('maintenance', `each node every ${every.text}, ${lasts.text}`, source);
  }
  const {bmcFails, bmcRepair, power, network} = fencing;
  const bmc = `${bmcFails.text}, mended within ${bmcRepair.text}, power ${power}, network ${network}`;
  assume('BMC', bmc, fencing.source);
  if (storage) {
    const {replicas, minimum, domain, rebuild, source} = storage;
    const rebuilt = rebuild ? `, rebuilt in ${rebuild.text}` : ', never rebuilt elsewhere';
    assume('storage', `${replicas} replicas, served with ${minimum}, one a ${domain}${rebuilt}`, source);
  }
  assume("the operator's response", operator.response.text, operator.source);
  for (const [name, one] of Object.entries(file.recoveries)) {
    if (one.kind === 'literal') assume(`recovery ${name}`, `${one.waits.length} stated times`, one.source);
  }
  return assumptions;
}

function assumptionsOfFault({name, strikes, rate, observed, repair, source}: WrittenFault): Assumption[] {
  const often = rate
    ? `${rate.text}, ${unitOf(strikes)}`
    : `${observed?.faults} seen in ${observed?.in.text} of ${unitOf(strikes)}`;
  return [
    {subject: `${name}: rate`, text: often, source},
    ...(repair ? [{subject: `${name}: repair`, text: repair.text, source}] : []),
  ];
}

/** What a rate is counted by. */
function unitOf(strikes: WrittenFault['strikes']): string {
  if (strikes === 'cluster') return 'the cluster';
  return `each ${strikes === 'vm' ? 'VM' : strikes === 'storage' ? 'storage host' : strikes}`;
}
