/** C-35. */
import {answer, answerOf, given, noneOf, unknown} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule} from '../rule.ts';

export const libvirtTransport: Rule = {
  id: 'C-35',
  title: 'libvirt is reached by TLS or SSH: no plain TCP without a log-in',
  claim: 'sec.isolation',
  severity: 'major',
  why: 'Anybody in the network can start, stop and read every guest.',
  source: 'libvirt, "Remote support" (listen_tcp, auth_tcp); 7.0 and later by sockets of systemd',
  where: 'host',
  needs: {},
  read: about => [host(about)],
  check: readings =>
    given(answer(readings, 'libvirt'), lines =>
      given(answerOf(readings, 'listening'), ports => {
        if (!lines.some(line => /(?:libvirtd|virtproxyd)\.conf/.test(line)))
          return unknown('neither libvirtd.conf nor virtproxyd.conf is there');
        const value = (key: string) =>
          lines.flatMap(line => new RegExp(`:\\s*${key}\\s*=\\s*["']?(\\w+)`).exec(line)?.[1] ?? []).at(-1);
        const port = value('tcp_port') ?? '16509';
        const plain = [':16509', `:${port}`];
        const open = ports.filter(each => plain.some(end => each.endsWith(end)) && !/^(?:127\.|\[::1\])/.test(each));
        const auth = value('auth_tcp') ?? 'sasl';
        return noneOf(
          open.length > 0 ? [`plain TCP is open on ${open.join(', ')}, auth_tcp "${auth}"`] : [],
          `nothing listens on ${port} (listen_tcp ${value('listen_tcp') ?? 'not set'})`,
        );
      }),
    ),
  mend: 'listen_tcp = 0, and migration_transport=tls or ssh of VirtualDomain; systemctl disable --now libvirtd-tcp.socket',
};
