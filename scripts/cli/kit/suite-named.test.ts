import {readdirSync} from 'node:fs';
import test from 'ava';
import {asFound} from '../../../reports/judge/as-found.ts';
import {shipped, shippedSuites} from './package-files.ts';
import {readProfiles} from './profiles.ts';
import {suiteNamed} from './suite-named.ts';

const profiles = [asFound, ...readProfiles()];
/** Files beside them that are no suites for `accept`. */
const others = ['claims', 'references', 'tunings', 'nightly'];

for (const name of shippedSuites)
  test(`the suite ${name} can be read, and tries something`, t => {
    t.true(suiteNamed(name, profiles).scenarios.length > 0);
  });

test('every file beside them is named somewhere', t => {
  const files = readdirSync(shipped('suites')).flatMap(file => /^(.*)\.yaml$/.exec(file)?.[1] ?? []);
  t.deepEqual(files.sort(), [...shippedSuites, ...others].sort());
});
