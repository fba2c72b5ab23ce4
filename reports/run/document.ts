/**
 * The report of a run, as a document. It is meant for RUN/report/, from where its links find the artefacts of the
 * trials.
 */
import type {RunHeader} from '../../harness/types.ts';
import {sha256Hex} from '../document/digest.ts';
import {
  type Block,
  chart,
  type Document,
  heading,
  type Item,
  joined,
  numeric,
  paragraph,
  present,
  quiet,
  type Section,
  table,
  type Words,
} from '../document/document.ts';
import {renderData} from '../document/json.ts';
import {clipped, oneLine} from '../words/text.ts';
import {formatDuration, formatInstant, missing} from '../words/units.ts';
import {
  countsOf,
  hardwareRemark,
  overallSentence,
  overallWord,
  plural,
  sentence,
  sentences,
  suiteWords,
  verdictWord,
} from '../words/words.ts';
import {alarmNumbers, otherDrills} from './alarms.ts';
import {runCases} from './cases.ts';
import {samplesSheet, verdictsSheet} from './columns.ts';
import {comparisonBlocks} from './comparisons.ts';
import {conformanceSection} from './conformance.ts';
import {decisionsOf} from './decisions.ts';
import {budgetNumbers, differencesOf} from './failover-profiles.ts';
import {failoverNumbers} from './failovers.ts';
import {forecastOf, forecastSentence} from './forecast.ts';
import {foreseenAndCame, foreseenSentence} from './foreseen.ts';
import {improvementBlocks} from './improvements.ts';
import {inForce} from './in-force.ts';
import {artefactHref, trialFolder} from './links.ts';
import {otherGuestNumbers} from './other-guests.ts';
import {paceBlocks} from './pace.ts';
import {publishedBlock} from './published.ts';
import type {Report, TrialRow} from './report.ts';
import {requirementMatrix} from './requirements.ts';
import {type Sources, sourcesOf} from './sources.ts';
import {evidence, verdictBlocks} from './verdicts.ts';

export function runDocument(report: Report): Document {
  const {header} = report;
  const remark = hardwareRemark(report);
  const started = formatInstant(header.startedAt);
  return {
    title: `${overallWord[report.overall]}: ${header.cluster}, ${header.suite}, ${started}`,
    kicker: `Acceptance report · ${started}`,
    heading: `${header.cluster}: ${header.suite}`,
    verdict: {
      tone: report.overall,
      word: overallWord[report.overall],
      says: sentences(overallSentence(report), ...forecastWords(report)),
      counts: counts(report),
    },
    notes: [
      ...(remark === undefined ? [] : [{headline: remark.headline || 'Hardware.', words: remark.note}]),
      ...despiteNote(report),
    ],
    facts: facts(report),
    sections: sectionsOf(report),
    footer: [
      ...auditLine(report),
      `Run ${header.id}, judged by seatrial ${header.seatrialVersion} (${oneLine(header.commit) || 'commit not recorded'}). The same stored run gives the same report, byte for byte.`,
    ],
    data: {value: () => report},
    sheets: {samples: () => samplesSheet(report), verdicts: () => verdictsSheet(report)},
    cases: () => runCases(report),
    attested: () => ({subject: {name: header.cluster, facts: report.fingerprints}, commit: header.commit}),
  };
}

/** Of a run that ended as planned: what would decide the rest. */
function forecastWords(report: Report): readonly string[] {
  return report.ended.status === 'complete' ? [forecastSentence(forecastOf(report))] : [];
}

/** What the owner was told and went on in spite of. */
function despiteNote({header: {despite = []}}: Report): Document['notes'] {
  if (despite.length === 0) return [];
  return [{headline: 'Begun in spite of what the doctor found.', words: despite.map(oneLine).join('; ')}];
}

function auditLine({audited}: Report): readonly Words[] {
  if (audited === undefined) return [];
  const {commands, hosts} = audited;
  return [
    `What was done to the cluster, and when: ${plural(commands, 'command')} on ${plural(hosts, 'host')}, each in audit.jsonl.`,
  ];
}

