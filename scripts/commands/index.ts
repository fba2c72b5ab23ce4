/** Every command, in the order of the help. Only the one that was called is loaded: `doctor` need not wait for what `accept` needs. */
import type {Command} from 'commander';

type Load = () => Promise<(program: Command) => void>;

export const groups: Readonly<Record<string, Readonly<Record<string, Load>>>> = {
  'Before a cluster goes live:': {
    accept: async () => (await import('./accept.ts')).addAccept,
    report: async () => (await import('./report.ts')).addReport,
    claims: async () => (await import('./claims.ts')).addClaims,
    sign: async () => (await import('./sign.ts')).addSign,
    verify: async () => (await import('./verify.ts')).addVerify,
  },
  'Every night:': {
    nightly: async () => (await import('./nightly.ts')).addNightly,
    trend: async () => (await import('./trend.ts')).addTrend,
    history: async () => (await import('./history.ts')).addHistory,
    baseline: async () => (await import('./baseline.ts')).addBaseline,
    ack: async () => (await import('./ack.ts')).addAck,
  },
  'How much it carries, and how long:': {
    capacity: async () => (await import('./capacity.ts')).addCapacity,
    plan: async () => (await import('./plan.ts')).addPlan,
    availability: async () => (await import('./availability.ts')).addAvailability,
  },
  'On files that are there already:': {
    inspect: async () => (await import('./inspect.ts')).addInspect,
    judge: async () => (await import('./judge.ts')).addJudge,
    compare: async () => (await import('./compare.ts')).addCompare,
    stats: async () => (await import('./stats.ts')).addStats,
  },
  'The ground:': {
    lab: async () => (await import('./lab.ts')).addLab,
    doctor: async () => (await import('./doctor.ts')).addDoctor,
    heal: async () => (await import('./heal.ts')).addHeal,
  },
};

export const commands: Readonly<Record<string, Load>> = Object.assign({}, ...Object.values(groups));
