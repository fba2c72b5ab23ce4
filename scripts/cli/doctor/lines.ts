/** The doctor's report as lines for people. Pure. */
import {levels} from '../../../harness/doctor/check.ts';
import {impacts} from '../../../harness/run/impact.ts';
import {privileges} from './privileges.ts';
import type {DoctorFinding, DoctorReport} from './report.ts';

export function doctorLines(report: DoctorReport, explain: boolean): string {
  const lines = [
    ...findingLines(report, explain),
    ...budgetLines(report),
    ...report.suites.flatMap(suiteLines),
    ...(explain && report.cluster !== undefined ? privilegeLines() : []),
    '',
    ending(report),
  ];
  return `${lines.join('\n')}\n`;
}

function findingLines({findings, checks}: DoctorReport, explain: boolean): string[] {
  const told = new Set<string>();
  // What differs by its subject alone is one thing to do.
  const groups = Map.groupBy(findings, ({check, level, expected, todo}) =>
    level === 'good' ? `good ${check}` : JSON.stringify([level, check, expected, todo]),
  );
  return [...groups.values()].flatMap(some => {
    const [{check, level, expected, todo} = nothing] = some;
    return [
      `${level.padEnd(8)} ${wordsOf(some)}  [${check}]`,
      ...(level === 'good' || expected === '' ? [] : [`         expected: ${expected}`]),
      ...(todo === '' ? [] : [`         to do: ${todo}`]),
      ...(explain ? explanation(check, checks, told) : []),
    ];
  });
}

const nothing: DoctorFinding = {check: '', level: 'good', subject: '', found: '', expected: '', todo: ''};

/** Who it is found on, and what; what many have alike is said once. */
function wordsOf(some: readonly DoctorFinding[]): string {
  const subjects = [...new Set(some.map(({subject}) => subject))];
  const words = new Set(some.map(({found}) => found));
  const [only] = words;
  if (words.size === 1 && only !== undefined) return `${subjects.join(', ')}: ${only}`;
  return some.map(({subject, found}) => `${subject}: ${found}`).join('; ');
}

/** Once for each check. */
function explanation(check: string, checks: DoctorReport['checks'], told: Set<string>): string[] {
  const known = checks.find(each => each.check === check);
  if (known === undefined || told.has(check)) return [];
  told.add(check);
  return [`         why: ${known.why}`, ...known.commands.map(command => `         $ ${command}`)];
}

function budgetLines({budget}: DoctorReport): string[] {
  if (budget === undefined) return [];
  const seconds = (value: number) => `${value.toFixed(1).padStart(7)} s`;
  const {phases, totalSeconds, boundSeconds, unknown, advice} = budget;
  return [
    '',
    'a node is lost: how long its guests are away, by the time-outs in force',
    ...phases.map(
      ({name, seconds: each, from, beside}) => `${seconds(each)}  ${beside ? 'beside that: ' : ''}${name} (${from})`,
    ),
    `${seconds(totalSeconds)}  in all${unknown.length === 0 ? '' : ` at least; not known: ${unknown.join(', ')}`}; promised: ${boundSeconds} s`,
    ...advice.map(
      ({setting, now, better, savesSeconds}) =>
        `  saves ${savesSeconds.toFixed(1)} s: ${setting} = ${better} (now ${now})`,
    ),
  ];
}

function suiteLines({suite, scenarios, profiles}: DoctorReport['suites'][number]): string[] {
  return [
    '',
    `what the suite ${suite} would do to this cluster`,
    ...scenarios.map(
      ({scenario, impact, purpose, notApplicable}) =>
        `  ${impact.padEnd(11)} ${scenario}: ${notApplicable === undefined ? purpose : `not applicable, ${notApplicable}`}`,
    ),
    ...profiles.map(({profile, changes, restartsGuestsFor}) => {
      if (changes === 0) return `  profile ${profile}: changes nothing`;
      const restarts = restartsGuestsFor.length === 0 ? 'none' : restartsGuestsFor.join(', ');
      return `  profile ${profile}: ${changes} settings, put back afterwards; restarts every guest where one of these differs: ${restarts}`;
    }),
  ];
}

function privilegeLines(): string[] {
  return [
    '',
    'the least privileges, each class with those before it',
    ...impacts.flatMap(impact =>
      privileges[impact].map((line, index) => `  ${(index === 0 ? impact : '').padEnd(11)} ${line}`),
    ),
  ];
}

function ending({findings, seconds}: DoctorReport): string {
  const counts = levels.map(level => `${findings.filter(each => each.level === level).length} ${level}`);
  return `${counts.join(', ')}; looked for ${seconds.toFixed(1)} s, and changed nothing`;
}
