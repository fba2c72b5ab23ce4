import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {idleScenario} from '../../fixtures/kit/idle-scenario.ts';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {runHeader} from '../../fixtures/kit/run-header.ts';
import type {Snapshot} from '../cluster/snapshot.ts';
import type {Fault, Finding, Outcome, Plan, Profile, Scenario, StoredRun} from '../types.ts';
import {openJournal} from './journal.ts';
import {deadlineOf, type Lifecycle, type RunEnd, type RunRequest, runPlan} from './run.ts';
import {maintenanceClosing} from './stop.ts';
import {createRun, readRun} from './store.ts';

const fine: Outcome = {stdout: 'out', stderr: '', durationMs: 1, exit: {kind: 'exited', code: 0}};
const {cluster} = fakeCluster(() => ({stdout: 'out'}), ['n1']);
const profile: Profile = {name: 'stock', title: '', settings: []};
const plan: Plan = {
  seed: 1,
  profiles: ['stock'],
  trials: [1, 2].map(slot => plannedTrial({slot, repetition: slot})),
  notApplicable: [],
};

const hurry = new AbortController();

/** One host whose wall clock is `steppedMs` from where it should be; the harness's own is in step. */
function snapshotOf(steppedMs: number): Snapshot {
  const nowMs = performance.now();
  const clock = {host: 'n1', bootId: 'b', beforeMs: nowMs, afterMs: nowMs + 1};
  const uptimes = {uptimeBeforeMs: nowMs + 5000, uptimeAfterMs: nowMs + 5001};
  const guest = {guest: 'vm1', node: 'n1', incarnation: 'a'};
  return {
    state: '<pacemaker-result/>',
    others: [],
    fencers: [],
    guests: [guest],
    cores: [],
    clocks: [{...clock, ...uptimes, wallMs: 1.8e12 + nowMs + steppedMs}],
  };
}

interface World {
  log: string[];
  end: RunEnd;
  run: StoredRun;
  inForce: number;
}

/** Runs the plan with every step logged; `run` is the scenario's body, `lifecycle` replaces single steps. */
async function world(
  t: ExecutionContext,
  body: Scenario['run'],
  lifecycle: Partial<Lifecycle> = {},
  abort: AbortController = new AbortController(),
  more: Partial<Pick<RunRequest, 'guard' | 'closings' | 'cluster'>> = {},
): Promise<World> {
  const log: string[] = [];
  const path = await mkdtemp(join(tmpdir(), 'run-'));
  t.teardown(() => rm(path, {recursive: true, force: true}));
  const journal = await openJournal(join(path, 'journal'), 'c');
  if (!journal.ok) throw new Error(journal.error);
  const header = {...runHeader, startedAt: new Date().toISOString(), profiles: [profile]};
  const store = await createRun(join(path, 'run'), header, plan, '');
  const scenario = idleScenario({
    needs: {fio: true, scratch: true},
    run: async trial => {
      log.push(`run ${trial.planned.slot}`);
      await body(trial);
    },
  });
  const end = await runPlan({
    plan,
    cluster,
    scenarios: [scenario],
    profiles: [profile],
    store,
    journal: journal.value,
    lifecycle: {
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
        return [];
      },
      loadRefusals: async () => [],
      scratchRefusals: async () => [],
      snapshot: async () => {
        log.push('snapshot');
        return snapshotOf(0);
      },
      ...lifecycle,
    },
    progress: () => {},
    signal: abort.signal,
    hurry: hurry.signal,
    ...more,
  });
  const run = await readRun(join(path, 'run'));
  if (!run.ok) throw new Error(run.error.found);
  t.deepEqual(run.value.damage, [], 'however a run ends, it is stored without contradiction');
  t.deepEqual(run.value.unproven, []);
  return {log, end, run: run.value, inForce: journal.value.inForce().length};
}
const statuses = (w: World) => w.run.trials.map(x => x.record.status);
const fault = (healed: () => void): Fault => ({
  kind: 'nic-down',
  nodes: ['n1'],
  parameters: {plane: 'cluster'},
  describe: '',
  deadMan: async () => ({ok: true, value: [{host: cluster.client, argv: ['true']}]}),
  inject: async () => fine,
  reached: async () => ({ok: true, value: ''}),
  heal: async () => {
    healed();
    return {ok: true, value: undefined};
  },
});
const wound: Finding = {severity: 'critical', invariant: 'nodes online', detail: 'n1 is offline'};

test('a trial is audit, profile, snapshot, run, heal, audit, snapshot', async t => {
  const w = await world(t, async trial => {
    await trial.record('a.txt', cluster.client, {argv: ['true'], timeoutMs: 1000, idempotent: false});
  });
  const once = (slot: number) => ['audit', 'apply', 'snapshot', `run ${slot}`, 'heal', 'audit', 'snapshot'];
  t.deepEqual(w.log, [...once(1), ...once(2)]);
  t.is(w.end.status, 'complete');
  t.deepEqual(statuses(w), ['done', 'done']);
  t.deepEqual(w.run.trials[0]?.artefacts.names, [
    'a.txt',
    'a.txt.meta.json',
    'clocks.json',
    'crm_mon-after.xml',
    'crm_mon-before.xml',
    'effects.json',
  ]);
  t.is(w.run.ended?.status, 'complete');
});

