/**
 * What docs/nightly.md and the files beside it promise: commands that exist, units that systemd takes, metrics that are
 * written.
 */
import {execFileSync, spawnSync} from 'node:child_process';
import {chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {Command} from 'commander';
import {parse} from 'yaml';
import {z} from 'zod';
import {exampleSite} from '../../../fixtures/kit/trend.ts';
import {metrics} from '../../../reports/metrics.ts';
import {nightlyReport, renderOpenMetrics, type Trend} from '../../../reports/trend/index.ts';
import {setUp as setUpAck} from '../ack/command.ts';
import {setUp as setUpBaseline} from '../baseline/command.ts';
import {setUp as setUpCompare} from '../compare/command.ts';
import {setUp as setUpHeal} from '../heal/command.ts';
import {setUp as setUpHistory} from '../history/command.ts';
import {setUp as setUpTrend} from '../trend/command.ts';
import {setUp as setUpNightly} from './command.ts';

const docs = join(import.meta.dirname, '../../../docs');
const read = (name: string) => readFileSync(join(docs, 'nightly', name), 'utf8');
const service = read('seatrial-nightly.service');
const timer = read('seatrial-nightly.timer');
const gitlab = read('gitlab-ci.yml');
const github = read('github-actions.yml');
const alerts = read('alerts.yml');
const dashboard = read('grafana-dashboard.json');
const page = readFileSync(join(docs, 'nightly.md'), 'utf8');

// ───────────────────────────── commands ─────────────────────────────

/** Takes every command as it would be, and does nothing. */
function idle(): Command {
  const top = new Command('seatrial').exitOverride().configureOutput({writeErr: () => {}, writeOut: () => {}});
  setUpAck(top.command('ack'));
  setUpBaseline(top.command('baseline'));
  setUpCompare(top.command('compare'));
  setUpHeal(top.command('heal'));
  setUpHistory(top.command('history'));
  setUpNightly(top.command('nightly'));
  setUpTrend(top.command('trend'));
  for (const command of top.commands.flatMap(one => [one, ...one.commands]))
    if (command.commands.length === 0) command.action(() => {});
  return top;
}

/** As a shell splits them: quotes, and `#` begins a comment. */
function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/"[^"]*"|'[^']*'|#.*$|[^\s"'#]+/g)) {
    if (word.startsWith('#')) break;
    words.push(word.replace(/^(["'])(.*)\1$/, '$2'));
  }
  return words;
}

/** What follows `seatrial` in fenced blocks, in backticks, in units and jobs. */
function callsIn(text: string): readonly (readonly string[])[] {
  const fenced = text.match(/^seatrial .*$/gm) ?? [];
  const ticked = [...text.matchAll(/`(seatrial [^`]*)`/g)].map(([, call = '']) => call);
  const started = [...text.matchAll(/(?:ExecStart=|- |exec |^ {10})(?:\/usr\/local\/bin\/)?(seatrial [^;|\n]*)/gm)].map(
    ([, call = '']) => call,
  );
  return [...fenced, ...ticked, ...started].map(call => wordsOf(call).slice(1));
}

for (const [name, text, least] of [
  ['nightly.md', page, 14],
  ['seatrial-nightly.service', service, 2],
  ['gitlab-ci.yml', gitlab, 1],
  ['github-actions.yml', github, 1],
] as const) {
  test(`${name}: every command in it is one`, async t => {
    const calls = callsIn(text);
    t.true(calls.length >= least, `${calls.length} found`);
    for (const words of calls) await t.notThrowsAsync(idle().parseAsync([...words], {from: 'user'}), words.join(' '));
  });
}

test('a command that is none is seen', async t => {
  for (const line of [
    'seatrial nightly --inventry x',
    'seatrial ack storage/fio --night 2025-11-24',
    'seatrial history forget x',
  ]) {
    const [words = []] = callsIn(line);
    await t.throwsAsync(idle().parseAsync([...words], {from: 'user'}), undefined, line);
  }
});

test.serial('what the unit and the page start is a night that could sail', async t => {
  const started = [callsIn(service)[0] ?? [], ...callsIn(page).filter(words => words.includes('--dry-run'))];
  t.is(started.length, 3);
  for (const words of started) {
    const real = words.map(word => (word.endsWith('cluster.yaml') ? join(docs, 'inventory.yaml') : word));
    const top = new Command('seatrial').exitOverride();
    setUpNightly(top.command('nightly'));
    const {write} = process.stdout;
    let said = '';
    process.stdout.write = (chunk: string | Uint8Array) => {
      said += String(chunk);
      return true;
    };
    try {
      await top.parseAsync([...new Set([...real, '--dry-run'])], {from: 'user'});
    } finally {
      process.stdout.write = write;
    }
    t.regex(said, /then into \S*history\.sqlite, reports into \S*nightly/);
  }
});

// ───────────────────────────── systemd ─────────────────────────────

type Unit = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

function unitOf(text: string): Unit {
  const unit: Record<string, Record<string, string[]>> = {};
  let section: Record<string, string[]> | undefined;
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const head = /^\[(\w+)\]$/.exec(line)?.[1];
    if (head !== undefined) {
      section = {};
      unit[head] = section;
      continue;
    }
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined || section === undefined)
      throw new Error(`no line of a unit: ${line}`);
    section[key] = [...(section[key] ?? []), value];
  }
  return unit;
}

test('the timer makes up for a missed night, and starts the service', t => {
  const unit = unitOf(timer);
  t.deepEqual(Object.keys(unit), ['Unit', 'Timer', 'Install']);
  t.deepEqual(unit.Timer?.Persistent, ['true']);
  t.deepEqual(unit.Install?.WantedBy, ['timers.target']);
  t.regex(unit.Timer?.OnCalendar?.[0] ?? '', /^\*-\*-\* \d\d:\d\d:\d\d$/);
  t.truthy(unit.Timer?.RandomizedDelaySec);
});

test('the service names its cluster, lets it heal, and may do little else', t => {
  const own = unitOf(service).Service ?? {};
  t.deepEqual(own.Type, ['oneshot']);
  t.regex(
    own.ExecStart?.[0] ?? '',
    /--inventory \S+ --allow destructive --yes-i-mean \S+ --runs \/var\/lib\/seatrial\/runs$/,
  );
  t.deepEqual(own.KillMode, ['mixed']);
  t.deepEqual(own.ProtectSystem, ['strict']);
  t.deepEqual(own.NoNewPrivileges, ['yes']);
  t.false('SuccessExitStatus' in own, 'a night that is not good leaves the unit failed');
  t.false('Restart' in own, 'a measurement is never silently repeated');
  t.true(own.ExecStopPost?.some(line => line.includes('/var/lib/seatrial/runs/nightly/openmetrics.txt')));
});

const program = (name: string) => spawnSync(name, ['--version'], {timeout: 10_000}).status === 0;
const place = (t: ExecutionContext) => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-docs-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  return folder;
};

test('systemd takes both units, and would not take a wrong one', t => {
  if (!program('systemd-analyze')) {
    t.pass('skipped: no systemd-analyze here');
    return;
  }
  const folder = place(t);
  // The program need not be installed where this test runs.
  const verify = (units: Readonly<Record<string, string>>) => {
    const paths = Object.entries(units).map(([name, text]) => {
      writeFileSync(join(folder, name), text.replaceAll('/usr/local/bin/seatrial', '/bin/true'));
      return join(folder, name);
    });
    const {status, stderr} = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    return {status, said: stderr.split('\n').filter(line => line.includes(folder) || line.includes('seatrial-'))};
  };
  t.deepEqual(verify({'seatrial-nightly.service': service, 'seatrial-nightly.timer': timer}), {status: 0, said: []});
  t.not(
    verify({
      'seatrial-nightly.service': service.replace('KillMode=mixed', 'KillMood=mixed'),
      'seatrial-nightly.timer': timer,
    }).said.length,
    0,
  );
});

// ───────────────────────────── CI ─────────────────────────────

/** As much of GitLab's schema as the example uses. */
const gitlabSchema = z.strictObject({
  stages: z.array(z.string()),
  nightly: z.strictObject({
    stage: z.literal('nightly'),
    tags: z.array(z.string()).min(1),
    rules: z.array(z.strictObject({if: z.string().startsWith('$CI_')})),
    resource_group: z.string(),
    interruptible: z.literal(false),
    timeout: z.string().regex(/^\d+h$/),
    variables: z.record(z.string(), z.string()),
    retry: z.literal(0),
    script: z.array(z.string().regex(/^seatrial nightly .* --out nightly$/)),
    allow_failure: z.strictObject({exit_codes: z.tuple([z.literal(2)])}),
    artifacts: z.strictObject({
      when: z.literal('always'),
      expire_in: z.string(),
      paths: z.tuple([z.literal('nightly/')]),
      reports: z.strictObject({junit: z.literal('nightly/junit.xml'), metrics: z.literal('nightly/openmetrics.txt')}),
    }),
  }),
});

test('GitLab: only on schedule, 2 warns, report and JUnit are kept whatever happens', t => {
  t.notThrows(() => gitlabSchema.parse(parse(gitlab)));
  t.throws(() => gitlabSchema.parse(parse(gitlab.replace('[2]', '[1, 2]'))));
  t.throws(() => gitlabSchema.parse(parse(gitlab.replace('when: always', 'when: on_success'))));
});

const step = z.union([
  z.strictObject({name: z.string(), shell: z.literal('bash'), run: z.string()}),
  z.strictObject({
    name: z.string(),
    if: z.literal('always()'),
    uses: z.string().regex(/^actions\/upload-artifact@v\d+$/),
    with: z.strictObject({
      name: z.string(),
      path: z.literal('nightly/'),
      'retention-days': z.number(),
      'if-no-files-found': z.literal('error'),
    }),
  }),
]);
const githubSchema = z.strictObject({
  name: z.string(),
  on: z.strictObject({
    schedule: z.array(z.strictObject({cron: z.string().regex(/^\d+ \d+ \* \* \*$/)})),
    workflow_dispatch: z.strictObject({}),
  }),
  permissions: z.strictObject({contents: z.literal('read')}),
  concurrency: z.strictObject({group: z.string(), 'cancel-in-progress': z.literal(false)}),
  jobs: z.strictObject({
    nightly: z.strictObject({
      'runs-on': z.array(z.string()),
      'timeout-minutes': z.number(),
      env: z.record(z.string(), z.string()),
      steps: z.array(step),
    }),
  }),
});

for (const [code, expected, warns] of [
  [0, 0, false],
  [1, 1, false],
  [2, 0, true],
  [3, 3, false],
  [4, 4, false],
] as const) {
  test(`GitHub: exit code ${code} of the night ends the job with ${expected}`, t => {
    const folder = place(t);
    const {jobs} = githubSchema.parse(parse(github));
    const [first] = jobs.nightly.steps;
    if (first === undefined || !('run' in first)) return t.fail('the first step runs nothing');
    // As GitHub's `shell: bash` runs it.
    writeFileSync(join(folder, 'step.sh'), first.run);
    const reports = code === 3 ? '' : 'mkdir -p nightly; echo "# Night" > nightly/nightly.md\n';
    writeFileSync(join(folder, 'seatrial'), `#!/bin/sh\n${reports}exit ${code}\n`);
    chmodSync(join(folder, 'seatrial'), 0o755);
    const summary = join(folder, 'summary.md');
    writeFileSync(summary, '');
    const {status, stdout} = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', 'step.sh'], {
      cwd: folder,
      env: {PATH: `${folder}:/usr/bin:/bin`, RUNS: folder, GITHUB_STEP_SUMMARY: summary},
      encoding: 'utf8',
      timeout: 10_000,
    });
    t.is(status, expected);
    t.is(stdout.includes('::warning'), warns);
    t.is(readFileSync(summary, 'utf8'), code === 3 ? '' : '# Night\n');
  });
}

