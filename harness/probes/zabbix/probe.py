"""Asks Zabbix over its JSON interface and sends it values as an agent does; runs on the client, with Python's own library.

OPTIONS comes before this text: mode, api, username, password, servers (ADDRESS:PORT of each), host and key of the item
that is sent to, seconds, intervalMs. Times are seconds since 1970, from the wall clock at the start and the monotonic
one since. Every line is a JSON object.

setup   makes the host, the item and a trigger that fires while the last value is above 0.
ready   until one server is active, one stands by, and a value sets the trigger off and takes it back: {"active", "standby"}
        by name, "delay" as Zabbix says when the other takes over.
raise   offers the value 1 to every server until one takes it, and looks for what comes of it:
        {"is": "begin", "at"}
        {"is": "active", "since", "at", "name"}    each change of who is active ("" for nobody)
        {"is": "taken", "since", "at", "server"}   once
        {"is": "event", "since", "at", "clock"}    the first event of the trigger after the beginning; `clock` is Zabbix' own
        {"is": "end", "at"}                        last
quiet   sends 0, so that the trigger is as before.
"""

import json
import signal
import socket
import struct
import sys
import threading
import time
import urllib.request

WALL = time.time() - time.monotonic()
ENDED = threading.Event()
TOKEN = None


def now():
    return WALL + time.monotonic()


def say(**words):
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def call(method, params, timeout=10.0):
    body = {"jsonrpc": "2.0", "method": method, "params": params, "id": 1}
    if TOKEN:
        body["auth"] = TOKEN
    request = urllib.request.Request(OPTIONS["api"], json.dumps(body).encode(), {"Content-Type": "application/json-rpc"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=timeout) as response:
        answer = json.loads(response.read())
    if "error" in answer:
        raise RuntimeError(f"{method}: {answer['error'].get('data') or answer['error'].get('message')}")
    return answer["result"]


def log_in(deadline):
    global TOKEN
    while True:
        try:
            TOKEN = call("user.login", {"username": OPTIONS["username"], "password": OPTIONS["password"]})
            return
        except Exception:
            if time.monotonic() > deadline or ENDED.wait(0.5):
                raise


def send(server, value):
    """Whether the server took it: a standby listens to nobody, and one that does not know the item yet fails it."""
    address, port = server.rsplit(":", 1)
    data = [{"host": OPTIONS["host"], "key": OPTIONS["key"], "value": str(value)}]
    body = json.dumps({"request": "sender data", "data": data}).encode()
    try:
        with socket.create_connection((address, int(port)), 1.0) as link:
            link.sendall(b"ZBXD\x01" + struct.pack("<II", len(body), 0) + body)
            answer = b""
            while True:
                more = link.recv(4096)
                if not more:
                    break
                answer += more
    except OSError:
        return False
    return b"processed: 1" in answer


def offered(value):
    return next((server for server in OPTIONS["servers"] if send(server, value)), None)


def active():
    return [each["name"] for each in call("hanode.get", {"output": "extend"}) if each["status"] == "3"]


def standing_by():
    return [each["name"] for each in call("hanode.get", {"output": "extend"}) if each["status"] == "0"]


def triggers():
    items = call("item.get", {"output": ["itemid"], "host": OPTIONS["host"], "filter": {"key_": OPTIONS["key"]}})
    if not items:
        raise RuntimeError(f"no item {OPTIONS['key']} of host {OPTIONS['host']}")
    return [each["triggerid"] for each in call("trigger.get", {"output": ["triggerid"], "itemids": [items[0]["itemid"]]})]


def problems(ids):
    return call("problem.get", {"output": ["eventid"], "objectids": ids})


def events_after(ids, last):
    found = call("event.get", {"output": ["eventid", "clock", "ns", "value"], "objectids": ids, "eventid_from": str(last + 1)})
    return sorted((each for each in found if each["value"] == "1"), key=lambda each: int(each["eventid"]))


def newest(ids):
    found = call("event.get", {"output": ["eventid"], "objectids": ids, "sortfield": "eventid", "sortorder": "DESC", "limit": 1})
    return int(found[0]["eventid"]) if found else 0


def setup(_):
    groups = call("hostgroup.get", {"output": ["groupid"], "limit": 1})
    host = call("host.create", {"host": OPTIONS["host"], "groups": [{"groupid": groups[0]["groupid"]}]})["hostids"][0]
    call("item.create", {"name": "drill", "key_": OPTIONS["key"], "hostid": host, "type": 2, "value_type": 3})
    expression = f"last(/{OPTIONS['host']}/{OPTIONS['key']})>0"
    call("trigger.create", {"description": "drill", "expression": expression, "priority": 4})
    print("made")


def wait(condition, deadline, what):
    while True:
        try:
            found = condition()
            if found:
                return found
        except Exception as error:
            what = f"{what}; last: {error}"[:300]
        if time.monotonic() > deadline or ENDED.wait(0.25):
            raise RuntimeError(f"waited for {what}")


def ready(deadline):
    ids = triggers()
    wait(lambda: active() and standing_by(), deadline, "one server that is active and one that stands by")
    wait(lambda: offered(1), deadline, "a server to take a value")
    wait(lambda: problems(ids), deadline, "a problem to be raised")
    wait(lambda: offered(0) and not problems(ids), deadline, "the problem to be over")
    delay = call("settings.get", {"output": ["ha_failover_delay"]})["ha_failover_delay"]
    say(active=active()[0], standby=standing_by(), delay=delay)


def raised(deadline):
    ids = triggers()
    last = newest(ids)
    say(**{"is": "begin", "at": now()})
    who, taken, event = None, None, None
    since = {"active": now(), "taken": now(), "event": now()}
    while not ENDED.is_set() and time.monotonic() < deadline:
        begun = now()
        try:
            found = (active() or [""])[0]
            if found != who:
                say(**{"is": "active", "since": since["active"], "at": now(), "name": found})
                who = found
            since["active"] = begun
            if taken is None:
                begun = now()
                taken = offered(1)
                if taken is not None:
                    say(**{"is": "taken", "since": since["taken"], "at": now(), "server": taken})
                since["taken"] = begun
            begun = now()
            fresh = events_after(ids, last)
            if fresh:
                event = fresh[0]
                clock = int(event["clock"]) + int(event["ns"]) / 1e9
                say(**{"is": "event", "since": since["event"], "at": now(), "clock": clock})
                break
            since["event"] = begun
        except Exception as error:
            sys.stderr.write(str(error)[:200] + "\n")
        ENDED.wait(OPTIONS["intervalMs"] / 1000)
    say(**{"is": "end", "at": now()})


def main():
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ENDED.set())
    deadline = time.monotonic() + OPTIONS["seconds"]
    log_in(deadline)
    mode = OPTIONS["mode"]
    if mode == "setup":
        setup(deadline)
    elif mode == "ready":
        ready(deadline)
    elif mode == "raise":
        raised(deadline)
    elif mode == "quiet":
        wait(lambda: offered(0) and not problems(triggers()), deadline, "the problem to be over")
        print("quiet")


main()