function counts(report: Report): readonly Words[] {
  const found = countsOf(report);
  const critical = report.findings.filter(({severity}) => severity === 'critical').length;
  const kinds = ['missed', 'undecided', 'met', 'not-testable'] as const;
  return present<Words>(
    ...kinds.map((kind): Words => ({tone: kind, words: `${found[kind]} ${verdictWord[kind]}`})),
    critical > 0 && {href: '#findings', words: {tone: 'critical', words: plural(critical, 'critical finding')}},
    report.warnings.length > 0 && {href: '#findings', words: plural(report.warnings.length, 'warning')},
  );
}

function facts(report: Report): Document['facts'] {
  const {header, plan, ended, resumed, trials} = report;
  const done = trials.filter(({status}) => status === 'done').length;
  const names = (all: readonly string[]) => all.join(', ') || missing;
  return [
    ['Run', {code: header.id}],
    ['Started', formatInstant(header.startedAt)],
    ['Ended', ended.at === undefined ? {absent: 'the end was not recorded'} : formatInstant(ended.at)],
    ...(resumed === undefined ? [] : [['Resumed', resumedWords(resumed, header.startedAt, trials)] as const]),
    ['Suite', suiteWords(report)],
    ['Trials', `${done} of ${plan.planned} done, seed ${plan.seed}`],
    ['Profiles', names(header.profiles.map(({name}) => name))],
    ['Nodes', names(header.nodes)],
    ['Guests', names(header.guests)],
    ['Storage', header.storage],
    ['seatrial', `${header.seatrialVersion}, ${clipped(header.commit, 12) || 'commit not recorded'}`],
    ...(header.plugins === undefined ? [] : [['Plug-ins', pluginWords(header.plugins)] as const]),
  ];
}

/** Whose code took part besides ours: by name and the beginning of its sum. */
function pluginWords(files: NonNullable<RunHeader['plugins']>): string {
  return files.map(({file, sha256}) => `${oneLine(file)} (${sha256.slice(0, 12)})`).join(', ');
}

/** Each stretch with its pause and its trials. */
function resumedWords(
  {times, interrupted}: NonNullable<Report['resumed']>,
  startedAt: string,
  trials: readonly TrialRow[],
): string {
  const starts = [startedAt, ...times.map(({at}) => at)].map(at => Date.parse(at));
  const stretches = starts.map((from, index) => {
    const own = trials.filter(trial => {
      const at = Date.parse(trial.startedAt);
      return at >= from && at < (starts[index + 1] ?? Number.POSITIVE_INFINITY);
    });
    const slots = own.map(({slot}) => `#${slot}`).join(', ') || 'no trial';
    const time = times[index - 1];
    if (time === undefined) return `first ${slots}`;
    const pause = formatDuration((Date.parse(time.at) - Date.parse(time.since)) / 1000);
    return `${formatInstant(time.at)}, after ${pause}: ${slots}`;
  });
  return `${stretches.join('; ')}. ${plural(interrupted.length, 'trial')} interrupted and tried anew`;
}

function movedByOptions(sources: Sources): boolean {
  return sources.ofMetric('migration.total').some(({labels}) => labels.option !== undefined);
}

function movedThereAndBack(sources: Sources): boolean {
  return sources.ofMetric('migration.blackout').some(({labels}) => labels.leg !== undefined);
}

function migrationBlock(sources: Sources): Block {
  return chart(
    async () => (await import('./charts/migration.ts')).migrationChart(sources),
    'No trial of this run measured a live migration.',
  );
}

function convergencePanels(sources: Sources): Block {
  const draw = async () => (await import('./charts/convergence.ts')).convergenceCharts(sources);
  return {kind: 'panels', blocks: [{kind: 'chart', draw, none: 'No migration of this run could be drawn.'}]};
}

function rounds(sources: Sources): readonly Section[] {
  if (sources.ofMetric('storage.round').length === 0) return [];
  const draw = async () => (await import('./charts/rounds.ts')).roundCharts(sources);
  const blocks: readonly Block[] = [{kind: 'chart', draw, none: 'No round of this run could be drawn.'}];
  return [{id: 'rounds', title: 'How storage loads settled', blocks: [{kind: 'panels', blocks}]}];
}

function otherGuests(sources: Sources): readonly Section[] {
  const {caption, columns, rows} = otherGuestNumbers(sources);
  if (rows.length === 0) return [];
  return [{id: 'other-guests', title: 'Other guests during a fault', blocks: [table(caption, columns, rows)]}];
}

