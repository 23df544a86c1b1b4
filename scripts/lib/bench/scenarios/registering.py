"""Scenarios of people who register: at one event, at many, for the last seats, with people who cancel."""

import itertools
import shutil

import checks
from bench import CHURN, HOT, LAST, MANY, PEOPLE, SEATS, TURNS
from engines import pg_program
from load import Wrk, pgbench

# How long one run at one event goes on to see whether the event's size matters: so many times a measurement.
LONG = 4


def path(url, slug=HOT):
    return f"{url}/v1/events/{slug}/registrations"


def registrations(bench, engine, connections, seconds=None, slug=HOT, script="register.lua", findings=None, **environment):
    """A server on an emptied database, and `connections` that register; figures, and findings."""
    engine.empty()
    with engine.serve() as server:
        if script != "many.lua":
            bench.warm(server.url, slug)
        url = path(server.url, slug)
        figures = bench.measure(lambda: Wrk(script, url, connections, seconds or bench.seconds, **environment).figures(),
                                engine, [server])
        found = [*checks.counts(engine)]
        if findings:
            found += findings(figures, server)
        return figures, found


def baseline(bench, engine, script, connections, seconds=None, **variables):
    engine.empty()
    figures = bench.measure(
        lambda: pgbench(pg_program, engine.url, script, connections, seconds or bench.seconds, **variables), engine)
    return figures, list(checks.counts(engine))


def acknowledged(figures, _server):
    return checks.acknowledged(figures)


def hot_event(bench):
    """One event, seats unlimited, in turn with the baselines at each number of connections."""
    event = bench.event(bench.postgresql)
    for connections in bench.connections:
        for case in ("one-transaction", "one-statement"):
            figures, found = baseline(bench, bench.postgresql, f"{case}.sql", connections, event=event)
            bench.record("hot-event", case, figures, bench.postgresql, found, connections=connections)
        for case, engine, keyed in (("api", bench.postgresql, None), ("keyed", bench.postgresql, 1), ("api", bench.sqlite, None)):
            figures, found = registrations(bench, engine, connections, findings=acknowledged, KEYED=keyed)
            if keyed and engine.one("SELECT count(*) FROM idempotency_records") < figures["well"]:
                found.append("answers with a key were not kept")
            bench.record("hot-event", case, figures, engine, found, connections=connections)


MOMENTS = {
    "PostgreSQL": "SELECT floor(extract(epoch FROM created_at))::bigint AS moment, count(*) FROM registrations GROUP BY 1 ORDER BY 1",
    "SQLite": "SELECT CAST(strftime('%s', created_at) AS INTEGER) AS moment, count(*) FROM registrations GROUP BY 1 ORDER BY 1",
}


def growing(bench):
    """One event for a longer while: registrations a second against how many there are already."""
    for engine in bench.both:
        figures, found = registrations(bench, engine, 64, bench.seconds * (2 if bench.quick else LONG), findings=acknowledged)
        # The first and the last second are not whole ones.
        seconds = [count for _, count in engine.rows(MOMENTS[engine.name])]
        sums = list(itertools.accumulate(seconds))
        figures["steps"] = list(zip(sums, seconds[1:-1]))
        bench.record("growing", "api", figures, engine, found, connections=64)


def many_events(bench):
    """A thousand events: registering alone, against the baseline, and mixed with reads."""
    postgresql, sqlite = bench.many_postgresql, bench.many_sqlite
    figures, found = baseline(bench, postgresql, "many-transactions.sql", 64, events=MANY)
    bench.record("many-events", "one-transaction", figures, postgresql, found, connections=64)
    for case, mixed in (("registering", None), ("mixed", 1)):
        for engine in (postgresql, sqlite):
            figures, found = registrations(bench, engine, 64, script="many.lua", slug="event-1", EVENTS=MANY, MIXED=mixed,
                                           findings=None if mixed else acknowledged)
            bench.record("many-events", case, figures, engine, found, connections=64)


def last_seats(bench):
    """Few seats and a waiting list: after the last seat everybody queues."""
    def findings(figures, server):
        yield from checks.acknowledged(figures)
        yield from checks.full(engine, LAST, SEATS)
        yield from checks.positions(server.url, LAST, bench.token(engine, server.url))

    for engine in bench.both:
        figures, found = registrations(bench, engine, 256, slug=LAST, findings=findings)
        bench.record("last-seats", "api", figures, engine, found, connections=256)


def churn(bench):
    """More people than seats, who cancel and come back: each cancelled seat goes to the head of the queue."""
    def findings(figures, server):
        if figures["cancelled"] == 0:
            yield "nobody has cancelled"
        yield from checks.positions(server.url, CHURN, bench.token(engine, server.url))

    for engine in bench.both:
        figures, found = registrations(bench, engine, 64, slug=CHURN, script="churn.lua", PEOPLE=PEOPLE, findings=findings)
        bench.record("churn", "api", figures, engine, found, connections=64)


def instances(bench):
    """Three instances on one database and event, each with its own people, against one with all of these; in short turns."""
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
                parts = [one.figures() for one in loads]
                sums = {name: sum(part[name] for part in parts) for name in ("rate", "well", "requests", "errors")}
                return sums | {name: max(part[name] for part in parts) for name in ("p50", "p99", "p999")}

            figures = bench.measure(crowd, engine, servers)
            found = [*checks.counts(engine), *checks.acknowledged(figures), *checks.full(engine, LAST, SEATS)]
        finally:
            for server in servers:
                server.stop()
        bench.record("instances", case, figures, engine, found, connections=3 * each, turn=turn)


def mail(bench):
    """Registering while the mails are sent (here: written into files), in turn with a mail server that is away."""
    engine = bench.postgresql
    for case in ("away", "files"):
        engine.empty()
        letters = engine.data / "mail"
        shutil.rmtree(letters, ignore_errors=True)
        with engine.serve(**({"PLENARIA_SMTP_URL": None} if case == "files" else {})) as server:
            bench.warm(server.url)
            figures = bench.measure(lambda: Wrk("register.lua", path(server.url), 64, bench.seconds).figures(), engine, [server])
            figures["mails"] = len(list(letters.glob("*.eml")))
            found = [*checks.counts(engine), *checks.acknowledged(figures)]
        bench.record("mail", case, figures, engine, found, connections=64)
