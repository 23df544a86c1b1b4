"""Scenarios of recording attendance: one person a request, and in batches of as many as the API takes."""

from bench import HOT
from database import checks
from database import fill
from load import transaction

# The people of the event, and the most items of a request.
PEOPLE, BATCH = 100_000, 500
# The connections of batches: one client's, and several.
BATCH_CONNECTIONS = (1, 16)


def prepare(engine):
    fill.fill(engine, HOT, confirmed=PEOPLE)


def recorded(engine, measured):
    """Each response is a change in the feed or on its way there; and attendance is recorded and withdrawn in turn, so that who
    attended has an even revision."""
    changes = sum(engine.one(f"SELECT count(*) FROM {table} WHERE type = 'registration.attended'") for table in ("outbox", "changes"))
    if changes < measured["well"]:
        yield f"{measured['well']} were recorded and {changes} changes are there"
    wrong = engine.one("SELECT count(*) FROM registrations WHERE (attended_at IS NOT NULL) <> (revision % 2 = 0)")
    if wrong:
        yield f"the attendance of {wrong} people does not follow from what was recorded"


def attendance(bench):
    """A client records who attended and withdraws it, one person a request and in batches of 500."""
    # Each connection of pgbench has people of its own.
    mine = f"\\set person :client_id + 1 + 64 * (:next % {PEOPLE // 64})\n\\set next :next + 1"
    bench.baseline("attendance", transaction("attend", mine), 64, bench.turn_seconds, prepare, checks.transactions, next=0)
    for engine in bench.both:
        for case, connections, size, path in (("single", 64, None, ""), *(("batches", one, BATCH, "/attendance") for one in BATCH_CONNECTIONS)):
            measured, found = bench.under_load(engine, "attend.lua", connections, bench.turn_seconds, path=path, prepare=prepare, client=True,
                                               PEOPLE=PEOPLE, SIZE=size, IDS=fill.ids(HOT))
            # Rows: a batch's response has a result for each.
            measured["well"] = measured["counts"].get("attended", 0)
            measured["rate"] = measured["well"] / measured["seconds"]
            bench.record("attendance", case, measured, engine, [*found, *recorded(engine, measured)], connections=connections)
