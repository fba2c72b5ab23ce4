/** A way of log lines loses its collector for a while: every line that logger took is in the store in the end. */
import {randomBytes} from 'node:crypto';
import {z} from 'zod';
import {clockOffset} from '../../harness/cluster/clocks.ts';
import {expectsOfFaults, faultNamed} from '../../harness/faults/index.ts';
import {parseTimedNumbers} from '../../harness/parse/timed-numbers.ts';
import {quantityCommand, watchQuantity} from '../../harness/probes/alarms/quantity.ts';
import {
  type LogLines,
  linesStored,
  readerCommand,
  sizeOfStore,
  startWriter,
  writerCommand,
} from '../../harness/probes/logs/driver.ts';
import {ownLogs, removeLogs, startLogs} from '../../harness/services/logs.ts';
import type {Cluster, Host, Scenario, Trial} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {reachedBy} from '../resilience/timeline.ts';
import {keepJson} from '../steps/artefacts.ts';
import {parametersOf} from '../steps/parameters.ts';
import {pause} from '../steps/pause.ts';
import {done} from './done.ts';
import {
  type LogRecord,
  measureLogs,
  readArtefact,
  recordArtefact,
  spoolArtefact,
  writtenArtefact,
} from './logs-measure.ts';

const optionsSchema = z.object({
  /** How long the collector is gone. */
  goneSeconds: z.number().min(2).max(600),
  /** How long lines are waited for when it is back. */
  settleSeconds: z.number().min(5).max(600),
  /** Of a sender that the trial starts: what it does with lines that nobody takes. */
  queue: z.enum(['disk', 'none']),
});

const quietSeconds = 4;
const afterSeconds = 2;
const everySeconds = 0.05;
/** Beyond what is waited for by plan: until the first line comes, and until the collector is back. */
const spareSeconds = 180;
const readyMs = 15_000;
const stopGraceMs = 8_000;

export const logPipeline: Scenario = {
  name: 'alarm/log-pipeline',
  family: 'alarm',
  purpose: 'A log line is timed from a node to the store; the collector is killed, comes back, and no line is lost.',
  needs: {nodes: 3, services: ['logs'], tools: ['python3']},
  impact: () => 'disruptive',
  claims: ['sec.isolation'],
  provides: ['logs.arrival', 'logs.lost', 'logs.twice', 'logs.caught-up', 'logs.queued'],
  expects: expectsOfFaults,
  parameters: {
    full: {goneSeconds: 30, settleSeconds: 120, queue: 'disk'},
    quick: {goneSeconds: 5, settleSeconds: 60, queue: 'disk'},
  },
  estimateSeconds: parameters => 12 + parametersOf(optionsSchema, parameters).goneSeconds,
  preview(cluster) {
    if (cluster.services?.logs === undefined) return [];
    const {sender, collector, store, socket, spool} = wayOf(cluster);
    const lines = {mark: 'MARK', count: 100, everySeconds};
    return [
      {host: collector.name, argv: readerCommand({file: store, from: 0, node: sender}, lines, 60).argv},
      {host: sender.name, argv: writerCommand(sender, lines, socket).argv},
      ...(spool === undefined ? [] : [{host: sender.name, argv: quantityCommand(spoolWatch(spool), 60).argv}]),
      {host: collector.name, argv: ['kill', '-KILL', 'rsyslogd']},
    ];
  },
  run: tryLogs,
  measure: measureLogs,
};

interface Way {
  sender: Host;
  collector: Host;
  /** A file on the collector. */
  store: string;
  /** Where the sender takes lines, in place of the host's own. */
  socket?: string;
  /** A folder of the sender: what nobody takes waits there. */
  spool?: string;
}

const spoolWatch = (name: string) => ({quantity: 'spool' as const, name, everySeconds: 0.25});

/** From the first node that does not collect. */
function wayOf({nodes, services}: Cluster): Way {
  const logs = services?.logs;
  const collector = nodes.find(({name}) => name === logs?.collector);
  const sender = nodes.find(({name}) => name !== logs?.collector);
  if (logs === undefined || collector === undefined || sender === undefined)
    throw new Error('the inventory names no node as services.logs.collector');
  if (logs.existing !== undefined) return {sender, collector, ...logs.existing};
  return {sender, collector, ...ownLogs};
}

