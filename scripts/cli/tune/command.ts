import type {Command} from 'commander';
import {addClusterOptions} from '../kit/cluster-options.ts';
import {exitCodeHelp} from '../kit/command-error.ts';
import {lasting, listed, whole} from '../kit/options.ts';
import {addOutputOptions} from '../kit/output-options.ts';
import {addPluginsOption} from '../kit/plugins/option.ts';
import {formats, type RankFlags, type TuneFlags} from './flags.ts';
import {rankProfile} from './rank.ts';
import {tryProfile} from './try.ts';

export function setUp(command: Command): void {
  command.addHelpText(
    'after',
    `
Examples:
  seatrial tune try tuned --lab --quick                              one profile against what is there
  seatrial tune rank tuned --lab --quick --settings disk.cache,mtu   which of its settings made the difference
  seatrial tune rank mine.yaml --inventory cluster.yaml --dry-run    the states that would be measured, and how long that takes

Every setting goes back to what was found, also after kill -9: seatrial heal. docs/tuning.md says what is compared and how.
${exitCodeHelp}`,
  );
  addTry(command);
  addRank(command);
}

function addTry(tune: Command): void {
  const command = ofProfile(
    tune.command('try'),
    'Measure a profile in turns with the cluster as found, and say what became better or worse.',
  );
  command
    .addHelpText(
      'after',
      `
Examples:
  seatrial tune try tuned --lab --quick
  seatrial tune try tuned --lab --only storage/fio --reps 6 --out tried.html
  seatrial tune try mine.yaml --inventory cluster.yaml --allow disruptive --yes-i-mean prod-a

2 repetitions give an interval, 3 may claim a difference, 6 let ranks speak too.
Exit code: 0 nothing is worse, 1 something is, 2 it cannot be said, 3 wrong usage or configuration, 4 aborted or not healed.`,
    )
    .action((profile: string, options: TuneFlags) => tryProfile(profile, options, command));
}

function addRank(tune: Command): void {
  const command = ofProfile(
    tune.command('rank'),
    'Add the settings of a profile one at a time, and leave one out, and say which made the difference.',
  );
  command
    .option('--for <time>', 'as many whole rounds as fit into it: 30m, 4h; at most 60', lasting)
    .option('--settings <names>', 'only these settings or bundles (see docs/tuning.md), separated by commas', listed)
    .option('--metric <names>', 'rank by these metrics alone: fewer tests, narrower claims', listed)
    .addHelpText(
      'after',
      `
Examples:
  seatrial tune rank tuned --lab --quick --settings disk.cache,mtu --reps 3
  seatrial tune rank tuned --lab --only storage/fio --for 2h --metric storage.iops
  seatrial tune rank tuned --inventory cluster.yaml --dry-run

Settings that mean something only together (a bundle) are added and left out as one; those in force already are left alone.
Exit code: 0 a difference was shown, 2 none was, 3 wrong usage or configuration, 4 aborted or not healed.`,
    )
    .action((profile: string, options: RankFlags) => rankProfile(profile, options, command));
}

/** What both measure, and how. */
function ofProfile(command: Command, description: string): Command {
  command.description(description).argument('<profile>', 'a shipped profile (stock, tuned) or a file of your own');
  addClusterOptions(command, 'on a local reference cluster (root), built for this or up already');
  addPluginsOption(command);
  command
    .option('--suite <name|file>', 'what is measured: a shipped suite, or one of your own', 'load')
    .option('--only <names>', 'only these scenarios or families of it, separated by commas', listed)
    .option('--quick', "the scenarios' short parameters")
    .option('--reps <n>', 'repetitions of every scenario in every state (default: 3)', whole(1, 1000))
    .option('--seed <n>', 'order of trials; the same seed gives the same plan', whole(0, 2 ** 31 - 1))
    .option('--run <folder>', 'folder of the run (default: runs/TIME-CLUSTER)')
    .option('--dry-run', 'print the states, the trials and the time, and start nothing');
  addOutputOptions(command, formats);
  return command;
}
