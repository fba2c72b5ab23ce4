/** The report of a capacity run: built from what its rounds hold, saved beside them. */
import {join} from 'node:path';
import {writeWhole} from '../harness/files.ts';
import type {CapacityAim} from '../reports/capacity/limit.ts';
import type {Condition} from '../reports/capacity/loads.ts';
import {exporters} from '../reports/capacity/render/index.ts';
import {type CapacityReport, capacityReport} from '../reports/capacity/report.ts';
import type {Measured} from './capacity.ts';

export interface CapacityQuestion {
  aim: CapacityAim;
  conditions: readonly Condition[];
  /** Why the measuring ended. */
  reason: string;
  /** Operations that one transaction takes: an assumption of the user's. */
  operationsPerTransaction?: number;
}

export function capacityOf(measured: Measured, question: CapacityQuestion): CapacityReport {
  return capacityReport({...measured, ...question});
}

/** Writes every format into the capacity run's folder; returns the paths, the HTML file's first. */
export async function saveCapacity(report: CapacityReport, folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const {file, render} of Object.values(exporters)) {
    const path = join(folder, file);
    await writeWhole(path, await render(report));
    paths.push(path);
  }
  return paths.sort((a, b) => Number(b.endsWith('.html')) - Number(a.endsWith('.html')));
}
