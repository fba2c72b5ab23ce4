/** `node scripts/chores/rules.ts`: writes docs/rules.md from the rules and their cases. */
import {writeFileSync} from 'node:fs';
import {rulesFile} from './rules/file.ts';
import {rulesPage} from './rules/page.ts';

writeFileSync(rulesFile, rulesPage());
