/** README.md of a bundle. Pure. */
import type {Release} from './debs.ts';

export interface Contents {
  name: string;
  version: string;
  commit: string;
  nodeVersion: string;
  hasImage: boolean;
  releases: readonly Release[];
}

export function bundleReadme({name, version, commit, nodeVersion, hasImage, releases}: Contents): string {
  return [
    `# ${name}`,
    '',
    `seatrial ${version} (${commit}) with Node ${nodeVersion} and every npm package it needs, for x86-64 Linux without a way out.`,
    '',
    '## Install',
    '',
    '```sh',
    'sha256sum --check --quiet SHA256SUMS      # everything arrived as it was packed',
    `cp -r ../${name} /opt/seatrial`,
    'ln -s /opt/seatrial/bin/seatrial /usr/local/bin/seatrial',
    'seatrial --version',
    'install -D -m 644 /opt/seatrial/app/man/seatrial.1 /usr/local/share/man/man1/seatrial.1',
    '```',
    '',
    'That is all it takes to inspect, judge and report. Nothing is installed outside of the folder but the link and the page.',
    ...(hasImage ? imageWords : []),
    ...(releases.length > 0 ? debWords(releases) : []),
    '',
  ].join('\n');
}

const imageWords = [
  '',
  '## The guest image',
  '',
  'Built on the machine that made the bundle; with it neither a Debian mirror nor a compiler is needed where the same tools are installed.',
  '',
  '```sh',
  'mkdir -p /var/cache/seatrial && cp -rn cache/. /var/cache/seatrial/',
  '```',
];

function debWords(releases: readonly Release[]): string[] {
  const [first = 12] = releases;
  return [
    '',
    '## Debian packages',
    '',
    `Lists for Debian ${releases.join(' and ')}: \`harness\` is what the machine that runs seatrial needs for the local reference cluster,`,
    '`hosts` what `seatrial provision --cluster` installs. Each has everything it depends on, counted from an empty system. Where there is a way out:',
    '',
    '```sh',
    `wget --no-verbose --input-file debs/debian-${first}-hosts.urls --directory-prefix packages`,
    `(cd packages && sha256sum --check --quiet ../debs/debian-${first}-hosts.sha256)`,
    '```',
    '',
    'and on the host: `apt-get install --no-install-recommends ./packages/*.deb`, which takes only what is missing or newer.',
  ];
}
