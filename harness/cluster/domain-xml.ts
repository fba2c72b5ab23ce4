/**
 * A guest as libvirt's domain XML: built, edited setting by setting, and read back. Pure. The same keys name a setting
 * on the way in and on the way out, so what was asked and what is in force can be compared.
 */
import {createHash} from 'node:crypto';
import {child, descendants, type Element, element, parseXml, printXml} from '../parse/xml.ts';
import type {ParseError, Result} from '../types.ts';

// ───────────────────────────── building ─────────────────────────────

export type DiskSource =
  | {
      protocol: 'rbd';
      pool: string;
      image: string;
      monitors: readonly {host: string; port: number}[];
      auth?: {username: string; secretUuid: string};
    }
  | {protocol: 'nbd'; export: string; host: string; port: number}
  | {protocol: 'iscsi'; target: string; lun: number; host: string; port: number}
  /** A file of a Gluster volume; any of the hosts tells where the volume is. */
  | {protocol: 'gluster'; volume: string; file: string; hosts: readonly string[]}
  /** A disk that does nothing at once. libvirt has no word for it: QEMU is told past it. */
  | {protocol: 'null'; bytes: number}
  /** In a folder that every node shares. */
  | {protocol: 'file'; path: string};

export interface GuestDisk {
  serial: string;
  source: DiskSource;
  /** Its host keeps no pages of it, which a file is given without that. */
  uncached?: true;
}

export interface GuestDomain {
  name: string;
  /** What UUID and MAC follow from, where the name alone is not the only one of its kind; default the name. */
  identity?: string;
  /** A line of ours that libvirt keeps with the domain (`<metadata>`). */
  mark?: string;
  memoryBytes: number;
  vcpus: number;
  /** `qemu` is software emulation. */
  accelerator: 'kvm' | 'qemu';
  kernelPath: string;
  initramfsPath: string;
  commandLine: string;
  /** At most 20 characters of serial: that is all virtio carries. */
  disks: readonly GuestDisk[];
  /** A bridge of the kernel's, or the socket on which its virtual card serves a switch in user space. */
  card: {bridge: string} | {vhostUserSocket: string};
  /** File on the node that gets what the guest prints on its first serial port. */
  consolePath: string;
}

/** One setting's name; see `domainKeys` for what each takes. */
export type DomainKey =
  | 'disk.bus'
  | 'disk.cache'
  | 'disk.io'
  | 'disk.queues'
  | 'disk.iothread'
  | 'nic.model'
  | 'nic.queues'
  | 'nic.mtu'
  | 'memory.source'
  | 'memory.access'
  | 'memory.locked'
  | 'memory.allocation';

/** The value that means: say nothing, let libvirt and QEMU choose. */
export const unset = 'default';

/**
 * Values a key takes; `count` is a whole number from 1, `default` is always allowed. Source: libvirt's formatdomain
 * page.
 */
export const domainKeys: Readonly<Record<DomainKey, readonly string[] | 'count'>> = {
  'disk.bus': ['virtio', 'scsi', 'sata'],
  'disk.cache': ['none', 'writeback', 'writethrough', 'directsync', 'unsafe'],
  'disk.io': ['native', 'threads', 'io_uring'],
  'disk.queues': 'count',
  'disk.iothread': ['own'],
  'nic.model': ['virtio', 'e1000e', 'e1000', 'rtl8139'],
  'nic.queues': 'count',
  'nic.mtu': 'count',
  'memory.source': ['anonymous', 'memfd'],
  'memory.access': ['private', 'shared'],
  'memory.locked': ['yes'],
  'memory.allocation': ['immediate', 'ondemand'],
};

export function isDomainKey(key: string): key is DomainKey {
  return Object.hasOwn(domainKeys, key);
}

/** Undefined when the key takes the value, else what it would take. */
export function domainValueProblem(key: DomainKey, value: string): string | undefined {
  const allowed = domainKeys[key];
  if (value === unset) return undefined;
  if (allowed === 'count') return /^[1-9]\d{0,4}$/.test(value) ? undefined : `a whole number from 1, or ${unset}`;
  return allowed.includes(value) ? undefined : `one of ${[...allowed, unset].join(', ')}`;
}

