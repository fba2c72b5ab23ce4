/** docs/tuning.md: every setting of the shipped profiles, every tuning that the guide prints, how they are judged. */
import {drivers} from '../../../harness/settings/load.ts';
import type {Setting, SettingDriver} from '../../../harness/types.ts';
import {readProfiles} from '../../cli/kit/profiles.ts';
import {tunings} from '../../cli/kit/tunings.ts';
import {prose} from './prose.ts';

/** How each kind of setting is made real, read back and put back. */
const ways: Readonly<Record<SettingDriver, {apply: string; read: string}>> = {
  domain: {
    apply: 'the XML that guests start from, on every node',
    read: '`virsh dumpxml` of the running guest, and each file',
  },
  corosync: {apply: 'corosync.conf on every node, `corosync-cfgtool -R`', read: '`corosync-cmapctl` on every node'},
  resource: {apply: "the guest's primitive, by `cibadmin --replace`", read: 'the CIB'},
  ceph: {apply: '`ceph config set`', read: '`ceph tell DAEMON config show` of every daemon'},
  link: {apply: '`ip link set mtu` on every host in the plane', read: '/sys/class/net/DEVICE/mtu'},
  property: {apply: '`crm_attribute`', read: 'the CIB'},
  fence: {apply: "the fence device's primitive, by `cibadmin --replace`", read: 'the CIB'},
  alert: {
    apply: 'an alert agent and its key on every node, and the alert in the CIB',
    read: 'the same three, on every node',
  },
};

export function tuningPage(): string {
  return [
    ...prose.head,
    '',
    '## Settings',
    '',
    ...prose.settings,
    '',
    '| setting | scope | stock | tuned | why | source | risk | guests restart | together with |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...tunings.settings.map(settingRow),
    '',
    '## Apply, read back, revert',
    '',
    ...prose.revert,
    '',
    '| driver | made real by | read back from |',
    '| --- | --- | --- |',
    ...Object.entries(ways).map(([name, {apply, read}]) => row([name, apply, read])),
    '',
    "## The guide's tunings",
    '',
    ...prose.guide,
    '',
    '| the guide prints | section | set by | checked by | tried by | not set, or not as printed |',
    '| --- | --- | --- | --- | --- | --- |',
    ...tunings.guide.map(({prints, section, settings, rules, scenario = '', why = ''}) =>
      row([
        prints,
        section,
        settings.map(code).join(', '),
        rules.join(', '),
        scenario === '' ? '' : code(scenario),
        why,
      ]),
    ),
    '',
    ...prose.tail,
    '',
  ].join('\n');
}

function settingRow({id, scope, source, risk, bundle = ''}: (typeof tunings.settings)[number]): string {
  const [stock, tuned] = ['stock', 'tuned'].map(name => settingOf(name, id));
  const restarts = tuned !== undefined && drivers[tuned.driver].restartsGuests([tuned]);
  const cells = [code(id), scope, stock?.value ?? '', tuned?.value ?? '', tuned?.why ?? '', source, risk];
  return row([...cells, restarts ? 'yes' : 'no', bundle]);
}

function settingOf(profile: string, id: string): Setting | undefined {
  return readProfiles()
    .find(({name}) => name === profile)
    ?.settings.find(setting => setting.id === id);
}

function code(text: string): string {
  return `\`${text}\``;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
