import type {Topology} from './topology.ts';

/** What the model leaves out or takes for granted. */
export function notesOf(topology: Topology): string[] {
  return [
    'Faults of different units come independently of each other at constant rates; what they share is stated as racks, feeds and switches.',
    'VMs are spread evenly over the nodes that are up; a VM is down from the fault until its service answers again, and is not struck anew meanwhile.',
    'What waited for room, quorum, data or the cluster then starts as after a fault of a node: that takes as long as that recovery.',
    'The value takes the measured recoveries as all there is; the interval holds everything that so few trials leave possible.',
    'What was not seen in the measured trials is allowed for as one more trial: at the upper end one that never came back (the operator ends it), at the lower end one that was back at once.',
    ...(topology.storage
      ? topology.storage.placementGroups === undefined
        ? [
            `Any ${topology.storage.replicas - topology.storage.minimum + 1} failure domains lost at once are taken to hold too many replicas of some data, and then all VMs stand still.`,
          ]
        : ['When a placement group has lost too many replicas, all VMs stand still: their disks lie on all groups.']
      : ['Storage is not part of this topology: data are taken to be always available.']),
    ...(topology.maintenance
      ? ['Maintenance is spread evenly over the year and left out while the cluster could not do without the node.']
      : ['Maintenance is not part of this topology.']),
    ...(topology.quorum.witness ? ['The witness of the quorum is taken to be always there.'] : []),
    ...(topology.quorum.onLoss === 'freeze'
      ? ['Without quorum, what runs runs on; what fell since is not started anywhere until it is back.']
      : ['Without quorum all VMs stop, and start again when it is back.']),
    ...(topology.fencing.power === 'shared'
      ? ["A node's BMC dies with the power of its rack: that fence cannot be confirmed and waits for the operator."]
      : []),
    ...(topology.fencing.network === 'shared' && topology.switchesPerRack > 0
      ? [
          "A node's BMC hangs on the switches of its rack: when they or their power fail, the fence waits for the operator.",
        ]
      : []),
  ];
}
