import type {Finding, Measured, Sample, TrialRecord} from '../harness/types.ts';

/** Metrics of which a single one is one too many: each count above 0 is a critical finding. */
const mustBeZero: Readonly<Record<string, {invariant: string; says: string}>> = {
  'failover.lost-writes': {
    invariant: 'acknowledged writes stay',
    says: 'acknowledged before the fault, not readable after it',
  },
};

function ofSample(sample: Sample): Finding[] {
  const rule = mustBeZero[sample.metric];
  if (!rule || !(sample.value > 0)) return [];
  return [
    {
      severity: 'critical',
      invariant: rule.invariant,
      detail: `${sample.value} ${sample.value === 1 ? 'write' : 'writes'}: ${rule.says}`,
      artefact: sample.from.artefact,
    },
  ];
}

/** What was found before the trial was healed away before it ran (else the trial ended unhealed): worth knowing, no verdict on it. */
function before(finding: Finding): Finding {
  return {...finding, severity: 'warning', detail: `before the trial, then healed: ${finding.detail}`};
}

/**
 * Everything that must not be and was, in one trial: what the scenario itself saw (two lives at once, two quorate partitions),
 * what the audits before and after found, lost writes among the samples, and, where the trial counts, settings that were not in
 * force as asked. In the order of the trial: before, during, after; each once. Critical ones forbid `met` to every claim
 * that the scenario speaks to.
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
    ...record.auditBefore.map(before),
    ...notInForce,
    ...(measured?.findings ?? []),
    ...(measured?.samples.flatMap(ofSample) ?? []),
    ...record.auditAfter,
  ];
  const seen = new Set<string>();
  return all.filter(({severity, invariant, detail, artefact}) => {
    const key = JSON.stringify([severity, invariant, detail, artefact]);
    return seen.has(key) ? false : seen.add(key);
  });
}