function alarmSection(sources: Sources): readonly Section[] {
  const {caption, columns, rows} = alarmNumbers(sources);
  const others = otherDrills(sources);
  if (rows.length + others.rows.length === 0) return [];
  const draw = async () => (await import('./charts/alarms.ts')).alarmChart(sources);
  const blocks = [
    ...(rows.length === 0
      ? []
      : [chart(draw, 'No alarm of this run could be drawn.', [table(caption, columns, rows)])]),
    ...(others.rows.length === 0 ? [] : [table(others.caption, others.columns, others.rows)]),
  ];
  return [{id: 'alarms', title: 'Alarms', blocks}];
}

function failoverBlocks(sources: Sources): readonly Block[] {
  const {caption, columns, rows} = failoverNumbers(sources);
  const budget = budgetNumbers(sources);
  return [
    chart(
      async () => (await import('./charts/timeline.ts')).timelineChart(sources),
      'No trial of this run measured a failover.',
      rows.length === 0 ? [] : [table(caption, columns, rows)],
    ),
    ...differencesOf(sources).map(sentence => paragraph(sentence)),
    ...(budget === undefined ? [] : [table(budget.caption, budget.columns, budget.rows)]),
  ];
}

function sectionsOf(report: Report): readonly Section[] {
  const sources = sourcesOf(report);
  return [
    {id: 'verdicts', title: 'Verdicts', blocks: verdictBlocks(report, sources)},
    ...decidedOverTime(report),
    ...runsOf(report),
    {id: 'not-testable', title: 'Promises no test on a cluster can judge', blocks: [notTestable(report)]},
    {id: 'before-after', title: 'Before and after', blocks: comparisonBlocks(sources)},
    ...improvements(report),
    {id: 'failover', title: 'Failover timeline', blocks: failoverBlocks(sources)},
    ...otherGuests(sources),
    ...alarmSection(sources),
    {
      id: 'migration-section',
      title: 'Live migration',
      blocks: [
        ...(movedByOptions(sources) && !movedThereAndBack(sources) ? [] : [migrationBlock(sources)]),
        ...(movedByOptions(sources) ? [convergencePanels(sources)] : []),
      ],
    },
    {
      id: 'latency',
      title: 'Storage latency by percentile',
      blocks: [
        {
          kind: 'panels',
          blocks: [
            {
              kind: 'chart',
              draw: async () => (await import('./charts/percentile.ts')).percentileCharts(sources),
              none: 'No trial of this run measured storage latency.',
            },
          ],
        },
      ],
    },
    ...rounds(sources),
    {
      id: 'throughput',
      title: 'Operations and bandwidth',
      blocks: [
        {
          kind: 'chart',
          draw: async () => (await import('./charts/throughput.ts')).throughputCharts(sources),
          none: 'No trial of this run measured operations or bandwidth.',
        },
      ],
    },
    ...(report.published.length === 0
      ? []
      : [{id: 'published', title: 'Published elsewhere', blocks: [publishedBlock(report.published)]}]),
    ...conformanceSection(report),
    {id: 'in-force', title: 'What was in force', blocks: inForce(report), only: 'page'},
    {id: 'fingerprint', title: 'Hardware and software', blocks: fingerprint(report), only: 'page'},
    {id: 'findings', title: 'Warnings and findings', blocks: findings(report, sources)},
    {id: 'trials', title: 'Trials and their artefacts', blocks: [...paceBlocks(report.trials), ...trials(report)]},
    {id: 'requirements', title: 'Requirements', blocks: [requirementMatrix(report)], only: 'page'},
    {id: 'sign-off', title: 'Sign-off', blocks: signOff(report), only: 'sign'},
    {
      id: 'evidence',
      title: 'Annex: evidence, number by number',
      blocks: [{kind: 'later', of: () => evidence(report, sources)}],
      only: 'annex',
    },
  ];
}

function improvements({improvements: all}: Report): readonly Section[] {
  if (all.length === 0) return [];
  return [{id: 'improvements', title: 'Documented and measured improvement', blocks: improvementBlocks(all)}];
}

