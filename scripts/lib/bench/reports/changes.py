"""The part of the report about every change of registrations but registering itself."""

from reports.tables import SPEED, checked, number, speed, table, times

ENGINES = ("PostgreSQL", "SQLite")
# The shortest response to someone who asks for a confirmation, in seconds (`MIN_RESPONSE_TIME`).
PADDED = 0.1


def rows_of(results, scenario, cases, connections, base=None):
    """A row for each case (case, engine, name): its speed, and its ratio to the pgbench baseline of the same number of connections or
    of `base`."""
    for case, engine, name in cases:
        key = {"engine": engine, "connections": connections}
        rate, *rest = speed(results, scenario, case, **key)
        of = {"engine": "PostgreSQL", "connections": base or connections}
        ratio = None if case == "one-transaction" else results.ratio(scenario, case, "one-transaction", of, **key)
        yield [name, number(connections), rate, times(ratio), *rest, checked(results, scenario, case, **key)]


HEADS = ["", "connections", "/s", "of one transaction each", *SPEED, "checks"]
BASELINE = ("one-transaction", "PostgreSQL", "pgbench, one transaction each")


def on_both(case, name):
    return [(case, engine, f"{name}, {engine}") for engine in ENGINES]


def asking(results):
    rows = []
    for connections in results.connections("asking"):
        for engine in ENGINES:
            key = {"engine": engine, "connections": connections}
            base = results.median("rate", "asking", "one-transaction", engine="PostgreSQL", connections=connections)
            rows.append([engine, connections, number(base), number(results.median("rate", "asking", "registering", **key)),
                         number(results.median("rate", "asking", "asking", **key)), number(connections / PADDED),
                         times(results.ratio("asking", "asking", "registering", **key), 2),
                         *speed(results, "asking", "asking", **key)[1:], checked(results, "asking", "asking", **key)])
    return table(["", "connections", "pgbench, one transaction each, /s", "registering /s", "asking /s", "most that the pause permits, /s",
                  "asking ÷ registering", *SPEED, "checks"], rows)


def confirming(results):
    rows = []
    for engine in ENGINES:
        key = {"engine": engine}
        rows.append([engine, *(number(results.median("rate", "confirming", case, **(key if case != "one-transaction" else {})))
                               for case in ("one-transaction", "registering", "confirming")),
                     times(results.ratio("confirming", "confirming", "registering", **key), 2),
                     times(results.ratio("confirming", "confirming", "one-transaction", {}, **key)),
                     *speed(results, "confirming", "confirming", **key)[1:], checked(results, "confirming", "confirming", **key)])
    return table(["", "pgbench, one transaction each, /s", "registering /s", "confirming /s", "confirming ÷ registering",
                  "of one transaction each", *SPEED, "checks"], rows)


def cancelling(results):
    rows = [*rows_of(results, "cancel-and-return", [BASELINE, *on_both("api", "cancelling and coming back")], 64),
            *rows_of(results, "reminder", [BASELINE], 60),
            *rows_of(results, "reminder", on_both("api", "3,000 cancel at once"), 3000, 60)]
    return table(HEADS, rows)


def attendance(results):
    rows = [*rows_of(results, "attendance", [BASELINE, *on_both("single", "one person a request")], 64)]
    for connections in (1, 16):
        rows += rows_of(results, "attendance", on_both("batches", "batches of 500"), connections, 64)
    return table(["", "connections", "people /s", *HEADS[3:]], rows)


def mixture(results):
    return table(["", "connections", "changes /s", *HEADS[3:]],
                 [*rows_of(results, "mixture", [BASELINE, *on_both("api", "every change")], 64)])


def section(results):
    return f"""## Every other change of registrations

Each against pgbench, which does the same with one transaction each: it locks the event's seat row (asking for confirmation does not, in
the API neither), reads and changes the registration, promotes the head of the waiting list where a seat became free, and inserts the
outbox row, and for a client's request the row of the audit log. Its statements are in `bench/baselines`.

### Asking for confirmation, and confirming

At an event that confirms addresses, beside registering at one that does not. A response to someone who asks takes
at least {PADDED * 1000:.0f} ms, so that its time reveals nothing: with n connections there are at most {1 / PADDED:.0f} n a second, whatever the
program can do. PostgreSQL permits 300 connections, so pgbench has no more than 256.

{asking(results)}

Confirming, 64 connections: each request has the token of another pending request.

{confirming(results)}

### Cancelling

Cancelling and coming back: 1,024 people, 512 seats; a random person cancels with the token of their registration, which promotes the head of
the waiting list if they had a seat, and cancelled people register again; /s counts both. 3,000 at once: over a connection each, people with
a seat cancel at the same moment, and each seat goes to the head of a waiting list of 3,500; /s is 3,000 by the time from the first request until the last
response, latencies count from the same moment, and what was answered 503 is sent again when its `Retry-After` is over (errors). Afterwards
the first 3,000 of the waiting list have the seats, the others wait in their order, and the feed has each change once.

{cancelling(results)}

### Attendance

A client records who attended, of 100,000 people: each request changes something. Each row of a batch counts; pgbench does one person a transaction.

{attendance(results)}

### Everything at once

64 connections; of a hundred requests 37 register (12 of them again), 24 cancel with promotion, 15 confirm, 2 ask for confirmation, 6 cancel or
reinstate for a client, 8 record attendance and 1 that of 20 people, 4 change a registration under a condition, and 3 erase one. Each person of a
batch counts as a change, and is a transaction of pgbench.

{mixture(results)}"""
