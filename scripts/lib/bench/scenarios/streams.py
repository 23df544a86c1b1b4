"""Scenarios of live seats as streams: what two thousand of them cost those who register, and how soon all hear of the last seat."""

import json
import select
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from database import checks
from bench import HOT, LAST, SEATS, TURNS
from load import LoadFailed, Wrk, percentile
from usage import mebibytes

STREAMS = 2000
# Seconds that opening the streams, and ending their reader, may take.
TIMEOUT = 60
# Seconds after the last seat, in which every stream must have said so.
PATIENCE = 3
LAST_SEAT = {
    "PostgreSQL": "SELECT extract(epoch FROM max(created_at))::float8::text FROM registrations WHERE status = 'confirmed' AND event_id = "
                  f"(SELECT id FROM events WHERE slug = '{LAST}')",
    "SQLite": "SELECT (julianday(max(created_at)) - 2440587.5) * 86400 FROM registrations WHERE status = 'confirmed' AND event_id = "
              f"(SELECT id FROM events WHERE slug = '{LAST}')",
}


class Streams:
    """Open streams, read by a process of their own."""

    def __init__(self, url, slug):
        parts = urlsplit(url)
        command = [sys.executable, Path(__file__).with_name("stream_readers.py"), parts.hostname, str(parts.port),
                   f"/v1/events/{slug}/availability/stream", str(STREAMS)]
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ready, _, _ = select.select([self.child.stdout], [], [], TIMEOUT)
        if not ready or self.child.stdout.readline() != "open\n":
            self.child.kill()
            raise LoadFailed("the streams were not opened")

    def result(self):
        out, _ = self.child.communicate(timeout=TIMEOUT)
        return json.loads(out)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()


def streams(bench):
    """Two thousand streams of live seats: what they cost those who register, and how soon all hear of the last seat."""
    for engine in bench.both:
        for turn in range(1, TURNS + 1):
            registering(bench, engine, turn)
        last_seat(bench, engine)


def found_in(read):
    if read["open"] != STREAMS or read["lost"]:
        yield f"{read['open']} of {STREAMS} streams were open, {read['lost']} were lost"


def registering(bench, engine, turn):
    """64 connections register for an event, without streams of it and with them; in short turns."""
    seconds = bench.turn_seconds
    for case in ("without", "with"):
        engine.empty()
        with engine.serve() as server:
            url = f"{server.url}/v1/events/{HOT}/registrations"
            bench.warm(server.url)

            def load():
                return Wrk("register.lua", url, 64, seconds).result()

            if case == "without":
                measured, found = bench.measure(load, engine, [server]), []
            else:
                # A short rush first, so that buffers which have nothing to do with streams are there.
                Wrk("register.lua", url, 64, 1).result()
                time.sleep(1)
                before = mebibytes(server.pid, "VmRSS")
                with Streams(server.url, HOT) as readers:
                    memory = (mebibytes(server.pid, "VmRSS") - before) * 1024 / STREAMS
                    measured = bench.measure(load, engine, [server])
                    read = readers.result()
                measured |= {"memory_of_a_stream": memory, "chunks": read["chunks"]}
                found = list(found_in(read))
            found += [*checks.counts(engine), *checks.acknowledged(measured)]
            bench.record("streams", case, measured, engine, found, connections=64, turn=turn)


def last_seat(bench, engine):
    """From the time of the registration that takes the last seat, until each stream says that none is left, in milliseconds."""
    engine.empty()
    with engine.serve() as server:
        bench.warm(server.url)
        with Streams(server.url, LAST) as readers:
            measured = bench.measure(
                lambda: Wrk("register.lua", f"{server.url}/v1/events/{LAST}/registrations", 64, PATIENCE).result(), engine, [server])
            time.sleep(PATIENCE)
            read = readers.result()
        taken = float(engine.one(LAST_SEAT[engine.name]))
    delays = sorted((heard - taken) * 1000 for heard in read["full"])
    found = [*found_in(read), *checks.full(engine, LAST, SEATS)]
    if len(delays) != STREAMS:
        found.append(f"{len(delays)} of {STREAMS} streams heard of the last seat")
    if delays:
        measured |= {name: percentile(delays, part) for name, part in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999))}
        measured["slowest"] = delays[-1]
    bench.record("streams", "last-seat", measured, engine, found)
