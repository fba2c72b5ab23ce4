/** How a cluster is kept between trials: looked at, healed, tuned, and given back as it was found. */
import {auditAtRest, audit as auditOnce, settle} from '../cluster/audit/index.ts';
import {powerStatus, setPower} from '../cluster/bmc.ts';
import {scratchRefusals} from '../cluster/scratch.ts';
import {takeSnapshot} from '../cluster/snapshot.ts';
import {disarmAll} from '../faults/dead-man.ts';
import {faultNamed} from '../faults/index.ts';
import {verifyLedger} from '../probes/beacon/driver.ts';
import {loadRefusals, takesLoad} from '../probes/serving.ts';
import {applySettings, asFound, placesGone, readAgain, readProfile} from '../settings/apply.ts';
import type {Cluster, Finding, Profile} from '../types.ts';
import {unlessAborted, waitFor} from '../wait.ts';
import type {Journal} from './journal.ts';
import {clearLeftover, describeLeftover} from './leftovers.ts';
import type {Lifecycle, Say} from './run.ts';

/** A store that rebuilds a disk takes its time; a lab takes seconds. */
const settleDeadlineMs = 300_000;
const powerDeadlineMs = 60_000;
const answerDeadlineMs = 180_000;
/** After so long a look at the cluster is not the last word any more. */
const freshMs = 5_000;

export interface WholeLifecycle extends Lifecycle {
  /**
   * Puts back the settings that were in force before the first profile. What cannot be put back is returned, and
   * stays in the journal.
   */
  revert(cluster: Cluster, journal: Journal, say: Say): Promise<readonly Finding[]>;
}

export const lifecycle: WholeLifecycle = {
  audit: auditOnce,
  snapshot: takeSnapshot,
  loadRefusals,
  scratchRefusals,

  async heal(cluster, journal, say, signal) {
    const left = [...(await undo(cluster, journal, say))];
    if (left.length > 0) return left;
    const findings = await unlessAborted(signal, auditAtRest(cluster, signal));
    if (findings === undefined) return [interrupted];
    if (findings.length > 0) {
      if (signal?.aborted) return findings;
      await unlessAborted(signal, powerOn(cluster, say));
      say(`waiting for the cluster to be whole: ${findings.map(finding => finding.detail).join('; ')}`);
      const rest = await settle(cluster, settleDeadlineMs, signal);
      // What was seen before the interrupt says more than that nobody looked again.
      left.push(...(rest.length > 0 && signal?.aborted ? findings : rest));
    }
    if (left.length > 0) return left;
    const sinceMs = performance.now();
    const silent = await untilGuestsAnswer(cluster, say, signal);
    if (silent.length > 0 || performance.now() - sinceMs < freshMs) return silent;
    return settle(cluster, settleDeadlineMs, signal);
  },
  healingLooks: true,

  async apply(cluster, profile, journal, say, signal) {
    await rememberSettings(cluster, profile, journal);
    const applied = await applySettings(cluster, profile.settings, say);
    if (!applied.ok) throw new Error(`profile ${profile.name}: ${applied.error}`);
    const silent = await untilGuestsAnswer(cluster, say, signal);
    if (silent.length > 0) throw new Error(silent.map(finding => finding.detail).join('; '));
    const read = await readAgain(cluster, applied.value);
    if (!read.ok) throw new Error(`profile ${profile.name} cannot be read back: ${read.error}`);
    // Of what only waits, files that agree would make a long list; one that differs comes into force with the next
    // failover.
    return read.value.flatMap(({waiting, ...entry}) => (waiting && entry.agrees ? [] : [entry]));
  },

  async revert(cluster, journal, say) {
    for (const entry of journal.inForce()) {
      if (entry.kind !== 'profile') continue;
      say('putting back the settings that were in force before');
      const applied = await applySettings(cluster, entry.previous, say);
      const read = applied.ok ? await readProfile(cluster, entry.previous) : applied;
      if (!read.ok) return [wound('settings are as they were', read.error)];
      const gone = placesGone(entry.previous, read.value);
      if (gone.length > 0)
        return gone.map(each => wound('settings are as they were', `${each.id}: ${each.where} is not there any more`));
      const differing = read.value.filter(each => !each.agrees);
      if (differing.length > 0)
        return differing.map(each =>
          wound('settings are as they were', `${each.id} on ${each.where} is ${each.found}, was ${each.asked}`),
        );
      await journal.done(entry);
    }
    return [];
  },
};

