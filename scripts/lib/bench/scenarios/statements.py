"""How many statements PostgreSQL is sent for a registration, and what it writes to its log. Counting costs something, so it
is a run of its own, whose speed is not reported."""

from scenarios import registering
from bench import HOT
from engines import pg_program
from scenarios.feed import quiet
from load import Wrk, pgbench

SECONDS = 2
# All; and those that write registrations, or look at seats to do so: the desk's, and not the feed's, mail's or webhooks'.
COUNTED = """SELECT coalesce(sum(calls), 0)::bigint, coalesce(sum(calls) FILTER (WHERE query ~ '(INTO|UPDATE) "?registrations"?'
    OR query ~ 'event_seats'), 0)::bigint FROM pg_stat_statements AS s JOIN pg_database AS d ON d.oid = s.dbid
    WHERE d.datname = current_database() AND query !~ 'pg_stat_statements'"""


def statements(bench):
    engine = bench.postgresql
    engine.rows("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
    engine.restart()
    try:
        engine.rows("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        event = bench.event(engine)
        for connections in bench.connections[:2] if bench.quick else bench.connections:
            for script in ("one-transaction", "one-statement"):
                engine.empty()
                # Not prepared: PostgreSQL 15 counts a prepared BEGIN or COMMIT once for a connection.
                counted(bench, engine, script, connections,
                        lambda: pgbench(pg_program, engine.url, f"{script}.sql", connections, SECONDS, "extended", event=event))
            engine.empty()
            with engine.serve() as server:
                bench.warm(server.url)
                quiet(engine)
                url = registering.path(server.url, HOT)
                counted(bench, engine, "api", connections, lambda: Wrk("register.lua", url, connections, SECONDS).figures())
    finally:
        engine.rows("ALTER SYSTEM RESET shared_preload_libraries")
        engine.restart()


def counted(bench, engine, case, connections, act):
    engine.rows("SELECT pg_stat_statements_reset()")
    figures = bench.measure(act, engine)
    everything, desk = engine.rows(COUNTED)[0]
    people = figures["registrations"]
    if case == "api":
        # The feed and the queue of mails are written later than the registrations; until then some of the log is owed.
        before = engine.wal()
        quiet(engine)
        figures["wal"] += engine.wal() - before
    kept = {"registrations": people, "statements": everything / people, "wal_each": figures["wal"] / people}
    if case == "api":
        kept["of_the_desk"] = desk / people
    bench.record("statements", case, kept, engine, connections=connections)
