"""Scenarios of people who cancel, whose seats go to the waiting list: all the time, and thousands at once."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from bench import MOVING, MOVING_SEATS, PEOPLE, REMINDED, REMINDED_SEATS, TURNS
from database import checks
from database import fill
from database import promises
from load import LoadFailed, transaction
from scenarios.feed import wait_for_empty_outbox

# Those who wait beyond the number of seats: they stay on the waiting list.
STAYING = 500
# Connections of pgbench, each of which cancels the same number of people.
BASELINE_CONNECTIONS = 60
# Seconds that a crowd or a baseline may take.
TIMEOUT = 120


def fill_moving(engine):
    fill.fill(engine, MOVING, MOVING_SEATS, PEOPLE - MOVING_SEATS)


def cancel_and_return(bench):
    """More people than seats, who cancel and register again: each free seat goes to the head of the waiting list."""
    def findings(measured, server):
        if not measured["counts"].get("cancelled"):
            yield "nobody has cancelled"
        yield from checks.positions(server.url, MOVING, bench.token(engine, server.url))

    # Each connection of pgbench has people of its own, so that it knows who is registered: one cancels, and then returns.
    each = PEOPLE // 64
    script = (f"\\set away 1 - :away\n\\if :away\n\\set person :client_id * {each} + random(1, {each})\n"
              + transaction("cancel") + "\\else\n" + transaction("register") + "\\endif\n")
    bench.baseline("cancel-and-return", script, 64, slug=MOVING, findings=checks.transactions, away=0, prepare=fill_moving)
    people = bench.people("manage", MOVING, range(1, PEOPLE + 1))
    for engine in bench.both:
        measured, found = bench.under_load(engine, "cancel-and-return.lua", 64, slug=MOVING, prepare=fill_moving, findings=findings,
                                           promised=True, PEOPLE=people)
        bench.record("cancel-and-return", "api", measured, engine, found, connections=64)


def prepare(engine):
    fill.fill(engine, REMINDED, REMINDED_SEATS, REMINDED_SEATS + STAYING)


def moved(engine):
    """All who had a seat have cancelled, each seat went to the head of the waiting list, and the others still wait in their order."""
    form = fill.ids(REMINDED).replace("-", "").removesuffix("%012x")
    key = "replace(id::text, '-', '')" if engine.name == "PostgreSQL" else "lower(hex(id))"
    people = {int(id.removeprefix(form), 16): (status, place) for id, status, place in engine.rows(
        f"SELECT {key}, status, coalesce(waitlist_number, 0) FROM registrations WHERE event_id = (SELECT id FROM events WHERE slug = '{REMINDED}')")}
    for name, first, number, expected in (("had a seat", 1, REMINDED_SEATS, lambda _: ("cancelled", 0)),
                                          ("waited in front", REMINDED_SEATS + 1, REMINDED_SEATS, lambda _: ("confirmed", 0)),
                                          ("waited behind", 2 * REMINDED_SEATS + 1, STAYING, lambda one: ("waitlisted", one - REMINDED_SEATS))):
        wrong = [one for one in range(first, first + number) if people.get(one) != expected(one)]
        if wrong:
            yield f"{len(wrong)} of {number} who {name} are something else, such as {people.get(wrong[0])}"


def reminder(bench):
    """All who have a seat cancel at once, over a connection each; each seat goes to the head of the waiting list."""
    each = REMINDED_SEATS // BASELINE_CONNECTIONS
    mine = f"\\set person :client_id * {each} + 1 + :next\n\\set next :next + 1"

    def transacted(engine, measured):
        return [*checks.transactions(engine, measured), *moved(engine)]

    bench.baseline("reminder", transaction("cancel", mine), BASELINE_CONNECTIONS, TIMEOUT, prepare, transacted, REMINDED, each=each, next=0)
    people = bench.people("manage", REMINDED, range(1, REMINDED_SEATS + 1))
    for engine in bench.both:
        for turn in range(1, TURNS + 1):
            engine.empty()
            prepare(engine)
            with engine.serve() as server:
                bench.warm(server.url)
                measured = bench.measure(lambda: crowd(server.url, people), engine, [server])
                answers = measured.pop("answers")
                wait_for_empty_outbox(engine)
                found = [*checks.counts(engine), *moved(engine), *checks.positions(server.url, REMINDED, bench.token(engine, server.url)),
                         *checks.changes(engine, cancelled=REMINDED_SEATS, promoted=REMINDED_SEATS),
                         *promises.broken(answers, dict(engine.rows(promises.STATES[engine.name])), 0)]
            if measured["failures"]:
                found.append(f"cancellations failed: {measured['failures']}")
            bench.record("reminder", "api", measured, engine, found, connections=REMINDED_SEATS, turn=turn)


def crowd(url, people):
    """What the crowd measured; `answers` are the statuses that were promised, by registration."""
    command = [sys.executable, Path(__file__).with_name("crowd.py"), urlsplit(url).hostname, str(urlsplit(url).port), people]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise LoadFailed(f"the crowd ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)
