/** C-04. */
import {type ConfSection, sectionsNamed} from '../../../harness/parse/corosync-conf.ts';
import {parseTotem, totemOfFile} from '../../../harness/settings/corosync.ts';
import {configOf, differing, given, holds, ofEach, textOf, violated} from '../read.ts';
import {config, map, names} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const tokenInForce: Rule = {
  id: 'C-04',
  title: 'The token timeout is the same on every node, and that of the file is in force',
  claim: 'ha.detect',
  severity: 'critical',
  why: 'Nodes that wait differently long declare each other lost at different times: the membership splits or flaps.',
  source: 'Trento 156F64, 53D035 (SLES 12 and 15); corosync.conf(5)',
  where: 'hosts',
  needs: {nodes: 2},
  read: () => [config, map],
  check: (readings, hosts) =>
    given(
      ofEach(hosts, host => {
        const said = textOf(readings, names.map, host, "Corosync's running configuration");
        if (!said.ok) return said;
        const running = parseTotem(said.value);
        if (running === undefined) return {ok: false, error: 'corosync-cmapctl names no token'};
        const file = configOf(readings, host);
        const text = readings(names.config, host);
        if (!file.ok) return file;
        const written = totemOfFile(text.ok ? text.value.text : '', nodesIn(file.value) || hosts.length).token;
        return {ok: true, value: {running: `${running.token} ms`, written: `${written} ms`}};
      }),
      each => {
        const unlike = differing(each.map(({host, value}) => ({host, value: value.running})));
        if (unlike !== undefined) return violated(`token in force: ${unlike}`);
        const stale = each.filter(({value}) => value.running !== value.written);
        if (stale.length === 0) return holds(`token ${each[0]?.value.running} on every node, as in corosync.conf`);
        const told = stale.map(
          ({host, value}) => `${host}: ${value.running} in force, the file means ${value.written}`,
        );
        return violated(told.join('; '));
      },
    ),
  mend: 'make corosync.conf the same on every node, then on one: corosync-cfgtool -R',
};

function nodesIn(file: ConfSection): number {
  return sectionsNamed(file, 'nodelist').flatMap(list => sectionsNamed(list, 'node')).length;
}
