import type {Finding, Profile, Sample} from '../../harness/types.ts';
import type {ClaimVerdict, Report, TargetVerdict} from '../report.ts';
import {comparisonCharts, effectText, unitOf} from './charts/comparison.ts';
import {migrationChart} from './charts/migration.ts';
import {percentileCharts} from './charts/percentile.ts';
import {throughputCharts} from './charts/throughput.ts';
import {timelineChart} from './charts/timeline.ts';
import {sha256Hex, sha256Source} from './digest.ts';
import {renderJson} from './json.ts';
import {artefactHref, trialFolder} from './links.ts';
import {type Content, html, type Markup, trusted} from './markup.ts';
import {absent, type Sources, sourcesOf} from './sources.ts';
import {copyScript, styleSheet} from './style.ts';
import {captionOf, figure, scroll, table} from './tables.ts';
import {byText, clipped, oneLine} from './text.ts';
import {formatDuration, formatEstimate, formatInstant, formatProbability, formatQuantity, missing} from './units.ts';
import {
  boundWords,
  comparisonWord,
  countsOf,
  hardwareRemark,
  inLabelOrder,
  intervalWords,
  labelWords,
  measuredText,
  metricTitle,
  overallSentence,
  overallWord,
  plural,
  sentence,
  sentences,
  statisticWords,
  subjectWords,
  suiteWords,
  trialLabels,
  untried,
  verdictGround,
  verdictReason,
  verdictWord,
  worstFirst,
} from './words.ts';

/**
 * One self-contained HTML file: no request leaves it, a content security policy inside says so, and it reads without scripts. It is meant for
 * RUN/report/report.html, from where its links find the artefacts of the trials. The same report gives the same bytes.
 */
export async function renderHtml(report: Report): Promise<string> {
  const sources = sourcesOf(report);
  const timeline = await timelineChart(sources);
  const migration = await migrationChart(sources);
  const comparisons = await comparisonCharts(sources);
  const percentiles = await percentileCharts(sources);
  const throughputs = await throughputCharts(sources);
  const digest = await sha256Hex(renderJson(report));

  const sections: readonly {id: string; title: string; body: Content; className?: string}[] = [
    {id: 'verdicts', title: 'Verdicts', body: verdictTable(report, sources)},
    {id: 'not-testable', title: 'Promises no test on a cluster can judge', body: notTestable(report)},
    {id: 'before-after', title: 'Before and after', body: [comparisons.map(figure), comparisonTable(report)]},
    {
      id: 'failover',
      title: 'Failover timeline',
      body: timeline ? figure(timeline) : nothing('No trial of this run measured a failover.'),
    },
    {
      id: 'migration-section',
      title: 'Live migration',
      body: migration ? figure(migration) : nothing('No trial of this run measured a live migration.'),
    },
    {
      id: 'latency',
      title: 'Storage latency by percentile',
      body:
        percentiles.length > 0
          ? html`<div class="panels">${percentiles.map(figure)}</div>`
          : nothing('No trial of this run measured storage latency.'),
    },
    {
      id: 'throughput',
      title: 'Operations and bandwidth',
      body:
        throughputs.length > 0
          ? throughputs.map(figure)
          : nothing('No trial of this run measured operations or bandwidth.'),
    },
    {id: 'in-force', title: 'What was in force', body: inForce(report)},
    {id: 'fingerprint', title: 'Hardware and software', body: fingerprint(report)},
    {id: 'findings', title: 'Warnings and findings', body: findings(report, sources)},
    {id: 'trials', title: 'Trials and their artefacts', body: trialTable(report)},
    {id: 'sign-off', title: 'Sign-off', body: signOff(report, digest), className: 'sign'},
    {id: 'evidence', title: 'Annex: evidence, number by number', body: evidence(report, sources), className: 'annex'},
  ];
  const policy = `default-src 'none'; style-src '${await sha256Source(styleSheet)}'; script-src '${await sha256Source(copyScript)}'; base-uri 'none'; form-action 'none'`;
  const title = `${overallWord[report.overall]}: ${oneLine(report.header.cluster)}, ${oneLine(report.header.suite)}, ${formatInstant(report.header.startedAt)}`;

  const {markup} = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trusted(styleSheet)}</style>
