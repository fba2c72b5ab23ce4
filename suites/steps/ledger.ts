/** The writes that a guest acknowledged to the watch, and whether they can still be read. */
import {verifyLedger} from '../../harness/probes/beacon/driver.ts';
import type {Artefacts, Finding, Guest, Measured, ParseError, Trial} from '../../harness/types.ts';
import {
  type BeaconLog,
  beaconTarget,
  parseBeaconVerify,
  type WriteLedger,
  writeLedger,
} from '../../reports/beacon/index.ts';
import {parsedArtefact} from './artefacts.ts';
import {onlyProblems} from './measured.ts';
import {watchArtefact} from './watch.ts';

function artefactOf(guest: string): string {
  return `ledger-${guest}.txt`;
}

/** Only once the watch has ended: what is acknowledged after a ledger was read could not be checked against it. */
export async function keepLedgers({cluster, keep}: Trial, guests: readonly Guest[]): Promise<void> {
  await Promise.all(
    guests.map(async guest => {
      const ledger = await verifyLedger(cluster, guest);
      await keep(artefactOf(guest.name), ledger.ok ? ledger.value : '');
    }),
  );
}

/**
 * Acknowledged writes that are gone. A sample only where every acknowledged record was read again (or has been
 * written over since); a loss that is seen is a finding even where the rest could not be read.
 */
export function measureLedger(
  raw: Artefacts,
  log: BeaconLog,
  guest: string,
  metric: string,
  labels: Record<string, string>,
): Measured {
  const artefact = artefactOf(guest);
  const verify = parsedArtefact(raw, artefact, parseBeaconVerify);
  const ledger = writeLedger(log, guest, verify.ok ? verify.value : undefined);
  const damage = verify.ok ? verify.value.damage : verify.error;
  const problems = damage === undefined ? [] : [damage];
  const problem = (expected: string, found: string): ParseError => ({artefact, path: guest, expected, found});
  if (!ledger) return onlyProblems(...problems, problem('the ledger of this guest', 'none'));
  const {acknowledged, unverified, lost, overwrittenLives} = ledger;
  const findings = [...lossFindings(guest, ledger, artefact), ...readbackFindings(log, guest)];
  if (acknowledged === 0) problems.push(problem('acknowledged writes to check', 'none was acknowledged'));
  else if (unverified > 0) problems.push(problem('every acknowledged record read again', `${unverified} were not`));
  else if (overwrittenLives.length > 0 && lost.length === 0) {
    const found = `none of ${overwrittenLives.map(bootId => bootId.slice(0, 8)).join(', ')}: all were written over since`;
    problems.push(problem('acknowledged records of every life to read again', found));
  } else if (verify.ok || lost.length > 0) {
    const from = {artefact, path: `${acknowledged} acknowledged`};
    return {samples: [{metric, unit: 'count', value: lost.length, labels, from}], problems, findings};
  }
  return {samples: [], problems, findings};
}

function lossFindings(guest: string, {acknowledged, lost}: WriteLedger, artefact: string): readonly Finding[] {
  return lost.slice(0, 1).map(first => ({
    severity: 'critical',
    invariant: 'every acknowledged write is readable',
    detail: `${guest}: ${lost.length} of ${acknowledged} acknowledged writes are gone, the first is record ${first.record} (${first.reason})`,
    artefact,
  }));
}

/** The guest reads each write again itself before it acknowledges the next: what it found then may be gone by now. */
function readbackFindings(log: BeaconLog, guest: string): readonly Finding[] {
  const replies = beaconTarget(log, guest)?.replies ?? [];
  const most = Math.max(0, ...replies.map(({readbackErrors}) => readbackErrors));
  if (most === 0) return [];
  const detail = `${guest}: it read ${most} of its own acknowledged writes back otherwise than it had written them`;
  return [{severity: 'critical', invariant: 'every acknowledged write is readable', detail, artefact: watchArtefact}];
}
