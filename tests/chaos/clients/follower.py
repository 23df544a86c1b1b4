"""A client that follows the feed of changes during faults."""

import http.client
import json
import threading
import time
from urllib.parse import urlencode


class Follower(threading.Thread):
    def __init__(self, ports, client):
        super().__init__(name="follower", daemon=True)
        self.ports, self.turn, self.client = ports, 0, client
        self.cursor, self.seen, self.findings = None, [], []
        self.last = None
        self.finishing = threading.Event()

    def request(self, path, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[self.turn % len(self.ports)], timeout=20)
        try:
            connection.request("GET", path, None, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):
            self.turn += 1
            return None, None
        finally:
            connection.close()

    def read(self, wait):
        """Reads one page of the feed; returns whether there was a response."""
        query = {"limit": 100, "wait": wait} | ({"cursor": self.cursor} if self.cursor else {})
        status, found = self.request("/v1/changes?" + urlencode(query), Authorization=f"Bearer {self.client.token}")
        if status != 200:
            return self.record_failure("/v1/changes", status)
        self.cursor, self.last = found["page"]["next_cursor"], len(found["data"])
        self.seen += [change["id"] for change in found["data"]]
        return True

    def record_failure(self, path, status):
        if status not in (None, 503):
            self.findings.append(f"{path} was answered {status}")
        time.sleep(0.1)
        return False

    def run(self):
        while not self.finishing.is_set():
            self.read(wait=1)

    def finish(self):
        """Reads to the feed's end; returns the ids of all changes in the order in which they were read."""
        self.finishing.set()
        self.join(60)
        deadline = time.monotonic() + 15
        while not (self.read(wait=0) and self.last == 0) and time.monotonic() < deadline:
            pass
        return self.seen