</head>
<body>
<a class="skip" href="#verdicts">To the verdicts</a>
<div class="page">
${banner(report)}
<nav class="contents" aria-label="Contents"><ol>
${sections.map((section, index) => html`<li><a href="#${section.id}">${index + 1}&ensp;${section.title}</a></li>\n`)}</ol></nav>
<main>
${sections.map(
  (
    section,
    index,
  ) => html`<section id="${section.id}"${section.className ? html` class="${section.className}"` : undefined} aria-labelledby="h-${section.id}">
<h2 id="h-${section.id}"><span class="no">${index + 1}</span>${section.title}</h2>
${section.body}
</section>
`,
)}</main>
<footer><p>Run ${oneLine(report.header.id)}, judged by seatrial ${oneLine(report.header.seatrialVersion)} (${oneLine(report.header.commit) || 'commit not recorded'}). The same stored run gives the same report, byte for byte.</p></footer>
</div>
<script>${trusted(copyScript)}</script>
</body>
</html>
`;
  return markup;
}

// ───────────────────────────── the face ─────────────────────────────

const marks: Record<string, string> = {
  good: '<path d="M8 .8a7.2 7.2 0 1 0 0 14.4A7.2 7.2 0 0 0 8 .8zm-1 10.6L3.6 8l1.3-1.3L7 8.8l4.1-4.1L12.4 6z" fill="currentColor" fill-rule="evenodd"/>',
  bad: '<path d="M4.9.8h6.2l4.1 4.1v6.2l-4.1 4.1H4.9L.8 11.1V4.9zM5.5 4.2L4.2 5.5 6.7 8l-2.5 2.5 1.3 1.3L8 9.3l2.5 2.5 1.3-1.3L9.3 8l2.5-2.5-1.3-1.3L8 6.7z" fill="currentColor" fill-rule="evenodd"/>',
  unsure:
    '<circle cx="8" cy="8" r="6.4" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 3.4v9.2a4.6 4.6 0 0 1 0-9.2z" fill="currentColor"/>',
  warning:
    '<path d="M8 .8L15.7 14.8H.3zM7.1 5.5v4.6h1.8V5.5zm0 5.9v1.8h1.8v-1.8z" fill="currentColor" fill-rule="evenodd"/>',
  none: '<path d="M1.5 7h13v2h-13z" fill="currentColor"/>',
};

const markOf: Record<string, string> = {
  met: 'good',
  better: 'good',
  missed: 'bad',
  aborted: 'bad',
  unhealed: 'bad',
  critical: 'bad',
  worse: 'bad',
  undecided: 'unsure',
  warning: 'warning',
  'too-noisy': 'unsure',
};

export function mark(kind: string): Markup {
  return trusted(
    `<svg class="mark" viewBox="0 0 16 16" aria-hidden="true">${marks[markOf[kind] ?? 'none'] ?? ''}</svg>`,
  );
}

export function verdictSign(kind: string, word: string): Markup {
  return html`<span class="verdict ${kind}">${mark(kind)} ${word}</span>`;
}

function banner(report: Report): Markup {
  const {header} = report;
  const remark = hardwareRemark(report);
  const counts = countsOf(report);
  const critical = report.findings.filter(finding => finding.severity === 'critical').length;
  const done = report.trials.filter(trial => trial.status === 'done').length;
  const facts: readonly (readonly [string, Content])[] = [
    ['Run', html`<span class="code">${oneLine(header.id)}</span>`],
    ['Started', formatInstant(header.startedAt)],
    ['Ended', report.ended.at === undefined ? absent('the end was not recorded') : formatInstant(report.ended.at)],
    ['Suite', suiteWords(report)],
    ['Trials', `${done} of ${report.plan.planned} done, seed ${report.plan.seed}`],
    ['Profiles', header.profiles.map(profile => oneLine(profile.name)).join(', ') || missing],
    ['Nodes', header.nodes.map(oneLine).join(', ') || missing],
    ['Guests', header.guests.map(oneLine).join(', ') || missing],
    ['Storage', oneLine(header.storage)],
    ['seatrial', `${oneLine(header.seatrialVersion)}, ${clipped(header.commit, 12) || 'commit not recorded'}`],
  ];
  return html`<header>
