"""A client that follows the feed of changes during faults."""

import http.client
import json
import re
import threading
import time
from base64 import b64encode
from urllib.parse import urlencode


class Follower(threading.Thread):
    def __init__(self, ports, added):
        super().__init__(name="follower", daemon=True)
        self.ports, self.turn = ports, 0
        id, secret = (re.search(rf"^{name}: (\S+)$", added, re.M)[1] for name in ("client_id", "client_secret"))
        self.credentials = b64encode(f"{id}:{secret}".encode()).decode()
        self.token, self.cursor, self.seen, self.findings = None, None, [], []
        self.last = None
        self.finishing = threading.Event()

    def request(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[self.turn % len(self.ports)], timeout=20)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):
            self.turn += 1
            return None, None
        finally:
            connection.close()

    def read(self, wait):
        """Reads one page of the feed; returns whether there was a response."""
        if self.token is None:
            status, found = self.request("POST", "/oauth/token", urlencode({"grant_type": "client_credentials"}),
                                     Authorization=f"Basic {self.credentials}",
                                     **{"Content-Type": "application/x-www-form-urlencoded"})
            if status != 200:
                return self.record_failure("/oauth/token", status)
            self.token = found["access_token"]
        query = {"limit": 100, "wait": wait} | ({"cursor": self.cursor} if self.cursor else {})
        status, found = self.request("GET", "/v1/changes?" + urlencode(query), Authorization=f"Bearer {self.token}")
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
