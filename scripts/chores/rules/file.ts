import {join} from 'node:path';

export const rulesFile = join(import.meta.dirname, '../../../docs/rules.md');
