import test from 'ava';
import fc from 'fast-check';
import {
  buildDomain,
  type DomainKey,
  domainKeys,
  editDomain,
  type GuestDomain,
  isDomainKey,
  readDomain,
  unset,
} from './domain-xml.ts';

const guest: GuestDomain = {
  name: 'vm1',
  memoryBytes: 512 * 1024 ** 2,
  vcpus: 2,
  accelerator: 'qemu',
  kernelPath: '/var/lib/seatrial/vmlinuz',
  initramfsPath: '/var/lib/seatrial/initramfs',
  commandLine: 'console=ttyS0 seatrial.name=vm1 seatrial.address=10.77.4.11/24',
  disks: [
    {
      serial: 'seatrial-ledger',
      source: {protocol: 'rbd', pool: 'rbd', image: 'vm1-ledger', monitors: [{host: '10.77.3.1', port: 6789}]},
    },
    {serial: 'seatrial-scratch', source: {protocol: 'nbd', export: 'vm1-scratch', host: '10.77.3.9', port: 10809}},
  ],
  card: {bridge: 'br-service'},
  consolePath: '/var/log/libvirt/qemu/vm1-console.log',
};

function facts(text: string) {
  const read = readDomain(text, 'test');
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}
function edited(text: string, settings: Partial<Record<DomainKey, string>>): string {
  const result = editDomain(text, settings);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

test('the name stands alone on its line, as VirtualDomain wants it', t => {
  t.regex(buildDomain(guest), /^\s*<name>vm1<\/name>\s*$/m);
  t.is(buildDomain(guest).match(/<name>/g)?.length, 1);
  t.regex(edited(buildDomain(guest), {'disk.cache': 'none'}), /^\s*<name>vm1<\/name>\s*$/m);
});

test('a card that serves a switch in user space is on shared memory, and no setting takes that away', t => {
  const fast = buildDomain({...guest, card: {vhostUserSocket: '/run/openvswitch/vm1.sock'}});
  t.regex(fast, /<interface type='vhostuser'>/);
  t.regex(fast, /<qemu:property name='vectors' type='unsigned' value='0'\/>/);
  t.notRegex(buildDomain({...guest, accelerator: 'kvm', card: {vhostUserSocket: '/x'}}), /qemu:/);
  const wanted = {
    'nic.model': 'e1000e',
    'memory.source': 'anonymous',
    'memory.access': 'private',
    'disk.cache': 'none',
  };
  const {settings, fixed, interfaces} = facts(edited(fast, wanted));
  t.deepEqual(fixed, ['nic.model', 'nic.queues', 'memory.source', 'memory.access']);
  t.like(settings, {'nic.model': 'virtio', 'memory.source': 'memfd', 'memory.access': 'shared', 'disk.cache': 'none'});
  t.deepEqual(interfaces, [{type: 'vhostuser', mac: facts(buildDomain(guest)).interfaces[0]?.mac ?? ''}]);
  // The same settings change a guest on a bridge.
  t.like(facts(edited(buildDomain(guest), wanted)).settings, wanted);
});

test('a fresh domain leaves every setting to libvirt, except virtio for disks and network', t => {
  const {settings, serials, memoryBytes, vcpus} = facts(buildDomain(guest));
  t.is(settings['disk.bus'], 'virtio');
  t.is(settings['nic.model'], 'virtio');
  for (const [key, value] of Object.entries(settings))
    if (key !== 'disk.bus' && key !== 'nic.model') t.is(value, unset, key);
  t.deepEqual(serials, ['seatrial-ledger', 'seatrial-scratch']);
  t.is(memoryBytes, 512 * 1024 ** 2);
  t.is(vcpus, 2);
});

test('uuid and mac follow from the name and are well formed', t => {
  const one = buildDomain(guest);
  t.is(one, buildDomain(guest));
  t.not(/<uuid>(.*)<\/uuid>/.exec(one)?.[1], /<uuid>(.*)<\/uuid>/.exec(buildDomain({...guest, name: 'vm2'}))?.[1]);
  t.regex(one, /<uuid>[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}<\/uuid>/);
  t.regex(one, /<mac address='52:54:00:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}'/);
});

test('every value of every key reads back as it was asked, and `default` takes it away again', t => {
  const fresh = buildDomain(guest);
  for (const [key, allowed] of Object.entries(domainKeys)) {
    if (!isDomainKey(key)) continue;
    for (const value of allowed === 'count' ? ['1', '4', '9000'] : allowed) {
      const changed = edited(fresh, {[key]: value});
      t.is(facts(changed).settings[key], value, `${key}=${value}`);
      if (key !== 'nic.model') t.deepEqual(facts(edited(changed, {[key]: unset})), facts(fresh), `${key} back`);
    }
  }
});

test('settings are independent: any set of them reads back whole, in one edit or one by one', t => {
  const arbitrary = fc.record(
    Object.fromEntries(
      Object.entries(domainKeys).map(([key, allowed]) => [
        key,
        fc.constantFrom(...(allowed === 'count' ? ['1', '2', '9000'] : allowed)),
      ]),
    ),
    {requiredKeys: []},
  );
  t.notThrows(() =>
    fc.assert(
      fc.property(arbitrary, asked => {
        const atOnce = facts(edited(buildDomain(guest), asked)).settings;
        let text = buildDomain(guest);
        for (const [key, value] of Object.entries(asked)) text = edited(text, {[key]: value});
        for (const [key, value] of Object.entries(asked)) {
          if (isDomainKey(key) && atOnce[key] !== value) return false;
          // Queues sit on the controller for scsi: moved to another bus afterwards they are gone, and the read-back
          // says so.
          if (key !== 'disk.queues' && isDomainKey(key) && facts(text).settings[key] !== value) return false;
        }
        return true;
      }),
      {numRuns: 60},
    ),
  );
});

test('moving disks to scsi and back leaves no controller and no stale names behind', t => {
  const scsi = edited(buildDomain(guest), {'disk.bus': 'scsi', 'disk.queues': '2'});
  t.regex(scsi, /<target dev='sda' bus='scsi'\/>/);
  t.regex(scsi, /<target dev='sdb' bus='scsi'\/>/);
  t.regex(scsi, /<controller type='scsi' index='0' model='virtio-scsi'>\s*<driver queues='2'\/>/);
  const back = edited(scsi, {'disk.bus': 'virtio', 'disk.queues': unset});
  t.notRegex(back, /scsi/);
  t.regex(back, /<target dev='vda' bus='virtio'\/>/);
});

test('a device that changes its kind loses the address of the old kind', t => {
  const addressed = buildDomain(guest).replaceAll(
    /(<serial>.*<\/serial>)/g,
    "$1<alias name='d'/><address type='pci' domain='0x0000' bus='0x04'/>",
  );
  t.regex(addressed, /<address/);
  t.notRegex(edited(addressed, {'disk.bus': 'scsi'}), /<address/);
  t.regex(edited(addressed, {'disk.bus': 'virtio'}), /<address/);
});

test('disks that differ are told apart, and never agree with one value', t => {
  const mixed = edited(buildDomain(guest), {'disk.cache': 'none'}).replace("cache='none'", "cache='unsafe'");
  t.is(facts(mixed).settings['disk.cache'], 'unsafe, none');
  const half = edited(buildDomain(guest), {'disk.iothread': 'own'}).replace(" iothread='1'", '');
  t.not(facts(half).settings['disk.iothread'], 'own');
});

test('what differs from device to device goes back to each as it was', t => {
  const before = edited(buildDomain(guest), {'disk.cache': 'none', 'disk.io': 'threads'})
    .replace("cache='none'", "cache='unsafe'")
    .replace(" io='threads'", '');
  const {'disk.cache': cache, 'disk.io': io} = facts(before).settings;
  t.deepEqual([cache, io], ['unsafe, none', 'default, threads']);
  const changed = edited(before, {'disk.cache': 'directsync', 'disk.io': 'native'});
  t.is(facts(changed).settings['disk.cache'], 'directsync');
  t.deepEqual(facts(edited(changed, {'disk.cache': cache, 'disk.io': io})).settings, facts(before).settings);
  const moved = edited(before, {'disk.bus': 'virtio, scsi'});
  t.is(facts(moved).settings['disk.bus'], 'virtio, scsi');
  t.is(facts(edited(moved, {'disk.bus': 'virtio'})).settings['disk.bus'], 'virtio');
  t.deepEqual(editDomain(before, {'disk.cache': 'none, none, none'}), {
    ok: false,
    error: 'disk.cache takes one value, or one for each of 2 devices, not none, none, none',
  });
  t.false(editDomain(before, {'disk.cache': 'none, fast'}).ok);
});

test('what is not about a setting stays as it was', t => {
  const text = buildDomain(guest).replace('</features>', "<kvm><hidden state='on'/></kvm></features>");
  const before = edited(text, {});
  const after = edited(edited(before, {'memory.source': 'memfd', 'disk.cache': 'none'}), {
    'memory.source': unset,
    'disk.cache': unset,
  });
  t.is(after, before);
  t.regex(after, /<hidden state='on'\/>/);
});

test('a value that a key does not take is refused, with what it takes', t => {
  t.deepEqual(editDomain(buildDomain(guest), {'disk.cache': 'fast'}), {
    ok: false,
    error: 'disk.cache takes one of none, writeback, writethrough, directsync, unsafe, default, not fast',
  });
  t.false(editDomain(buildDomain(guest), {'nic.queues': '0'}).ok);
  t.false(editDomain('<network/>', {}).ok);
});

test('a truncated document is an error, wherever it was cut', t => {
  const whole = buildDomain(guest);
  for (let length = 0; length < whole.trimEnd().length; length += 37) {
    t.false(readDomain(whole.slice(0, length), 'cut').ok, `cut at ${length}`);
  }
});

test('any text gives facts or an error, never an exception', t => {
  t.notThrows(() => fc.assert(fc.property(fc.string(), text => typeof readDomain(text, 'any').ok === 'boolean')));
});