<p class="kicker">Acceptance report · ${formatInstant(header.startedAt)}</p>
<h1>${oneLine(header.cluster)}: ${oneLine(header.suite)}</h1>
<div class="overall ${report.overall}">${mark(report.overall)}<p class="word">${overallWord[report.overall]}</p><p class="says">${overallSentence(report)}</p></div>
${remark ? html`<p class="hardware" role="note"><strong>${remark.headline || 'Hardware.'}</strong> ${remark.note}</p>` : undefined}
<ul class="counts">
${(['missed', 'undecided', 'met', 'not-testable'] as const).map(kind => html`<li>${verdictSign(kind, `${counts[kind]} ${verdictWord[kind]}`)}</li>\n`)}${critical > 0 ? html`<li><a href="#findings">${verdictSign('critical', plural(critical, 'critical finding'))}</a></li>\n` : undefined}${report.warnings.length > 0 ? html`<li><a href="#findings">${plural(report.warnings.length, 'warning')}</a></li>\n` : undefined}</ul>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
</header>`;
}

function nothing(text: string): Markup {
  return html`<p class="muted">${text}</p>`;
}

// ───────────────────────────── verdicts ─────────────────────────────

function evidenceId(claim: ClaimVerdict, index: number): string {
  return `evidence-${claim.claim.id}-${index + 1}`.replaceAll(/\s/g, '_');
}

function verdictTable(report: Report, sources: Sources): Content {
  const claims = worstFirst(report);
  if (claims.length === 0) return nothing('No promise was judged: an empty verdict is undecided, never met.');
  const measured = claims.filter(claim => !untried(claim));
  const groups = measured.map(claim => {
    const lines = claim.targets.length;
    const worst = claim.targets.some(({verdict}) => verdict.kind === claim.kind);
    const whole =
      lines > 1 || !worst
        ? html`<span class="small inall">In all: ${verdictSign(claim.kind, verdictWord[claim.kind])}${worst ? undefined : html`, ${oneLine(claim.reason)}`}</span>`
        : undefined;
    const head = html`<th scope="rowgroup" rowspan="${lines}">${promiseCell(claim)}${whole}</th>`;
    const from = html`<td class="from small source" rowspan="${lines}">${oneLine(claim.claim.source)}</td>`;
    return html`<tbody>${claim.targets.map((target, index) => html`<tr>${index === 0 ? head : undefined}${targetCells(claim, target, index, sources)}${index === 0 ? from : undefined}</tr>\n`)}</tbody>\n`;
  });
  const rest = claims.filter(untried);
  return [
    measured.length === 0
      ? nothing('No promise has a measurement behind it.')
      : scroll(
          'Verdicts',
          html`<table class="verdicts">${captionOf('Promises with measurements, worst first', 'Measured: estimate and confidence interval over trials; n counts trials. Met only if the whole interval keeps the bound, missed only if none of it does.')}
<colgroup>${[1, 2, 3, 4, 5, 6, 7].map(index => html`<col class="c${index}">`)}</colgroup>
<thead><tr><th scope="col">Promise</th><th scope="col">Bound</th><th scope="col">Measured</th><th scope="col" class="n">n</th><th scope="col">Verdict</th><th scope="col">Reason, trials needed</th><th scope="col">Source</th></tr></thead>
${groups}</table>`,
        ),
    rest.length === 0
      ? undefined
      : table(
          {
            caption: 'Promises without any measurement',
            columns: [
              {title: 'Promise'},
              {title: 'Bound'},
              {title: 'Verdict'},
              {title: 'Why nothing was measured'},
              {title: 'Source'},
            ],
            rows: rest.map(claim => [
              promiseCell(claim),
              claim.targets.length === 0
                ? absent('no bound yet')
                : claim.targets.map(
                    ({target}) =>
                      html`<div><span class="nb">${boundWords(target)}</span> <span class="small muted">${statisticWords(target)}, ${subjectWords(target)}</span></div>`,
                  ),
              verdictSign(claim.kind, verdictWord[claim.kind]),
              html`<span class="small">${untriedReason(claim)}</span>`,
              html`<span class="small source">${oneLine(claim.claim.source)}</span>`,
            ]),
          },
          {note: 'Missing data never pass.', className: 'untried'},
        ),
  ];
}

function untriedReason(claim: ClaimVerdict): string {
  const only = claim.targets.length === 1 ? claim.targets[0] : undefined;
  return sentence((only && verdictReason(only.verdict)) || claim.reason);
}

function promiseCell({claim}: ClaimVerdict): Markup {
  return html`<span class="promise">${oneLine(claim.title)}</span><span class="small muted">${oneLine(claim.figure)}<br><span class="code">${oneLine(claim.id)}</span></span>`;
}

function targetCells(
  claim: ClaimVerdict,
  {target, verdict, samples}: TargetVerdict,
  index: number,
  sources: Sources,
): Markup {
  const bound = html`<td class="target"><span class="nb">${boundWords(target)}</span><br><span class="small muted">${statisticWords(target)}<br>${subjectWords(target)}</span></td>`;
  const text = measuredText(target, verdict);
  const only = samples.length === 1 ? sources.report.samples[samples[0] ?? -1] : undefined;
  const href = (only ? sources.links.sample(only) : undefined) ?? `#${evidenceId(claim, index)}`;
  const measured = text
    ? html`<td class="measured"><a href="${href}">${text.value}</a><span class="interval">${verdict.estimate ? intervalWords(target, text.interval, verdict.estimate) : ''}</span></td>`
    : html`<td>${absent(samples.length === 0 ? 'not measured' : 'no estimate')}</td>`;
  const n = verdict.estimate ? String(verdict.estimate.n) : missing;
  return html`${bound}${measured}<td class="n">${n}</td><td>${verdictSign(verdict.kind, verdictWord[verdict.kind])}</td><td class="reason small">${verdictGround(verdict)}</td>`;
}

