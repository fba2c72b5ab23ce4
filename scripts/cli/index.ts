/**
 * Every command, in the order of the help, with what it is for. Only the one that was called is loaded: `--help` and
 * `inspect` need not wait for what `accept` needs.
 */
import type {Command} from 'commander';

export interface CommandEntry {
  about: string;
  /** Gives the function that adds arguments, options, examples and action. */
  load(): Promise<(command: Command) => void>;
}

export const groups: Readonly<Record<string, Readonly<Record<string, CommandEntry>>>> = {
  'Before a cluster goes live:': {
    accept: {
      about: 'Try every promise on a cluster, before and after tuning, and say which are met, missed or undecided.',
      load: async () => (await import('./accept/command.ts')).setUp,
    },
    soak: {
      about: 'Draw timelines of faults at random until time is up, and make one that fails as small as it still fails.',
      load: async () => (await import('./soak/command.ts')).setUp,
    },
    tune: {
      about: 'Try a profile of settings against a cluster as found, and say which of them made the difference.',
      load: async () => (await import('./tune/command.ts')).setUp,
    },
    resume: {
      about: 'Go on with a run that a crash, a reboot or Ctrl-C has ended, on the same cluster.',
      load: async () => (await import('./resume/command.ts')).setUp,
    },
    report: {
      about: 'Judge a stored run again; no cluster is needed, and the same run gives the same bytes.',
      load: async () => (await import('./report/command.ts')).setUp,
    },
    claims: {
      about: 'List the register of promises: how each is judged, or why it is not.',
      load: async () => (await import('./claims/command.ts')).setUp,
    },
    sign: {
      about: 'Sign an archived run: a signature over its manifest, beside it.',
      load: async () => (await import('./sign/command.ts')).setUp,
    },
    verify: {
      about: 'Hold an archived run against its manifest, its own hashes, its reports and its signature.',
      load: async () => (await import('./verify/command.ts')).setUp,
    },
  },
  'Every night:': {
    nightly: {
      about: 'Measure the night, hold it against the nights before and the pinned baseline, and say what changed.',
      load: async () => (await import('./nightly/command.ts')).setUp,
    },
    trend: {
      about:
        'The history as pages: every series over every night, and a page for each with its changes. They work from the file system.',
      load: async () => (await import('./trend/command.ts')).setUp,
    },
    history: {
      about: 'The nights in one file: imported from run folders, and made again from them at any time.',
      load: async () => (await import('./history/command.ts')).setUp,
    },
    baseline: {
      about: 'The nights that all later ones are held against: what changes too slowly to be seen from night to night.',
      load: async () => (await import('./baseline/command.ts')).setUp,
    },
    ack: {
      about: 'Answer for a known change: it is shown and no longer fails, as long as it does not get worse still.',
      load: async () => (await import('./ack/command.ts')).setUp,
    },
  },
  'How much it carries, and how long:': {
    capacity: {
      about:
        'Raise the load until the latency target breaks, with everything whole and with a node lost, and say what is used up first.',
      load: async () => (await import('./capacity/command.ts')).setUp,
    },
    plan: {
      about: 'Say when the resources of a cluster run out, and how many nodes it will take, from use and growth.',
      load: async () => (await import('./plan/command.ts')).setUp,
    },
    availability: {
      about: 'Say what measured recoveries come to in a year, for a stated topology and stated fault rates.',
      load: async () => (await import('./availability/command.ts')).setUp,
    },
  },
  'On files that are there already:': {
    inspect: {
      about: 'Say what is in these files of fio, iperf3 or ping.',
      load: async () => (await import('./inspect/command.ts')).setUp,
    },
    judge: {
      about: 'Judge files of fio, iperf3 or ping by targets of your own; no cluster is needed.',
      load: async () => (await import('./judge/command.ts')).setUp,
    },
    compare: {
      about: 'Before and after of fio, iperf3 and ping files, or of stored runs: what changed, and how sure that is.',
      load: async () => (await import('./compare/command.ts')).setUp,
    },
    stats: {
      about: 'Compute one statistic: JSON on standard input, JSON on standard output.',
      load: async () => (await import('./stats/command.ts')).setUp,
    },
  },
  'The ground:': {
    lab: {
      about:
        'The local reference cluster: real Corosync, Pacemaker, libvirt, QEMU and Ceph on this one machine (root).',
      load: async () => (await import('./lab/command.ts')).setUp,
    },
    doctor: {
      about:
        'Look at a cluster before anything is tried on it, and say what is dangerous, why, and what to do; without one, what this machine lacks for a lab.',
      load: async () => (await import('./doctor/command.ts')).setUp,
    },
    check: {
      about:
        "Judge how a cluster is configured, rule by rule: one that runs, or a stranger's from its files (CIB, corosync.conf, crm_report, sos).",
      load: async () => (await import('./check/command.ts')).setUp,
    },
    simulate: {
      about:
        'Say where each guest goes when nodes are lost, of a cluster as it is now or of a CIB in a file: by Pacemaker itself.',
      load: async () => (await import('./simulate/command.ts')).setUp,
    },
    provision: {
      about:
        'Make bare hosts the cluster that an inventory describes, or its guests on one that runs. A second time changes nothing.',
      load: async () => (await import('./provision/command.ts')).setUp,
    },
    image: {
      about: 'Build the guest image, or a bootable disk of one guest, and say where it is.',
      load: async () => (await import('./image/command.ts')).setUp,
    },
    unprovision: {
      about: 'Take back what provision added, and hold every host against what it was before.',
      load: async () => (await import('./unprovision/command.ts')).setUp,
    },
    heal: {
      about: 'Undo what a run left in force: faults and settings, by the journal. Safe to run twice, or for nothing.',
      load: async () => (await import('./heal/command.ts')).setUp,
    },
    completion: {
      about: 'Print what a shell needs to complete commands, options and choices.',
      load: async () => (await import('./completion/command.ts')).setUp,
    },
    unlock: {
      about: 'Say who has locked a cluster, since when and whether they look alive, and take the lock away.',
      load: async () => (await import('./unlock/command.ts')).setUp,
    },
  },
};

export const commands: Readonly<Record<string, CommandEntry>> = Object.assign({}, ...Object.values(groups));