// ───────────────────────────── metrics ─────────────────────────────

/** Every name that a night can write: one with a series of each metric there is, and something that stands. */
function writtenNames(): ReadonlySet<string> {
  const {nights, trends} = exampleSite({nights: 20, series: 25, seed: 1});
  const night = nights.at(-1);
  const [standing] = trends.filter(({changes}) => changes.some(({standing}) => standing === 'open'));
  if (night === undefined || standing === undefined) throw new Error('nothing stands in the example');
  const all = metrics.map(
    ({name, unit, title, better}): Trend => ({
      ...standing,
      title,
      better,
      series: {...standing.series, metric: name, unit},
    }),
  );
  const text = renderOpenMetrics(
    nightlyReport({night, trends: all, nights, baseline: undefined, suspectedFirst: [], notRemeasured: ''}),
  );
  return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
}

const written = writtenNames();

/** Names in a query, without those in quotes. */
function namesIn(query: string): readonly string[] {
  return query.replace(/"[^"]*"/g, '').match(/\bseatrial_\w+/g) ?? [];
}

const rulesSchema = z.strictObject({
  groups: z.tuple([
    z.strictObject({
      name: z.string(),
      rules: z
        .array(
          z.strictObject({
            alert: z.string().regex(/^Seatrial[A-Z][a-zA-Z]+$/),
            expr: z.string(),
            for: z
              .string()
              .regex(/^\d+[mh]$/)
              .exactOptional(),
            labels: z.strictObject({severity: z.enum(['critical', 'warning', 'info'])}),
            annotations: z.strictObject({summary: z.string(), description: z.string()}),
          }),
        )
        .min(5),
    }),
  ]),
});