function notTestable(report: Report): Content {
  const claims = report.verdicts.filter(verdict => verdict.kind === 'not-testable');
  if (claims.length === 0) return nothing('None: every promise of the register was put to the test.');
  return table({
    caption: 'Kept in the register, with the reason',
    columns: [{title: 'Promise'}, {title: 'Figure'}, {title: 'Why no test can judge it'}, {title: 'Source'}],
    rows: claims.map(({claim, reason}) => [
      html`${oneLine(claim.title)}<br><span class="small muted code">${oneLine(claim.id)}</span>`,
      oneLine(claim.figure),
      sentence(claim.notTestable ?? reason),
      html`<span class="small source">${oneLine(claim.source)}</span>`,
    ]),
  });
}

// ───────────────────────────── before and after ─────────────────────────────

function comparisonTable(report: Report): Content {
  if (report.comparisons.length === 0) return nothing('Nothing to compare: no metric was measured under two profiles.');
  return table(
    {
      caption: 'Before and after, paired by repetition',
      columns: [
        {title: 'Metric'},
        {title: 'Before', numeric: true},
        {title: 'After', numeric: true},
        {title: 'After ÷ before', numeric: true},
        {title: 'p, p after Holm', numeric: true},
        {title: 'Result'},
        {title: 'Note, trials needed a side'},
      ],
      rows: report.comparisons.map(comparison => {
        const unit = unitOf(comparison);
        const side = ({profile, estimate, median, values}: typeof comparison.before): Content =>
          values.length === 0
            ? absent('no trial')
            : html`${estimate ? formatEstimate(estimate, unit).value : formatQuantity(median, unit)}<br><span class="small muted">${estimate ? `${formatEstimate(estimate, unit).interval} · ` : ''}${oneLine(profile)}, n ${values.length}</span>`;
        const effect = comparison.effect ? formatEstimate(comparison.effect, 'ratio', 'factor') : undefined;
        const needed =
          comparison.trialsNeeded === undefined
            ? ''
            : `${plural(comparison.trialsNeeded, 'trial')} a side would show it`;
        return [
          html`${metricTitle(comparison.metric)}<br><span class="small muted">${labelWords(comparison.labels)}</span>`,
          side(comparison.before),
          side(comparison.after),
          effect
            ? html`${effect.value}<br><span class="small muted">${effect.interval}</span>`
            : html`<span class="small muted">${effectText(comparison)}</span>`,
          comparison.p === undefined
            ? absent('none')
            : html`${formatProbability(comparison.p)}<br><span class="small muted">${comparison.pHolm === undefined ? missing : formatProbability(comparison.pHolm)}</span>`,
          verdictSign(comparison.verdict, comparisonWord[comparison.verdict]),
          html`<span class="small">${sentences(comparison.note, needed)}</span>`,
        ];
      }),
    },
    {
      note: 'The effect is a ratio of paired trials with its 95 % interval; below 1× is better for times, above 1× for rates. The single values stand under each chart above.',
    },
  );
}

// ───────────────────────────── what was in force ─────────────────────────────

interface Found {
  where: Set<string>;
  trials: Set<number>;
  agrees: boolean;
}

