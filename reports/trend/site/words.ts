import type {Trend} from '../trend.ts';
import type {Group, Marker} from './heatmap.ts';

export const markWord: Readonly<Record<Marker['kind'], string>> = {
  confirmed: 'confirmed regression',
  suspected: 'suspected regression',
  acknowledged: 'acknowledged',
  past: 'was worse, and is over',
  better: 'better',
};

export const groupTitle: Readonly<Record<Group, string>> = {
  confirmed: 'Confirmed regressions',
  suspected: 'Suspected regressions',
  missing: 'Missing',
  acknowledged: 'Acknowledged',
  'too-short': 'Too few nights',
  better: 'Better',
  steady: 'Steady',
  gone: 'No longer measured',
};

export const groupWord: Readonly<Record<Group, string>> = {
  confirmed: 'regression',
  suspected: 'suspected',
  missing: 'missing',
  acknowledged: 'acknowledged',
  'too-short': 'too few nights',
  better: 'better',
  steady: 'steady',
  gone: 'no longer measured',
};

/** `seconds 60, depth 32`; empty without parameters. */
export function parameterWords({series}: Trend): string {
  return Object.entries(series.parameters)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(' ') : value}`)
    .join(', ');
}
