"""A crowd at one event: many people register at the same time, through one address, and some cancel meanwhile."""

import random
import threading

from checks import database_invariants
from clients.caller import Caller
from checks.registrations import RegistrationChecks
from clients.call_log import CallLog, read


def person(email):
    return {"email": email, "name": "Ana Pérez", "privacy_accepted": True}


def rush(directory, name, ports, slug, people, callers=24, cancelling=0.1):
    """Registers a crowd, of whom some cancel immediately; returns the calls."""
    path = directory / f"{name}.jsonl"
    call_log = CallLog(path)
    turn, lock = iter(range(people)), threading.Lock()

    def come(number):
        caller, chance = Caller(call_log, ports, number), random.Random(f"{name} {number}")
        while True:
            with lock:
                one = next(turn, None)
            if one is None:
                return caller.close()
            email = f"{name}-{one}@example.org"
            key = f"{chance.getrandbits(128):032x}" if chance.random() < 0.5 else None
            status, found = caller.call("POST", f"/v1/events/{slug}/registrations", person(email), key=key, do="register",
                                        event=slug, email=email)
            if status == 201 and chance.random() < cancelling:
                caller.call("POST", f"/v1/registrations/{found['id']}/cancel", {}, found["manage_token"], do="cancel", event=slug,
                            email=email, id=found["id"])

    threads = [threading.Thread(target=come, args=(number,), daemon=True) for number in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    call_log.close()
    return read(path)


def evaluate(database, calls, slug, people, capacity):
    """Returns findings: every call succeeded, the capacity is exact, and the waiting list is in order."""
    found = [f"call {call['n']}, {call['do']}: {call['status']} {call.get('body') or call.get('error')}" for call in calls
             if call["status"] not in (200, 201)]
    rows = [row for row in database.rows(database_invariants.REGISTRATIONS) if row["event"] == slug]
    found += RegistrationChecks(calls, rows).all()
    (seats,) = [row for row in database.rows(database_invariants.SEATS) if row["event"] == slug]
    found += database_invariants.check_seats(database) + database_invariants.check_idempotency_keys(database)
    live = people - sum(call["do"] == "cancel" and call["status"] == 200 for call in calls)
    expected = min(live, capacity), max(live - capacity, 0)
    if (seats["have_seats"], seats["wait"]) != expected:
        found.append(f"{expected} should be confirmed and waiting: {seats}")
    return found