function inForce(report: Report): Content {
  if (report.header.profiles.length === 0) return nothing('No profile was applied.');
  const byProfile = new Map<string, Map<string, Map<string, Found>>>();
  for (const trial of report.trials) {
    const settings = byProfile.get(trial.profile) ?? new Map<string, Map<string, Found>>();
    byProfile.set(trial.profile, settings);
    for (const readBack of trial.readBack) {
      const values = settings.get(readBack.id) ?? new Map<string, Found>();
      settings.set(readBack.id, values);
      const key = JSON.stringify([readBack.found, readBack.agrees]);
      const found = values.get(key) ?? {where: new Set(), trials: new Set(), agrees: readBack.agrees};
      found.where.add(readBack.where);
      found.trials.add(trial.slot);
      values.set(key, found);
    }
  }
  return report.header.profiles.map(profile =>
    profileTable(profile, byProfile.get(profile.name) ?? new Map<string, Map<string, Found>>()),
  );
}

function profileTable(profile: Profile, settings: ReadonlyMap<string, ReadonlyMap<string, Found>>): Content {
  const known = new Set(profile.settings.map(setting => setting.id));
  const strangers = [...settings.keys()].filter(id => !known.has(id)).sort(byText);
  const rows = [
    ...profile.settings.map(setting => ({
      id: setting.id,
      place: `${setting.driver}: ${setting.key}`,
      asked: setting.value,
      why: setting.why,
      found: settings.get(setting.id),
    })),
    ...strangers.map(id => ({
      id,
      place: missing,
      asked: missing,
      why: 'read back, but not part of the profile',
      found: settings.get(id),
    })),
  ];
  if (rows.length === 0)
    return [
      html`<h3>${oneLine(profile.title)} (${oneLine(profile.name)})</h3>`,
      nothing('Nothing was set: the machines are as they came.'),
    ];
  return table(
    {
      caption: `${oneLine(profile.title)} (${oneLine(profile.name)})`,
      columns: [{title: 'Setting'}, {title: 'Where it is set'}, {title: 'Asked'}, {title: 'Read back'}, {title: 'Why'}],
      rows: rows.map(({id, place, asked, why: reason, found}) => [
        html`<span class="code">${oneLine(id)}</span>`,
        html`<span class="code">${oneLine(place)}</span>`,
        html`<span class="code">${oneLine(asked)}</span>`,
        readBackCell(found),
        html`<span class="small">${oneLine(reason)}</span>`,
      ]),
    },
    {note: 'Read back from the machines in every trial of this profile.'},
  );
}

function readBackCell(found: ReadonlyMap<string, Found> | undefined): Content {
  if (found === undefined || found.size === 0) return absent('not read back in any trial');
  return [...found.entries()].map(([key, {where, trials, agrees}]) => {
    const value = readBackValue(key);
    const places = [...where].map(oneLine);
    const shown =
      places.length > 6 ? `${places.slice(0, 6).join(', ')} and ${places.length - 6} more` : places.join(', ');
    const place = html`<span class="small muted">${shown} · ${plural(trials.size, 'trial')}</span>`;
    return agrees
      ? html`<div><span class="code">${value}</span> ${place}</div>`
      : html`<div>${verdictSign('critical', 'not as asked:')} <span class="code">${value}</span> ${place}</div>`;
  });
}

function readBackValue(key: string): string {
  const [value]: unknown[] = JSON.parse(key);
  return oneLine(String(value)) || '(empty)';
}

// ───────────────────────────── fingerprint ─────────────────────────────

function fingerprint(report: Report): Content {
  if (report.fingerprints.length === 0)
    return nothing('No fingerprint was taken: figures of this run cannot be tied to a hardware or software version.');
  const names = [...new Set(report.fingerprints.flatMap(print => Object.keys(print.facts)))];
  const remark = hardwareRemark(report);
  return [
    remark ? html`<p>${remark.headline} ${remark.note}</p>` : undefined,
    table({
      caption: 'Facts by host',
      columns: [{title: 'Fact'}, ...report.fingerprints.map(print => ({title: oneLine(print.host)}))],
      rows: names.map(name => {
        const values = report.fingerprints.map(print => print.facts[name]);
        return [oneLine(name), ...values.map(value => (value === undefined ? absent('not found') : oneLine(value)))];
      }),
    }),
  ];
}

