/** A guest's own figures beside what its ledger and its incarnations say. */
import type {Artefacts, Measured} from '../../harness/types.ts';
import {acknowledgedBefore} from '../../reports/beacon/index.ts';
import {measureLedger} from '../steps/ledger.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {dualActiveFindings, watchArtefact} from '../steps/watch.ts';
import {kindOf} from './facts.ts';
import {injectionSeconds, type Seen} from './seen.ts';

/** Where nothing was acknowledged before the fault, nothing could be lost by it: that none was is no figure. */
export function withLedger(raw: Artefacts, seen: Seen, guest: string, own: Measured): Measured {
  const {facts, log} = seen;
  const labels = {fault: kindOf(facts.fault), guest};
  const ledger = measureLedger(raw, log, guest, 'failover.lost-writes', labels);
  const tried = acknowledgedBefore(log, guest, injectionSeconds(seen)) !== undefined;
  const expected = 'writes that were acknowledged before the fault';
  return together([
    own,
    tried ? ledger : {...ledger, samples: ledger.samples.filter(({value}) => value > 0)},
    onlyProblems(...(tried ? [] : [{artefact: watchArtefact, path: guest, expected, found: 'none'}])),
    {...onlyProblems(), findings: dualActiveFindings(log, guest)},
  ]);
}