/**
 * Domain XML with every setting left to libvirt. The UUID and the MAC follow from the identity: the same on every node,
 * after every start.
 */
export function buildDomain(guest: GuestDomain): string {
  const fingerprint = createHash('sha256')
    .update(`seatrial guest ${guest.identity ?? guest.name}`)
    .digest('hex');
  const kibibytes = String(Math.round(guest.memoryBytes / 1024));
  const past = [...pastLibvirt(guest.disks), ...withoutMessages(guest)];
  return printXml(
    element('domain', {type: guest.accelerator, ...(past.length === 0 ? {} : {'xmlns:qemu': qemuSpace})}, [
      element('name', {}, guest.name),
      element('uuid', {}, uuidFrom(fingerprint)),
      ...(guest.mark === undefined
        ? []
        : [element('metadata', {}, [element('seatrial:mark', {'xmlns:seatrial': markSpace}, guest.mark)])]),
      element('memory', {unit: 'KiB'}, kibibytes),
      element('currentMemory', {unit: 'KiB'}, kibibytes),
      ...('bridge' in guest.card ? [] : [sharedMemory]),
      element('vcpu', {placement: 'static'}, String(guest.vcpus)),
      element('os', {}, [
        element('type', {arch: 'x86_64', machine: 'q35'}, 'hvm'),
        element('kernel', {}, guest.kernelPath),
        element('initrd', {}, guest.initramfsPath),
        element('cmdline', {}, guest.commandLine),
      ]),
      element('features', {}, [element('acpi'), element('apic')]),
      // A guest under KVM gets a model that its peers can take over; emulation has only one.
      element('cpu', {mode: guest.accelerator === 'kvm' ? 'host-model' : 'maximum'}),
      element('clock', {offset: 'utc'}),
      element('on_poweroff', {}, 'destroy'),
      element('on_reboot', {}, 'restart'),
      element('on_crash', {}, 'destroy'),
      element('devices', {}, [
        ...guest.disks
          .flatMap(({source, ...rest}) => (source.protocol === 'null' ? [] : [{...rest, source}]))
          .map(disk),
        card(guest.card, macFrom(fingerprint)),
        element('serial', {type: 'file'}, [
          element('source', {path: guest.consolePath, append: 'on'}),
          element('target', {port: '0'}),
        ]),
        // The QEMU guest agent's port: libvirt chooses the socket, and `guestExec` speaks through it.
        element('channel', {type: 'unix'}, [element('target', {type: 'virtio', name: 'org.qemu.guest_agent.0'})]),
        element('controller', {type: 'usb', model: 'none'}),
        element('memballoon', {model: 'none'}),
      ]),
      ...past,
    ]),
  );
}

function card(to: GuestDomain['card'], mac: string): Element {
  const [type, source] =
    'bridge' in to
      ? ['bridge', {bridge: to.bridge}]
      : ['vhostuser', {type: 'unix', path: to.vhostUserSocket, mode: 'server'}];
  return element('interface', {type}, [
    element('mac', {address: mac}),
    element('source', source),
    element('model', {type: 'virtio'}),
  ]);
}

/** A switch in user space reads and writes the guest's packets where they lie. */
const sharedMemory = element('memoryBacking', {}, [
  element('source', {type: 'memfd'}),
  element('access', {mode: 'shared'}),
]);

/** QEMU 7.2 crashes under emulation when such a card is to send its interrupts as messages. */
function withoutMessages({card: to, accelerator}: GuestDomain): readonly Element[] {
  if ('bridge' in to || accelerator !== 'qemu') return [];
  const property = element('qemu:property', {name: 'vectors', type: 'unsigned', value: '0'});
  const device = element('qemu:device', {alias: 'net0'}, [element('qemu:frontend', {}, [property])]);
  return [element('qemu:override', {}, [device])];
}

/** An XML namespace is a name; nothing is fetched from there. */
const markSpace = 'urn:seatrial:mark:1';

