import {globSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type TrialResult, trialResultSchema} from './result.ts';

/** Every stored result of a folder. Throws where one is none. */
export function storedResults(folder: string): readonly TrialResult[] {
  return globSync('*.json', {cwd: folder}).map(file =>
    trialResultSchema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))),
  );
}
