/**
 * How far apart the guests of one fio client begin: a job of one access in each, started as every load is, with the
 * moment of that access on the guest's clock since boot. Watched by the beacon meanwhile, whose replies carry the same
 * clock, so that all of them are placed on the one clock of the client.
 */
import {logStepSeconds, parseLatencyLog} from '../../harness/parse/fio-latency-log.ts';
import type {Artefacts, Command, Guest, Measured, ParseError, Result, Trial} from '../../harness/types.ts';
import {startedJob} from '../../harness/workloads/fio.ts';
import {uptimeClock} from '../../reports/beacon/index.ts';
import {stderrOf, toolOutput} from './artefacts.ts';
import {onGuests} from './fio-load.ts';
import {guestsKept, namesOf} from './guests.ts';
import {onlyProblems} from './measured.ts';
import {watchLog, whileWatched} from './watch.ts';

const artefact = 'start.json';
const intervalMs = 20;
const longestSeconds = 60;

/** fio writes the log of each server into the folder that it runs in; its only line goes beside the report. */
const script = `d=$(mktemp -d) && cd "$d" || exit 1
"$@"; code=$?
for log in *_lat.1.log.*; do echo "first \${log#*_lat.1.log.} $(head -n 1 "$log")" >&2; done
cd / && rm -rf "$d"
exit $code`;

function startCommand(guests: readonly Guest[]): Command {
  const command = onGuests(guests, guest => startedJob(guest.scratchDevice), 1);
  return {...command, argv: ['sh', '-c', script, 'start', ...command.argv]};
}

/** Nothing where there is only one guest. */
export async function keepStart(trial: Trial, guests: readonly Guest[]): Promise<void> {
  if (guests.length < 2) return;
  const {client} = trial.cluster;
  trial.say(`one access in each of ${namesOf(guests)}, to see how far apart they begin`, client.name);
  await whileWatched(trial, guests, {intervalMs, durationSeconds: longestSeconds}, () =>
    trial.record(artefact, client, startCommand(guests)),
  );
}

/** Between the first access of the guest that began first, and that of the last. */
export function measureStart(raw: Artefacts): Measured {
  if (!raw.names.includes(artefact)) return onlyProblems();
  // Of a job that ends before the last guest has begun fio's report has several sums: only its logs are read.
  const output = toolOutput(raw, artefact);
  if (!output.ok) return onlyProblems(output.error);
  const {exitCode} = output.value;
  if (exitCode !== 0) return onlyProblems({artefact, path: 'exit code', expected: '0', found: `${exitCode}`});
  const guests = guestsKept(raw);
  if (!guests.ok) return onlyProblems(guests.error);
  const starts = guests.value.map(guest => startOf(raw, guest));
  const problems = starts.flatMap(each => (each.ok ? [] : [each.error]));
  if (problems.length > 0) return onlyProblems(...problems);
  const known = starts.flatMap(each => (each.ok ? [each.value] : []));
  const at = known.map(({atSeconds}) => atSeconds);
  const halfWidths = known.map(({halfWidthSeconds}) => halfWidthSeconds).sort((a, b) => b - a);
  const [widest = 0, next = 0] = halfWidths;
  return {
    ...onlyProblems(),
    samples: [
      {
        metric: 'storage.start-skew',
        unit: 's',
        value: Math.max(...at) - Math.min(...at),
        halfWidth: widest + next,
        labels: {guests: String(known.length)},
        from: {artefact: `${artefact}.meta.json`, path: '/stderr'},
      },
    ],
  };
}

function startOf(
  raw: Artefacts,
  {name, server}: {name: string; server: string},
): Result<{atSeconds: number; halfWidthSeconds: number}, ParseError> {
  const wrong = (expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path: name, expected, found},
  });
  const address = server.slice(0, server.lastIndexOf(':'));
  const line = stderrOf(raw, artefact)
    .split('\n')
    .find(each => each.startsWith(`first ${address} `));
  if (line === undefined) return wrong(`the first access of ${name}, as fio noted it`, 'nothing');
  const first = parseLatencyLog(`${line.slice(`first ${address} `.length)}\n`, artefact);
  if (!first.ok) return first;
  const log = watchLog(raw);
  if (!log.ok) return log;
  const clock = uptimeClock(log.value, name);
  const [access] = first.value;
  if (clock === undefined || access === undefined)
    return wrong(`replies of ${name}, to place its start in time`, 'none');
  return {
    ok: true,
    value: {
      atSeconds: access.issuedSeconds + clock.offsetSeconds,
      halfWidthSeconds: clock.halfWidthSeconds + logStepSeconds / 2,
    },
  };
}