/** What a run that was told time decided, and when. */
function decidedOverTime(report: Report): readonly Section[] {
  const foreseen = foreseenBlocks(report);
  if (decisionsOf(report).length === 0 && foreseen.length === 0) return [];
  const draw = async () => (await import('./charts/decided.ts')).decidedChart(report);
  const blocks: readonly Block[] = [
    {kind: 'chart', draw, none: 'Nothing was decided trial by trial.'},
    table(
      'Each promise with the look that decided it',
      ['Promise', 'Verdict', numeric('Look'), numeric('Trial'), numeric('After')],
      decisionsOf(report).map(({id, kind, look, trial, seconds}) => [
        {code: id},
        {tone: kind, words: verdictWord[kind]},
        String(look),
        {href: `#trial-${trial}`, words: `#${trial}`},
        formatDuration(seconds),
      ]),
      'Judged after every trial by intervals that hold at every look. A verdict is that of all trials; the look is the one from which on it stood.',
    ),
  ];
  return [{id: 'decided', title: 'Decided over time', blocks: [...blocks, ...foreseen]}];
}

function foreseenBlocks(report: Report): readonly Block[] {
  if (report.foreseen === undefined) return [];
  const rows = foreseenAndCame(report).map(({foreseen: {id, chance, seconds: expected}, came, seconds}) => [
    {code: id},
    `${Math.round(100 * chance)} %`,
    expected === undefined ? missing : formatDuration(expected),
    came === 'undecided' ? came : {tone: came, words: verdictWord[came]},
    seconds === undefined ? missing : formatDuration(seconds),
  ]);
  const head = ['Promise', numeric('Chance'), numeric('Foreseen after'), 'Came', numeric('After')];
  return [table('What was foreseen, and what came', head, rows, foreseenSentence(report))];
}

function runsOf({pool}: Report): readonly Section[] {
  if (pool === undefined) return [];
  const runs = table(
    'Runs that are judged together',
    ['Run', 'Started', 'Ended', 'Trials'],
    pool.runs.map(({id, startedAt, status, first, last}) => [
      {code: id},
      formatInstant(startedAt),
      status,
      last < first ? missing : `#${first} … #${last}`,
    ]),
    'Where their values differ by more than chance (Kruskal–Wallis, level 5 %) a promise is undecided, and the run that stands apart is named, unless each by itself decides it alike and so would a further one.',
  );
  const out = table(
    'Known runs that are not among them',
    ['Run', 'Reason', 'Takes every "met" away'],
    pool.leftOut.map(({id, reason, forbids}) => [{code: id}, reason, forbids ? 'yes' : 'no']),
  );
  return [{id: 'runs', title: 'Evidence of several runs', blocks: pool.leftOut.length === 0 ? [runs] : [runs, out]}];
}

function notTestable(report: Report): Block {
  const claims = report.verdicts.filter(({kind}) => kind === 'not-testable');
  if (claims.length === 0) return quiet('None: every promise of the register was put to the test.');
  return table(
    'Kept in the register, with the reason',
    ['Promise', 'Figure', 'Why no test can judge it', {title: 'Source', small: true}],
    claims.map(({claim, reason}) => [
      [claim.title, {below: {code: claim.id}}],
      claim.figure,
      sentence(claim.notTestable ?? reason),
      claim.source,
    ]),
  );
}

function fingerprint(report: Report): readonly Block[] {
  const {fingerprints} = report;
  if (fingerprints.length === 0)
    return [quiet('No fingerprint was taken: figures of this run cannot be tied to a hardware or software version.')];
  const names = [...new Set(fingerprints.flatMap(({facts: own}) => Object.keys(own)))];
  const remark = hardwareRemark(report);
  return present(
    remark && paragraph(`${remark.headline} ${remark.note}`),
    table(
      'Facts by host',
      ['Fact', ...fingerprints.map(({host}) => oneLine(host))],
      names.map(name => [name, ...fingerprints.map(({facts: own}): Words => own[name] ?? {absent: 'not found'})]),
    ),
  );
}