test('alert rules ask only for metrics that a night writes, and are all tried', t => {
  const {groups} = rulesSchema.parse(parse(alerts));
  const tried = read('alerts.test.yml');
  for (const {alert, expr} of groups[0].rules) {
    const names = namesIn(expr);
    t.not(names.length, 0, alert);
    for (const name of names) t.true(written.has(name), `${alert}: nothing writes ${name}`);
    t.true(tried.includes(`alertname: ${alert}`), `${alert} is not tried`);
  }
  t.false(written.has('seatrial_nightly_alarm'), 'the names are told apart');
});

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own variable
const source = z.strictObject({type: z.literal('prometheus'), uid: z.literal('${datasource}')});
/** As much of Grafana's dashboard model as must be right for it to load. */
const dashboardSchema = z.looseObject({
  uid: z.string().regex(/^[\w-]{1,40}$/),
  title: z.string().min(1),
  id: z.null(),
  schemaVersion: z.number().int().min(30),
  time: z.strictObject({from: z.string(), to: z.string()}),
  templating: z.strictObject({
    list: z.array(
      z.looseObject({
        name: z.string(),
        type: z.enum(['datasource', 'query']),
        query: z.union([z.string(), z.looseObject({query: z.string()})]),
      }),
    ),
  }),
  panels: z
    .array(
      z.looseObject({
        id: z.number().int(),
        type: z.enum(['stat', 'table', 'timeseries']),
        title: z.string().min(1),
        description: z.string().min(1),
        datasource: source,
        gridPos: z.strictObject({x: z.number().int(), y: z.number().int(), w: z.number().int(), h: z.number().int()}),
        targets: z.array(z.looseObject({refId: z.string(), datasource: source, expr: z.string()})).min(1),
        fieldConfig: z.looseObject({defaults: z.looseObject({unit: z.string()}), overrides: z.array(z.unknown())}),
      }),
    )
    .min(1),
});