test('a healing that has looked itself is not followed by a second look, unless it left something', async t => {
  const w = await world(t, async () => {}, {healingLooks: true});
  t.deepEqual(w.log.slice(0, 6), ['audit', 'apply', 'snapshot', 'run 1', 'heal', 'snapshot']);
  t.deepEqual(w.run.trials[0]?.record.auditAfter, []);
  let looks = 0;
  const left = await world(t, async () => {}, {
    healingLooks: true,
    heal: async () => [wound],
    audit: async () => (looks++ === 0 ? [] : [wound]),
  });
  t.deepEqual(left.run.trials[0]?.record.auditAfter, [wound]);
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
  t.deepEqual(w.log.slice(0, 3), ['heal', 'apply', 'snapshot']);
  t.deepEqual(w.run.trials[0]?.record.auditBefore, [wound]);
});

test('a setting that does not read back aborts the trial before anything is run', async t => {
  const w = await world(t, async () => {}, {
    apply: async () => [{id: 'mtu', where: 'n1', asked: '9000', found: '1500', agrees: false}],
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
  const audit = () => {
    setTimeout(() => abort.abort(), 20);
    return sleep(60_000, [], {ref: false});
  };
  const w = await world(t, async () => {}, {audit}, abort);
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
  t.true(w.log.indexOf('heal') > w.log.indexOf('run 1'));
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

test('a clock that was stepped during a trial aborts it, with host and step', async t => {
  let taken = 0;
  const stepped = (afterMs: number) => async () => {
    taken += 1;
    return snapshotOf(taken % 2 === 0 ? afterMs : 0);
  };
  const w = await world(t, async () => {}, {snapshot: stepped(-3000)});
  t.deepEqual(statuses(w), ['aborted', 'aborted']);
  t.regex(w.run.trials[0]?.record.reason ?? '', /the clock of n1 was stepped by -3\.000 s/);
  taken = 0;
  t.deepEqual(statuses(await world(t, async () => {}, {snapshot: stepped(2)})), ['done', 'done']);
});

test('a trial whose effects cannot be known does not count', async t => {
  let taken = 0;
  const w = await world(t, async () => {}, {
    snapshot: async () => {
      taken += 1;
      if (taken === 2) throw new Error('no node answers with quorum');
      return snapshotOf(0);
    },
  });
  t.is(statuses(w)[0], 'aborted');
  t.regex(w.run.trials[0]?.record.reason ?? '', /no node answers/);
});

test('what was struck is kept with the effects', async t => {
  const w = await world(t, async trial => {
    const f = fault(() => {});
    await trial.inject(f);
    await trial.heal(f);
  });
  const effects = w.run.trials[0]?.artefacts.text('effects.json');
  t.like(JSON.parse(effects?.ok ? effects.value : '{}'), {injections: [{fault: 'nic-down', nodes: ['n1']}]});
});

test('a load that could not run is refused before the trial begins', async t => {
  const refusal = 'vm1 takes no load from fio-3.39 on client: client/server version mismatch (97 != 109)';
  const w = await world(t, async () => {}, {loadRefusals: async () => [refusal]});
  t.deepEqual(statuses(w), ['aborted', 'aborted']);
  t.is(w.run.trials[0]?.record.reason, refusal);
  t.false(w.log.includes('run 1'));
});

test('only core dumps of the trial itself are kept with its effects', async t => {
  let taken = 0;
  const w = await world(t, async () => {}, {
    snapshot: async () => {
      taken += 1;
      return {...snapshotOf(0), cores: taken === 2 ? ['n1 /old', 'n1 /new'] : ['n1 /old']};
    },
  });
  const effects = w.run.trials[0]?.artefacts.text('effects.json');
  t.like(JSON.parse(effects?.ok ? effects.value : '{}'), {cores: ['n1 /new']});
});

test('what a scenario leaves is in the journal until it is gone', async t => {
  const leftover = {what: 'file', host: 'client', path: '/var/tmp/seatrial-x'} as const;
  const left = await world(t, async trial => {
    await trial.leave(leftover);
  });
  t.is(left.inForce, 2);
  const gone = await world(t, async trial => (await trial.leave(leftover))());
  t.is(gone.inForce, 0);
});

test('a limit that is broken ends the trial, which is healed, and the run, with the reason', async t => {
  const why = 'resource web, which is none of ours, is out of service (Stopped), for more than 5 s';
  let healed = 0;
  const w = await world(
    t,
    async trial => {
      await trial.inject(fault(() => {}));
      await sleep(60_000, undefined, {signal: trial.signal, ref: false});
    },
    {
      heal: async (_cluster, journal) => {
        healed++;
        for (const entry of journal.inForce()) await journal.done(entry);
        return [];
      },
    },
    new AbortController(),
    {
      guard: {
        async during(injections, stop, body) {
          setTimeout(() => {
            t.like(injections[0], {fault: 'nic-down', nodes: ['n1'], parameters: {plane: 'cluster'}});
            stop(why);
          }, 300);
          return body();
        },
      },
    },
  );
  t.deepEqual(w.end, {status: 'aborted', reason: `stopped in trial 1 of 2: ${why}`});
  t.is(w.run.ended?.reason, w.end.reason);
  t.deepEqual(statuses(w), ['aborted']);
  t.is(w.run.trials[0]?.record.reason, why);
  t.is(healed, 1);
  t.is(w.inForce, 0);
});

test('no trial begins that would not end in the maintenance window, and one that runs over is ended for healing', async t => {
  const closes = (seconds: number) => ({
    closings: [maintenanceClosing(new Date(Date.now() + seconds * 1000))],
  });
  // Estimated 1 s, and 120 s are kept for healing.
  const late = await world(t, async () => {}, {}, new AbortController(), closes(119));
  t.regex(late.end.reason, /^stopped before trial 1 of 2: it would not end before the maintenance window closes at 2/);
  t.is(late.end.status, 'aborted');
  t.deepEqual(late.log, []);
  const fits = await world(t, async () => {}, {}, new AbortController(), closes(600));
  t.is(fits.end.status, 'complete');
  const over = await world(
    t,
    async trial => void (await sleep(60_000, undefined, {signal: trial.signal})),
    {},
    new AbortController(),
    closes(122.5),
  );
  t.regex(over.end.reason, /^stopped in trial 1 of 2: the maintenance window closes at .*: healing begins before that/);
  t.is(over.log.filter(each => each === 'heal').length, 1);
});

test('a fault whose dead-man timer cannot be armed is not injected, and what was begun is healed', async t => {
  let injected = false;
  const unarmed: Fault = {
    ...fault(() => {}),
    deadMan: async () => ({ok: false, error: 'n1 has no OSD'}),
    inject: async () => {
      injected = true;
      return fine;
    },
  };
  let healed = 0;
  const w = await world(t, async trial => void (await trial.inject(unarmed)), {
    heal: async (_cluster, journal) => {
      for (const entry of journal.inForce()) await journal.done(entry);
      healed++;
      return [];
    },
  });
  t.false(injected);
  t.deepEqual(statuses(w), ['failed', 'failed']);
  t.is(w.run.trials[0]?.record.reason, 'nic-down was not injected: n1 has no OSD');
  t.is(healed, 2);
  t.is(w.inForce, 0);
});

test('planted: a trial that asks for more time has it, and its dead-man timers wait for that; the next one has its own', async t => {
  const armedSeconds: number[] = [];
  const transport = {
    ...cluster.transport,
    // Within a trial every command is one that can be stopped.
    start: async (...[host, command]: Parameters<typeof cluster.transport.start>) => {
      if (command.argv[3] === 'arm') armedSeconds.push(Number(command.argv[5]));
      return cluster.transport.start(host, command);
    },
  };
  const body: Scenario['run'] = async trial => {
    if (trial.planned.slot === 1) trial.allow(10_000);
    const own = fault(() => {});
    await trial.inject(own);
    await trial.heal(own);
  };
  const w = await world(t, body, {}, new AbortController(), {cluster: {...cluster, transport}});
  t.deepEqual(statuses(w), ['done', 'done']);
  const [longer = 0, usual = 0] = armedSeconds;
  t.true(longer > 10_000, `${longer}`);
  t.true(usual > 0 && usual < 1000, `${usual}`);
});

test('a scratch device that carries something ends the trial before anything is written', async t => {
  const refused = '/dev/scratch of vm1 is not written to: it carries ext4';
  const w = await world(t, async () => {}, {scratchRefusals: async () => [refused]});
  t.deepEqual(statuses(w), ['aborted', 'aborted']);
  t.is(w.run.trials[0]?.record.reason, refused);
  t.false(w.log.includes('run 1'));
});

test('planted: output with a password in it is stored without', async t => {
  const bmc = {address: '10.0.0.101', port: 623, username: 'admin', password: 'planted-9f3c'};
  const cib = `<nvpair id="f-password" name="password" value="of-another-device"/> ${bmc.password}`;
  const w = await world(
    t,
    async trial => {
      await trial.keep('cib.xml', cib);
    },
    {},
    new AbortController(),
    {cluster: {...cluster, nodes: cluster.nodes.map(node => ({...node, bmc}))}},
  );
  const kept = w.run.trials[0]?.artefacts.text('cib.xml');
  t.deepEqual(kept, {ok: true, value: '<nvpair id="f-password" name="password" value="(secret)"/> (secret)'});
});

test('a trial is given up after four times its estimate, or what it may take, and three minutes', t => {
  t.is(deadlineOf({estimatedSeconds: 20}, {}), 260);
  t.is(deadlineOf({estimatedSeconds: 20}, {mayTakeSeconds: 300}), 480);
  t.is(deadlineOf({estimatedSeconds: 20}, {mayTakeSeconds: 10}), 260);
});
