/** `npm run reference`: writes the pages of docs/reference/ and man/seatrial.1 anew, from what the code says. */
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {referenceFiles} from './reference/index.ts';

const top = join(import.meta.dirname, '../..');
for (const [path, text] of await referenceFiles()) {
  mkdirSync(dirname(join(top, path)), {recursive: true});
  writeFileSync(join(top, path), text);
  process.stdout.write(`${path}\n`);
}
