#!/usr/bin/python3
"""What a host was like before anything was added to it, and the way back there.

state=recorded    writes down what the named things are like now, unless that is written down already: call it before
                  each change. The first call takes a snapshot of the host. A file whose name ends in / is a folder of
                  ours, with all that is in it; `hulls` are folders that packages leave behind, and go if empty. `accounts`: users and groups that came since
                  the snapshot are those of the packages; call it with that when they are there.
state=read        the record; nothing where there is none.
state=taken_back  units, packages, files, users and groups as the record says they were. Then the snapshot before and
                  one of now, as `audit`; where they are the same, the record goes.
"""
import base64
import glob
import grp
import hashlib
import json
import os
import pwd
import re
import shutil
import stat

from ansible.module_utils.basic import AnsibleModule

HOME = '/var/lib/seatrial'
# Rewritten at every change of what they are made from, or kept by tools as the copy before the last.
NO_MATTER = {'/etc/ld.so.cache', '/etc/.pwd.lock', '/etc/mtab', '/etc/passwd', '/etc/group',
             '/etc/passwd-', '/etc/group-', '/etc/shadow-', '/etc/gshadow-', '/etc/subuid-', '/etc/subgid-'}
LISTED = ('/var/lib', '/var/cache', '/srv', '/opt', '/root', '/usr/local/bin', '/usr/local/sbin', '/usr/local/lib')