async function tryLogs(trial: Trial): Promise<void> {
  const {cluster, planned} = trial;
  const options = parametersOf(optionsSchema, planned.parameters);
  const way = wayOf(cluster);
  if (cluster.services?.logs?.existing !== undefined) return drill(trial, way, options);
  const gone = await trial.leave({what: 'logs'});
  try {
    done(await startLogs(cluster, way.sender, way.collector, options.queue));
    await drill(trial, way, options);
  } finally {
    done(await removeLogs(cluster));
    await gone();
  }
}

async function drill(trial: Trial, way: Way, options: z.infer<typeof optionsSchema>): Promise<void> {
  const {cluster} = trial;
  const {sender, collector, store, socket, spool} = way;
  const {goneSeconds, settleSeconds} = options;
  const mark = `seatrial-${randomBytes(4).toString('hex')}`;
  // More than there is time for: the writer is ended.
  const seconds = quietSeconds + goneSeconds + afterSeconds + spareSeconds;
  const lines: LogLines = {mark, count: Math.ceil(seconds / everySeconds), everySeconds};
  const clocks = {
    sender: done(await clockOffset(cluster, sender)),
    collector: done(await clockOffset(cluster, collector)),
  };
  const from = done(await sizeOfStore(cluster, collector, store));
  const reading = readerCommand({file: store, from, node: sender}, lines, seconds + settleSeconds + spareSeconds);
  const reader = await cluster.transport.start(collector, reading);
  const spooling =
    spool === undefined ? undefined : await watchQuantity(cluster, sender, spoolWatch(spool), seconds + settleSeconds);
  try {
    const writer = await startWriter(cluster, sender, lines, socket);
    let written = '';
    const struck = await gone(trial, way, options, mark).finally(async () => {
      written = (await writer.stop(stopGraceMs)).stdout;
      await trial.keep(writtenArtefact, written);
    });
    trial.say('waiting for the lines to come to the store');
    await settled(trial, way, mark, done(parseTimedNumbers(written, writtenArtefact)).length, settleSeconds);
    const record: LogRecord = {sender: sender.name, collector: collector.name, settleSeconds, ...struck, clocks};
    await keepJson(trial, recordArtefact, record);
  } finally {
    if (spooling !== undefined) await trial.keep(spoolArtefact, (await spooling.stop(stopGraceMs)).stdout);
    await trial.keep(readArtefact, (await reader.stop(stopGraceMs)).stdout);
  }
}

/** While lines are written: the collector is killed, and started again after a while. */
async function gone(trial: Trial, way: Way, {goneSeconds}: {goneSeconds: number}, mark: string) {
  const {cluster, signal} = trial;
  const {collector, store} = way;
  const come = async () => ((await linesStored(cluster, collector, store, mark)) > 0 ? true : undefined);
  const first = await waitFor(`a line of ours to be in ${store} on ${collector.name}`, readyMs, come, {signal});
  if (!first.ok) throw new Error(first.error);
  await pause(trial, quietSeconds);
  const fault = done(faultNamed(cluster, 'rsyslogd-killed', [collector.name], {}));
  const {wallBeforeMs} = await trial.inject(fault);
  const wallAfterMs = Date.now();
  await pause(trial, goneSeconds);
  const reached = [await reachedBy(cluster, fault)];
  const healingWallMs = Date.now();
  await trial.heal(fault);
  await pause(trial, afterSeconds);
  return {wallBeforeMs, wallAfterMs, reached, healingWallMs};
}

/** Until as many are there as were taken; lines that are lost are waited for to the end. */
async function settled(
  {cluster, signal}: Trial,
  {collector, store}: Way,
  mark: string,
  taken: number,
  seconds: number,
): Promise<void> {
  const whole = async () => ((await linesStored(cluster, collector, store, mark)) >= taken ? true : undefined);
  await waitFor('lines to come to the store', seconds * 1000, whole, {intervalMs: 500, signal});
}