interface KnownDisk extends Omit<GuestDisk, 'source'> {
  source: Exclude<DiskSource, {protocol: 'null'}>;
}

function disk({serial, source, uncached}: KnownDisk, index: number): Element {
  const guestSide = [
    element('target', {dev: deviceName('virtio', index), bus: 'virtio'}),
    element('serial', {}, serial),
  ];
  if (source.protocol === 'file') {
    return element('disk', {type: 'file', device: 'disk'}, [
      // libvirt moves a guest on a shared folder only where no host keeps pages of its own.
      element('driver', {name: 'qemu', type: 'raw', cache: 'none'}),
      element('source', {file: source.path}),
      ...guestSide,
    ]);
  }
  return element('disk', {type: 'network', device: 'disk'}, [
    element('driver', {name: 'qemu', type: 'raw', ...(uncached ? {cache: 'none'} : {})}),
    ...(source.protocol === 'rbd' && source.auth !== undefined
      ? [
          element('auth', {username: source.auth.username}, [
            element('secret', {type: 'ceph', uuid: source.auth.secretUuid}),
          ]),
        ]
      : []),
    networkSource(source),
    ...guestSide,
  ]);
}

function networkSource(source: Exclude<DiskSource, {protocol: 'null' | 'file'}>): Element {
  const host = (name: string, port: number) => element('host', {name, port: String(port)});
  switch (source.protocol) {
    case 'rbd':
      return element(
        'source',
        {protocol: 'rbd', name: `${source.pool}/${source.image}`},
        source.monitors.map(monitor => host(monitor.host, monitor.port)),
      );
    case 'nbd':
      return element('source', {protocol: 'nbd', name: source.export}, [host(source.host, source.port)]);
    case 'iscsi':
      return element('source', {protocol: 'iscsi', name: `${source.target}/${source.lun}`}, [
        host(source.host, source.port),
      ]);
    case 'gluster':
      return element(
        'source',
        {protocol: 'gluster', name: `${source.volume}/${source.file}`},
        source.hosts.map(name => host(name, glusterPort)),
      );
  }
}

const glusterPort = 24_007;

/** In slots of the root bus that libvirt, which counts from below, does not come to. */
const firstNullSlot = 0x10;

/** What QEMU is told past libvirt, which takes the guest for tainted and starts it all the same. */
function pastLibvirt(disks: GuestDomain['disks']): readonly Element[] {
  const words = disks.flatMap(({serial, source}, index) => {
    if (source.protocol !== 'null') return [];
    const [node, slot] = [`seatrial-null${index}`, (firstNullSlot + index).toString(16)];
    return [
      '-blockdev',
      `driver=null-co,node-name=${node},size=${source.bytes},read-zeroes=on`,
      '-device',
      `virtio-blk-pci,drive=${node},serial=${serial},bus=pcie.0,addr=0x${slot}`,
    ];
  });
  if (words.length === 0) return [];
  return [
    element(
      'qemu:commandline',
      {},
      words.map(value => element('qemu:arg', {value})),
    ),
  ];
}

/** An XML namespace is a name; nothing is fetched from there. */
const qemuSpace = 'http://libvirt.org/schemas/domain/qemu/1.0';

function uuidFrom(hex: string): string {
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}

function macFrom(hex: string): string {
  return `52:54:00:${hex.slice(32, 34)}:${hex.slice(34, 36)}:${hex.slice(36, 38)}`;
}

function deviceName(bus: string, index: number): string {
  return `${bus === 'virtio' ? 'vd' : 'sd'}${String.fromCharCode(97 + index)}`;
}

// ───────────────────────────── editing ─────────────────────────────

/**
 * The document with these settings, everything else as it was. Settings apply to every disk and every interface of the
 * guest, but for those that its data path fixes. Errors are sentences: not a domain, or a value the key does not take.
 */
