/** Two sets of trials side by side: every metric that both measured, judged; everything else listed. Pure. */
import {labelWords, plural} from '../words/words.ts';
import {attribution} from './attribution.ts';
import {compareEach} from './judged.ts';
import {usual} from './measured.ts';
import type {Aside, ComparedTrial, ListedTrial, Row, SideBySide, SideBySideOptions} from './model.ts';
import {drifts, withoutStart} from './order.ts';
import {type Series, seriesOf} from './series.ts';
import {settingDifferences} from './settings.ts';

/**
 * Every series (metric and labels) that both sides measured, each trial one value. `better` or `worse` only if the
 * interval excludes "no change" after Holm over all rows, and the change exceeds the threshold and twice the A/A noise.
 * In order of metric and labels; the same input gives the same result. Exit code 0: none is worse; 1: some are; 2: that
 * cannot be said.
 */
export function sideBySide(
  before: readonly ComparedTrial[],
  after: readonly ComparedTrial[],
  options: SideBySideOptions,
): SideBySide {
  const {paired, confidence = usual.confidence, threshold = usual.threshold, noise} = options;
  const fit = (side: readonly ComparedTrial[]) => side.filter(({unfit}) => unfit === undefined);
  const [fitBefore, fitAfter] = [fit(before), fit(after)];
  const wanted = options.metrics;
  const all = seriesOf(fitBefore, fitAfter, {paired, confidence}).filter(
    ({metric}) => wanted === undefined || wanted.includes(metric),
  );
  const compared = compareEach(all, {paired, confidence, threshold, noise});
  const rows = compared.flatMap(one => ('row' in one ? [one.row] : []));
  const aside = compared.flatMap(one => ('aside' in one ? [one.aside] : []));
  const reasons = [
    ...(options.reservations ?? []),
    ...unfitReasons('before', before),
    ...unfitReasons('after', after),
    ...unmeasured(wanted ?? [], all),
    ...asideReasons(rows, aside),
    ...undecidedRows(rows),
  ];
  const worse = rows.some(row => row.verdict === 'worse');
  const from = attribution(rows);
  const verdict = worse ? 'worse' : reasons.length > 0 ? 'undecided' : 'none-worse';
  return {
    schema: 'seatrial-comparison/1',
    verdict,
    exitCode: ({'none-worse': 0, worse: 1, undecided: 2} as const)[verdict],
    reasons,
    paired,
    confidence,
    threshold,
    tests: rows.filter(({pHolm}) => pHolm !== undefined).length,
    noise: noise === undefined ? 'not given' : typeof noise === 'number' ? 'given' : 'measured',
    before: before.map(nameOf),
    after: after.map(nameOf),
    settings: settingDifferences(fitBefore, fitAfter),
    ...(from === undefined ? {} : {attribution: from}),
    warnings: [
      ...(options.warnings ?? []),
      ...[...fitBefore, ...fitAfter].flatMap(({name, warnings}) => warnings.map(text => `${name}: ${text}`)),
      ...withoutStart([...fitBefore, ...fitAfter]),
      ...(paired ? [] : drifts(rows, confidence)),
    ],
    rows,
    aside,
  };
}

function nameOf({name, source, unfit}: ComparedTrial): ListedTrial {
  return {name, source, ...(unfit === undefined ? {} : {unfit})};
}

/** One sentence for all that were left out for the same reason. */
function unfitReasons(side: string, trials: readonly ComparedTrial[]): string[] {
  const byReason = Map.groupBy(
    trials.filter(({unfit}) => unfit !== undefined),
    ({unfit}) => unfit,
  );
  return [...byReason].map(([reason, those]) => {
    const names = those.slice(0, 3).map(({name}) => name);
    const more = those.length > names.length ? `, … (${those.length - names.length} more)` : '';
    return `Left out of ${side}: ${names.join(', ')}${more}: ${reason}`;
  });
}

/** Who asked for a metric must not take silence for "none worse". */
function unmeasured(wanted: readonly string[], all: readonly Series[]): readonly string[] {
  const found = new Set(all.map(({metric}) => metric));
  return wanted.filter(name => !found.has(name)).map(name => `${name} was asked for, and no trial measured it`);
}

/** What only the second side measured cannot have become worse. */
function asideReasons(rows: readonly Row[], aside: readonly Aside[]): readonly string[] {
  if (rows.length === 0) return ['no metric was measured on both sides'];
  return aside
    .filter(one => one.before > 0)
    .map(one => `${one.metric} (${labelWords(one.labels)}) cannot be compared: ${one.reason}`);
}

function undecidedRows(rows: readonly Row[]): string[] {
  const count = rows.filter(({verdict}) => verdict === 'too-noisy').length;
  return count === 0 ? [] : [`${count} of ${plural(rows.length, 'comparison')} too noisy to tell`];
}
