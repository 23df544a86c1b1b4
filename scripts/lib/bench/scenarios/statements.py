"""Counts the SQL statements and the WAL of a registration on PostgreSQL. Counting slows it down, so this is a run of its own
whose speed is not reported."""

from scenarios import registering
from bench import HOT
from database.engines import pg_program
from scenarios.feed import wait_for_empty_outbox
from load import Wrk, pgbench, transaction

SECONDS = 2
# All statements; and the desk's, which write registrations or read seats, without those of the feed, mail and webhooks.
COUNTS = """SELECT coalesce(sum(calls), 0)::bigint, coalesce(sum(calls) FILTER (WHERE query ~ '(INTO|UPDATE) "?registrations"?'
    OR query ~ 'event_seats'), 0)::bigint FROM pg_stat_statements AS s JOIN pg_database AS d ON d.oid = s.dbid
    WHERE d.datname = current_database() AND query !~ 'pg_stat_statements'"""


def statements(bench):
    """SQL statements and WAL of a registration, counted on PostgreSQL; not timed."""
    engine = bench.postgresql
    engine.rows("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
    engine.restart()
    try:
        engine.rows("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        event = bench.event(engine)
        for connections in bench.connections[:2] if bench.quick else bench.connections:
            for case, script in (registering.BASELINES if bench.baselines else ()):
                engine.empty()
                # Not prepared, because PostgreSQL 15 counts a prepared BEGIN or COMMIT only once per connection.
                count(bench, engine, case, connections,
                      lambda: pgbench(pg_program, engine.url, transaction(script), connections, SECONDS, "extended", event=event))
            engine.empty()
            with engine.serve() as server:
                bench.warm(server.url)
                wait_for_empty_outbox(engine)
                url = registering.path(server.url, HOT)
                count(bench, engine, "api", connections, lambda: Wrk("register.lua", url, connections, SECONDS).result())
    finally:
        engine.rows("ALTER SYSTEM RESET shared_preload_libraries")
        engine.restart()


def count(bench, engine, case, connections, act):
    engine.rows("SELECT pg_stat_statements_reset()")
    measured = bench.measure(act, engine)
    everything, desk = engine.rows(COUNTS)[0]
    people = measured["registrations"]
    if case == "api":
        # The feed and the mail queue are written after the registrations, so their WAL is added here.
        before = engine.wal()
        wait_for_empty_outbox(engine)
        measured["wal"] += engine.wal() - before
    values = {"registrations": people, "statements": everything / people, "wal_each": measured["wal"] / people}
    if case == "api":
        values["of_the_desk"] = desk / people
    bench.record("statements", case, values, engine, connections=connections)