/**
 * For a run that may not disturb the cluster: what is in force of ours is undone, and what was wrong before, or has
 * come about without us, is left to its owner. It is told all the same, by the audits around every trial.
 */
export const onlyOurs: WholeLifecycle = {...lifecycle, heal: undo, healingLooks: false};

/** Takes back what the journal has in force, then the timers on the hosts; gives what could not be. */
async function undo(cluster: Cluster, journal: Journal, say: Say): Promise<readonly Finding[]> {
  const left: Finding[] = [];
  for (const entry of journal.inForce()) {
    if (entry.kind === 'leftover') {
      const cleared = await clearLeftover(cluster, entry.leftover);
      if (cleared.ok) await journal.done(entry);
      else left.push(wound('nothing is left behind', `${describeLeftover(entry.leftover)}: ${cleared.error}`));
    }
    if (entry.kind !== 'fault') continue;
    const where = entry.nodes.join(',');
    say(`healing ${entry.fault}`, where);
    const fault = faultNamed(cluster, entry.fault, entry.nodes, entry.parameters);
    const healed = fault.ok ? await fault.value.heal(cluster) : fault;
    if (healed.ok) await journal.done(entry);
    else left.push(wound('a fault is healed', `${entry.fault} on ${where}: ${healed.error}`));
  }
  if (left.length > 0) return left;
  // Only when all is undone by us: until then the timers are what is left if this process dies.
  return (await disarmAll(cluster)).map(detail => wound('no dead-man timer is left', detail));
}

/** Before the first setting is touched, what is in force goes into the journal: that is what `revert` goes back to. */
async function rememberSettings(cluster: Cluster, profile: Profile, journal: Journal): Promise<void> {
  if (journal.inForce().some(entry => entry.kind === 'profile')) return;
  const read = await readProfile(cluster, profile.settings);
  if (!read.ok) throw new Error(`the settings in force cannot be read: ${read.error}`);
  await journal.begin({kind: 'profile', previous: asFound(profile, read.value)});
}

async function powerOn(cluster: Cluster, say: Say): Promise<void> {
  for (const node of cluster.nodes) {
    if (!node.bmc) continue;
    const power = await powerStatus(cluster, node);
    if (!power.ok || power.value === 'on') continue;
    say('powering on', node.name);
    const on = await setPower(cluster, node, 'on', powerDeadlineMs);
    if (!on.ok) say(on.error, node.name);
  }
}

/** A started domain is not yet a guest that serves. One that nobody could ask before the abort counts as silent. */
async function untilGuestsAnswer(cluster: Cluster, say: Say, signal?: AbortSignal): Promise<readonly Finding[]> {
  const found = await Promise.all(
    cluster.guests.map(async guest => {
      const ready = async () => (await verifyLedger(cluster, guest, 1)).ok && (await takesLoad(cluster, guest));
      if (await unlessAborted(signal, ready())) return [];
      say(`waiting for ${guest.name} to answer`);
      const answered = await waitFor(
        `${guest.name} to answer at ${guest.address}`,
        answerDeadlineMs,
        async () => ((await ready()) ? true : undefined),
        signal === undefined ? {} : {signal},
      );
      return answered.ok ? [] : [wound('every guest answers', answered.error)];
    }),
  );
  return found.flat();
}

/** Nobody has seen that it is whole: that is no healthy cluster. */
const interrupted: Finding = wound(
  'the cluster is healed',
  'interrupted before anybody had looked whether it is whole',
);

function wound(invariant: string, detail: string): Finding {
  return {severity: 'critical', invariant, detail};
}
