"""Looks at Prometheus and Alertmanager, and takes Alertmanager's messages; runs on the client, with Python's own library.

OPTIONS comes before this text: mode, prometheus, alertmanager, login ([name, password], [token] or null),
ca (a file or null), messages ("ADDRESS:PORT"), seconds, intervalMs, and per mode what is said below. Times are seconds since 1970, from the wall clock
at the start and the monotonic one since. Every line is a JSON object.

watch   looks every intervalMs and listens at `messages` until it is ended. A line for each change:
        {"is": "begin", "at"}                                    once, first
        {"is": "rules", "since", "at", "alerts": [{"name", "state", "labels", "activeAt"}]}  of Prometheus
        {"is": "alerts", "since", "at", "alerts": [{"name", "state", "labels", "silencedBy", "inhibitedBy"}]}  of Alertmanager
        {"is": "targets", "since", "at", "down": [{"job", "instance"}], "up": N}
        {"is": "lost", "since", "at", "what", "why"}             it does not answer, or not with what was asked for
        {"is": "message", "at", "status", "name", "labels", "startsAt"}
        {"is": "end", "at", "looks"}                             once, last: what comes without it was cut off
        `since` is when the look before was begun: the change came between the two.
facts   one line: how the rule `rule` is written and evaluated, how many are named so, what its series are, how often exporters are asked, how
        Alertmanager groups, what is silenced, how Prometheus' clock goes, and how many series `source` (a selector or null) has.
rules   one line: every rule that alarms, with its series; which exporters are silent, and what is silenced.
firing  waits until an alert of `rule` fires in Prometheus with any of `names` (where there are any) among its labels; with `message` also until
        the watch has a message of it. "yes" or "no" at the end of `seconds`.
quiet   the same until none does, and every target of `node` (names, too) is up; with `pending` until none is about to fire either.
"""

import base64
import http.server
import json
import re
import signal
import ssl
import sys
import threading
import time
import urllib.parse
import urllib.request

WALL = time.time() - time.monotonic()
ENDED = threading.Event()
LOCK = threading.Lock()
MESSAGES = []


def now():
    return WALL + time.monotonic()


def say(**words):
    with LOCK:
        sys.stdout.write(json.dumps(words) + "\n")
        sys.stdout.flush()


# Nothing of the environment's proxies: these are the cluster's own.
OPENER = urllib.request.build_opener(
    urllib.request.ProxyHandler({}),
    urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=OPTIONS.get("ca"))),
)


def ask(url, timeout=5.0, login=True):
    request = urllib.request.Request(url)
    if login and OPTIONS["login"]:
        *name, secret = OPTIONS["login"]
        basic = base64.b64encode(":".join([*name, secret]).encode()).decode()
        # Not sent on to where an answer leads: that may be somebody else.
        request.add_unredirected_header("Authorization", "Basic " + basic if name else "Bearer " + secret)
    with OPENER.open(request, timeout=timeout) as response:
        return json.loads(response.read())


def prometheus(path, **query):
    more = "?" + urllib.parse.urlencode(query) if query else ""
    return ask(OPTIONS["prometheus"] + "/api/v1/" + path + more)["data"]


def alertmanager(path):
    return ask(OPTIONS["alertmanager"] + "/api/v2/" + path)


def named(labels):
    return labels.get("alertname", ""), {key: value for key, value in sorted(labels.items()) if key != "alertname"}


def of_rules():
    found = []
    for alert in prometheus("alerts")["alerts"]:
        name, labels = named(alert["labels"])
        found.append({"name": name, "state": alert["state"], "labels": labels, "activeAt": alert["activeAt"]})
    return {"alerts": sorted(found, key=json.dumps)}


def of_alertmanager():
    found = []
    for alert in alertmanager("alerts"):
        name, labels = named(alert["labels"])
        status = alert["status"]
        found.append({"name": name, "state": status["state"], "labels": labels, "silencedBy": status["silencedBy"], "inhibitedBy": status.get("inhibitedBy", [])})
    return {"alerts": sorted(found, key=json.dumps)}


