import {execFileSync} from 'node:child_process';
import type {Bench} from './line.ts';
import {Stopwatch} from './stopwatch.ts';

const size = {verdicts: 200, charts: 40};
const source = `
  const {largeReport} = await import('./large-report.ts');
  const {render} = await import('../../../reports/document/index.ts');
  const {runDocument} = await import('../../../reports/run/document.ts');
  const html = await render(runDocument(largeReport(${JSON.stringify(size)})), 'html');
  const charts = html.match(/<svg role="img"/g)?.length;
  if (charts !== ${size.charts}) throw new Error(charts + ' charts');`;

/** In a process of its own each time, as `seatrial report` is: loading and warming up count. */
export const report: Bench = {
  title: `HTML report of ${size.verdicts} verdicts and ${size.charts} charts`,
  async run() {
    const watch = new Stopwatch();
    for (let n = 0; n < 5; n++) {
      await watch.time(() =>
        execFileSync(process.execPath, ['--input-type=module', '--eval', source], {
          cwd: import.meta.dirname,
          timeout: 120_000,
        }),
      );
    }
    return [
      {what: 'by the clock', value: watch.wallSeconds, unit: 's', goal: {relation: 'at-most', bound: 3}},
      {what: 'CPU time', value: watch.cpuSeconds, unit: 's'},
    ];
  },
};