test('the dashboard has the shape that Grafana loads', t => {
  const {panels, templating} = dashboardSchema.parse(JSON.parse(dashboard));
  t.is(new Set(panels.map(({id}) => id)).size, panels.length);
  t.deepEqual(
    templating.list.map(({name}) => name),
    ['datasource', 'cluster', 'length'],
  );
  const cells = new Set<string>();
  for (const {gridPos, title} of panels) {
    t.true(gridPos.x + gridPos.w <= 24, `${title} is too wide`);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        t.false(cells.has(`${x} ${y}`), `${title} lies on another panel`);
        cells.add(`${x} ${y}`);
      }
  }
  t.throws(() => dashboardSchema.parse(JSON.parse(dashboard.replace('"timeseries"', '"graf"'))));
});

test('the dashboard asks only for metrics that a night writes, of the cluster that is chosen', t => {
  const {panels, templating} = dashboardSchema.parse(JSON.parse(dashboard));
  const queries = templating.list
    .map(({query}) => (typeof query === 'string' ? query : query.query))
    .filter(query => query.startsWith('label_values'));
  const names = [...panels.flatMap(({targets}) => targets.map(({expr}) => expr)), ...queries].flatMap(namesIn);
  t.true(names.length > 15);
  for (const name of names) t.true(written.has(name), `nothing writes ${name}`);
  for (const {targets, title} of panels)
    for (const {expr} of targets) t.true(expr.includes('{cluster="$cluster",length="$length"'), title);
});

test('promtool takes the rules, and every rule does what its test says', t => {
  if (!program('promtool')) {
    t.pass('skipped: no promtool here');
    return;
  }
  const folder = join(docs, 'nightly');
  t.notThrows(() => execFileSync('promtool', ['check', 'rules', 'alerts.yml'], {cwd: folder, timeout: 30_000}));
  t.notThrows(() => execFileSync('promtool', ['test', 'rules', 'alerts.test.yml'], {cwd: folder, timeout: 30_000}));
});
