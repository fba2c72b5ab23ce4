/**
 * Two links of Corosync, one of them cut again and again: at the timings of stock, and at those of the profile `tuned`,
 * which are made real, read back and taken back by the profile machinery. `CUTS` is how often.
 */
import {stdoutOf} from '../../harness/cluster/commands.ts';
import {openLab} from '../../harness/lab/index.ts';
import {applySettings, asFound, readProfile} from '../../harness/settings/apply.ts';
import type {Cluster, PlacedSetting} from '../../harness/types.ts';
import {readProfiles} from '../cli/kit/profiles.ts';
import type {LongTrial, Stage} from './trial.ts';

const lab = 'links';
const cuts = Number(process.env.CUTS ?? 5);
const cutSeconds = 4;
const conf = '/etc/corosync/corosync.conf';

const trial: LongTrial = {
  proves:
    'With two links, a cut one makes the token late at the timings of stock, and not at those of the profile tuned; they are read back from every link, and taken back.',
  minutes: 4,
  async run(stage) {
    stage.afterwards(() => stage.run(['seatrial', 'lab', 'down', lab], {exits: [0, 3]}));
    await stage.step('lab up', () =>
      stage.run(['seatrial', 'lab', 'up', lab, '--storage', 'nbd', '--guests', '1', '--links', '2']),
    );
    const opened = await openLab(lab);
    if (!opened.ok) throw new Error(opened.error.sentence);
    const cluster = opened.value;
    const tuned = readProfiles().find(({name}) => name === 'tuned');
    const settings = (tuned?.settings ?? []).filter(({id}) => id.startsWith('link.'));
    const before = await onAll(cluster, ['cat', conf]);
    const found = await stage.step(`stock: ${cuts} cuts`, async () => {
      stage.saw('seen', seenWords(await cutAgainAndAgain(cluster)));
      const read = await inForce(cluster, settings);
      return asFound({name: 'tuned', title: '', settings}, read);
    });
    await stage.step(`tuned: ${cuts} cuts`, async () => {
      await apply(stage, cluster, settings);
      const seen = await cutAgainAndAgain(cluster);
      stage.saw('seen', seenWords(seen));
      if (seen.late > 0 || seen.rings > 0) throw new Error(`a cut link is not free: ${seenWords(seen)}`);
    });
    await stage.step('as found again', async () => {
      await apply(stage, cluster, found);
      if ((await onAll(cluster, ['cat', conf])).join() !== before.join())
        throw new Error(`${conf} is another than before`);
    });
  },
};
export default trial;

async function onAll(cluster: Cluster, argv: readonly [string, ...string[]]): Promise<readonly string[]> {
  return Promise.all(
    cluster.nodes.map(async node => {
      const said = await stdoutOf(cluster.transport, node, {argv, timeoutMs: 30_000, idempotent: false});
      if (!said.ok) throw new Error(said.error);
      return said.value;
    }),
  );
}

const seconds = (count: number) => new Promise(resolve => setTimeout(resolve, count * 1000));

async function inForce(cluster: Cluster, settings: readonly PlacedSetting[]) {
  const read = await readProfile(cluster, settings);
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

async function apply(stage: Stage, cluster: Cluster, settings: readonly PlacedSetting[]): Promise<void> {
  const applied = await applySettings(cluster, settings, () => {});
  if (!applied.ok) throw new Error(applied.error);
  const read = await inForce(cluster, settings);
  const links = cluster.nodes.length * 2;
  if (read.length !== settings.length * links)
    throw new Error(`${read.length} places read back, not ${links} for each`);
  const differing = read.filter(({agrees}) => !agrees);
  if (differing.length > 0) throw new Error(`not in force: ${JSON.stringify(differing)}`);
  stage.saw('read back', `${read.length} places agree`);
}

interface Seen {
  late: number;
  rings: number;
  cut: number;
}

function seenWords({late, rings, cut}: Seen): string {
  return `${cut} of ${cuts} cuts noticed, ${late} times a late token, ${rings} times a new ring`;
}

/** Counted in the logs of all nodes, from now on. */
async function cutAgainAndAgain(cluster: Cluster): Promise<Seen> {
  const log = '/var/log/corosync/corosync.log';
  const [, struck] = cluster.nodes;
  if (struck === undefined) throw new Error('the lab has no second node');
  const lines = (await onAll(cluster, ['wc', '-l', log])).map(text => Number.parseInt(text, 10));
  for (let cut = 0; cut < cuts; cut += 1) {
    for (const word of ['down', 'up']) {
      const argv = ['ip', 'link', 'set', 'clus0', word] as const;
      const said = await stdoutOf(cluster.transport, struck, {argv, timeoutMs: 10_000, idempotent: true});
      if (!said.ok) throw new Error(said.error);
      await seconds(cutSeconds);
    }
  }
  const since = (await onAll(cluster, ['cat', log])).map((text, index) => text.split('\n').slice(lines[index]));
  const count = (pattern: RegExp) => Math.max(...since.map(those => those.filter(line => pattern.test(line)).length));
  return {
    late: count(/Token has not been received/),
    rings: count(/A new membership/),
    cut: count(/host: 2 link: 0 is down|link: host: 2 link: 0 is down/),
  };
}
