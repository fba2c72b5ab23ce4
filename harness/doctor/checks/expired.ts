import {type Check, type Diagnosis, good, unread} from '../check.ts';
import {wholeCluster} from '../reading.ts';
import {cib} from '../readings.ts';

/** The mark that everything carries which seatrial has provisioned: whose it is, and the last day it may be there. */
const mark = /seatrial\/1 cluster=\S+ prefix=(\S+) owner=(\S+) made=\S+ expires=(\d{4}-\d\d-\d\d)/g;

export const expired: Check = {
  id: 'expired-guests',
  title: 'no guest of seatrial has outstayed its date',
  why: 'Test guests that were forgotten take memory and room that a failover needs.',
  reads: [cib],
  check({answers, today}) {
    const said = answers(cib, wholeCluster);
    if (!said.ok) return [unread('cluster', 'the configuration', said.error)];
    const marks = [...said.value.matchAll(mark)].map(([, prefix = '', owner = '', expires = '']) => ({
      prefix,
      owner,
      expires,
    }));
    const old = marks.filter(({expires}) => expires < today);
    if (old.length === 0) {
      return [good('cluster', marks.length === 0 ? 'no guest carries a date' : 'no date is past')];
    }
    const orders = new Set(old.map(({prefix, owner, expires}) => `${prefix} of ${owner}, until ${expires}`));
    return [...orders].map(
      (found): Diagnosis => ({
        level: 'warning',
        subject: 'cluster',
        found,
        expected: 'taken back by then',
        todo: 'seatrial unprovision --guests, with the inventory that ordered them; or a later date in it.',
      }),
    );
  },
};
