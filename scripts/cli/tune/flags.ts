import type {ClusterFlags} from '../kit/cluster-options.ts';
import type {OutputFlags} from '../kit/output-options.ts';
import type {Printed} from '../kit/print-document.ts';

export const formats = ['text', 'md', 'csv', 'json', 'html', 'pdf'] as const satisfies readonly Printed[];

export interface TuneFlags extends ClusterFlags, OutputFlags<(typeof formats)[number]> {
  suite: string;
  only?: readonly string[];
  quick?: true;
  reps?: number;
  seed?: number;
  run?: string;
}

export interface RankFlags extends TuneFlags {
  for?: number;
  settings?: readonly string[];
  metric?: readonly string[];
}