class Record:
    def __init__(self, module):
        self.module = module
        self.folder = os.path.join(HOME, 'provision', module.params['set'])
        self.path = os.path.join(self.folder, 'record.json')
        self.before = os.path.join(self.folder, 'before.json')
        self.data = self.load(self.path)

    def load(self, path):
        if not os.path.exists(path):
            return None
        try:
            with open(path, encoding='utf8') as file:
                return json.load(file)
        except ValueError as error:
            self.module.fail_json(msg='%s is damaged (%s): what was added can no longer be told; mend it by hand' % (path, error))

    def write(self, path, value):
        os.makedirs(self.folder, 0o700, exist_ok=True)
        aside = path + '.writing'
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w', encoding='utf8') as file:
            json.dump(value, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        os.rename(aside, path)

    def run(self, *argv, check=False):
        env = {'DEBIAN_FRONTEND': 'noninteractive', 'LC_ALL': 'C.UTF-8'}
        code, out, err = self.module.run_command(list(argv), environ_update=env)
        if check and code != 0:
            self.module.fail_json(msg='%s ended with %s: %s' % (' '.join(argv[:3]), code, (err or out).strip()[-500:]))
        return code, out, err


# ───────────────────────────── before ─────────────────────────────

def recorded(record):
    module = record.module
    data = record.data or {'packages': [], 'files': {}, 'units': {}, 'users': [], 'groups': [], 'folders': []}
    old = json.dumps(data, sort_keys=True)
    for path in module.params['files']:
        if path not in data['files']:
            data['files'][path] = file_state(path)
    for path in module.params['hulls']:
        if path not in data['files'] and not os.path.lexists(path):
            data['files'][path] = {'was': 'absent', 'gone': 'if empty'}
    for unit in module.params['units']:
        if unit not in data['units']:
            data['units'][unit] = unit_state(record, unit)
    if module.params['accounts']:
        before = record.load(record.before) or {}
        for kind, known in (('users', before.get('user')), ('groups', before.get('group'))):
            now = [each[0] for each in (pwd.getpwall() if kind == 'users' else grp.getgrall())]
            # Of no snapshot (a check) nothing follows.
            data[kind] = sorted(set(data[kind]) | (set(now) - set(known) if known else set()))
    data['folders'] = sorted(set(data['folders']) | set(module.params['folders']))
    come = new_packages(record, module.params['packages'])
    data['packages'] = sorted(set(data['packages']) | set(come))
    changed = json.dumps(data, sort_keys=True) != old or record.data is None
    if changed and not module.check_mode:
        if not os.path.exists(record.before):
            record.write(record.before, snapshot(record, data['folders']))
        record.write(record.path, data)
    told = 'packages to come, %d: %s' % (len(come), ' '.join(sorted(come))) if come else ''
    return {'changed': changed, 'record': data, 'diff': {'prepared': told}}


def exists(known, name):
    try:
        known(name)
        return True
    except KeyError:
        return False


def file_state(path):
    """A name that ends in / is a folder with all that is in it: either it was not there, or it stays."""
    if not os.path.lexists(path.rstrip('/')):
        return {'was': 'absent'}
    if path.endswith('/'):
        return {'was': 'there'}
    found = os.lstat(path)
    if stat.S_ISLNK(found.st_mode):
        return {'was': 'link', 'target': os.readlink(path)}
    with open(path, 'rb') as file:
        content = base64.b64encode(file.read()).decode('ascii')
    return {'was': 'file', 'content': content, 'mode': stat.S_IMODE(found.st_mode), 'uid': found.st_uid, 'gid': found.st_gid}


def unit_state(record, unit):
    _, enabled, _ = record.run('systemctl', 'is-enabled', unit)
    _, active, _ = record.run('systemctl', 'is-active', unit)
    return {'enabled': enabled.strip() or 'not-found', 'active': active.strip()}


def new_packages(record, wanted):
    """Those that apt would add for these: with all they bring along. An upgrade of what is there adds nothing."""
    missing = [name for name in wanted if not installed(record, name)]
    if not missing:
        return []
    code, out, err = record.run('apt-get', '-s', '-q', '--no-install-recommends', 'install', *missing)
    if code != 0:
        if record.module.check_mode:
            return missing
        record.module.fail_json(msg='apt cannot install what is needed: %s' % (err or out).strip()[:500])
    gone = re.findall(r'^Remv (\S+)', out, re.M)
    if gone:
        record.module.fail_json(msg='installing what is needed would remove %s: take them away first, or keep this host out' % ', '.join(gone))
    return [name for name, old in re.findall(r'^Inst (\S+) (\[[^]]*\] )?\(', out, re.M) if not old]


def installed(record, name):
    _, out, _ = record.run('dpkg-query', '-W', '-f', '${db:Status-Abbrev}', name)
    return out.startswith('ii')


# ───────────────────────────── and back ─────────────────────────────

def taken_back(record):
    data, module = record.data, record.module
    if data is None:
        return {'changed': False, 'record': None}
    result = {'changed': True, 'record': data, 'diff': {'prepared': outline(data)}}
    if module.check_mode:
        return result
    for unit in reversed(list(data['units'])):
        stop(record, unit, data['units'][unit])
    purge(record, data['packages'])
    for path in sorted(data['files'], reverse=True):
        put_back(path, data['files'][path])
    remove_accounts(record, data)
    record.run('systemctl', 'daemon-reload')
    for unit, was in data['units'].items():
        restart(record, unit, was)
    # A unit that failed and is gone would be listed as failed for ever.
    record.run('systemctl', 'reset-failed')
    before = record.load(record.before) or {}
    after = snapshot(record, data['folders'])
    if before == after:
        shutil.rmtree(record.folder)
        for folder in (os.path.dirname(record.folder), HOME):
            if os.path.isdir(folder) and not os.listdir(folder):
                os.rmdir(folder)
    result['audit'] = {'before': before, 'after': after}
    return result


def outline(data):
    absent = sorted(path for path, was in data['files'].items() if was['was'] == 'absent')
    lines = ['purge %d packages: %s' % (len(data['packages']), ' '.join(data['packages']))] if data['packages'] else []
    lines += ['remove ' + path for path in absent]
    lines += ['put back ' + path for path in sorted(set(data['files']) - set(absent))]
    lines += ['%s: %s, %s' % (unit, was['enabled'], was['active']) for unit, was in data['units'].items()]
    return '\n'.join(lines)


def stop(record, unit, was):
    if was['active'] not in ('active', 'activating'):
        record.run('systemctl', 'stop', unit)
    if was['enabled'] not in ('enabled', 'static', 'indirect', 'generated', 'alias'):
        record.run('systemctl', 'disable', unit)


def restart(record, unit, was):
    _, now, _ = record.run('systemctl', 'is-enabled', unit)
    if now.strip().startswith('masked') and not was['enabled'].startswith('masked'):
        record.run('systemctl', 'unmask', unit)
    if was['enabled'] == 'enabled' and now.strip() != 'enabled':
        record.run('systemctl', 'enable', unit)
    if was['active'] == 'active':
        record.run('systemctl', 'start', unit)


def purge(record, packages):
    present = [name for name in packages if record.run('dpkg-query', '-W', name)[0] == 0]
    if not present:
        return
    _, out, _ = record.run('apt-get', '-s', '-q', 'purge', *present, check=True)
    others = sorted(set(re.findall(r'^(?:Remv|Purg) (\S+)', out, re.M)) - set(packages))
    if others:
        record.module.fail_json(msg='%s came later and need what would be taken back: remove them first' % ', '.join(others))
    # None of them was there before, whatever they call themselves (e2fsprogs: essential).
    record.run('apt-get', '-y', '-q', '--allow-remove-essential', 'purge', *present, check=True)
    for name in packages:
        for path in glob.glob('/var/cache/apt/archives/%s_*.deb' % glob.escape(name.split(':')[0])):
            os.unlink(path)


def put_back(path, was):
    bare = path.rstrip('/')
    if was.get('gone') == 'if empty':
        if os.path.isdir(bare) and not os.listdir(bare):
            os.rmdir(bare)
    elif was['was'] == 'absent':
        if os.path.isdir(bare) and not os.path.islink(bare):
            shutil.rmtree(bare)
        elif os.path.lexists(bare):
            os.unlink(bare)
    elif was['was'] == 'link':
        if not os.path.islink(bare) or os.readlink(bare) != was['target']:
            if os.path.lexists(bare):
                os.unlink(bare)
            os.symlink(was['target'], bare)
    elif was['was'] == 'file':
        content = base64.b64decode(was['content'])
        if not os.path.isfile(bare) or open(bare, 'rb').read() != content:
            os.makedirs(os.path.dirname(bare), exist_ok=True)
            with open(bare + '.writing', 'wb') as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.rename(bare + '.writing', bare)
        os.chown(bare, was['uid'], was['gid'])
        os.chmod(bare, was['mode'])


def remove_accounts(record, data):
    for name in data['users']:
        if exists(pwd.getpwnam, name):
            record.run('userdel', name, check=True)
    for name in data['groups']:
        if exists(grp.getgrnam, name):
            record.run('groupdel', name, check=True)


# ───────────────────────────── snapshot ─────────────────────────────

def snapshot(record, folders):
    """Kind → thing → what it is like. Folders are listed one level deep, /etc is looked at whole."""
    return {
        'package': dict(line.split('\t', 1) for line in
                        lines(record, 'dpkg-query', '-W', '-f', '${binary:Package}\t${db:Status-Abbrev}${Version}\n')),
        'file': {path: like for path, like in walk('/etc') if path not in NO_MATTER},
        'unit': {words[0]: words[1] for words in (line.split() for line in
                 lines(record, 'systemctl', 'list-unit-files', '--no-legend', '--no-pager')) if len(words) > 1 and words[1] not in ('generated', 'transient')},
        'user': {each.pw_name: '%d:%d %s %s' % (each.pw_uid, each.pw_gid, each.pw_dir, each.pw_shell) for each in pwd.getpwall()},
        'group': {each.gr_name: '%d %s' % (each.gr_gid, ','.join(sorted(each.gr_mem))) for each in grp.getgrall()},
        'entry': {path: like for folder in LISTED + tuple(folders) for path, like in entries(folder)},
        'log folder': {path: like for path, like in entries('/var/log') if like == 'folder'},
        'firewall table': tables(record),
        'listening': {words[0] + ' ' + words[4]: 'open' for words in (line.split() for line in lines(record, 'ss', '-H', '-l', '-n', '-t', '-u')) if len(words) > 4},
        'interface': {words[1].rstrip(':').split('@')[0]: ' '.join(re.findall(r'master \S+', line)) or 'alone'
                      for line, words in ((line, line.split()) for line in lines(record, 'ip', '-o', 'link')) if len(words) > 1},
        'host name': {'host name': os.uname().nodename},
    }


def lines(record, *argv):
    _, out, _ = record.run(*argv)
    return [line for line in out.split('\n') if line.strip()]


def walk(top):
    for folder, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(folder, name)
            yield path, likeness(path)


def likeness(path):
    try:
        found = os.lstat(path)
        about = '%o %d:%d' % (stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid)
        if stat.S_ISLNK(found.st_mode):
            return 'link to ' + os.readlink(path)
        if stat.S_ISDIR(found.st_mode):
            return 'folder ' + about
        if not stat.S_ISREG(found.st_mode):
            return 'special ' + about
        with open(path, 'rb') as file:
            return 'file %s %s' % (about, hashlib.sha256(file.read()).hexdigest()[:16])
    except FileNotFoundError:
        return 'gone while it was looked at'


def entries(folder):
    if not os.path.isdir(folder):
        return
    for entry in os.scandir(folder):
        if entry.path != HOME:
            yield entry.path, 'folder' if entry.is_dir(follow_symlinks=False) else 'link' if entry.is_symlink() else 'file'


def tables(record):
    """Table → digest of its rules; counters count on by themselves. A host without nft has none that we could see."""
    if shutil.which('nft') is None:
        return {}
    _, out, _ = record.run('nft', 'list', 'ruleset')
    found = {}
    for name, rules in re.findall(r'^table (\S+ \S+) \{\n(.*?)^\}', out, re.M | re.S):
        found[name] = hashlib.sha256(re.sub(r'packets \d+ bytes \d+', '', rules).encode()).hexdigest()[:16]
    return found


def main():
    names = {'type': 'list', 'elements': 'str', 'default': []}
    module = AnsibleModule(
        argument_spec={
            'set': {'type': 'str', 'required': True},
            'state': {'type': 'str', 'required': True, 'choices': ['recorded', 'read', 'taken_back']},
            'packages': names, 'files': names, 'units': names, 'folders': names, 'hulls': names, 'accounts': {'type': 'bool', 'default': False},
        },
        supports_check_mode=True)
    record = Record(module)
    acts = {'recorded': recorded, 'taken_back': taken_back, 'read': lambda record: {'changed': False, 'record': record.data}}
    module.exit_json(**acts[module.params['state']](record))


main()
