/** Which Debian a bare host is, and what its disk holds before anything was done to it. */
import {createHash} from 'node:crypto';
import type {Mirrors} from './mirrors.ts';

const suites = {'debian-12': 'bookworm', 'debian-13': 'trixie'} as const;

export type Release = keyof typeof suites;
export const releases: readonly Release[] = ['debian-12', 'debian-13'];

/** What an installer leaves on a server that is reached by SSH and configured by Ansible. Nothing of a cluster. */
const packages = [
  ...['openssh-server', 'python3', 'python3-apt', 'sudo', 'systemd', 'systemd-sysv', 'dbus', 'iproute2', 'procps'],
  ...['iputils-ping', 'ca-certificates', 'kmod', 'nftables', 'ethtool'],
];

/** Units of a machine with a kernel and a console of its own, and those that would hold dpkg's lock at odd hours. */
const masked = [
  ...['console-getty.service', 'systemd-sysctl.service', 'systemd-modules-load.service', 'systemd-udevd.service'],
  ...['systemd-udev-trigger.service', 'nvmf-autoconnect.service', 'apt-daily.timer', 'apt-daily-upgrade.timer'],
  ...['sys-kernel-debug.mount', 'sys-kernel-tracing.mount', 'sys-kernel-config.mount', 'sys-fs-fuse-connections.mount'],
];

/** The user with sudo and a password. */
export const sudoUser = 'seatrial';

/** Lines of sources.list, by HTTP: hosts reach a mirror only through the lab's proxy, which knows how to go on. */
export function sourcesOf(release: Release, {archive, security}: Mirrors): readonly string[] {
  const suite = suites[release];
  const byHttp = (uri: string) => uri.replace(/^https:/, 'http:');
  return [
    `deb ${byHttp(archive)} ${suite} main`,
    `deb ${byHttp(archive)} ${suite}-updates main`,
    ...(security === undefined ? [] : [`deb ${byHttp(security)} ${suite}-security main`]),
  ];
}

/** Runs in the finished root: no keys and no identity are shared by hosts that are made from it. */
function finish(release: Release, mirrors: Mirrors): string {
  return `set -eu
chroot "$1" useradd --create-home --shell /bin/bash --groups sudo ${sudoUser}
rm -f "$1"/etc/ssh/ssh_host_*
: >"$1/etc/machine-id"
: >"$1/etc/resolv.conf"
rm -f "$1"/etc/apt/sources.list.d/*
cat >"$1/etc/apt/sources.list" <<'SOURCES'
${sourcesOf(release, mirrors).join('\n')}
SOURCES
for unit in ${masked.join(' ')}; do ln -sf /dev/null "$1/etc/systemd/system/$unit"; done`;
}

/** The command that makes the root of a release in `folder`. */
export function mmdebstrap(release: Release, mirrors: Mirrors, folder: string): readonly [string, ...string[]] {
  return [
    'mmdebstrap',
    ...['--variant=minbase', '--mode=root', '--format=directory', `--include=${packages.join(',')}`],
    '--aptopt=Acquire::Languages "none"',
    ...['--dpkgopt=path-exclude=/usr/share/doc/*', '--dpkgopt=path-exclude=/usr/share/man/*'],
    // What is installed later too: the lab's disks live as long as the machine's memory.
    '--dpkgopt=force-unsafe-io',
    `--customize-hook=${finish(release, mirrors)}`,
    ...[suites[release], folder, ...sourcesOf(release, mirrors)],
  ];
}

/** Name of a root: what it was made from decides, so a root is made anew when that changes. */
export function rootName(release: Release, mirrors: Mirrors): string {
  const made = JSON.stringify(mmdebstrap(release, mirrors, ''));
  return `${release}-${createHash('sha256').update(made).digest('hex').slice(0, 12)}`;
}