// ───────────────────────────── warnings and findings ─────────────────────────────

function findings(report: Report, sources: Sources): Content {
  const sorted = [...report.findings].sort((a, b) =>
    a.severity === b.severity ? a.trial - b.trial : a.severity === 'critical' ? -1 : 1,
  );
  return [
    html`<h3>Findings</h3>`,
    sorted.length === 0
      ? nothing('None: no invariant was seen broken in any trial.')
      : html`<ul class="findings">${sorted.map(finding => html`<li class="${finding.severity}"><p>${verdictSign(finding.severity, finding.severity)} <strong>${oneLine(finding.invariant)}</strong> in <a href="#trial-${finding.trial}">trial #${finding.trial}</a></p><p>${oneLine(finding.detail)}${findingLink(finding, sources)}</p></li>\n`)}</ul>`,
    html`<h3>Warnings</h3>`,
    report.warnings.length === 0
      ? nothing('None.')
      : html`<ul class="findings">${report.warnings.map(warning => html`<li class="warning"><p>${verdictSign('warning', 'warning')} <strong>${oneLine(warning.subject)}</strong> ${oneLine(warning.text)}</p>${oneLine(warning.todo) === '' ? undefined : html`<p class="small">To do: ${oneLine(warning.todo)}</p>`}</li>\n`)}</ul>`,
    html`<h3>Not applicable on this cluster</h3>`,
    report.plan.notApplicable.length === 0
      ? nothing('Every scenario of the suite could run here.')
      : html`<ul>${report.plan.notApplicable.map(({scenario, reason}) => html`<li><span class="code">${oneLine(scenario)}</span>: ${oneLine(reason)}</li>\n`)}</ul>`,
  ];
}

function findingLink(finding: Finding & {trial: number}, sources: Sources): Content {
  if (finding.artefact === undefined) return undefined;
  const name = oneLine(finding.artefact.split('/').at(-1) ?? '');
  const href = sources.links.artefact(String(finding.trial), finding.artefact);
  return href === undefined
    ? html` <span class="code small">${name}</span>`
    : html` <a class="code small" href="${href}">${name}</a>`;
}

// ───────────────────────────── trials ─────────────────────────────

function trialTable(report: Report): Content {
  if (report.trials.length === 0) return nothing('No trial was run.');
  const rows = report.trials.map(trial => {
    const folder = trialFolder(trial.folder);
    const files = trial.artefacts.map(({name, bytes, sha256}, index) => {
      const href = artefactHref(`${folder}/artefacts/${name}`);
      const title = `${bytes} B, sha256 ${sha256}`;
      return html`${index === 0 ? '' : ', '}${href === undefined ? html`<span title="${title}">${oneLine(name)}</span>` : html`<a href="${href}" title="${title}">${oneLine(name)}</a>`}`;
    });
    const critical = trial.findings.filter(finding => finding.severity === 'critical').length;
    const kind = trial.status === 'done' ? 'met' : trial.status === 'failed' ? 'undecided' : trial.status;
    return html`<tr id="trial-${trial.slot}"><th scope="row">#${trial.slot}</th><td class="nb">${oneLine(trial.scenario)}<br><span class="small muted">${oneLine(trial.profile)}, r${trial.repetition}</span></td><td><span class="verdict ${kind}">${trial.status === 'done' ? '' : mark(kind)} ${trial.status}</span>${critical > 0 ? html`<br><a class="small" href="#findings">${plural(critical, 'critical finding')}</a>` : undefined}${oneLine(trial.reason) === '' ? undefined : html`<br><span class="small">${oneLine(trial.reason)}</span>`}</td><td class="n">${formatDuration(trial.durationSeconds)}</td><td class="small nb">${formatInstant(trial.startedAt)}</td><td class="small code">${files.length === 0 ? absent('none was kept') : files}</td></tr>\n`;
  });
  const missingTrials = report.plan.planned - report.trials.length;
  return [
    missingTrials > 0
      ? html`<p>${plural(missingTrials, 'planned trial')} left no trace: the run ended before ${missingTrials === 1 ? 'it' : 'them'}.</p>`
      : undefined,
    scroll(
      'Trials',
      html`<table>${captionOf('Every trial in the order it ran', 'The sha256 of an artefact shows when the pointer rests on its name; all of them are in report.json.')}
<thead><tr><th scope="col">Trial</th><th scope="col">Scenario</th><th scope="col">Status</th><th scope="col" class="n">Duration</th><th scope="col">Started</th><th scope="col">Artefacts</th></tr></thead>
<tbody>
${rows}</tbody></table>`,
    ),
  ];
}

