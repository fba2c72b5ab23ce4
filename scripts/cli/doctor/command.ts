import {type Command, InvalidArgumentError} from 'commander';
import {levels} from '../../../harness/doctor/check.ts';
import type {Suite} from '../../../harness/types.ts';
import {asFound} from '../../../reports/judge/as-found.ts';
import {scenarios} from '../../../suites/index.ts';
import {readRegister, readSuite} from '../kit/claims-register.ts';
import {inventoryOption, labNamed, labOption} from '../kit/cluster-options.ts';
import {CommandError} from '../kit/command-error.ts';
import {promisedSeconds} from '../kit/doctor-first.ts';
import {onInterrupt} from '../kit/interrupt.ts';
import {inventoryFrom} from '../kit/open-cluster.ts';
import {readProfiles} from '../kit/profiles.ts';
import {readNightly} from '../nightly/nightly.ts';
import {examineInventory, examineLab, explained} from './examination.ts';
import {doctorLines} from './lines.ts';
import {examine, findings, type MachineFinding} from './machine.ts';
import {type DoctorFinding, type DoctorReport, doctorReport, exitCodeOf} from './report.ts';
import {whatSuiteDoes} from './suites.ts';

interface Options {
  lab?: string | true;
  inventory?: string;
  suite?: string;
  explain?: true;
  json?: true;
}

const suiteNames = ['acceptance', 'nightly'] as const;

export function setUp(command: Command): void {
  command
    .addOption(labOption('a local lab that is up'))
    .addOption(inventoryOption())
    .option(
      '--suite <name>',
      `what this suite would do to the cluster (${suiteNames.join(', ')}), in place of both`,
      suiteName,
    )
    .option('--explain', 'say why each check matters, which commands were typed, and which privileges are needed')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  seatrial doctor                                       what this machine lacks for a lab
  seatrial doctor --inventory cluster.yaml --explain    a cluster before anything is tried on it; only looks
  seatrial doctor --lab                                 the lab trial
  seatrial doctor --inventory cluster.yaml --json | jq '.findings[] | select(.level == "danger")'

Nothing is changed on any host, and nothing is locked. accept, nightly and capacity do the same before they begin on
a real cluster, and refuse where there is a danger: --despite CHECK lets one through, and is written into the run.
Exit code: 0 good, 1 warnings, 3 a danger, or wrong usage.`,
    )
    .action(run);
}

function suiteName(text: string): string {
  if (suiteNames.some(name => name === text)) return text;
  throw new InvalidArgumentError(`Expected one of ${suiteNames.join(', ')}.`);
}

async function run(options: Options): Promise<void> {
  const lab = labNamed(options.lab);
  if (lab !== undefined && options.inventory !== undefined) {
    throw new CommandError('--lab and --inventory exclude each other', 'Say one of them.');
  }
  const interrupt = onInterrupt(text => process.stderr.write(`${text}\n`), 'stopping: nothing was changed');
  try {
    const report = await reportOn(lab, options, interrupt.signal);
    const {checks: _, ...short} = report;
    process.stdout.write(
      options.json
        ? `${JSON.stringify(doctorReport.parse(options.explain ? report : {...short, checks: []}), null, 1)}\n`
        : doctorLines(report, options.explain ?? false),
    );
    process.exitCode = exitCodeOf(report.findings);
  } finally {
    interrupt.release();
  }
}

async function reportOn(lab: string | undefined, options: Options, signal: AbortSignal): Promise<DoctorReport> {
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  // For a real cluster this machine only needs what runs seatrial itself, and that it does.
  const machine = options.inventory === undefined ? findings(await examine()).map(machineFinding) : [];
  if (lab === undefined && options.inventory === undefined) {
    return {schema: 'seatrial-doctor/1', seconds: seconds(), findings: machine, suites: [], checks: []};
  }
  const asked = {boundSeconds: promisedSeconds(readRegister().claims), signal};
  const found =
    options.inventory === undefined
      ? await examineLab(lab ?? '', asked)
      : await examineInventory(inventoryFrom(options.inventory, {connects: true}), asked);
  const profiles = [asFound, ...readProfiles()];
  return {
    schema: 'seatrial-doctor/1',
    cluster: found.cluster.name,
    seconds: seconds(),
    findings: inOrder([...found.findings, ...machine]),
    ...(found.budget === undefined ? {} : {budget: found.budget}),
    suites: suitesAsked(options.suite).map(suite => whatSuiteDoes(suite, found.cluster, scenarios, profiles)),
    checks: explained,
  };
}

function suitesAsked(name: string | undefined): readonly Suite[] {
  const profiles = [asFound, ...readProfiles()];
  const known = {scenarios: scenarios.map(each => each.name), profiles: profiles.map(each => each.name)};
  const all = [readSuite('acceptance', known), readNightly(profiles).suite];
  return all.filter(suite => name === undefined || suite.name === name);
}

function machineFinding({state, subject, text, todo}: MachineFinding): DoctorFinding {
  const level = state === 'missing' ? 'danger' : state === 'ok' ? 'good' : 'note';
  return {
    check: `machine-${subject}`,
    level,
    subject: 'this machine',
    found: `${subject}: ${text}`,
    expected: '',
    todo,
  };
}

function inOrder(findings: readonly DoctorFinding[]): DoctorFinding[] {
  return levels.flatMap(level => findings.filter(each => each.level === level));
}
