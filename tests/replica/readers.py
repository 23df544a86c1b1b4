"""Readers that send requests without pauses and report a response that is older than an earlier one."""

import http.client
import json
import threading
import time

EVENT, SPEAKER, LIST = "/v1/events/edition", "/v1/speakers/ana-perez", "/v1/events?limit=1"
NUMBER = {
    EVENT: lambda found: found["title"],
    EVENT + "/programme": lambda found: found["event"]["title"],
    LIST: lambda found: found["data"][0]["title"],
    SPEAKER: lambda found: found["name"],
}


def get(port, path, connection=None):
    own = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        own.request("GET", path)
        response = own.getresponse()
        return response.status, json.loads(response.read())
    finally:
        if connection is None:
            own.close()


def number(port, path, connection=None):
    """The number of the publication in a response; its texts end with it."""
    status, found = get(port, path, connection)
    assert status == 200, f"{path}: {status} {found}"
    return int(NUMBER[path](found).split()[-1])


class Readers:
    def __init__(self, ports, each=2):
        self.stopping, self.lock = threading.Event(), threading.Lock()
        self.findings, self.reads, self.slowest = [], 0, 0.0
        # The newest publication that any reader has seen, by instance and path.
        self.shown = {(port, path): 0 for port in ports for path in NUMBER}
        self.threads = [threading.Thread(target=self.read, args=(port,), daemon=True) for port in ports for _ in range(each)]
        for thread in self.threads:
            thread.start()

    def read(self, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        while not self.stopping.is_set():
            for path in NUMBER:
                # The newest publication before this request.
                at_least, started = self.shown[port, path], time.monotonic()
                try:
                    found = number(port, path, connection)
                except (OSError, http.client.HTTPException, AssertionError, KeyError, ValueError) as error:
                    self.note(f"{path} at {port}: {error!r}")
                    connection.close()
                    time.sleep(0.1)
                    continue
                took = time.monotonic() - started
                with self.lock:
                    self.reads += 1
                    self.slowest = max(self.slowest, took)
                    if found < at_least:
                        self.findings.append(f"{path} at {port} showed {found} after {at_least}")
                    self.shown[port, path] = max(self.shown[port, path], found)
            time.sleep(0.005)
        connection.close()

    def note(self, text):
        with self.lock:
            self.findings.append(text)

    def take_slowest(self):
        """The longest read since the last call, in seconds."""
        with self.lock:
            slowest, self.slowest = self.slowest, 0.0
        return slowest

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        return self.findings
