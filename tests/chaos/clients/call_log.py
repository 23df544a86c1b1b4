"""The call log: a JSON line before each request is sent and one after its response, so that a crash loses none."""

import json
import threading
import time


def now():
    return time.monotonic()


def is_working(status):
    """Whether a status comes from a working service; this includes rejections."""
    return status is not None and status < 500


class CallLog:
    def __init__(self, path):
        self.path, self.lock, self.number = path, threading.Lock(), 0
        self.file = open(path, "a", buffering=1)
        # Read by the round while it runs.
        self.last_failure, self.successes = 0.0, []

    def write(self, entry):
        self.file.write(json.dumps(entry, separators=(",", ":")) + "\n")
        self.file.flush()

    def record_request(self, **entry):
        with self.lock:
            self.number += 1
            self.write({"n": self.number, "at": now()} | entry)
            return self.number

    def record_response(self, number, **entry):
        with self.lock:
            until = now()
            self.write({"n": number, "until": until} | entry)
            if not is_working(entry.get("status")):
                self.last_failure = until
            elif entry["status"] in (200, 201, 202, 204):
                self.successes.append(until)

    def close(self):
        self.file.close()


def read(path):
    """The calls in the order of their requests, each with its response if there was one."""
    calls = {}
    for line in path.read_text().splitlines():
        entry = json.loads(line)
        calls.setdefault(entry["n"], {"status": None, "until": None}).update(entry)
    return list(calls.values())
