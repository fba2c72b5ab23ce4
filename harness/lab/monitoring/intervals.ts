/** How often the lab's monitoring looks: every second, as Debian's package does, or as Prometheus does by itself. */

export const scrapeIntervals = ['1s', '15s', '1m'] as const;
export type ScrapeInterval = (typeof scrapeIntervals)[number];

/** Seconds. Rules are evaluated as often as exporters are asked. */
export interface Intervals {
  scrape: number;
  /** Of Alertmanager: from an alert to its first message, and between messages of a group. */
  groupWait: number;
  groupInterval: number;
}

/** Alertmanager's own grouping, but where everything is quick. */
export function intervalsOf(interval: string): Intervals {
  if (interval === '1s') return {scrape: 1, groupWait: 0, groupInterval: 1};
  return {scrape: interval === '1m' ? 60 : 15, groupWait: 30, groupInterval: 300};
}
