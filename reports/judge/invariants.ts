import type {Finding, Measured, Sample, TrialRecord} from '../../harness/types.ts';

/** Counts of acknowledged writes that are gone: a single one is one too many. */
const lostWrites: readonly string[] = ['failover.lost-writes', 'migration.lost-writes'];
const readable = 'every acknowledged write is readable';

/**
 * A scenario that finds a loss says more of it (which record, and why) than its count does: then the count is not told
 * again.
 */
function lossOf(sample: Sample, findings: readonly Finding[]): Finding[] {
  const {artefact} = sample.from;
  if (!lostWrites.includes(sample.metric) || !(sample.value > 0)) return [];
  if (findings.some(finding => finding.invariant === readable && finding.artefact === artefact)) return [];
  const writes = `${sample.value} acknowledged ${sample.value === 1 ? 'write is' : 'writes are'} gone`;
  return [{severity: 'critical', invariant: readable, detail: writes, artefact}];
}

/**
 * What was found before the trial was healed away before it ran (else the trial ended unhealed): worth knowing, no
 * verdict on it.
 */
function before(finding: Finding): Finding {
  return {...finding, severity: 'warning', detail: `before the trial, then healed: ${finding.detail}`};
}

/** What is still so after the trial was not healed before it: a run that only looks mends nothing. */
function isAmong({invariant, detail}: Finding, findings: readonly Finding[]): boolean {
  return findings.some(other => other.invariant === invariant && other.detail === detail);
}

/**
 * Everything that must not be and was, in one trial: what the scenario itself saw (two lives at once, two quorate
 * partitions), what the audits before and after found, lost writes among the samples, and, where the trial counts,
 * settings that were not in force as asked. In the order of the trial: before, during, after; each once. Critical ones
 * forbid `met` to every claim that the scenario speaks to.
 */
export function findingsOf(record: TrialRecord, measured: Measured | undefined): readonly Finding[] {
  const notInForce: Finding[] =
    record.status === 'done'
      ? record.readBack
          .filter(setting => !setting.agrees)
          .map(({id, where, asked, found}) => ({
            severity: 'critical',
            invariant: 'what was asked is in force',
            detail: `${id} on ${where}: asked ${asked}, found ${found}`,
          }))
      : [];
  const all = [
    ...record.auditBefore.filter(finding => !isAmong(finding, record.auditAfter)).map(before),
    ...notInForce,
    ...(measured?.findings ?? []),
    ...(measured?.samples.flatMap(sample => lossOf(sample, measured.findings)) ?? []),
    ...record.auditAfter,
  ];
  const seen = new Set<string>();
  return all.filter(({severity, invariant, detail, artefact}) => {
    const key = JSON.stringify([severity, invariant, detail, artefact]);
    return seen.has(key) ? false : seen.add(key);
  });
}