// ───────────────────────────── sign-off ─────────────────────────────

function signOff(report: Report, digest: string): Content {
  const remark = hardwareRemark(report);
  const blank = trusted('<td></td><td></td>');
  const choice = (text: string) => html`<span><span class="box"></span>${text}</span>`;
  const decision = html`<td class="choices">${choice('accepted')}${choice('accepted with conditions')}${choice('rejected')}</td>`;
  return html`<p>Subject: cluster <strong>${oneLine(report.header.cluster)}</strong>, run <span class="code">${oneLine(report.header.id)}</span> of ${formatInstant(report.header.startedAt)}, overall verdict <strong>${overallWord[report.overall].toLowerCase()}</strong>. ${overallSentence(report)}${remark ? ` ${remark.headline}` : ''}</p>
<p class="small muted digest">SHA-256 of this report's data (report.json): <span class="code">${digest}</span></p>
<table>
<caption>Decision and signatures</caption>
<thead><tr><td></td><th scope="col">For the operator</th><th scope="col">For the builder</th></tr></thead>
<tbody>
<tr><th scope="row">Name</th>${blank}</tr>
<tr><th scope="row">Role</th>${blank}</tr>
<tr><th scope="row">Decision</th>${decision}${decision}</tr>
<tr class="tall"><th scope="row">Conditions, remarks</th>${blank}</tr>
<tr><th scope="row">Date</th>${blank}</tr>
<tr class="tall"><th scope="row">Signature</th>${blank}</tr>
</tbody></table>`;
}

// ───────────────────────────── evidence ─────────────────────────────

function evidence(report: Report, sources: Sources): Content {
  const blocks = worstFirst(report).flatMap(claim =>
    claim.targets.map(({target, verdict, samples}, index) => {
      const text = measuredText(target, verdict);
      const found = samples.flatMap(position => report.samples[position] ?? []);
      const summary = html`<summary>${mark(verdict.kind)} <span class="code">${oneLine(claim.claim.id)}</span> ${subjectWords(target)}: ${text ? text.text : missing}, ${plural(found.length, 'sample')}</summary>`;
      const method = verdict.estimate
        ? html`<p class="small">${sentence(verdict.estimate.method)} Promise: ${statisticWords(target)} ${boundWords(target)}. Source of the bound: ${sentence(target.source)}</p>`
        : undefined;
      return html`<details class="evidence" id="${evidenceId(claim, index)}">${summary}
${method}${found.length === 0 ? nothing('No sample stands behind it.') : evidenceTable(`Samples behind ${oneLine(claim.claim.id)}`, found, sources)}</details>
`;
    }),
  );
  return blocks.length === 0
    ? nothing('No promise was judged.')
    : [
        html`<p>For each bound the samples behind its verdict, each with the artefact and the place in it; on screen only. All samples of the run are in <a href="report.csv">report.csv</a>.</p>`,
        blocks,
      ];
}

function evidenceTable(caption: string, samples: readonly Sample[], sources: Sources): Markup {
  const labels = inLabelOrder(
    new Set(
      samples.flatMap(sample =>
        Object.keys(sample.labels).filter(name => !trialLabels.has(name) || name === 'profile'),
      ),
    ),
  );
  return table({
    caption,
    columns: [
      {title: 'Trial'},
      {title: 'Repetition', numeric: true},
      ...labels.map(name => ({title: oneLine(name)})),
      {title: 'Value', numeric: true},
      {title: 'Artefact'},
      {title: 'Place in it'},
    ],
    rows: samples.map(sample => {
      const trial = sample.labels.trial ?? '';
      const name = oneLine(sample.from.artefact.split('/').at(-1) ?? sample.from.artefact);
      const href = sources.links.sample(sample);
      return [
        html`<a href="#trial-${trial}">#${trial}</a>`,
        sample.labels.repetition ?? missing,
        ...labels.map(label => oneLine(sample.labels[label] ?? missing)),
        sources.number(sample),
        href === undefined ? html`<span class="code">${name}</span>` : html`<a class="code" href="${href}">${name}</a>`,
        html`<span class="code">${oneLine(sample.from.path)}</span>`,
      ];
    }),
  });
}
