/** The audit's invariants as checks: what must hold before every trial must hold before the first. */
import {invariants} from '../../cluster/audit/index.ts';
import {quorateView} from '../../cluster/audit/invariant.ts';
import {type Check, clusterWide, type Diagnosis, good, type Level, unread} from '../check.ts';

interface Words {
  why: string;
  todo: string;
  level?: Level;
}

const words: Readonly<Record<string, Words>> = {
  'no-dual-active': {
    why: 'Two running copies of a guest write to one disk: its data are being destroyed now.',
    todo: 'End one of the two by hand, after looking which one writes: virsh destroy GUEST on its node.',
  },
  'node-answers': {
    why: 'What a node does not tell cannot be judged, and a trial would strike a cluster that is a node short.',
    todo: 'Start Pacemaker on it (systemctl start pacemaker), as a user that may ask it: root, or group haclient.',
  },
  'one-quorate-partition': {
    why: 'Without quorum nothing is recovered; with two quorate partitions guests run twice.',
    todo: 'Look at the links and at corosync-quorumtool -s on each node.',
  },
  'node-member': {
    why: 'A node outside of the cluster is no place for a guest, and one more loss may take the quorum.',
    todo: 'Join it (crm cluster join, pcs cluster node add), or take it out of the inventory.',
  },
  'node-online': {
    why: 'A trial takes a node away on purpose: all others must be able to take over.',
    todo: 'crm node online NODE, or pcs node unstandby NODE; an unclean node must be fenced first.',
  },
  'in-charge': {
    why: 'In maintenance mode Pacemaker recovers nothing: a guest on a crashed node stays down.',
    todo: 'crm maintenance off, or pcs property set maintenance-mode=false.',
  },
  'same-cib': {
    why: 'A node with an old configuration brings it back into force as soon as it coordinates.',
    todo: 'Restart Pacemaker on the node that differs, so that it takes the configuration of the others.',
  },
  'fencing-in-service': {
    why: 'A lost node whose power cannot be cut keeps its guests from being started elsewhere, or they run twice.',
    todo: 'Start every fence device: crm resource start DEVICE, or pcs stonith enable DEVICE; then crm_resource --cleanup.',
  },
  'guest-started': {
    why: 'A trial measures these guests: one that does not run is not measured, and healing waits for it.',
    todo: 'crm resource start GUEST, and look at its failed actions in crm_mon.',
  },
  'libvirt-agrees': {
    why: 'Where Pacemaker and libvirt differ, a recovery acts on what is not so.',
    todo: 'crm_resource --refresh --resource GUEST, and look with virsh list on each node.',
  },
  'libvirt-answers': {
    why: 'A node whose libvirt is silent cannot take a guest over.',
    todo: 'systemctl status libvirtd (or virtqemud) on it; virsh --connect qemu:///system list must work for this user.',
  },
  'nothing-under-way': {
    why: 'A trial that begins in the middle of another recovery measures both.',
    todo: 'Wait until crm_mon shows nothing pending, and run it again.',
  },
  'no-failed-action': {
    why: 'A remembered failure keeps a resource from its node, and hides the next one. A trial forgets it before it begins.',
    todo: 'Find its cause, then: crm_resource --cleanup.',
    level: 'warning',
  },
  'no-constraint-left': {
    why: 'A constraint left by a move forbids a place, or forces one: guests will not go where they should.',
    todo: 'crm_resource --clear --resource GUEST (crm resource clear, pcs resource clear).',
  },
  'storage-whole': {
    why: 'A store that is not whole may stall or lose data with the next fault; figures taken on it speak for no other.',
    todo: 'ceph health detail; mend it, and wait until every placement group is active+clean.',
  },
};

/** What the audit types, which looks in its own way. */
const typed = [
  'crm_mon --one-shot --output-as=xml --inactive --fence-history=3   # on every node',
  'cibadmin --local --query --scope configuration   # on every node',
  'virsh list   # on every node',
  'nft list tables; tc qdisc show   # on every node',
  'ceph osd dump; ceph pg dump pgs; ceph status',
];

/** Told by `leftovers`, which reads the same and says what else is left. */
const toldElsewhere = ['fault-left', 'process-left'];
const asked = invariants.filter(({id}) => !toldElsewhere.includes(id));

const nobodyLooked: Diagnosis = {
  ...unread(clusterWide, 'the state of the cluster', 'no answer in time'),
  level: 'danger',
};

export const invariantChecks: readonly Check[] = asked.map(({id, sentence, check}) => {
  const {why = '', todo = '', level = 'danger'} = words[id] ?? {};
  return {
    id,
    title: sentence,
    why,
    reads: [],
    typed,
    check({observed}) {
      // Said once, by the one that asks whether nodes answer: of the others nothing is good either.
      if (observed === undefined) return id === 'node-answers' ? [nobodyLooked] : [];
      const details = check(observed);
      // Without quorum most of them see nothing, and nothing seen is not good.
      if (details.length === 0) return quorateView(observed) === undefined ? [] : [good(clusterWide, sentence)];
      return details.map(found => ({level, subject: clusterWide, found, expected: sentence, todo}));
    },
  };
});
