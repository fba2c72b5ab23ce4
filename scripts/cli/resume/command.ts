import {relative, resolve} from 'node:path';
import {type Command, Option} from 'commander';
import {openTrials} from '../../../harness/run/resume.ts';
import type {Impact} from '../../../harness/types.ts';
import {allowOption, inventoryOption} from '../kit/cluster-options.ts';
import {CommandError, exitCodeHelp} from '../kit/command-error.ts';
import {permit} from '../kit/permit.ts';
import {addPluginsOption} from '../kit/plugins/option.ts';
import {render} from '../kit/save-report.ts';
import {summary} from '../kit/summary.ts';
import {watched} from '../kit/watched.ts';
import {addWindowOptions, type WindowFlags, windowAsked} from '../kit/window-options.ts';
import {openStored, refuseNoTime, resume, sameChoice} from './resume.ts';

interface Options extends WindowFlags {
  lab?: string | true;
  inventory?: string;
  keepLab?: true;
  yesIMean?: string;
  allow?: Impact;
  json?: true;
}

export function setUp(command: Command): void {
  addPluginsOption(command);
  addWindowOptions(command);
  command
    .argument('<folder>', 'folder of the run')
    .addOption(new Option('--lab [name]', 'on the lab that it ran on (root), built anew where it is gone'))
    .addOption(inventoryOption())
    .option('--keep-lab', 'leave a lab that is built for this up afterwards')
    .addOption(allowOption())
    .option('--yes-i-mean <cluster>', "the real cluster's name, in place of typing it")
    .option('--json', 'print the report as JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  seatrial resume runs/2025-11-24T15-06-12-prod-a --inventory cluster.yaml --allow destructive    after a crash, a reboot or Ctrl-C
  seatrial resume runs/2025-11-24T15-06-12-trial --lab

Plan, targets and settings are those that the run was begun with. The cluster is healed first; trials that have ended count as
they are, the one that was interrupted is tried anew, and what it left is kept. A run that was told time goes on to the same
end, or to another one that is said here. Refused where machines or versions are others
than before, and for a run that is complete, damaged, unhealed or signed.
${exitCodeHelp}`,
    )
    .action(run);
}

async function run(given: string, options: Options): Promise<void> {
  const folder = resolve(given);
  const stored = await openStored(folder, given);
  const choice = await sameChoice(stored.header, options);
  const {plan, header} = stored;
  const window = windowAsked(options);
  if (window !== undefined && plan.window === undefined)
    throw new CommandError(
      'the run was told repetitions, and not time',
      'Leave out --for, --until and --until-decided.',
    );
  refuseNoTime(stored, window);
  const asked = {plan: {...plan, trials: openTrials(stored)}, profiles: header.profiles};
  const leave = await permit(choice, asked, options);
  await watched(async (watch, interrupt) => {
    const {report, paths} = await resume(
      folder,
      stored,
      {choice, leave, ...(window === undefined ? {} : {window})},
      watch,
      interrupt,
    );
    watch.close();
    process.exitCode = report.exitCode;
    if (stored.header.suite === 'nightly') process.stderr.write(afterNight(given));
    const here = paths.map(path => relative('', path));
    process.stdout.write(options.json ? await render(report, 'json') : summary(report, given, here));
  });
}

/** The night's own report is made of the history. */
function afterNight(folder: string): string {
  return `then: seatrial history import ${folder} && seatrial nightly --analyse-only\n`;
}
