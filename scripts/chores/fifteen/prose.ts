/** What docs/fifteen.md says beside its figures. */

export const head = `# Fifteen seconds, also in the drill

The promise is that a lost node's guests serve elsewhere within 15 s: after a crash, and after the guide's drill, in which
the node's cluster interface goes down. In a hyperconverged cluster (OSDs and monitors on the nodes that run the guests)
the drill is the longer way: the node's OSD, its monitor and its watch on the guest's disk live on until the fence, so that
the storage's own detection begins where a crash has nearly finished it. What the profile \`tuned\` does about it, and what
it came to:
`;

export const rest = `The machine was busy with other work all the while (rows with no load beside them: 3 to 5 in "as it was", about 15 in the other),
and the guests are emulated on it: their own start takes 3 s where it is idle, and ten and more where others are as many. "In
line" are trials whose lab waited for the processor as everybody did; "first in line" those whose lab had the scheduler's
priority (a cgroup with 16 times the weight of any other, or nice -10), as hosts of its own would have: only rows of one kind
compare; stock and tuned of one run were tried in turns. "Without" is \`tuned\` less
that one set of settings: what it is worth stands between fenced and started. The shares of the corosync and fence settings
are in the columns: "as it was" needs more to membership (1500 and 1800 ms then), and from there to fenced (2 s waits then).

## Where the rest goes

Of the tuned crash's time some 2.2 s pass until the membership is without the node (token and consensus), and 3 s are the
emulated guest's own start. **One or two whole seconds** pass between the membership and the request to fence, whatever is
set: where updates of its own are still on their way when Pacemaker's coordinator wants to think, it waits a second and asks
again (\`do_pe_invoke_callback\`, "Re-asking for the CIB"; seen in the logs as 1.0 s of silence, once or twice a switch).

In stock, a crash's first durable write comes half a minute after the service answers: the dead node's watch on the disk that
is written to begins anew with the OSDs that take over its placement groups (30 s), as we read it; the drill's has run out by then.

## What is set, and what it costs

| setting | what it saves | risk | scope, and how it goes away |
| --- | --- | --- | --- |
| \`ceph.fenced-alert\`: an alert agent of Pacemaker | the OSDs' grace (4 s), their read leases (3.2 s) and the watch time-out (5 s), all of which would begin with the fence | below | agent and key on every node, one \`alert\` in the CIB; nothing restarts; all of it is removed |
| \`fence.power-wait\`: 0 in place of 2 s | 2 s after off and 2 s after on, on devices that speak IPMI | a controller that loses an "on" right after an "off"; "off" is still asked for until it is so | parameter of the fence devices in the CIB; these restart, guests do not; the former value |
| \`corosync.token\` 1000, \`consensus\` 1200 ms | 1.1 s against 1500 and 1800 | a node silent for 2.2 s is fenced: measure the network under load first | corosync.conf on every node, reloaded; the former values, in steps |
| \`ceph.mon-lease\` 1, \`ceph.mon-election\` 1 s | 3 s: the fenced node takes a monitor with it, and nothing is marked down before the others have elected | monitors that are late by a second elect anew; clocks must agree within 50 ms, as ever | the monitors' configuration database; nothing restarts; the former values |
| \`ceph.paxos-propose\` 0.2 s | up to 0.8 s for each of two changes of the maps | more maps a second where much changes | as above |
| \`ceph.backoff\` 1 (0.1 since), \`ceph.connect-timeout\` 2 s | elections when the node is back: its monitor is spoken to again in a second | more attempts to reach a dead daemon | as above |

All are applied, read back from every place, kept in the journal before the first is touched, and put back after the run, or
by \`seatrial heal\` after a harness that was killed.

## The alert agent

\`/usr/share/pacemaker/alerts/seatrial-ceph-fenced\` runs as \`hacluster\` on every node, with a key of its own
(\`client.seatrial-fenced\`) that may read the maps, blocklist and mark OSDs down, and nothing else.

- **After a fence (reboot or off) that has succeeded**, it blocklists the node's storage address and then marks its OSDs down
  as definitely dead. For all else it does nothing: a node whose fence failed may be alive, and an OSD that is called dead
  while it lives may serve stale reads. Fence by a person (\`stonith_admin --confirm\`) counts as success here as it does for
  Pacemaker: whoever says so must be sure.
- It is an alert and no fence device in a topology: it runs beside the fence and can neither delay one nor fake one.
- **Where the monitors do not answer** it gives up, having changed nothing, before the node can be back (10 s until the last
  look, and as long again for a command under way), and Ceph finds out by its own time-outs: the 15 s are then lost, not the data.
- **The blocklisting ends** when the node is a member again, and by itself after 30 s. A node that starts guests before that
  would be refused its disks.
- Every node that is left runs it; the commands may be given twice.

It needs on every node \`/usr/bin/python3\` with \`rados\` (Debian: python3-rados, comes with ceph-common), \`/etc/ceph/ceph.conf\` that
\`hacluster\` may read, and in the inventory each node's \`addresses.storage\` as Ceph knows it. With cephadm this means
\`cephadm install ceph-common\` on the nodes: where a piece is missing, applying the profile ends with a sentence that names host
and piece, before anything is laid down; \`--profile as-found\` then measures without.

## Not covered

- The monitors cannot be spared their election while one of them lives on a node that is fenced: with monitors on hosts of
  their own, the drill is as quick as the crash.
- When the node is back, its monitor makes the others elect once more, and on a busy machine more than once: 7 s of elections were
  seen with hosts back after 10 s, in which nothing is marked and a guest that still starts waits for its disk. Servers take
  minutes to be back; a lab takes what its \`--post\` says: 20 s here.
- Thirty of each fault were meant, so that the worst of thirty is known; there are as many as the table says. The goals were
  medians of 8 s (crash) and 10 s (drill), which a quiet machine kept once (7.1 and 9.7 s, one trial each) and these trials did not.
- "Problem getting command descriptions" in the list above: \`tell\` gives a monitor one hunting interval to let it in and answer, once
  more, and calls it ENXIO then. With the profile's values a monitor that was stopped for 5 s was given up after 2.7 s, also for who types
  \`ceph tell\` by hand. seatrial asks with more patience now (24 s), and a monitor out of the quorum keeps a trial from beginning.
`;
