/** C-46. */
import {answerOf, given, holds, ofEach, unknown, violated} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const alertRules: Rule = {
  id: 'C-46',
  title: 'Alert rules are loaded in the Prometheus that watches the cluster',
  claim: 'mon.rules',
  severity: 'major',
  why: 'Nobody is told of a lost node, a full store or a failed disk.',
  source: 'the guide, section 7; Prometheus 2 and 3, HTTP API /api/v1/rules',
  where: 'hosts',
  needs: {},
  read: about => [host(about)],
  check: (readings, hosts) =>
    given(
      ofEach(hosts, each => answerOf(readings, 'alerts', each)),
      each => {
        const loaded = each.flatMap(({value}) => value.filter(line => line.startsWith('{"status":"success"')));
        const alerting = loaded.reduce((sum, text) => sum + [...text.matchAll(/"type":"alerting"/g)].length, 0);
        if (loaded.length > 0) {
          return alerting > 0 ? holds(`${alerting} alerts`) : violated('Prometheus answers, and has no alert loaded');
        }
        const written = each.flatMap(({value}) => value.filter(line => /alert:/.test(line))).length;
        const there = each.filter(({value}) => value.includes('prometheus')).map(({host}) => host);
        if (there.length === 0)
          return unknown('no Prometheus is on these nodes: ask the one that watches them, /api/v1/rules');
        return unknown(`Prometheus on ${there.join(', ')} does not answer; ${written} alerts are written in its files`);
      },
    ),
  mend: 'rule_files in prometheus.yml; promtool check rules FILE; systemctl reload prometheus',
};
