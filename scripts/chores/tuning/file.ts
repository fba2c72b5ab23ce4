import {join} from 'node:path';

export const tuningFile = join(import.meta.dirname, '../../../docs/tuning.md');