export function editDomain(text: string, settings: Partial<Record<DomainKey, string>>): Result<string, string> {
  const parsed = parseDomain(text, 'domain.xml');
  if (!parsed.ok) return {ok: false, error: `expected ${parsed.error.expected}, found ${parsed.error.found}`};
  let domain = parsed.value;
  const fixed = fixedKeys(domain);
  for (const key of Object.keys(domainKeys).filter(isDomainKey)) {
    const value = settings[key];
    if (value === undefined || fixed.includes(key)) continue;
    const problem = valuesProblem(domain, key, value.split(between));
    if (problem !== undefined) return {ok: false, error: `${key} takes ${problem}, not ${value}`};
    domain = edits[key](domain, value === unset ? undefined : value);
  }
  return {ok: true, value: printXml(domain)};
}

/** As it is told where devices differ: a value for each of them, in their order. */
const between = ', ';

/** One value for all, or as they were told, one for each device. */
function valuesProblem(domain: Element, key: DomainKey, values: readonly string[]): string | undefined {
  const which = key.startsWith('disk.') ? isDisk : key.startsWith('nic.') ? isInterface : undefined;
  const devices = which === undefined ? 1 : (child(domain, 'devices')?.children ?? []).filter(which).length;
  if (values.length > 1 && values.length !== devices) return `one value, or one for each of ${devices} devices`;
  return values.map(value => domainValueProblem(key, value)).find(problem => problem !== undefined);
}

/** What a device of that number gets. */
function valueAt(value: string | undefined, index: number): string | undefined {
  const values = value?.split(between) ?? [];
  const own = values.length > 1 ? values[index] : values[0];
  return own === unset ? undefined : own;
}

type Edit = (domain: Element, value: string | undefined) => Element;

// In the order of `domainKeys`: the bus comes before the queues, which sit in another place for each bus.
const edits: Readonly<Record<DomainKey, Edit>> = {
  'disk.bus': (domain, value) => withBus(domain, value),
  'disk.cache': (domain, value) => onDisks(domain, (each, index) => withDriver(each, {cache: valueAt(value, index)})),
  'disk.io': (domain, value) => onDisks(domain, (each, index) => withDriver(each, {io: valueAt(value, index)})),
  'disk.queues': (domain, value) => {
    const cleared = onScsiControllers(
      onDisks(domain, each => withDriver(each, {queues: undefined})),
      each => withDriver(each, {queues: undefined}),
    );
    if (value === undefined) return cleared;
    return diskBuses(domain).includes('scsi')
      ? onScsiControllers(cleared, each => withDriver(each, {queues: value}))
      : onDisks(cleared, (each, index) => withDriver(each, {queues: valueAt(value, index)}));
  },
  'disk.iothread': (domain, value) => {
    const disks = descendants(domain, 'disk').filter(isDisk).length;
    const threads = withChild(
      domain,
      'iothreads',
      value === undefined ? undefined : element('iothreads', {}, String(disks)),
    );
    let number = 0;
    return onDisks(threads, each => withDriver(each, {iothread: value === undefined ? undefined : String(++number)}));
  },
  'nic.model': (domain, value) =>
    onInterfaces(domain, (each, index) => {
      const type = valueAt(value, index);
      return withChild(withoutAddress(each), 'model', type === undefined ? undefined : element('model', {type}));
    }),
  'nic.queues': (domain, value) =>
    onInterfaces(domain, (each, index) => withDriver(each, {queues: valueAt(value, index)})),
  'nic.mtu': (domain, value) =>
    onInterfaces(domain, (each, index) => {
      const size = valueAt(value, index);
      return withChild(each, 'mtu', size === undefined ? undefined : element('mtu', {size}));
    }),
  'memory.source': (domain, value) =>
    withBacking(domain, 'source', value === undefined ? undefined : element('source', {type: value})),
  'memory.access': (domain, value) =>
    withBacking(domain, 'access', value === undefined ? undefined : element('access', {mode: value})),
  'memory.locked': (domain, value) =>
    withBacking(domain, 'locked', value === undefined ? undefined : element('locked')),
  'memory.allocation': (domain, value) =>
    withBacking(domain, 'allocation', value === undefined ? undefined : element('allocation', {mode: value})),
};

