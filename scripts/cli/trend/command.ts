import type {Command} from 'commander';
import {asFound} from '../../../reports/judge/as-found.ts';
import {readDecisions} from '../kit/history/decisions.ts';
import {defaultHistory, withHistory} from '../kit/history/index.ts';
import {defaultLookBack} from '../kit/history/queries.ts';
import {whole} from '../kit/options.ts';
import {addPluginsOption} from '../kit/plugins/option.ts';
import {readProfiles} from '../kit/profiles.ts';
import {readNightly, thresholdsOf} from '../nightly/nightly.ts';
import {saveSite, siteInput} from './site.ts';

interface Options {
  history: string;
  out: string;
  cluster?: string;
  nights: number;
  suite?: string;
}

export function setUp(command: Command): void {
  addPluginsOption(command);
  command
    .requiredOption('--out <folder>', 'folder for the pages; index.html is the first')
    .option('--history <file>', 'the history', defaultHistory)
    .option('--cluster <name>', 'of this cluster, where the history has several')
    .option('--nights <n>', 'at most so many of the newest nights', whole(1, 5000), defaultLookBack)
    .option('--suite <file>', 'your own nightly suite, for its thresholds')
    .addHelpText(
      'after',
      `
Examples:
  seatrial trend --out trend                                  then open trend/index.html
  seatrial trend --history nights.sqlite --out www --nights 90
  seatrial trend --cluster prod-a --out /var/www/html/prod-a

The same history gives the same pages. Reports of runs are linked relatively: move pages and runs together.
Exit code: 0 written, 3 wrong usage or configuration, 4 the history is damaged.`,
    )
    .action(async (options: Options) => {
      const decisions = readDecisions(options.history);
      const thresholdOf = thresholdsOf(readNightly([asFound, ...readProfiles()], options.suite));
      const {cluster, nights, out} = options;
      const input = await withHistory(
        options.history,
        file => siteInput(file, {decisions, thresholdOf, nights, ...(cluster === undefined ? {} : {cluster})}, out),
        {mustExist: true},
      );
      const {index, pages} = await saveSite(input, out);
      process.stdout.write(
        `${index}\n${pages} pages of ${input.trends.length} series over ${input.nights.length} nights\n`,
      );
    });
}
