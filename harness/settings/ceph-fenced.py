#!/usr/bin/python3
# A Pacemaker alert agent of seatrial: tells Ceph at once that a fenced node is dead. Runs as hacluster on every node.
#
# Only a fence that has succeeded is acted upon: a node whose fence failed may be alive and writing, and an OSD that is
# called "definitely dead" while it lives may serve stale reads. Only within 10 s of it, too: by then a node may be back.
# - fenced: the node's clients are blocklisted, so that the disks of its guests are free, and its OSDs are marked down,
#   so that nobody waits for missing heartbeats and for the read leases of the dead.
# - back in the membership: the blocklisting ends. Where nobody gets through, it does so by itself after 30 s.
# Where the monitors cannot be reached, nothing is done, and Ceph finds out by itself, as it does without this agent.
import json
import os
import re
import sys
import time

STARTED = time.monotonic()
DEADLINE_SECONDS = 10
EXPIRE_SECONDS = 30
CLIENT = 'seatrial-fenced'


def told():
    """What happened to whom: ('fenced' or 'back', node); None for all else."""
    kind, node, desc, code = (os.environ.get(f'CRM_alert_{name}', '') for name in ('kind', 'node', 'desc', 'rc'))
    # The task is `st_notify_fence` whatever was done: the action stands in the description alone.
    if kind == 'fencing' and code == '0' and re.match(r'Operation (reboot|off)\b.*: OK\b', desc):
        return 'fenced', node
    if kind == 'node' and desc == 'member':
        return 'back', node
    return None


def addresses_of(node):
    """Of the node in Ceph's public network, by the alert's option `hosts`: `n1=10.0.0.1 n2=10.0.0.2`."""
    pairs = [pair.partition('=') for pair in os.environ.get('hosts', '').split()]
    return [address for name, _, address in pairs if name == node]


def ip_of(address):
    """`10.0.0.1:6800/123` and `[fd00::1]:6800/123` without port and nonce."""
    return address.rpartition(':')[0].strip('[]')


def whole(address):
    """All clients of a host: no port, no nonce."""
    return f'[{address}]:0/0' if ':' in address else f'{address}:0/0'


def ask(cluster, **command):
    code, answer, said = cluster.mon_command(json.dumps({**command, 'format': 'json'}), b'')
    if code != 0:
        raise RuntimeError(f'{command["prefix"]}: {said or code}')
    return answer


def free_and_mark_down(cluster, addresses):
    osds = json.loads(ask(cluster, prefix='osd dump'))['osds']
    dead = [str(osd['osd']) for osd in osds if osd['up'] and ip_of(osd['public_addr']) in addresses]
    if time.monotonic() - STARTED > DEADLINE_SECONDS:
        raise RuntimeError('the monitors answered too late: the node may be back')
    for address in addresses:
        ask(cluster, prefix='osd blocklist', blocklistop='add', addr=whole(address), expire=float(EXPIRE_SECONDS))
    if dead:
        ask(cluster, prefix='osd down', ids=dead, definitely_dead=True)


def end_blocklisting(cluster, addresses):
    for address in addresses:
        ask(cluster, prefix='osd blocklist', blocklistop='rm', addr=whole(address))


def main():
    event = told()
    addresses = addresses_of(event[1]) if event else []
    if not addresses:
        return
    try:
        # Only here: most alerts are about something else.
        import rados

        limits = {name: str(DEADLINE_SECONDS) for name in ('rados_mon_op_timeout', 'client_mount_timeout')}
        conf = {'keyring': f'/etc/ceph/ceph.client.{CLIENT}.keyring', **limits}
        with rados.Rados(conffile='/etc/ceph/ceph.conf', rados_id=CLIENT, conf=conf) as cluster:
            (free_and_mark_down if event[0] == 'fenced' else end_blocklisting)(cluster, addresses)
    except Exception as error:
        print(f'ceph-fenced: {event[1]} is {event[0]}: {error}', file=sys.stderr)
        sys.exit(1)


main()