function withBus(domain: Element, value: string | undefined): Element {
  const moved = onDisks(domain, (each, index) => {
    const bus = valueAt(value, index) ?? 'virtio';
    if (child(each, 'target')?.attributes.bus === bus) return each;
    return withChild(withoutAddress(each), 'target', element('target', {dev: deviceName(bus, index), bus}));
  });
  return onDevices(moved, devices => {
    const others = devices.children.filter(each => !isScsiController(each));
    const kept =
      devices.children.find(isScsiController) ??
      element('controller', {type: 'scsi', index: '0', model: 'virtio-scsi'});
    return {...devices, children: diskBuses(moved).includes('scsi') ? [...others, kept] : others};
  });
}

function withBacking(domain: Element, name: string, part: Element | undefined): Element {
  const backing = withChild(child(domain, 'memoryBacking') ?? element('memoryBacking'), name, part);
  return withChild(domain, 'memoryBacking', backing.children.length === 0 ? undefined : backing);
}

/** Sets or removes attributes of the element's <driver>, and the driver when nothing is left to say. */
function withDriver(parent: Element, change: Readonly<Record<string, string | undefined>>): Element {
  const driver = child(parent, 'driver') ?? element('driver');
  const changed = element('driver', {...driver.attributes, ...change}, driver.children);
  const empty = Object.keys(changed.attributes).length === 0 && changed.children.length === 0;
  return withChild(parent, 'driver', empty ? undefined : changed);
}

/**
 * Replaces the first child of that name where it stands, appends it where there is none, removes it for `undefined`.
 */
function withChild(parent: Element, name: string, replacement: Element | undefined): Element {
  const at = parent.children.findIndex(each => each.name === name);
  if (at < 0) return replacement === undefined ? parent : {...parent, children: [...parent.children, replacement]};
  const children = [...parent.children];
  children.splice(at, 1, ...(replacement === undefined ? [] : [replacement]));
  return {...parent, children};
}

/** A device that changes its kind cannot keep the address of the old kind. */
function withoutAddress(device: Element): Element {
  return {...device, children: device.children.filter(each => each.name !== 'address' && each.name !== 'alias')};
}

function onDevices(domain: Element, change: (devices: Element) => Element): Element {
  return {...domain, children: domain.children.map(each => (each.name === 'devices' ? change(each) : each))};
}

function onDevicesThat(domain: Element, which: (device: Element) => boolean, change: Change): Element {
  let index = 0;
  return onDevices(domain, devices => ({
    ...devices,
    children: devices.children.map(each => (which(each) ? change(each, index++) : each)),
  }));
}

/** `index` counts the devices of that kind. */
type Change = (device: Element, index: number) => Element;

const onDisks = (domain: Element, change: Change) => onDevicesThat(domain, isDisk, change);
const onInterfaces = (domain: Element, change: Change) => onDevicesThat(domain, isInterface, change);
const onScsiControllers = (domain: Element, change: Change) => onDevicesThat(domain, isScsiController, change);

function isDisk(device: Element): boolean {
  return device.name === 'disk' && (device.attributes.device ?? 'disk') === 'disk';
}

function isInterface(device: Element): boolean {
  return device.name === 'interface';
}

function isScsiController(device: Element): boolean {
  return device.name === 'controller' && device.attributes.type === 'scsi';
}

function diskBuses(domain: Element): readonly string[] {
  return descendants(domain, 'disk')
    .filter(isDisk)
    .flatMap(each => child(each, 'target')?.attributes.bus ?? []);
}

// ───────────────────────────── reading ─────────────────────────────

export interface DomainFacts {
  name: string;
  /** Per key; `default` where the document says nothing; one for each, comma-separated, where devices differ. */
  settings: Readonly<Record<DomainKey, string>>;
  /** What its data path fixes: no setting changes these. */
  fixed: readonly DomainKey[];
  interfaces: readonly {type: string; mac: string}[];
  serials: readonly string[];
  memoryBytes: number;
  vcpus: number;
}