def of_targets():
    found = prometheus("query", query="up")["result"]
    down = [each["metric"] for each in found if float(each["value"][1]) != 1]
    down = [{"job": each.get("job", ""), "instance": each.get("instance", "")} for each in down]
    return {"down": sorted(down, key=json.dumps), "up": len(found) - len(down)}


def looks(what, look, deadline, counted):
    last, since = None, now()
    due = time.monotonic()
    while not ENDED.is_set() and time.monotonic() < deadline:
        begun = now()
        try:
            seen = {"is": what, **look()}
            counted[what] = counted.get(what, 0) + 1
            answered = True
        except Exception as error:
            seen = {"is": "lost", "what": what, "why": (str(error) or type(error).__name__)[:120]}
            answered = False
        if seen != last:
            say(since=since, at=now(), **seen)
        last = seen
        # A look that failed has seen nothing.
        since = begun if answered else since
        due = max(due + OPTIONS["intervalMs"] / 1000, time.monotonic())
        ENDED.wait(due - time.monotonic())


class Receiver(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        at = now()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.end_headers()
        try:
            for alert in json.loads(body)["alerts"]:
                name, labels = named(alert["labels"])
                status = alert["status"]
                say(**{"is": "message", "at": at, "status": status, "name": name, "labels": labels, "startsAt": alert["startsAt"]})
                MESSAGES.append({"name": name, "status": status, "labels": labels, "at": at})
        except (ValueError, KeyError, TypeError):
            say(**{"is": "lost", "since": at, "at": at, "what": "messages", "why": "a message that is none of Alertmanager's"})

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(MESSAGES).encode())


