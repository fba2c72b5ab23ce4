/** `node scripts/chores/tuning.ts`: writes docs/tuning.md from the profiles and suites/tunings.yaml. */
import {writeFileSync} from 'node:fs';
import {tuningFile} from './tuning/file.ts';
import {tuningPage} from './tuning/page.ts';

writeFileSync(tuningFile, tuningPage());
