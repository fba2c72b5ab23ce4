/** What comes with seatrial about settings and the guide's tunings, read once. */
import {metrics} from '../../../reports/metrics.ts';
import {loadTunings} from '../../../suites/read/tunings.ts';
import {accepted, readText, shipped} from './package-files.ts';

const file = shipped('suites/tunings.yaml');

export const tunings = accepted(loadTunings(readText(file), file, metrics));