class Server(http.server.ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True


def watch():
    address, port = OPTIONS["messages"].rsplit(":", 1)
    server = Server((address, int(port)), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    deadline = time.monotonic() + OPTIONS["seconds"]
    say(**{"is": "begin", "at": now()})
    counted = {}
    work = [
        threading.Thread(target=looks, args=(what, look, deadline, counted), daemon=True)
        for what, look in (("rules", of_rules), ("alerts", of_alertmanager), ("targets", of_targets))
    ]
    for each in work:
        each.start()
    while not ENDED.is_set() and time.monotonic() < deadline:
        ENDED.wait(0.2)
    for each in work:
        each.join(6)
    say(**{"is": "end", "at": now(), "looks": counted})


FUNCTION = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*(?=\s*\()")
GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", re.I)
WORDS = {"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right", "inf", "nan", "start", "end", "atan2"}
SELECTOR = re.compile(r"([A-Za-z_:][A-Za-z0-9_:]*)\s*(\{(?:[^}\"]|\"(?:[^\"\\]|\\.)*\")*\})?|(\{(?:[^}\"]|\"(?:[^\"\\]|\\.)*\")*\})")


def selectors(query):
    """The series that an expression asks for. Functions, numbers, durations and label lists are none."""
    text = GROUPING.sub(" ", query)
    text = re.sub(r"\[[^\]]*\]", " ", text)
    found = []
    for match in SELECTOR.finditer(text):
        name, braces, bare = match.group(1), match.group(2), match.group(3)
        before = text[match.start() - 1] if match.start() else " "
        if name and (name.lower() in WORDS or before.isdigit() or before == "."):
            continue
        if name and not braces and re.match(r"\s*\(", text[match.end():]):
            continue
        found.append((name or "") + (braces or bare or ""))
    return sorted(set(found))


def grouping(configuration):
    """How Alertmanager groups, as it prints its configuration; of all that is in there nothing else is kept. At the top, and of every route."""
    routes = re.search(r"^route:\n((?:  .*\n|\n)*)", configuration, re.M)
    text = routes.group(1) if routes else ""
    top = re.search(r"^  group_wait: (\S+)$", text, re.M)
    waits = re.findall(r"^ +(?:- )?group_wait: (\S+)$", text, re.M)
    intervals = re.findall(r"^ +(?:- )?group_interval: (\S+)$", text, re.M)
    return {"groupWait": top.group(1) if top else "30s", "groupWaits": waits or ["30s"], "groupIntervals": intervals or ["5m"]}


def series_of(query):
    return [{"selector": each, "count": len(prometheus("query", query=each)["result"])} for each in selectors(query)]


def alarm_rules():
    groups = prometheus("rules", type="alert")["groups"]
    return [
        {
            "name": rule["name"],
            "query": rule["query"],
            "forSeconds": rule["duration"],
            "evaluationSeconds": group["interval"],
            "health": rule["health"],
            "file": group["file"],
            "labels": rule["labels"],
        }
        for group in groups
        for rule in group["rules"]
    ]


def active_targets():
    return prometheus("targets", state="active")["activeTargets"]


def silences():
    active = [each for each in alertmanager("silences") if each["status"]["state"] == "active"]
    return [{key: each[key] for key in ("id", "comment", "createdBy", "endsAt", "matchers")} for each in active]


def clock():
    """Prometheus' own less this one."""
    before = now()
    theirs = float(prometheus("query", query="time()")["result"][1])
    after = now()
    return {"offsetSeconds": theirs - (before + after) / 2, "halfWidthSeconds": (after - before) / 2}


def facts():
    named_so = [each for each in alarm_rules() if each["name"] == OPTIONS["rule"]]
    wanted = next(iter(named_so), None)
    source = OPTIONS["source"]
    targets = active_targets()
    say(
        rule=wanted and {**wanted, "alike": len(named_so), "series": series_of(wanted["query"])},
        scrape=sorted({each["scrapeInterval"] for each in targets}),
        **grouping(alertmanager("status")["config"]["original"]),
        silences=silences(),
        prometheusClock=clock(),
        **({"source": {"selector": source, "count": len(prometheus("query", query=source)["result"])}} if source else {}),
    )


def rules():
    found = [{**each, "series": series_of(each["query"])} for each in alarm_rules()]
    silent = [each["labels"] for each in active_targets() if each["health"] != "up"]
    say(rules=found, silent=silent, silences=silences())


def about(labels, names):
    """Whether a label names one of these, with or without a domain or a port."""
    return any(value == name or value.startswith((name + ":", name + ".")) for value in labels.values() for name in names)


def ours(labels):
    """Without names every alert is meant."""
    return not OPTIONS["names"] or about(labels, OPTIONS["names"])


def stands(*states):
    return any(each["name"] == OPTIONS["rule"] and each["state"] in states and ours(each["labels"]) for each in of_rules()["alerts"])


def is_quiet():
    states = ("firing", "pending") if OPTIONS["pending"] else ("firing",)
    return not stands(*states) and not any(about(each, OPTIONS["node"]) for each in of_targets()["down"])


def told():
    return any(
        each["name"] == OPTIONS["rule"] and each["status"] == "firing" and ours(each["labels"])
        for each in ask("http://" + OPTIONS["messages"] + "/", login=False)
    )


def until(condition):
    deadline = time.monotonic() + OPTIONS["seconds"]
    while True:
        try:
            if condition():
                print("yes")
                return
        except Exception as error:
            sys.stderr.write(str(error)[:200] + "\n")
        if ENDED.wait(0.25) or time.monotonic() > deadline:
            print("no")
            return


def main():
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ENDED.set())
    mode = OPTIONS["mode"]
    if mode == "watch":
        watch()
    elif mode == "facts":
        facts()
    elif mode == "rules":
        rules()
    elif mode == "firing":
        until(lambda: stands("firing") and (not OPTIONS["message"] or told()))
    elif mode == "quiet":
        until(is_quiet)


main()
