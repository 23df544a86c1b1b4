"""Scenarios of registrations: at one event, at many, for the last seats, and with cancellations."""

import itertools
import shutil

import checks
from bench import CHURN, HOT, LAST, MANY, PEOPLE, SEATS, TURNS
from engines import pg_program
from load import Wrk, pgbench

# The length of the growing scenario, in multiples of a measurement.
LONG = 4


def path(url, slug=HOT):
    return f"{url}/v1/events/{slug}/registrations"


def registrations(bench, engine, connections, seconds=None, slug=HOT, script="register.lua", findings=None, **environment):
    """Registers with a number of connections on an emptied database; returns the measurement and findings."""
    engine.empty()
    with engine.serve() as server:
        if script != "many.lua":
            bench.warm(server.url, slug)
        url = path(server.url, slug)
        measured = bench.measure(lambda: Wrk(script, url, connections, seconds or bench.seconds, **environment).result(),
                                engine, [server])
        found = [*checks.counts(engine)]
        if findings:
            found += findings(measured, server)
        return measured, found


def baseline(bench, engine, script, connections, seconds=None, **variables):
    engine.empty()
    measured = bench.measure(
        lambda: pgbench(pg_program, engine.url, script, connections, seconds or bench.seconds, **variables), engine)
    return measured, list(checks.counts(engine))


def acknowledged(measured, _server):
    return checks.acknowledged(measured)


def hot_event(bench):
    """One event without a capacity, alternating with the baselines at each number of connections."""
    event = bench.event(bench.postgresql)
    for connections in bench.connections:
        for case in ("one-transaction", "one-statement"):
            measured, found = baseline(bench, bench.postgresql, f"{case}.sql", connections, event=event)
            bench.record("hot-event", case, measured, bench.postgresql, found, connections=connections)
        for case, engine, keyed in (("api", bench.postgresql, None), ("keyed", bench.postgresql, 1), ("api", bench.sqlite, None)):
            measured, found = registrations(bench, engine, connections, findings=acknowledged, KEYED=keyed)
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
        measured, found = registrations(bench, engine, 64, bench.seconds * (2 if bench.quick else LONG), findings=acknowledged)
        # The first and the last second are incomplete.
        seconds = [count for _, count in engine.rows(MOMENTS[engine.name])]
        sums = list(itertools.accumulate(seconds))
        measured["steps"] = list(zip(sums, seconds[1:-1]))
        bench.record("growing", "api", measured, engine, found, connections=64)


def many_events(bench):
    """A thousand events: registrations against the baseline, and mixed with reads."""
    postgresql, sqlite = bench.many_postgresql, bench.many_sqlite
    measured, found = baseline(bench, postgresql, "many-transactions.sql", 64, events=MANY)
    bench.record("many-events", "one-transaction", measured, postgresql, found, connections=64)
    for case, mixed in (("registering", None), ("mixed", 1)):
        for engine in (postgresql, sqlite):
            measured, found = registrations(bench, engine, 64, script="many.lua", slug="event-1", EVENTS=MANY, MIXED=mixed,
                                           findings=None if mixed else acknowledged)
            bench.record("many-events", case, measured, engine, found, connections=64)


def last_seats(bench):
    """Few seats and a waiting list: after the last seat people are put on the waiting list."""
    def findings(measured, server):
        yield from checks.acknowledged(measured)
        yield from checks.full(engine, LAST, SEATS)
        yield from checks.positions(server.url, LAST, bench.token(engine, server.url))

    for engine in bench.both:
        measured, found = registrations(bench, engine, 256, slug=LAST, findings=findings)
        bench.record("last-seats", "api", measured, engine, found, connections=256)


def churn(bench):
    """More people than seats, who cancel and register again: each free seat goes to the head of the waiting list."""
    def findings(measured, server):
        if measured["cancelled"] == 0:
            yield "nobody has cancelled"
        yield from checks.positions(server.url, CHURN, bench.token(engine, server.url))

    for engine in bench.both:
        measured, found = registrations(bench, engine, 64, slug=CHURN, script="churn.lua", PEOPLE=PEOPLE, findings=findings)
        bench.record("churn", "api", measured, engine, found, connections=64)


def instances(bench):
    """Three instances with one database and event, against one instance with the same load; in short turns."""
    engine, each, seconds = bench.postgresql, 64, max(bench.seconds // 2, 1)
    for turn, (case, number) in itertools.product(range(1, TURNS + 1), (("one", 1), ("three", 3))):
        engine.empty()
        servers = []
        try:
            for _ in range(number):
                servers.append(engine.serve())
            for server in servers:
                bench.warm(server.url, LAST)
            urls = [path(servers[turn % number].url, LAST) for turn in range(3)]

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
