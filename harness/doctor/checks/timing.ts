import {z} from 'zod';
import {fenceDevices, fencingTimeoutOf} from '../../cluster/fencing.ts';
import {readJson} from '../../parse/json.ts';
import {type Budget, type BudgetInput, timingBudget} from '../budget.ts';
import {type Check, cibOf, clusterWide, type Diagnosis, good, type Seen} from '../check.ts';
import {nodesOf, wholeCluster} from '../reading.ts';
import {cephConfig, cib, corosyncMap, power} from '../readings.ts';
import {runningTotem} from './corosync.ts';

export const timing: Check = {
  id: 'timing',
  title: 'the time-outs leave room for the promise',
  why: 'Time-outs in force add up: where they come to more than the promise, no trial can keep it, however good the hardware.',
  reads: [corosyncMap, cib, power, cephConfig],
  check(seen) {
    const budget = budgetOf(seen);
    return [...givenUp(budget), ...againstPromise(budget)];
  },
};

/** What is given up before it can have ended fails every time. */
function givenUp({phases}: Budget): Diagnosis[] {
  return phases
    .filter(({seconds, limitSeconds = Number.POSITIVE_INFINITY}) => seconds > limitSeconds)
    .map(({name, seconds, limitSeconds, from}) => ({
      level: 'danger',
      subject: clusterWide,
      found: `${name}: ${seconds.toFixed(1)} s (${from}), and it is given up after ${limitSeconds} s`,
      expected: 'a time-out that it can keep',
      todo: 'Raise stonith-timeout, or pcmk_reboot_timeout of the device: twice what it takes.',
    }));
}

function againstPromise({totalSeconds, boundSeconds, unknown, advice}: Budget): Diagnosis[] {
  const atLeast = unknown.length > 0 ? 'at least ' : '';
  const told = `a lost node's guests serve again after ${atLeast}${totalSeconds.toFixed(1)} s`;
  const [first] = advice;
  if (totalSeconds > boundSeconds) {
    return [
      {
        level: 'warning',
        subject: clusterWide,
        found: told,
        expected: `${boundSeconds} s`,
        todo:
          first === undefined
            ? 'None of the settings that are looked at would help.'
            : `Most is saved by ${first.setting}: ${first.better} (${first.savesSeconds.toFixed(1)} s less; now ${first.now}).`,
      },
    ];
  }
  if (unknown.length === 0) return [good(clusterWide, `${told}, ${boundSeconds} s are promised`)];
  return [
    {
      level: 'note',
      subject: clusterWide,
      found: `${told}; not known: ${unknown.join(', ')}`,
      expected: `${boundSeconds} s, and everything known`,
      todo: 'Mend what cannot be read.',
    },
  ];
}

export function budgetOf(seen: Seen): Budget {
  return timingBudget(inputOf(seen));
}

function inputOf(seen: Seen): BudgetInput {
  const nodes = nodesOf(seen.cluster);
  const totems = nodes.flatMap(node => runningTotem(seen, node) ?? []);
  const config = cibOf(seen);
  const devices = config.ok ? fenceDevices(config.value) : [];
  const times = nodes.flatMap(node => {
    const said = seen.answers(power, node);
    return said.ok ? [Number(said.value.split(' ')[1])] : [];
  });
  const ceph = cephTimes(seen);
  const fencingTimeout = config.ok ? fencingTimeoutOf(config.value) : undefined;
  return {
    ...(fencingTimeout === undefined ? {} : {fencingTimeout}),
    nodes: nodes.length,
    boundSeconds: seen.boundSeconds,
    hasCeph: seen.cluster.storage === 'ceph',
    devices: nodes.flatMap(node => {
      const own = devices.find(({targets}) => targets === undefined || targets.includes(node));
      return own === undefined ? [] : [{node, agent: own.agent, parameters: own.parameters}];
    }),
    ...(totems.length === 0
      ? {}
      : {
          totem: {
            tokenMs: Math.max(...totems.map(({token}) => token)),
            consensusMs: Math.max(...totems.map(({consensus}) => consensus)),
          },
        }),
    ...(times.length === 0 ? {} : {bmcSeconds: Math.max(...times)}),
    ...(ceph === undefined ? {} : {ceph}),
  };
}

const seconds = z.coerce.number().min(0);
const cephForm = z.object({
  osd_heartbeat_grace: seconds,
  osd_heartbeat_interval: seconds,
  osd_client_watch_timeout: seconds,
});

function cephTimes({answers, cluster}: Seen): BudgetInput['ceph'] {
  if (cluster.storage !== 'ceph') return undefined;
  const said = answers(cephConfig, wholeCluster);
  const read = said.ok ? readJson(said.value, 'ceph tell osd config show', cephForm) : said;
  if (!read.ok) return undefined;
  return {
    graceSeconds: read.value.osd_heartbeat_grace,
    intervalSeconds: read.value.osd_heartbeat_interval,
    watchSeconds: read.value.osd_client_watch_timeout,
  };
}
