/** Every file that is made from what the code says: paths from the top of the repository → their text. */

import {inventorySchema} from '../../../harness/config/inventory.ts';
import {asFound} from '../../../reports/judge/as-found.ts';
import {fileMetrics} from '../../../reports/judge/targets.ts';
import {metrics} from '../../../reports/metrics.ts';
import {scenarios} from '../../../suites/index.ts';
import {registerSchema} from '../../../suites/read/claims.ts';
import {fileTargetsSchema} from '../../../suites/read/file-targets.ts';
import {nightlySchema} from '../../../suites/read/nightly.ts';
import {suiteSchema} from '../../../suites/read/suite.ts';
import {topologyFile} from '../../cli/availability/topology-file.ts';
import {describeCommand} from '../../cli/kit/command-tree.ts';
import {version} from '../../cli/kit/package-files.ts';
import {readProfiles} from '../../cli/kit/profiles.ts';
import {planSchema, priceSchema} from '../../cli/plan/plan-file.ts';
import {program} from '../../cli/program.ts';
import {commandsPage} from './commands-page.ts';
import {type FileKind, filePage} from './file-page.ts';
import {manPage} from './man-page.ts';

/** What this version's man page is dated by. */
const dated = '2026-11-28';

const known = {
  scenarios: scenarios.map(({name}) => name),
  profiles: [asFound, ...readProfiles()].map(({name}) => name),
  metrics: metrics.map(({name}) => name),
};

export const fileKinds: Readonly<Record<string, FileKind>> = {
  inventory: {
    title: 'The inventory',
    intro: 'The cluster under test as seatrial reaches it: `--inventory FILE`.',
    schemas: [{schema: inventorySchema}],
    examples: [{name: 'docs/inventory.yaml', path: '../inventory.yaml'}],
  },
  claims: {
    title: 'The register of promises',
    intro: 'What `seatrial accept` and `report` judge by; `--targets FILE` takes your own.',
    schemas: [{schema: registerSchema(metrics)}],
    examples: [{name: 'suites/claims.yaml', path: '../../suites/claims.yaml'}],
  },
  targets: {
    title: 'Targets for files',
    intro:
      'What `seatrial judge FILES --targets FILE` holds files against; [targets.md](../targets.md) explains the words.',
    schemas: [{schema: fileTargetsSchema(fileMetrics)}],
    examples: [{name: 'the example in targets.md', path: '../targets.md'}],
  },
  suite: {
    title: 'Suites',
    intro:
      'What is tried, how often, with which profiles: `seatrial accept --suite FILE` and `seatrial nightly --suite FILE`.',
    schemas: [
      {heading: 'For accept', schema: suiteSchema(known)},
      {heading: 'For nightly', schema: nightlySchema(known)},
    ],
    examples: [
      {name: 'suites/acceptance.yaml', path: '../../suites/acceptance.yaml'},
      {name: 'suites/nightly.yaml', path: '../../suites/nightly.yaml'},
    ],
  },
  topology: {
    title: 'The topology',
    intro:
      'What `seatrial availability --topology FILE` reckons with; [availability.md](../availability.md) explains how.',
    schemas: [{schema: topologyFile}],
    examples: [{name: 'docs/topology.yaml', path: '../topology.yaml'}],
  },
  plan: {
    title: 'The plan and its prices',
    intro: 'What `seatrial plan FILE --prices FILE` reckons with; [capacity.md](../capacity.md) explains how.',
    schemas: [
      {heading: 'The plan', schema: planSchema('')},
      {heading: 'Prices', schema: priceSchema},
    ],
    examples: [
      {name: 'docs/plan.yaml', path: '../plan.yaml'},
      {name: 'docs/prices.yaml', path: '../prices.yaml'},
    ],
  },
};

export async function referenceFiles(): Promise<ReadonlyMap<string, string>> {
  const root = describeCommand(await program({every: true}));
  return new Map([
    ['docs/reference/commands.md', commandsPage(root)],
    ...Object.entries(fileKinds).map(([name, kind]): [string, string] => [`docs/reference/${name}.md`, filePage(kind)]),
    ['man/seatrial.1', manPage(root, version(), dated)],
  ]);
}
