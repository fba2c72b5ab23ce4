import type {Scenario} from '../../harness/types.ts';
import {bootStorm} from './boot-storm.ts';
import {fragmentation} from './fragmentation.ts';
import {pageMerging} from './merging.ts';
import {noisyNeighbours} from './neighbour.ts';
import {numa} from './numa.ts';
import {overcommit} from './overcommit.ts';
import {overhead} from './overhead.ts';
import {pageFaults} from './page-faults.ts';

/** Processors and memory, of guests and of the nodes below them. */
export const compute: readonly Scenario[] = [
  overhead,
  pageFaults,
  overcommit,
  ...noisyNeighbours,
  pageMerging,
  fragmentation,
  numa,
  bootStorm,
];
