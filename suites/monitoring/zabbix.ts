/** A pair of Zabbix servers loses the one that is active, with a value on its way that is to raise an event. */
import {z} from 'zod';
import {clockOffset} from '../../harness/cluster/clocks.ts';
import {expectsOfFaults, faultNamed} from '../../harness/faults/index.ts';
import {parseZabbixLog, parseZabbixReady, type ZabbixLine} from '../../harness/parse/zabbix-probe.ts';
import {type AskedZabbix, askZabbix, zabbixProbeCommand} from '../../harness/probes/zabbix/driver.ts';
import {ownZabbix, removeZabbix, startZabbix} from '../../harness/services/zabbix.ts';
import type {Artefacts, Cluster, Measured, Sample, Scenario, Trial} from '../../harness/types.ts';
import {reachedBy} from '../resilience/timeline.ts';
import {jsonArtefact, keepJson, parsedArtefact} from '../steps/artefacts.ts';
import {onlyProblems} from '../steps/measured.ts';
import {done} from './done.ts';

const readyArtefact = 'zabbix-ready.json';
const recordArtefact = 'zabbix.json';
const logArtefact = 'zabbix.log';
const readySeconds = 120;
/** Zabbix' own delay is a minute; a server that takes over reads its configuration first. */
const takeOverSeconds = 180;

const recordSchema = z.object({
  struck: z.string(),
  wallBeforeMs: z.number(),
  reached: z.array(z.object({fault: z.string(), bit: z.boolean(), evidence: z.string()})),
  clock: z.object({offsetMs: z.number(), halfWidthMs: z.number()}),
});
type ZabbixRecord = z.infer<typeof recordSchema>;

export const zabbixKilled: Scenario = {
  name: 'alarm/zabbix-killed',
  family: 'alarm',
  purpose: 'The active one of two Zabbix servers is killed: the other must take over, and raise the next event.',
  needs: {nodes: 3, services: ['zabbix'], tools: ['python3']},
  impact: () => 'disruptive',
  claims: ['ha.redundancy'],
  provides: ['zabbix.active', 'zabbix.event'],
  expects: expectsOfFaults,
  parameters: {full: {}, quick: {}},
  estimateSeconds: () => 60,
  mayTakeSeconds: 460,
  preview(cluster) {
    const {zabbix} = cluster.services ?? {};
    if (zabbix === undefined) return [];
    const [first] = zabbix.servers;
    return [
      {host: first?.node ?? '', argv: ['kill', '-KILL', 'zabbix_server']},
      {host: cluster.client.name, argv: zabbixProbeCommand(askedOf(cluster), 'raise', takeOverSeconds).argv},
    ];
  },
  run: tryZabbix,
  measure: measureZabbix,
};

function askedOf(cluster: Cluster): AskedZabbix {
  const zabbix = cluster.services?.zabbix;
  if (zabbix === undefined) throw new Error('the inventory has no services.zabbix');
  return {servers: zabbix.servers, of: zabbix.existing ?? ownZabbix(cluster.client)};
}

async function tryZabbix(trial: Trial): Promise<void> {
  const {cluster} = trial;
  const asked = askedOf(cluster);
  const zabbix = cluster.services?.zabbix;
  const gone = zabbix?.existing === undefined ? await trial.leave({what: 'zabbix'}) : undefined;
  if (gone !== undefined && zabbix !== undefined) {
    trial.say('starting a Zabbix for the time of the trial: its tables are loaded first');
    done(await startZabbix(cluster, zabbix));
    done(await askZabbix(cluster, asked, 'setup', readySeconds));
  }
  await struck(trial, asked);
  if (gone === undefined) done(await askZabbix(cluster, asked, 'quiet', readySeconds));
  else {
    done(await removeZabbix(cluster));
    await gone();
  }
}

async function struck(trial: Trial, asked: AskedZabbix): Promise<void> {
  const {cluster} = trial;
  trial.say('waiting until one server is active, one stands by, and a value raises an event');
  const said = done(await askZabbix(cluster, asked, 'ready', readySeconds));
  await trial.keep(readyArtefact, said);
  const {active} = done(parseZabbixReady(said, readyArtefact));
  const clock = done(await clockOffset(cluster, cluster.client));
  const fault = done(faultNamed(cluster, 'zabbix-killed', [active], {}));
  const {wallBeforeMs} = await trial.inject(fault);
  trial.say('waiting for the other one to raise the next event');
  await trial.record(logArtefact, cluster.client, zabbixProbeCommand(asked, 'raise', takeOverSeconds));
  const reached = [await reachedBy(cluster, fault)];
  const record: ZabbixRecord = {struck: active, wallBeforeMs, reached, clock};
  await keepJson(trial, recordArtefact, record);
  await trial.heal(fault);
}

export function measureZabbix(raw: Artefacts): Measured {
  const record = jsonArtefact(raw, recordArtefact, recordSchema);
  const ready = parsedArtefact(raw, readyArtefact, parseZabbixReady);
  const log = parsedArtefact(raw, logArtefact, parseZabbixLog);
  if (!record.ok || !ready.ok || !log.ok)
    return onlyProblems(...[record, ready, log].flatMap(each => (each.ok ? [] : [each.error])));
  const {reached, struck: killed} = record.value;
  const blunt = reached.find(({bit}) => !bit);
  if (blunt !== undefined) {
    const expected = 'zabbix-killed: the fault did not bite';
    return onlyProblems({artefact: recordArtefact, path: '/reached', expected, found: blunt.evidence});
  }
  const end = log.value.find(line => line.is === 'end');
  if (end === undefined)
    return onlyProblems({artefact: logArtefact, path: 'end', expected: 'a log with its end', found: 'one cut off'});
  const other = log.value.filter(line => line.is === 'active').find(({name}) => name !== '' && name !== killed);
  const event = log.value.find(line => line.is === 'event');
  if (event !== undefined && (other === undefined || event.at < other.since)) {
    const expected = `another server than ${killed} that is active when the event is raised`;
    return onlyProblems({artefact: logArtefact, path: 'active', expected, found: 'none'});
  }
  const seen = {record: record.value, labels: {waits: ready.value.delay}, endSeconds: end.at};
  const samples = [sampleOf('zabbix.active', other, seen), sampleOf('zabbix.event', event, seen)];
  const findings = event !== undefined ? [] : [neverRaised(killed, samples[1]?.value ?? Number.NaN)];
  return {samples, problems: [], findings};
}

interface Seen {
  record: ZabbixRecord;
  labels: Readonly<Record<string, string>>;
  endSeconds: number;
}

function sampleOf(metric: string, line: ZabbixLine | undefined, {record, labels, endSeconds}: Seen): Sample {
  const since = (at: number) => at - (record.clock.offsetMs + record.wallBeforeMs) / 1000;
  const common = {metric, unit: 's' as const, labels, from: {artefact: logArtefact, path: metric}};
  if (line === undefined || !('since' in line)) return {...common, value: since(endSeconds), censored: true};
  const halfWidth = line.at - line.since + record.clock.halfWidthMs / 1000;
  return {...common, value: since(line.at), halfWidth};
}

const neverRaised = (killed: string, seconds: number) => ({
  severity: 'critical' as const,
  invariant: 'a spare monitoring server raises the next event',
  detail: `no event within ${seconds.toFixed(1)} s of the loss of the active Zabbix server on ${killed}`,
  artefact: logArtefact,
});
