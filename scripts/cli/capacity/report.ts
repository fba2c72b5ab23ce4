/** The report of a capacity run: built from what its rounds hold, saved beside them. */
import {join} from 'node:path';
import {capacityDocument} from '../../../reports/capacity/document.ts';
import type {CapacityAim} from '../../../reports/capacity/limit.ts';
import type {Condition} from '../../../reports/capacity/loads.ts';
import {type CapacityReport, capacityReport} from '../../../reports/capacity/report.ts';
import type {FormatName} from '../../../reports/document/index.ts';
import {saveDocument} from '../kit/save-document.ts';
import type {Measured} from './rounds.ts';

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

const saved = ['html', 'text', 'md', 'csv', 'json'] as const satisfies readonly FormatName[];

/** Writes every format into the capacity run's folder; returns the paths, the HTML file's first. */
export async function saveCapacity(report: CapacityReport, folder: string): Promise<readonly string[]> {
  return saveDocument(capacityDocument(report), saved, join(folder, 'capacity'));
}
