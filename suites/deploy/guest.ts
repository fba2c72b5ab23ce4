/**
 * A guest is ordered from the template by Ansible, timed until it serves, ordered again, and taken back. The second
 * order must change nothing: what works once and not twice is no deployment.
 */
import {z} from 'zod';
import type {Artefacts, Deployment, Deploys, Measured, Scenario, Trial} from '../../harness/types.ts';
import {expectsNothing} from '../expects.ts';
import {jsonArtefact, keepJson} from '../steps/artefacts.ts';
import {onlyProblems} from '../steps/measured.ts';

const artefact = 'deployment.json';
const counts = z.record(z.string(), z.object({ok: z.int().min(0), changed: z.int().min(0)}));
const deployment = z.object({
  guest: z.string(),
  /** Seconds on the harness's monotonic clock, from the order. */
  playedSeconds: z.number().min(0),
  servedSeconds: z.number().min(0),
  first: counts,
  again: counts,
});
type Kept = z.infer<typeof deployment>;

/** Serving is asked for five times a second. */
const askedEverySeconds = 0.2;

export const deployGuest: Scenario = {
  name: 'deploy/guest',
  family: 'deploy',
  purpose: 'A guest is ordered by Ansible: how long until it serves, and whether the same order changes nothing twice.',
  needs: {nodes: 1, deploys: true},
  // A resource joins the cluster's configuration, and leaves it.
  impact: () => 'disruptive',
  claims: ['ops.deploy'],
  provides: ['deploy.service', 'deploy.changed-again'],
  expects: expectsNothing,
  parameters: {full: {}, quick: {}},
  estimateSeconds: () => 150,
  preview: ({deploys}) => [
    {host: 'this machine', argv: ['ansible-playbook', 'guests.yml']},
    {host: `the client, asking ${deploys?.guest.name ?? 'the guest'}`, argv: ['beacon', 'probe']},
    {host: 'this machine', argv: ['ansible-playbook', 'unguests.yml']},
  ],
  run: runDeployment,
  measure: measureDeployment,
};

async function runDeployment(trial: Trial): Promise<void> {
  const {deploys} = trial.cluster;
  if (deploys === undefined) throw new Error('the inventory has no provision.guests.trial');
  const {guest} = deploys;
  const gone = await trial.leave({what: 'ordered-guest', guest: guest.name});
  try {
    await keepJson(trial, artefact, await orderTwice(trial, deploys));
  } finally {
    // Not the trial's own signal: what was ordered goes, also when the trial is stopped.
    const back = await deploys.takeBack(AbortSignal.timeout(600_000));
    if (back.ok) await gone();
    else trial.say(`${guest.name} was not taken back: ${back.error}`);
  }
}

async function orderTwice(trial: Trial, deploys: Deploys): Promise<Kept> {
  const {signal} = trial;
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const say = (text: string) => trial.say(text);
  const first = hostsOf(await deploys.order(signal, say));
  const playedSeconds = seconds();
  const serves = await deploys.serves(signal);
  if (!serves.ok) throw new Error(serves.error);
  const servedSeconds = seconds();
  trial.say(`${deploys.guest.name} serves ${servedSeconds.toFixed(1)} s after the order; ordering it again`);
  const again = hostsOf(await deploys.order(signal, say));
  return {guest: deploys.guest.name, playedSeconds, servedSeconds, first, again};
}

function hostsOf(ordered: Awaited<ReturnType<Deploys['order']>>): Deployment['hosts'] {
  if (ordered.ok) return ordered.value.hosts;
  throw new Error(`the order failed: ${ordered.error}`);
}

function measureDeployment(raw: Artefacts): Measured {
  const kept = jsonArtefact(raw, artefact, deployment);
  if (!kept.ok) return onlyProblems(kept.error);
  const {guest, playedSeconds, servedSeconds, first, again} = kept.value;
  // Where the first order found everything made, nothing was deployed and nothing timed.
  if (changedIn(first) === 0) {
    const found = 'nothing was changed: the guest was there before';
    return onlyProblems({artefact, path: 'first', expected: 'an order that makes a guest', found});
  }
  const from = (path: string) => ({artefact, path});
  const labels = {guest};
  return {
    samples: [
      {metric: 'deploy.playbook', unit: 's', value: playedSeconds, labels, from: from('playedSeconds')},
      {
        ...{metric: 'deploy.service', unit: 's', value: servedSeconds, labels, from: from('servedSeconds')},
        halfWidth: askedEverySeconds / 2,
      },
      {metric: 'deploy.changed-again', unit: 'count', value: changedIn(again), labels, from: from('again')},
    ],
    problems: [],
    findings: [],
  };
}

function changedIn(hosts: Deployment['hosts']): number {
  return Object.values(hosts).reduce((sum, {changed}) => sum + changed, 0);
}
