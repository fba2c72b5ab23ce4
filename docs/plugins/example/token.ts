/** A plug-in: a conformance rule of one's own. It is tried with conformance/rules, on every node. */
import type {Plugin, RuleState} from 'seatrial/plugin';
import {readOnly} from 'seatrial/plugin';

const mostMs = 10_000;

export default {
  rules: [
    {
      id: 'C-mine-1',
      title: `A dead node is noticed within ${mostMs / 1000} s`,
      severity: 'major',
      why: 'Every second that a dead node goes unnoticed is a second that its guests are down.',
      source: 'our own operations manual, section 4',
      where: 'host',
      needs: {nodes: 2},
      read: () => [{name: 'token.txt', command: readOnly(['corosync-cmapctl', '-g', 'runtime.config.totem.token'])}],
      check(readings): RuleState {
        const output = readings('token.txt');
        if (!output.ok) return {state: 'not-known', why: output.error.found};
        const [, digits] = /= (\d+)\s*$/.exec(output.value.text) ?? [];
        if (digits === undefined) return {state: 'not-known', why: `corosync-cmapctl said ${output.value.text.trim()}`};
        const found = `the token timeout is ${digits} ms`;
        return {state: Number(digits) <= mostMs ? 'holds' : 'violated', found};
      },
      mend: 'set token in the totem section of corosync.conf on every node, then: corosync-cfgtool -R',
    },
  ],
} satisfies Plugin;
