import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {openJournal} from './journal.ts';
import {type Care, type RunEnd, runPlan} from './run.ts';
import {createRun, readRun} from './store.ts';
import type {Cluster, Fault, Finding, Outcome, Plan, Profile, Scenario, StoredRun, Transport} from './types.ts';

const fine: Outcome = {stdout: 'out', stderr: '', durationMs: 1, exit: {kind: 'exited', code: 0}};
const transport: Transport = {
  exec: async () => fine,
  start: async () => ({outcome: Promise.resolve(fine), stop: async () => fine}),
  upload: async () => fine,
  download: async () => fine,
};
const node = {name: 'n1', role: 'node', addresses: {}, interfaces: {}, scratch: []} as const;
const cluster: Cluster = {
  name: 'c',
  nodes: [node],
  client: {...node, name: 'client', role: 'client'},
  guests: [],
  storage: 'none',
  transport,
  hardware: {emulated: false, shared: false, note: ''},
};
const profile: Profile = {name: 'stock', title: '', settings: []};
const plan: Plan = {
  seed: 1,
  profiles: ['stock'],
  trials: [1, 2].map(slot => ({
    slot,
    scenario: 'network/x',
    profile: 'stock',
    repetition: slot,
    parameters: {},
    estimatedSeconds: 1,
  })),
  notApplicable: [],
};

const hurry = new AbortController();

interface World {
  log: string[];
  end: RunEnd;
  run: StoredRun;
  inForce: number;
}

/** Runs the plan with every step logged; `run` is the scenario's body, `care` replaces single steps. */
async function world(
  t: ExecutionContext,
  body: Scenario['run'],
  care: Partial<Care> = {},
  abort: AbortController = new AbortController(),
): Promise<World> {
  const log: string[] = [];
  const path = await mkdtemp(join(tmpdir(), 'run-'));
  t.teardown(() => rm(path, {recursive: true, force: true}));
  const journal = await openJournal(join(path, 'journal'), 'c');
  if (!journal.ok) throw new Error(journal.error);
  const store = await createRun(
    join(path, 'run'),
    {
      schema: 'seatrial-run/1',
      id: 'r',
      seatrialVersion: '0',
      commit: '',
      startedAt: new Date().toISOString(),
      cluster: 'c',
      suite: 's',
      quick: true,
      seed: 1,
      storage: 'none',
      hardware: cluster.hardware,
      nodes: [],
      guests: [],
      profiles: [profile],
      fingerprints: [],
    },
    plan,
    '',
  );
  const scenario: Scenario = {
    name: 'network/x',
    family: 'network',
    purpose: '',
    needs: {},
    claims: [],
    provides: [],
    expects: [],
    parameters: {full: {}, quick: {}},
    estimateSeconds: () => 1,
    preview: () => [],
    run: async trial => {
      log.push(`run ${trial.planned.slot}`);
      await body(trial);
    },
    measure: () => ({samples: [], problems: [], findings: []}),
  };
  const end = await runPlan({
    plan,
    cluster,
    scenarios: [scenario],
    profiles: [profile],
    store,
    journal: journal.value,
    care: {
      audit: async () => {
        log.push('audit');
        return [];
      },
      heal: async () => {
        log.push('heal');
        return [];
      },
      apply: async () => {
        log.push('apply');
      },
      readBack: async () => {
        log.push('read back');
        return [];
      },
      ...care,
    },
    progress: () => {},
    signal: abort.signal,
    hurry: hurry.signal,
  });
  const run = await readRun(join(path, 'run'));
  if (!run.ok) throw new Error(run.error.found);
  return {log, end, run: run.value, inForce: journal.value.inForce().length};
}
const statuses = (w: World) => w.run.trials.map(x => x.record.status);
const fault = (healed: () => void): Fault => ({
  name: 'nic-down',
  host: 'n1',
  describe: '',
  inject: async () => fine,
  heal: async () => {
    healed();
    return {ok: true, value: undefined};
  },
});
const wound: Finding = {severity: 'critical', invariant: 'nodes online', detail: 'n1 is offline'};

test('a trial is audit, profile, read back, run, heal, audit', async t => {
  const w = await world(t, async trial => {
    await trial.record('a.txt', cluster.client, {argv: ['true'], timeoutMs: 1000, idempotent: false});
  });
  const once = (slot: number) => ['audit', 'apply', 'read back', `run ${slot}`, 'heal', 'audit'];
  t.deepEqual(w.log, [...once(1), ...once(2)]);
  t.is(w.end.status, 'complete');
  t.deepEqual(statuses(w), ['done', 'done']);
  t.deepEqual(w.run.trials[0]?.artefacts.names, ['a.txt', 'a.txt.meta.json']);
  t.is(w.run.ended?.status, 'complete');
});

