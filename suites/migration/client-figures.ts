/** What a client noticed of one migration: blackout, brown-out, requests that were lost. Pure. */
import type {Measured, Sample, Unit} from '../../harness/types.ts';
import {type BeaconLog, blackouts, brownout, lifeSpans, logSecondsAt} from '../../reports/beacon/index.ts';
import {onlyProblems} from '../steps/measured.ts';
import {stoodStill, watchArtefact} from '../steps/watch.ts';

/** Wall clocks of the harness. */
export interface Passage {
  guest: string;
  /** From then on it was at rest, under the load that it was to move with. */
  wallRestMs: number;
  wallBeginMs: number;
  wallEndMs: number;
}

/** What a client may still miss after libvirt has said that the guest has moved. */
const marginSeconds = 1;

/** `clock`: the client's minus the harness's. `labels` say which migration it was. */
export function clientFigures(
  log: BeaconLog,
  clock: {offsetMs: number; halfWidthMs: number},
  {guest, wallRestMs, wallBeginMs, wallEndMs}: Passage,
  labels: Readonly<Record<string, string>>,
): Measured {
  const at = (wallMs: number) => logSecondsAt(log, (wallMs + clock.offsetMs) / 1000) ?? Number.NaN;
  const slack = clock.halfWidthMs / 1000;
  const during = {fromSeconds: at(wallBeginMs) - slack, toSeconds: at(wallEndMs) + slack + marginSeconds};
  const heard = lifeSpans(log, guest)?.[0]?.firstReplySeconds;
  if (!(wallRestMs <= wallBeginMs && wallBeginMs < wallEndMs)) {
    const found = `at rest from ${wallRestMs} ms, begun at ${wallBeginMs} ms, over at ${wallEndMs} ms`;
    const expected = `the times of the migration of ${guest}, one after the other`;
    return onlyProblems({artefact: watchArtefact, path: Object.values(labels).join(' '), expected, found});
  }
  const slow = brownout(log, guest, {fromSeconds: at(wallRestMs), toSeconds: during.fromSeconds}, during);
  if (slow === undefined || heard === undefined || heard > during.fromSeconds) {
    const expected = `${guest} watched from before the migration until after it`;
    const found = heard === undefined ? 'no reply at all' : 'a log that does not cover it';
    return onlyProblems({artefact: watchArtefact, path: Object.values(labels).join(' '), expected, found});
  }
  const standing = stoodStill(log, guest, at(wallRestMs), during.toSeconds);
  if (standing !== undefined) return onlyProblems(standing);
  const silent = (blackouts(log, guest) ?? []).filter(
    window => window.fromSeconds < during.toSeconds && window.fromSeconds + window.seconds > during.fromSeconds,
  );
  const twoIntervals = 2 * log.intervalSeconds;
  const sample = (metric: string, unit: Unit, value: number, path: string): Sample => ({
    metric,
    unit,
    value,
    labels,
    from: {artefact: watchArtefact, path: `${guest} ${path}`},
  });
  const blackout: Sample = {
    ...sample('migration.blackout', 's', Math.max(twoIntervals, ...silent.map(({seconds}) => seconds)), 'blackouts'),
    halfWidth: twoIntervals,
    ...(silent.some(({toSeconds}) => toSeconds === undefined) ? {censored: true as const} : {}),
  };
  const above = `latency above ${slow.usualSeconds.toFixed(4)} s`;
  const area = {...sample('migration.brownout', 's·s', slow.area, above), halfWidth: slow.atRest};
  const lost = sample('migration.lost-requests', 'count', slow.lost, 'requests without a reply');
  return {...onlyProblems(), samples: [blackout, area, lost]};
}