/** A card that serves a switch in user space is virtio on shared memory, or it does not start. */
const fixedKeys = (domain: Element): readonly DomainKey[] =>
  descendants(domain, 'interface').some(({attributes}) => attributes.type === 'vhostuser')
    ? ['nic.model', 'nic.queues', 'memory.source', 'memory.access']
    : [];

/** What a domain XML says, be it a file or `virsh dumpxml` of a running guest. Any text in, facts or an error out. */
export function readDomain(text: string, artefact: string): Result<DomainFacts, ParseError> {
  const parsed = parseDomain(text, artefact);
  if (!parsed.ok) return parsed;
  const domain = parsed.value;
  const wrong = (path: string, expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found},
  });
  const name = child(domain, 'name')?.text ?? '';
  if (name === '') return wrong('/domain/name', 'a name', 'none');
  const memory = bytesOf(child(domain, 'memory'));
  if (memory === undefined) return wrong('/domain/memory', 'a size', child(domain, 'memory')?.text ?? 'none');
  const vcpus = Number(child(domain, 'vcpu')?.text ?? 'none');
  if (!Number.isInteger(vcpus) || vcpus < 1)
    return wrong('/domain/vcpu', 'a count', child(domain, 'vcpu')?.text ?? 'none');

  const devices = child(domain, 'devices')?.children ?? [];
  const disks = devices.filter(isDisk);
  const interfaces = devices.filter(isInterface);
  const scsi = devices.filter(isScsiController);
  const backing = child(domain, 'memoryBacking');
  const attribute = (from: readonly Element[], part: string, name: string) =>
    together(from.map(each => child(each, part)?.attributes[name] ?? unset));
  const bus = attribute(disks, 'target', 'bus');
  const iothread = attribute(disks, 'driver', 'iothread');
  return {
    ok: true,
    value: {
      name,
      memoryBytes: memory,
      vcpus,
      fixed: fixedKeys(domain),
      interfaces: interfaces.map(each => ({
        type: each.attributes.type ?? '',
        mac: child(each, 'mac')?.attributes.address?.toLowerCase() ?? '',
      })),
      serials: disks.flatMap(each => child(each, 'serial')?.text ?? []),
      settings: {
        'disk.bus': bus,
        'disk.cache': attribute(disks, 'driver', 'cache'),
        'disk.io': attribute(disks, 'driver', 'io'),
        'disk.queues': bus === 'scsi' ? attribute(scsi, 'driver', 'queues') : attribute(disks, 'driver', 'queues'),
        'disk.iothread': iothread.split(between).includes(unset) ? iothread : 'own',
        'nic.model': attribute(interfaces, 'model', 'type'),
        'nic.queues': attribute(interfaces, 'driver', 'queues'),
        'nic.mtu': attribute(interfaces, 'mtu', 'size'),
        'memory.source': child(backing, 'source')?.attributes.type ?? unset,
        'memory.access': child(backing, 'access')?.attributes.mode ?? unset,
        'memory.locked': child(backing, 'locked') === undefined ? unset : 'yes',
        'memory.allocation': child(backing, 'allocation')?.attributes.mode ?? unset,
      },
    },
  };
}

function parseDomain(text: string, artefact: string): Result<Element, ParseError> {
  const parsed = parseXml(text, artefact);
  if (!parsed.ok) return parsed;
  const {name} = parsed.value;
  return name === 'domain'
    ? parsed
    : {ok: false, error: {artefact, path: '/', expected: '<domain>', found: `<${name}>`}};
}

function together(values: readonly string[]): string {
  const [first = unset] = values;
  return values.every(value => value === first) ? first : values.join(between);
}

const unitBytes: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  KB: 1e3,
  k: 1024,
  KiB: 1024,
  MB: 1e6,
  M: 1024 ** 2,
  MiB: 1024 ** 2,
  GB: 1e9,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
};

function bytesOf(memory: Element | undefined): number | undefined {
  if (memory === undefined || !/^\d+$/.test(memory.text)) return undefined;
  // libvirt's default unit of memory is the kibibyte.
  const scale = unitBytes[memory.attributes.unit ?? 'KiB'];
  return scale === undefined ? undefined : Number(memory.text) * scale;
}
