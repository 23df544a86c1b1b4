"""Scenarios of reads: the programme, the page of an event, availability, and the time from a start to the first response."""

import itertools
import time
import urllib.request

from bench import HOT, TURNS, WEBINAR
from load import Wrk
from usage import mebibytes

CONNECTIONS = 64
STARTS = 5


def fetch(url, *headers):
    named = dict(header.split(": ", 1) for header in headers)
    with urllib.request.urlopen(urllib.request.Request(url, headers=named), timeout=20) as found:
        return found.read(), found.headers


def reads(bench, server, path, engine=None, *headers, seconds=None):
    url = server.url + path
    return bench.measure(lambda: Wrk("read.lua", url, CONNECTIONS, seconds or bench.seconds, headers).result(), engine, [server])


def against_bare(bench, scenario, path, *usual):
    """A cached response, its 304 and its compressed form, against the bare handler with the same request. `usual` are the
    headers of each request."""
    engine = bench.postgresql
    engine.empty()
    with engine.serve() as server:
        body, headers = fetch(server.url + path, *usual)
        condition = f"If-None-Match: {headers['ETag']}"
        with bench.bare(body) as bare:
            cases = (
                ("bare", bare, path),
                ("api", server, path),
                ("304", server, path, condition),
                ("bare-headers", bare, "/headers" + path),
                ("brotli", server, path, "Accept-Encoding: br"),
                ("bare-short", bare, "/"),
            )
            for turn, (case, target, where, *more) in itertools.product(range(1, TURNS + 1), cases):
                if target is bare and not bench.baselines:
                    continue
                own = engine if target is server else None
                measured = reads(bench, target, where, own, *usual, *more, seconds=bench.turn_seconds) | {"bytes": len(body)}
                bench.record(scenario, case, measured, own, connections=CONNECTIONS, turn=turn)


def programme(bench):
    """The programme, its 304 and its compressed form, against a bare handler with the same bytes."""
    against_bare(bench, "programme", f"/v1/events/{WEBINAR}/programme")


def event_page(bench):
    """The event's page for people, as a browser requests it. It is rendered anew each second."""
    against_bare(bench, "event-page", f"/events/{WEBINAR}", "Accept: text/html", "Accept-Language: en")


def availability(bench):
    """Availability, against the bare handler with the same body; and while 64 connections register."""
    path = f"/v1/events/{HOT}/availability"
    for engine in bench.both:
        engine.empty()
        with engine.serve() as server:
            bench.warm(server.url)
            body, _ = fetch(server.url + path)
            if engine is bench.postgresql and bench.baselines:
                with bench.bare(body) as bare:
                    bench.record("availability", "bare", reads(bench, bare, path), connections=CONNECTIONS)
            bench.record("availability", "api", reads(bench, server, path, engine), engine, connections=CONNECTIONS)
            rush = Wrk("register.lua", f"{server.url}/v1/events/{HOT}/registrations", CONNECTIONS, bench.seconds)
            measured = reads(bench, server, path, engine)
            registering = rush.result()
            found = ["the live seats were not read well"] * bool(measured["errors"])
            bench.record("availability", "rush", measured | {"registering": registering["rate"]}, engine, found,
                       connections=CONNECTIONS)


def start(bench):
    """The time from the process's start to its first response, and its memory a second later."""
    for engine in bench.both:
        engine.empty()
        for _ in range(2 if bench.quick else STARTS):
            with engine.serve() as server:
                time.sleep(1)
                fetch(server.url + "/v1/events")
                bench.record("start", "start", {"first_answer": server.first_answer, "idle": mebibytes(server.pid, "VmRSS")}, engine)
