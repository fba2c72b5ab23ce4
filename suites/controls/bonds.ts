/** The ground of a lost link: a lab of bonds, and one silent cut in it. */
import type {Host, Measured, TrialRecord} from '../../harness/types.ts';
import {bondScenarios} from '../network/bond.ts';
import {type Ground, groundFor, tryOnce} from './environment.ts';

type Log = (text: string) => void;

export const bondsGround = (name: string, log: Log): Promise<Ground> =>
  groundFor(name, 0, log, 'nbd', {fabric: 'ovs', bond: 'active-backup'});

export function firstNode({cluster}: Ground): Host {
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('the lab has no node');
  return node;
}

/** On the first node; what is silent for `lookSeconds` counts as at least so long. */
export async function silentCut(
  ground: Ground,
  lookSeconds: number,
  log: Log,
): Promise<Measured & {record: TrialRecord; gap: Measured['samples'][number] | undefined}> {
  const scenario = bondScenarios.find(({name}) => name === 'network/bond-silent');
  if (scenario === undefined) throw new Error('there is no such scenario');
  const {run} = await tryOnce(ground, scenario, {...scenario.parameters.quick, lookSeconds}, 150_000, log);
  const [trial] = run.trials;
  if (trial === undefined) throw new Error('nothing was tried');
  const measured = scenario.measure(trial.artefacts, trial.record.planned);
  for (const {metric, value, labels} of measured.samples) log(`${metric} ${JSON.stringify(labels)} ${value}`);
  const gap = measured.samples.find(({metric, labels}) => metric === 'network.bond-gap' && labels.when === 'cut');
  return {...measured, record: trial.record, gap};
}
