"""Readers of live seats as streams while instances are restarted: each connects again, to whichever instance, and misses nothing."""

import http.client
import json
import threading
import time

# As an EventSource waits, until the stream says otherwise; in milliseconds.
RETRY = 3000
# Seconds in which something must arrive: there is a heartbeat every 15.
TIMEOUT = 20


class Follower:
    """One reader."""

    def __init__(self, port, slug, stopping):
        self.port, self.path, self.stopping = port, f"/v1/events/{slug}/availability/stream", stopping
        self.last_id, self.seats, self.retry, self.endings, self.errors = None, None, RETRY, 0, []
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()

    def follow(self):
        while not self.stopping.is_set():
            try:
                self.read()
                self.endings += 1
            except (OSError, http.client.HTTPException) as error:
                if not self.stopping.is_set():
                    self.errors.append(f"a stream broke off: {error!r}")
            self.stopping.wait(self.retry / 1000)

    def read(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            connection.request("GET", self.path, headers={"Last-Event-ID": str(self.last_id)} if self.last_id else {})
            response = connection.getresponse()
            if response.status != 200:
                self.errors.append(f"a stream was answered {response.status}")
                return
            while not self.stopping.is_set() and (line := response.readline().decode()):
                name, _, value = line.rstrip("\n").partition(": ")
                if name == "id":
                    if self.last_id and int(value) <= self.last_id:
                        self.errors.append(f"the id {value} follows {self.last_id}")
                    self.last_id = int(value)
                elif name == "data":
                    self.seats = json.loads(value)
                elif name == "retry":
                    self.retry = int(value)
        finally:
            connection.close()


class Followers:
    def __init__(self, port, slug, number=9):
        self.stopping = threading.Event()
        self.all = [Follower(port, slug, self.stopping) for _ in range(number)]

    def stop(self, confirmed):
        """Returns findings: every reader was disconnected and came back, and knows how many are confirmed now."""
        time.sleep(7)
        self.stopping.set()
        found = [error for one in self.all for error in one.errors]
        for one in self.all:
            known = one.seats and one.seats["confirmed"]
            if known != confirmed:
                found.append(f"a stream says that {known} are confirmed, and {confirmed} are")
            if one.endings == 0:
                found.append("a stream survived the restart of every instance")
        return found
