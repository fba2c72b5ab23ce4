/** The dump and the file are those of a node of three with two links, Corosync 3.1.7. */
import test from 'ava';
import {corosync} from './corosync.ts';
import {editLinks, parseLinks} from './corosync-links.ts';

const line = (key: string, value: number) => `${key} (u32) = ${value}`;
const running = (link: number, interval: number) => [
  line(`runtime.config.totem.interface.${link}.knet_ping_interval`, interval),
  line(`runtime.config.totem.interface.${link}.knet_ping_timeout`, 2 * interval),
];
const named = (link: number, interval: number) => [
  line(`totem.interface.${link}.knet_ping_interval`, interval),
  line(`totem.interface.${link}.knet_pong_count`, 2),
];
const dump = (...lines: readonly string[][]) => `${lines.flat().join('\n')}\n`;

test('what corosync.conf names of a link is told as it runs, and the rest as not named', t => {
  const links = parseLinks(dump(running(0, 200), running(1, 912), named(0, 200)));
  t.deepEqual(
    links.map(({link, given}) => [link, [...given]]),
    [
      [
        0,
        [
          ['knet_ping_interval', '200'],
          ['knet_pong_count', '2'],
        ],
      ],
      [1, []],
    ],
  );
});

test('a value that the daemon does not run by is told, whatever the file says', t => {
  const [link] = parseLinks(dump(running(0, 912), running(1, 912), named(0, 200)));
  t.is(link?.given.get('knet_ping_interval'), '912');
});

test('a single link has nowhere to go: nothing of it is set or read back', t => {
  t.deepEqual(parseLinks(dump(running(0, 912))), []);
  t.deepEqual(parseLinks(''), []);
});

const conf = `totem {
  version: 2
  transport: knet
}

nodelist {
  interface {
    linknumber: 0
  }
}
`;
const fast = [
  {key: 'knet_ping_interval', value: '200'},
  {key: 'knet_pong_count', value: '2'},
];
const back = fast.map(({key}) => ({key, value: 'default'}));

test('each link gets a section of its own, twice gives the same, and the default takes it out again', t => {
  const once = editLinks(conf, 'n1', [0, 1], fast);
  t.regex(once, /^totem \{\n {2}interface \{\n {4}linknumber: 1\n {4}knet_ping_interval: 200\n/);
  t.is(once.match(/knet_ping_interval: 200/g)?.length, 2);
  t.is(editLinks(once, 'n1', [0, 1], fast), once);
  t.is(editLinks(once, 'n1', [0, 1], back), conf);
});

test("an owner's section keeps what else it says; links that are not meant stay", t => {
  const own = conf.replace(
    '  version: 2',
    '  interface {\n    mcastport: 5999\n    knet_ping_interval: 700\n  }\n  version: 2',
  );
  const edited = editLinks(own, 'n1', [0, 1], fast);
  t.regex(edited, /interface \{\n {4}mcastport: 5999\n {4}knet_ping_interval: 200\n {4}knet_pong_count: 2\n {2}\}/);
  t.notRegex(edited, /700/);
  t.is(editLinks(edited, 'n1', [0, 1], back), own.replace('    knet_ping_interval: 700\n', ''));
  const placed = [{key: 'knet_ping_interval', value: '300', where: 'n1 link 1'}];
  t.is(editLinks(conf, 'n2', [0, 1], placed), conf);
  t.regex(editLinks(conf, 'n1', [0, 1], placed), /linknumber: 1\n {4}knet_ping_interval: 300/);
  t.notRegex(editLinks(conf, 'n1', [0, 1], placed), /linknumber: 0\n {4}knet/);
});

test('a time is in milliseconds, and a key that no link has is refused', t => {
  t.is(corosync.problem('knet_ping_timeout', '400'), undefined);
  t.regex(corosync.problem('knet_ping_timeout', '1 s') ?? '', /milliseconds/);
  t.regex(corosync.problem('knet_pong_count', 'x') ?? '', /a count/);
  t.regex(corosync.problem('knet_pings', '2') ?? '', /one of token, .*knet_pong_count/);
});
