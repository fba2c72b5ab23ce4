"""Asks etcd over its JSON gateway, with Python's own library alone; runs on the client, and as a node's agent on a node.

probe.py MODE OPTIONS, where OPTIONS is JSON: members (base URLs), tls ({ca, certificate, key} or null), prefix of all
keys, seconds, and per mode what is said below. Every line begins with a letter; times are seconds since 1970, from the
wall clock at the start and the monotonic one since.

watch   intervalMs, leaseSeconds: writes to every member by itself, reads every member's status, and reads the state key.
        P VERSION MEMBERS            once, first
        W MEMBER NUMBER SENT DONE ok TERM | no REASON      a put of PREFIX/MEMBER/NUMBER
        S MEMBER SENT DONE LEADER TERM | no REASON         leader 0: it knows of none
        K SENT DONE present | gone | no REASON             the state key, by a linearizable read of any member
        Z TIME                       once, last: what comes without it was cut off
agent   ttlSeconds: keeps PREFIX/state alive by a lease, through whichever member answers, until it is ended. "A TIME" once.
verify  V KEY VALUE of everything under PREFIX/, then Z TIME.
ready   waits until a put is acknowledged, at most `seconds`: "R LEADER TERM" with the leader's place among the members.
forget  deletes everything under PREFIX/.
"""

import base64
import http.client
import json
import signal
import ssl
import sys
import threading
import time
import urllib.parse

WALL = time.time() - time.monotonic()
ENDED = threading.Event()
LOCK = threading.Lock()


def now():
    return WALL + time.monotonic()


def say(*words):
    line = " ".join(word if isinstance(word, str) else f"{word:.6f}" for word in words)
    with LOCK:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def text(value):
    return base64.b64encode(value.encode()).decode()


def plain(value):
    return base64.b64decode(value or "").decode()


