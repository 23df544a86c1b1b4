"""Scenarios of registrations: at one event, at many, for the last seats, into a large database, and at several instances."""

import itertools
import shutil

from bench import HOT, LAST, MANY, SEATS, TURNS
from database import checks
from load import Wrk, transaction

# The length of the growing scenario, in multiples of a measurement.
LONG = 4
# The baselines of the hot event, and their scripts.
BASELINES = (("one-transaction", "register-unlimited"), ("one-statement", "register-unlimited-one-statement"))


def path(url, slug=HOT):
    return f"{url}/v1/events/{slug}/registrations"


def acknowledged(measured, _server):
    return checks.acknowledged(measured)


def hot_event(bench):
    """One event without a capacity, alternating with the baselines at each number of connections."""
    for connections in bench.connections:
        for case, script in BASELINES:
            bench.baseline("hot-event", transaction(script), connections, case=case, findings=checks.transactions)
        for case, engine, keyed in (("api", bench.postgresql, None), ("keyed", bench.postgresql, 1), ("api", bench.sqlite, None)):
            measured, found = bench.under_load(engine, "register.lua", connections, findings=acknowledged, KEYED=keyed)
            if keyed and engine.one("SELECT count(*) FROM idempotency_records") < measured["well"]:
                found.append("responses with a key were not stored")
            bench.record("hot-event", case, measured, engine, found, connections=connections)


MOMENTS = {
    "PostgreSQL": "SELECT floor(extract(epoch FROM created_at))::bigint AS moment, count(*) FROM registrations GROUP BY 1 ORDER BY 1",
    "SQLite": "SELECT CAST(strftime('%s', created_at) AS INTEGER) AS moment, count(*) FROM registrations GROUP BY 1 ORDER BY 1",
}


def growing(bench):
    """A longer run at one event: registrations per second by the number of existing registrations."""
    for engine in bench.both:
        measured, found = bench.under_load(engine, "register.lua", 64, bench.seconds * (2 if bench.quick else LONG), findings=acknowledged)
        # The first and the last second are incomplete.
        seconds = [count for _, count in engine.rows(MOMENTS[engine.name])]
        sums = list(itertools.accumulate(seconds))
        measured["steps"] = list(zip(sums, seconds[1:-1]))
        bench.record("growing", "api", measured, engine, found, connections=64)


def grown(bench):
    """Registrations at an event that has a million already, alternating with an empty one."""
    for (empty, full), turn in itertools.product(zip(bench.both, bench.grown), range(1, TURNS + 1)):
        cases = [("empty", empty), ("grown", full)]
        # The order alternates, so that what the machine does slowly affects both alike.
        for case, engine in cases if turn % 2 else reversed(cases):
            if case == "empty":
                engine.empty()
            else:
                bench.next_case()
            with engine.serve() as server:
                bench.warm(server.url)
                measured = bench.measure(lambda: Wrk("register.lua", path(server.url), 64, bench.turn_seconds).result(), engine, [server])
                found = [*checks.counts(engine), *checks.acknowledged(measured)]
                rows = checks.registered(engine)
            if case == "grown" and rows < bench.exported:
                found.append(f"there are {rows} registrations only")
            bench.record("grown", case, measured | {"rows": rows}, engine, found, connections=64, turn=turn)


def many_events(bench):
    """A thousand events: registrations against the baseline, and mixed with reads."""
    bench.baseline("many-events", transaction("register-at-many"), 64, slug="event-1", engine=bench.many_postgresql,
                   findings=checks.transactions, events=MANY)
    for case, mixed in (("registering", None), ("mixed", 1)):
        for engine in (bench.many_postgresql, bench.many_sqlite):
            measured, found = bench.under_load(engine, "many.lua", 64, slug="event-1", warm=False, EVENTS=MANY, MIXED=mixed,
                                               findings=None if mixed else acknowledged)
            bench.record("many-events", case, measured, engine, found, connections=64)


def last_seats(bench):
    """Few seats and a waiting list: after the last seat people are put on the waiting list."""
    def findings(measured, server):
        yield from checks.acknowledged(measured)
        yield from checks.full(engine, LAST, SEATS)
        yield from checks.positions(server.url, LAST, bench.token(engine, server.url))

    for engine in bench.both:
        measured, found = bench.under_load(engine, "register.lua", 256, slug=LAST, findings=findings)
        bench.record("last-seats", "api", measured, engine, found, connections=256)


def instances(bench):
    """Three instances with one database and event, against one instance with the same load; in short turns, whose order alternates."""
    engine, each, seconds = bench.postgresql, 64, bench.turn_seconds
    pair = [("one", 1), ("three", 3)]
    for turn, case, number in [(turn, *one) for turn in range(1, TURNS + 1) for one in (pair if turn % 2 else reversed(pair))]:
        engine.empty()
        servers = []
        try:
            for _ in range(number):
                servers.append(engine.serve())
            for server in servers:
                bench.warm(server.url, LAST)
            urls = [path(servers[crowd % number].url, LAST) for crowd in range(3)]

            def crowd():
                loads = [Wrk("register.lua", url, each, seconds) for url in urls]
                parts = [one.result() for one in loads]
                sums = {name: sum(part[name] for part in parts) for name in ("rate", "well", "requests", "errors")}
                return sums | {name: max(part[name] for part in parts) for name in ("p50", "p99", "p999")}

            measured = bench.measure(crowd, engine, servers)
            found = [*checks.counts(engine), *checks.acknowledged(measured), *checks.full(engine, LAST, SEATS)]
        finally:
            for server in servers:
                server.stop()
        bench.record("instances", case, measured, engine, found, connections=3 * each, turn=turn)


def mail(bench):
    """Registrations while mails are written to files, alternating with an unavailable mail server."""
    engine = bench.postgresql
    for case in ("away", "files"):
        engine.empty()
        mail_directory = engine.data / "mail"
        shutil.rmtree(mail_directory, ignore_errors=True)
        with engine.serve(**({"PLENARIA_SMTP_URL": None} if case == "files" else {})) as server:
            bench.warm(server.url)
            measured = bench.measure(lambda: Wrk("register.lua", path(server.url), 64, bench.seconds).result(), engine, [server])
            measured["mails"] = len(list(mail_directory.glob("*.eml")))
            found = [*checks.counts(engine), *checks.acknowledged(measured)]
        bench.record("mail", case, measured, engine, found, connections=64)
