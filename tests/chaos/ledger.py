"""The ledger: what was asked and what was answered, on disk before and after each call."""

import json
import threading
import time


def now():
    return time.monotonic()


def well(status):
    """Whether an answer is one of a service at work, be it a refusal."""
    return status is not None and status < 500


class Ledger:
    def __init__(self, path):
        self.path, self.lock, self.number = path, threading.Lock(), 0
        self.file = open(path, "a", buffering=1)
        # What the round looks at while it runs.
        self.last_bad, self.good_writes = 0.0, []

    def write(self, entry):
        self.file.write(json.dumps(entry, separators=(",", ":")) + "\n")
        self.file.flush()

    def asks(self, **entry):
        with self.lock:
            self.number += 1
            self.write({"n": self.number, "at": now()} | entry)
            return self.number

    def answered(self, number, **entry):
        with self.lock:
            until = now()
            self.write({"n": number, "until": until} | entry)
            if not well(entry.get("status")):
                self.last_bad = until
            elif entry["status"] in (200, 201):
                self.good_writes.append(until)

    def close(self):
        self.file.close()


def read(path):
    """The calls in the order in which they were made, each with its answer if there was one."""
    calls = {}
    for line in path.read_text().splitlines():
        entry = json.loads(line)
        calls.setdefault(entry["n"], {"status": None, "until": None}).update(entry)
    return list(calls.values())
