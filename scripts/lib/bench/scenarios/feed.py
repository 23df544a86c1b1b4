"""Scenarios of the feed of changes: the speed of catching up, its delay, and that it is complete without duplicates."""

import http.client
import json
import threading
import time
from datetime import datetime, timezone
from urllib.parse import urlencode, urlsplit

from database import checks
from bench import HOT, SETTLED, person
from load import Wrk, percentile

# Registrations per second while the delay is measured.
PACE = 200
# Seconds that the outbox may take to become empty.
DRAIN_TIMEOUT = 60


class Follower:
    """Reads the feed over a persistent connection."""

    def __init__(self, url, token):
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        self.headers = {"Authorization": f"Bearer {token}"}
        self.cursor, self.ids, self.registered = None, [], 0

    def page(self, wait=0):
        query = {"limit": 100, "wait": wait} | ({"cursor": self.cursor} if self.cursor else {})
        self.connection.request("GET", "/v1/changes?" + urlencode(query), headers=self.headers)
        response = self.connection.getresponse()
        found = json.loads(response.read())
        if response.status != 200:
            raise OSError(f"the feed was answered {response.status}: {found}")
        self.cursor = found["page"]["next_cursor"]
        self.ids += [change["id"] for change in found["data"]]
        self.registered += sum(change["type"] == "registration.created" for change in found["data"])
        return found["data"]

    def to_the_end(self):
        deadline = time.monotonic() + DRAIN_TIMEOUT
        while self.page() and time.monotonic() < deadline:
            pass

    def findings(self, engine):
        """Yields findings unless the feed has every registration once."""
        if len(set(self.ids)) != len(self.ids):
            yield f"{len(self.ids) - len(set(self.ids))} changes are duplicated"
        stored = checks.registered(engine)
        if self.registered != stored:
            yield f"{self.registered} registrations are in the feed, of {stored}"


def wait_for_empty_outbox(engine):
    """Waits until the outbox is empty; returns the seconds that this took."""
    started = time.monotonic()
    while engine.one("SELECT count(*) FROM outbox"):
        if time.monotonic() - started > DRAIN_TIMEOUT:
            raise OSError(f"the feed is not wait_for_empty_outbox after {DRAIN_TIMEOUT} s")
        time.sleep(0.05)
    return time.monotonic() - started


def feed(bench):
    """The feed of changes: catching up after a rush, and its delay."""
    for engine in bench.both:
        catching_up(bench, engine)
        delay(bench, engine)


def catching_up(bench, engine):
    """After a rush: the time until the feed has all changes, and the speed at which a follower reads it from the beginning."""
    engine.empty()
    with engine.serve() as server:
        bench.warm(server.url)
        rush = Wrk("register.lua", f"{server.url}/v1/events/{HOT}/registrations", 64, bench.seconds).result()
        # The last requests are still being processed.
        time.sleep(SETTLED)
        waiting = engine.one("SELECT count(*) FROM outbox")
        seconds = wait_for_empty_outbox(engine)
        follower = Follower(server.url, bench.token(engine, server.url))
        started = time.monotonic()
        measured = bench.measure(lambda: follower.to_the_end() or {}, engine, [server])
        measured["rate"] = len(follower.ids) / (time.monotonic() - started)
        measured |= {"changes": len(follower.ids), "rush": rush["rate"], "waiting": waiting, "quiet_after": seconds + SETTLED}
        bench.record("feed", "catching-up", measured, engine, follower.findings(engine))


def delay(bench, engine):
    """At a steady pace: the delay from a change to a reader that long-polls for it."""
    engine.empty()
    with engine.serve() as server:
        bench.warm(server.url)
        wait_for_empty_outbox(engine)
        follower = Follower(server.url, bench.token(engine, server.url))
        follower.to_the_end()
        delays, over = [], threading.Event()

        def follow():
            while not over.is_set():
                for change in follower.page(wait=1):
                    delays.append((datetime.now(timezone.utc) - datetime.fromisoformat(change["occurred_at"])).total_seconds() * 1000)

        reader = threading.Thread(target=follow, daemon=True)
        reader.start()
        register(server.url, bench.seconds)
        # The reader's last long poll ends.
        time.sleep(1)
        over.set()
        reader.join(30)
        follower.to_the_end()
        delays.sort()
        measured = {name: percentile(delays, part) for name, part in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))}
        bench.record("feed", "delay", measured | {"changes": len(delays), "pace": PACE}, engine, follower.findings(engine))


def register(url, seconds):
    """Registers people one after another at the pace."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    started = time.monotonic()
    for number in range(int(PACE * seconds)):
        time.sleep(max(started + number / PACE - time.monotonic(), 0))
        connection.request("POST", f"/v1/events/{HOT}/registrations", json.dumps(person(f"paced.{number}@example.org")),
                           {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        if response.status != 201:
            raise OSError(f"a registration was answered {response.status}")
    connection.close()
