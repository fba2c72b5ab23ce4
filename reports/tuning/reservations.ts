/** Why a run of states must not be called sound, whatever was measured in it. Pure. */
import {usual} from '../comparison/measured.ts';
import {trialsOf} from '../comparison/profiles.ts';
import {seriesOf} from '../comparison/series.ts';
import {unreadOf} from '../comparison/unread.ts';
import {trialOf} from '../judge/evidence.ts';
import {metricNamed} from '../metrics.ts';
import {damageSentence} from '../run/build.ts';
import type {Report} from '../run/report.ts';
import {labelWords, metricTitle} from '../words/words.ts';

/** What is missing, failed, broke or could not be read: each may have shown that something is worse. */
export function reservationsOf(report: Report): readonly string[] {
  const {ended, plan, trials, damage, findings} = report;
  const missing = plan.planned - trials.length;
  return [
    ...(ended.status === 'complete' ? [] : [`the run ended ${ended.status}: ${ended.reason}`]),
    ...(missing > 0 ? [`${missing} of ${plan.planned} planned trials are missing`] : []),
    ...trials
      .filter(({status}) => status !== 'done')
      .map(
        ({slot, scenario, profile, status, reason}) =>
          `trial ${slot}, ${scenario} under ${profile}, ${status}: ${reason === '' ? 'no reason was stored' : reason}`,
      ),
    ...damage.map(error => `damaged: ${damageSentence(error)}`),
    ...findings
      .filter(({severity}) => severity === 'critical')
      .map(({trial, invariant, detail}) => `trial ${trial}, critical finding: ${invariant}: ${detail}`),
    ...unreadOf(report).map(({subject, text}) => `${subject}: ${text}`),
  ];
}

/** What trials that are done measured as found, and none of them under the profile: nobody sees what became of it. */
export function foundOnly({samples, trials}: Pick<Report, 'samples' | 'trials'>, profile: string): readonly string[] {
  const done = new Set(trials.flatMap(({slot, status}) => (status === 'done' ? [slot] : [])));
  const sound = samples.filter(sample => done.has(trialOf(sample) ?? Number.NaN));
  const found = [...new Set(sound.flatMap(({labels}) => labels.profile ?? []))].filter(name => name !== profile);
  const before = found.flatMap(name => trialsOf(sound, name));
  const all = seriesOf(before, trialsOf(sound, profile), {paired: true, confidence: usual.confidence});
  return all
    .filter(one => one.before.length > 0 && one.after.length === 0 && isCompared(one.metric))
    .map(
      ({metric, labels}) =>
        `${metricTitle(metric)} (${labelWords(labels)}) was measured as found, and not under ${profile}`,
    );
}

function isCompared(name: string): boolean {
  const metric = metricNamed(name);
  return metric !== undefined && metric.partOf === undefined;
}