function findings(report: Report, sources: Sources): readonly Block[] {
  const sorted = [...report.findings].sort((a, b) =>
    a.severity === b.severity ? a.trial - b.trial : a.severity === 'critical' ? -1 : 1,
  );
  const items = sorted.map(({severity, invariant, trial, detail, artefact}): Item => {
    const name = artefact === undefined ? undefined : (artefact.split('/').at(-1) ?? '');
    const href = artefact === undefined ? undefined : sources.links.artefact(String(trial), artefact);
    const where: Words = {href: `#trial-${trial}`, words: `trial #${trial}`};
    return {
      tone: severity,
      words: [{tone: severity, words: severity}, ' ', {strong: invariant}, ' in ', where],
      more: [[detail, ...(name === undefined ? [] : [' ', {href, words: {code: name}}])]],
    };
  });
  const warned = report.warnings.map(
    ({subject, text, todo}): Item => ({
      tone: 'warning',
      words: [{tone: 'warning', words: 'warning'}, ' ', {strong: subject}, ` ${text}`],
      more: oneLine(todo) === '' ? [] : [`To do: ${todo}`],
    }),
  );
  const skipped = report.plan.notApplicable.map(
    ({scenario, reason}): Item => ({words: [{code: scenario}, `: ${reason}`]}),
  );
  return [
    heading('Findings'),
    listOr(items, 'None: no invariant was seen broken in any trial.'),
    heading('Warnings'),
    listOr(warned, 'None.'),
    heading('Not applicable on this cluster'),
    listOr(skipped, 'Every scenario of the suite could run here.'),
  ];
}

function listOr(items: readonly Item[], none: string): Block {
  return items.length === 0 ? quiet(none) : {kind: 'list', items};
}

function trials(report: Report): readonly Block[] {
  if (report.trials.length === 0) return [quiet('No trial was run.')];
  const untold = report.plan.planned - report.trials.length;
  return present(
    untold > 0 &&
      paragraph(
        `${plural(untold, 'planned trial')} left no trace: the run ended before ${untold === 1 ? 'it' : 'them'}.`,
      ),
    table(
      'Every trial in the order it ran',
      [
        'Trial',
        {title: 'Scenario', whole: true},
        'Status',
        numeric('Duration'),
        {title: 'Started', whole: true},
        {title: 'Artefacts', small: true, page: true},
      ],
      report.trials.map(trial => [
        {anchor: `trial-${trial.slot}`, words: `#${trial.slot}`},
        [trial.scenario, {below: `${trial.profile}, r${trial.repetition}`}],
        statusCell(trial),
        formatDuration(trial.durationSeconds),
        formatInstant(trial.startedAt),
        artefacts(trial),
      ]),
      'The sha256 of an artefact shows when the pointer rests on its name; all of them are in report.json.',
    ),
  );
}

function statusCell({status, findings: own, reason}: TrialRow): Words {
  const critical = own.filter(({severity}) => severity === 'critical').length;
  return present<Words>(
    status === 'done' ? status : {tone: status === 'failed' ? 'undecided' : status, words: status},
    critical > 0 && {below: {href: '#findings', words: plural(critical, 'critical finding')}},
    oneLine(reason) !== '' && {below: reason},
  );
}

function artefacts({folder, artefacts: kept}: TrialRow): Words {
  if (kept.length === 0) return {absent: 'none was kept'};
  const links = kept.map(
    ({name, bytes, sha256}): Words => ({
      href: artefactHref(`${trialFolder(folder)}/artefacts/${name}`),
      words: {code: name},
      note: `${bytes} B, sha256 ${sha256}`,
    }),
  );
  return joined(links, ', ');
}

function signOff(report: Report): readonly Block[] {
  const {header} = report;
  const remark = hardwareRemark(report);
  const choices: Words = {choices: ['accepted', 'accepted with conditions', 'rejected']};
  const rows = ['Name', 'Role', 'Decision', 'Conditions, remarks', 'Date', 'Signature'];
  const digest = async () => [
    quiet(["SHA-256 of this report's data (report.json): ", {code: await sha256Hex(renderData(report))}]),
  ];
  return [
    paragraph([
      ['Subject: cluster ', {strong: header.cluster}, ', run ', {code: header.id}],
      [` of ${formatInstant(header.startedAt)}, overall verdict `, {strong: overallWord[report.overall].toLowerCase()}],
      `. ${overallSentence(report)}${remark ? ` ${remark.headline}` : ''}`,
    ]),
    {kind: 'later', of: digest},
    table(
      'Decision and signatures',
      ['', 'For the operator', 'For the builder'],
      rows.map(name => [name, ...(name === 'Decision' ? [choices, choices] : ['', ''])]),
    ),
  ];
}
