import type {Command} from 'commander';
import type {Cluster} from '../../../harness/types.ts';
import {render} from '../../../reports/document/index.ts';
import {readNow} from '../../../suites/conformance/ask.ts';
import {ruleVerdicts} from '../../../suites/conformance/verdicts.ts';
import {inventoryOption, labNamed, labOption} from '../kit/cluster-options.ts';
import {CommandError} from '../kit/command-error.ts';
import {onInterrupt} from '../kit/interrupt.ts';
import {lookAt} from '../kit/open-cluster.ts';
import {addOutputOptions, deliver, formatOf, type OutputFlags} from '../kit/output-options.ts';
import {type CheckReport, exitCodeOf, reportOf} from './checked.ts';
import {checkDocument} from './document.ts';
import {checkLines} from './lines.ts';
import {type Files, fromFiles} from './offline.ts';

const formats = ['text', 'html', 'md', 'json'] as const;

interface Options extends Files, OutputFlags<(typeof formats)[number]> {
  lab?: string | true;
  inventory?: string;
  all?: true;
}

export function setUp(command: Command): void {
  command
    .addOption(labOption('a local lab that is up'))
    .addOption(inventoryOption())
    .option('--cib <file>', "a stranger's configuration and status, as cibadmin --query prints it")
    .option('--corosync <file>', 'its corosync.conf')
    .option(
      '--crm-mon <file>',
      'its state, as crm_mon --one-shot --output-as=xml --inactive --fence-history=3 prints it',
    )
    .option('--report <path...>', 'folders or tar files of crm_report, crm report, or sos (one of each node)')
    .option('--all', 'of the text: also what holds, and what is not applicable');
  addOutputOptions(command, formats);
  command
    .addHelpText(
      'after',
      `
Examples:
  seatrial check --inventory cluster.yaml               a cluster, rule by rule; only looks
  seatrial check --lab                                  the lab trial
  seatrial check --cib cib.xml --corosync corosync.conf a stranger's cluster, from two files
  seatrial check --report crm-report.tar.bz2            from what crm_report has gathered
  seatrial check --report sosreport-n1.tar.xz sosreport-n2.tar.xz sosreport-n3.tar.xz --all
  seatrial check --inventory cluster.yaml --out check.html
  seatrial check --cib cib.xml --json | jq '.verdicts[] | select(.state == "violated")'

Nothing is changed on any host; from files nobody is connected to. What is in none of the files is not known, with what would tell.
With a CIB, crm_simulate of this machine (pacemaker-cli-utils) says where each guest goes when one node is lost, or two.
No secret is printed: only where it stands. docs/rules.md lists the rules, docs/check.md the files.
Exit code: 0 every rule holds or is not applicable, 1 some are violated, 2 none is violated and some are not known, 3 wrong usage, or
no cluster.`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const interrupt = onInterrupt(text => process.stderr.write(`${text}\n`), 'stopping: nothing was changed');
  try {
    const report = await reportFor(options);
    const format = formatOf(options, formats);
    const text =
      format === 'text' ? checkLines(report, options.all ?? false) : await render(checkDocument(report), format);
    await deliver(text, options.out);
    process.exitCode = exitCodeOf(report);
  } finally {
    interrupt.release();
  }
}

async function reportFor({lab, inventory, cib, corosync, crmMon, report}: Options): Promise<CheckReport> {
  const name = labNamed(lab);
  const files = [cib, corosync, crmMon, ...(report ?? [])].flatMap(each => each ?? []);
  if ([name !== undefined, inventory !== undefined, files.length > 0].filter(Boolean).length !== 1) {
    throw new CommandError(
      files.length > 0 ? 'files and a cluster exclude each other' : 'which cluster is meant?',
      'Say --inventory FILE or --lab for one that runs, or give its files: --cib, --corosync, --report.',
    );
  }
  if (files.length > 0) {
    const {wasRead, ...foretold} = await fromFiles({
      ...(cib === undefined ? {} : {cib}),
      ...(corosync === undefined ? {} : {corosync}),
      ...(crmMon === undefined ? {} : {crmMon}),
      ...(report === undefined ? {} : {report}),
    });
    return reportOf(files.join(', '), ruleVerdicts(wasRead), foretold);
  }
  return lookAt({lab, inventory}, checked);
}

async function checked(cluster: Cluster): Promise<CheckReport> {
  process.stderr.write(`reading the configuration of ${cluster.nodes.map(({name}) => name).join(', ')}\n`);
  const read = await readNow(cluster);
  if (!read.ok) throw new CommandError(read.error, 'Mend what it names; seatrial doctor says more.');
  return reportOf(cluster.name, ruleVerdicts(read.value), {});
}
