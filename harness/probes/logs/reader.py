"""Follows the file that a collector stores log lines in, from where it ended before the first line of ours; runs on the collector, with Python's own library.

OPTIONS comes before this text: file, from (bytes), mark, parts (how many others a line has beside its own), seconds. A line of ours has MARK-NUMBER in it. Prints
`TIME NUMBER PARSED` for each that is stored, PARSED 1 where its parts are values of their own in an object of JSON; `TIME 0 1` once it
looks, first, and `TIME -1 1` when it ends, last: what comes without it was cut off. Times are seconds since 1970.
"""

import json
import os
import re
import signal
import threading
import time

ENDED = threading.Event()
MARK = re.compile(re.escape(OPTIONS["mark"]) + r"-(\d+)(?!\d)")


def say(number, parsed):
    print(f"{time.time():.6f} {number} {int(parsed)}", flush=True)


def objects(value):
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from objects(each)


def parsed(line, own):
    """Whether one object holds the number of the line and the parts beside it, each as a value of its own."""
    try:
        read = json.loads(line)
    except ValueError:
        return False
    wanted = {own, *OPTIONS["parts"]}
    return any(wanted <= {str(each).strip() for each in found.values()} for found in objects(read))


def opened(at):
    """The file, where it is there, from so many bytes on."""
    try:
        file = open(OPTIONS["file"], "rb")
    except FileNotFoundError:
        return None
    file.seek(at)
    return file


def rotated(file):
    try:
        there = os.stat(OPTIONS["file"])
    except FileNotFoundError:
        return False
    return there.st_ino != os.fstat(file.fileno()).st_ino or there.st_size < file.tell()


def main():
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ENDED.set())
    deadline = time.monotonic() + OPTIONS["seconds"]
    file = opened(OPTIONS["from"])
    say(0, True)
    rest = b""
    while True:
        last = ENDED.is_set() or time.monotonic() > deadline
        if file is None:
            file = opened(0)
        if file is not None:
            rest += file.read()
            *lines, rest = rest.split(b"\n")
            for line in lines:
                text = line.decode("utf8", "replace")
                found = MARK.search(text)
                if found:
                    say(int(found.group(1)), parsed(text, found.group(0)))
            if not lines and rotated(file):
                file.close()
                file, rest = None, b""
        if last:
            say(-1, True)
            return
        ENDED.wait(0.05)


main()
