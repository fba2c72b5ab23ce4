/** The published figures that come with seatrial, read once. */
import {metrics} from '../../../reports/metrics.ts';
import {loadReferences} from '../../../suites/read/references.ts';
import {accepted, readText, shipped} from './package-files.ts';

const file = shipped('suites/references.yaml');

export const references = accepted(loadReferences(readText(file), file, metrics));
