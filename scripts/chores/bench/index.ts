import {availability} from './availability.ts';
import {beacon} from './beacon.ts';
import {bulk} from './bulk.ts';
import {changePointsOfAYear} from './change-points.ts';
import {fio} from './fio.ts';
import {growth} from './growth.ts';
import {harness} from './harness.ts';
import {history} from './history.ts';
import type {Bench} from './line.ts';
import {report} from './report.ts';
import {start} from './start.ts';
import {trend} from './trend.ts';

/** By the name that `npm run bench` takes. */
export const benches: Readonly<Record<string, Bench>> = {
  fio,
  bulk,
  'change-points': changePointsOfAYear,
  report,
  growth,
  history,
  trend,
  availability,
  beacon,
  harness,
  start,
};
