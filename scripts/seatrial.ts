#!/usr/bin/env node
/** The command line. One file a command in commands/. */
import {Command, CommanderError} from 'commander';
import {exitCodeHelp, exitCodes, Refusal} from './refusal.ts';
import {version} from './shipped.ts';

/** Only the command that was called is loaded: `doctor` need not wait for what `accept` needs. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  accept: async () => (await import('./commands/accept.ts')).addAccept,
  lab: async () => (await import('./commands/lab.ts')).addLab,
  report: async () => (await import('./commands/report.ts')).addReport,
  inspect: async () => (await import('./commands/inspect.ts')).addInspect,
  judge: async () => (await import('./commands/judge.ts')).addJudge,
  compare: async () => (await import('./commands/compare.ts')).addCompare,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctor,
  nightly: async () => (await import('./commands/nightly.ts')).addNightly,
  history: async () => (await import('./commands/history.ts')).addHistory,
  trend: async () => (await import('./commands/trend.ts')).addTrend,
  baseline: async () => (await import('./commands/baseline.ts')).addBaseline,
  ack: async () => (await import('./commands/ack.ts')).addAck,
  heal: async () => (await import('./commands/heal.ts')).addHeal,
  verify: async () => (await import('./commands/verify.ts')).addVerify,
  sign: async () => (await import('./commands/sign.ts')).addSign,
  capacity: async () => (await import('./commands/capacity.ts')).addCapacity,
  claims: async () => (await import('./commands/claims.ts')).addClaims,
  stats: async () => (await import('./commands/stats.ts')).addStats,
  availability: async () => (await import('./commands/availability.ts')).addAvailability,
};

async function program(called: string | undefined): Promise<Command> {
  const seatrial = new Command('seatrial')
    .description('Acceptance tests for KVM clusters with high availability.')
    .version(version())
    .exitOverride()
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText(
      'after',
      `
Examples:
  seatrial doctor                                 what this machine lacks for the local reference cluster
  seatrial accept --lab --quick                   a first sea trial in a few minutes
  seatrial accept --inventory cluster.yaml        the real cluster
  seatrial report runs/2025-11-24T15-06-12-trial  judge a stored run again

${exitCodeHelp}`,
    );
  const known = called !== undefined && Object.hasOwn(commands, called);
  for (const [name, load] of Object.entries(commands)) if (!known || name === called) (await load())(seatrial);
  return seatrial;
}

/** A reader that went away (`seatrial claims | head`) must not end a run in the middle of a fault. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

ignoreClosedPipes();
try {
  await (await program(process.argv[2])).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Help and version come this way too, with exit code 0; everything else is wrong usage.
    process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  } else if (error instanceof Refusal) {
    process.stderr.write(`${error.message}\n${error.todo}\n`);
    process.exitCode = error.exitCode;
  } else if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
    process.stderr.write('the disk is full\nMake room, then run: seatrial heal\n');
    process.exitCode = exitCodes.aborted;
  } else {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`seatrial stumbled over a mistake of its own: ${text}\nRun: seatrial heal\n`);
    process.exitCode = exitCodes.aborted;
  }
}