def end_of(prefix):
    """The first key that does not begin so."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


class Member:
    """One connection to one member; made anew after any failure."""

    def __init__(self, url, tls):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port, self.secure, self.tls = parts.hostname, parts.port, parts.scheme == "https", tls
        self.connection = None

    def connect(self, timeout):
        if not self.secure:
            return http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        context = ssl.create_default_context(cafile=self.tls and self.tls["ca"])
        if self.tls:
            context.load_cert_chain(self.tls["certificate"], self.tls["key"])
        return http.client.HTTPSConnection(self.host, self.port, timeout=timeout, context=context)

    def ask(self, path, body, timeout=1.0):
        """The answer, or an exception whose words say why there is none."""
        try:
            if self.connection is None:
                self.connection = self.connect(timeout)
            self.connection.request("POST", "/v3/" + path, json.dumps(body), {"Content-Type": "application/json"})
            response = self.connection.getresponse()
            answer = json.loads(response.read() or b"{}")
        except Exception:
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            raise
        if response.status != 200:
            raise RuntimeError(str(answer.get("error", answer))[:120])
        return answer


def reason(error):
    return "_".join((str(error) or type(error).__name__).split())[:120]


def repeat(interval, deadline, work):
    """At even times: a late one is not made up for."""
    due = time.monotonic()
    while not ENDED.is_set() and time.monotonic() < deadline:
        work()
        due = max(due + interval, time.monotonic())
        ENDED.wait(due - time.monotonic())


def any_of(members, path, body, timeout=1.0):
    failure = RuntimeError("no member")
    for _ in members:
        try:
            return members[0].ask(path, body, timeout)
        except Exception as error:
            failure = error
            # The next one first, also the next time.
            members.append(members.pop(0))
    raise failure


def writer(index, member, options, lease, deadline):
    number = 0

    def put():
        nonlocal number
        number += 1
        sent = now()
        key, value = f"{options['prefix']}/{index}/{number}", f"{index}:{number}"
        try:
            answer = member.ask("kv/put", {"key": text(key), "value": text(value), "lease": lease})
            say("W", str(index), str(number), sent, now(), "ok", str(answer["header"]["raft_term"]))
        except Exception as error:
            say("W", str(index), str(number), sent, now(), "no", reason(error))

    repeat(options["intervalMs"] / 1000, deadline, put)


def statuses(index, member, options, deadline):
    def look():
        sent = now()
        try:
            answer = member.ask("maintenance/status", {})
            say("S", str(index), sent, now(), str(answer.get("leader", "0")), str(answer.get("raftTerm", "0")))
        except Exception as error:
            say("S", str(index), sent, now(), "no", reason(error))

    repeat(options["intervalMs"] / 1000, deadline, look)


def state_key(members, options, deadline):
    def look():
        sent = now()
        try:
            answer = any_of(members, "kv/range", {"key": text(options["prefix"] + "/state"), "count_only": True})
            say("K", sent, now(), "present" if int(answer.get("count", 0)) > 0 else "gone")
        except Exception as error:
            say("K", sent, now(), "no", reason(error))

    repeat(options["intervalMs"] / 1000, deadline, look)


def watch(options, fresh):
    deadline = time.monotonic() + options["seconds"]
    # Whatever becomes of this process, etcd itself takes its keys away.
    lease = any_of(fresh(), "lease/grant", {"TTL": str(options["leaseSeconds"])}, 5.0)["ID"]
    say("P", "1", str(len(options["members"])))
    work = [threading.Thread(target=state_key, args=(fresh(), options, deadline), daemon=True)]
    for index in range(len(options["members"])):
        work.append(threading.Thread(target=writer, args=(index, fresh()[index], options, lease, deadline), daemon=True))
        work.append(threading.Thread(target=statuses, args=(index, fresh()[index], options, deadline), daemon=True))
    for each in work:
        each.start()
    for each in work:
        each.join(max(0.0, deadline - time.monotonic()) + 3 if not ENDED.is_set() else 3)
    say("Z", now())


def agent(options, fresh):
    deadline = time.monotonic() + options["seconds"]
    ttl = options["ttlSeconds"]
    members = fresh()
    lease = any_of(members, "lease/grant", {"TTL": str(ttl)}, 5.0)["ID"]
    any_of(members, "kv/put", {"key": text(options["prefix"] + "/state"), "value": text("up"), "lease": lease}, 5.0)
    say("A", now())

    def keep():
        try:
            any_of(members, "lease/keepalive", {"ID": lease}, ttl / 3)
        except Exception:
            # The next one may come in time.
            pass

    repeat(ttl / 3, deadline, keep)


def verify(options, fresh):
    members, prefix = fresh(), options["prefix"] + "/"
    start = prefix
    while True:
        body = {"key": text(start), "range_end": text(end_of(prefix)), "limit": "1000"}
        answer = any_of(members, "kv/range", body, 5.0)
        found = answer.get("kvs", [])
        for each in found:
            say("V", plain(each["key"]), plain(each.get("value")))
        if not answer.get("more"):
            break
        start = plain(found[-1]["key"]) + "\0"
    say("Z", now())


def ready(options, fresh):
    deadline = time.monotonic() + options["seconds"]
    failure = RuntimeError("not asked")
    while time.monotonic() < deadline and not ENDED.is_set():
        try:
            lease = any_of(fresh(), "lease/grant", {"TTL": str(options["leaseSeconds"])})["ID"]
            any_of(fresh(), "kv/put", {"key": text(options["prefix"] + "/ready"), "value": text("1"), "lease": lease})
            for index, member in enumerate(fresh()):
                try:
                    status = member.ask("maintenance/status", {})
                except Exception:
                    # A member that is down is no leader.
                    continue
                if status.get("leader") == status["header"]["member_id"]:
                    say("R", str(index), str(status["raftTerm"]))
                    return
        except Exception as error:
            failure = error
        ENDED.wait(0.2)
    sys.exit(f"no write was acknowledged within {options['seconds']} s: {failure}")


def forget(options, fresh):
    prefix = options["prefix"] + "/"
    any_of(fresh(), "kv/deleterange", {"key": text(prefix), "range_end": text(end_of(prefix))}, 5.0)


def main():
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ENDED.set())
    options = json.loads(sys.argv[2])
    modes = {"watch": watch, "agent": agent, "verify": verify, "ready": ready, "forget": forget}

    def fresh():
        return [Member(url, options.get("tls")) for url in options["members"]]

    try:
        modes[sys.argv[1]](options, fresh)
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}")


main()