test('a wounded cluster is healed before the trial, not measured', async t => {
  let first = true;
  const w = await world(t, async () => {}, {
    audit: async () => {
      const now = first ? [wound] : [];
      first = false;
      return now;
    },
  });
  t.deepEqual(w.log.slice(0, 3), ['heal', 'apply', 'read back']);
  t.deepEqual(w.run.trials[0]?.record.auditBefore, [wound]);
});

test('a setting that does not read back aborts the trial before anything is run', async t => {
  const w = await world(t, async () => {}, {
    readBack: async () => [{id: 'mtu', where: 'n1', asked: '9000', found: '1500', agrees: false}],
  });
  t.deepEqual(statuses(w), ['aborted', 'aborted']);
  t.regex(w.run.trials[0]?.record.reason ?? '', /mtu on n1 is 1500, asked 9000/);
  t.false(w.log.includes('run 1'));
});

test('a heal that fails ends the run as unhealed and no further trial is run', async t => {
  const w = await world(t, async () => {}, {heal: async () => [wound]});
  t.is(w.end.status, 'unhealed');
  t.deepEqual(statuses(w), ['unhealed']);
});

test('a cluster that cannot be healed before the trial is waited for once, and no trial touches it', async t => {
  let heals = 0;
  const w = await world(t, async () => {}, {
    audit: async () => [wound],
    heal: async () => {
      heals++;
      return [wound];
    },
  });
  t.is(heals, 1);
  t.is(w.end.status, 'unhealed');
  t.deepEqual(statuses(w), ['unhealed']);
  t.deepEqual(w.run.trials[0]?.record.auditAfter, [wound]);
  t.deepEqual(w.log, []);
});

test('an interrupt while the cluster is waited for ends the run as it is, with nothing done', async t => {
  const abort = new AbortController();
  let heals = 0;
  const w = await world(
    t,
    async () => {},
    {
      audit: async () => [wound],
      heal: async (_cluster, _journal, _say, signal) => {
        heals++;
        setTimeout(() => abort.abort(), 20);
        await new Promise(resolve => signal?.addEventListener('abort', resolve));
        return [wound];
      },
    },
    abort,
  );
  t.is(heals, 1);
  t.is(w.end.status, 'aborted');
  t.deepEqual(statuses(w), ['aborted']);
  t.regex(w.run.trials[0]?.record.reason ?? '', /^before the trial: nodes online: n1 is offline/);
  t.deepEqual(w.log, []);
});

test('an audit that hangs is not waited for after an interrupt', async t => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 100);
  const w = await world(t, async () => {}, {audit: () => sleep(60_000, [], {ref: false})}, abort);
  t.deepEqual(statuses(w), ['aborted']);
  t.deepEqual(w.log, []);
});

test('a second interrupt reaches the healing after a trial', async t => {
  const seen: boolean[] = [];
  const abort = new AbortController();
  const w = await world(
    t,
    async () => abort.abort(),
    {
      heal: async (_cluster, _journal, _say, signal) => {
        seen.push(signal === hurry.signal);
        return [];
      },
    },
    abort,
  );
  t.deepEqual(seen, [true]);
  t.is(w.end.status, 'aborted');
});

test('a scenario that throws is failed, healed, and the next one runs', async t => {
  let n = 0;
  const w = await world(t, async () => {
    n += 1;
    if (n === 1) throw new Error('fio is gone');
  });
  t.deepEqual(statuses(w), ['failed', 'done']);
  t.is(w.run.trials[0]?.record.reason, 'fio is gone');
  t.true(w.log.indexOf('heal') < w.log.indexOf('run 2'));
});

test('an interrupt ends the trial, heals, and stores what was measured', async t => {
  const abort = new AbortController();
  const w = await world(
    t,
    async trial => {
      await trial.keep('before.txt', 'kept');
      abort.abort();
      await sleep(50);
    },
    {},
    abort,
  );
  t.is(w.end.status, 'aborted');
  t.deepEqual(statuses(w), ['aborted']);
  t.is(w.log.at(-2), 'heal');
  t.deepEqual(w.run.trials[0]?.artefacts.text('before.txt'), {ok: true, value: 'kept'});
});

test('an injected fault stays in the journal until it is healed', async t => {
  let healed = 0;
  const left = await world(t, async trial => {
    await trial.inject(fault(() => healed++));
    throw new Error('scenario broke after the injection');
  });
  t.is(left.inForce, 2, 'both trials injected, none healed by the scenario');
  const clean = await world(t, async trial => {
    const f = fault(() => healed++);
    await trial.inject(f);
    await trial.heal(f);
  });
  t.is(healed, 2);
  t.is(clean.inForce, 0);
});
