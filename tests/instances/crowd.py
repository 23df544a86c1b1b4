"""A crowd at one event: everybody registers at the same time, through one address; some cancel while others still come."""

import random
import threading

import books
from caller import Caller
from checks import Checks
from ledger import Ledger, read


def person(email):
    return {"email": email, "name": "Ana Pérez", "privacy_accepted": True}


def rush(directory, name, ports, slug, people, callers=24, cancelling=0.1):
    """The ledger of a crowd, of whom some cancel as soon as they are registered."""
    path = directory / f"{name}.jsonl"
    ledger = Ledger(path)
    turn, lock = iter(range(people)), threading.Lock()

    def come(number):
        caller, chance = Caller(ledger, ports, number), random.Random(f"{name} {number}")
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
    ledger.close()
    return read(path)


def reckon(database, calls, slug, people, capacity):
    """Findings: everybody was answered, seats are exact, the queue is in order."""
    found = [f"call {call['n']}, {call['do']}: {call['status']} {call.get('body') or call.get('error')}" for call in calls
             if call["status"] not in (200, 201)]
    rows = [row for row in database.rows(books.REGISTRATIONS) if row["event"] == slug]
    found += Checks(calls, rows).all()
    (seats,) = [row for row in database.rows(books.SEATS) if row["event"] == slug]
    found += books.seats(database) + books.keys(database)
    live = people - sum(call["do"] == "cancel" and call["status"] == 200 for call in calls)
    wanted = min(live, capacity), max(live - capacity, 0)
    if (seats["have_seats"], seats["wait"]) != wanted:
        found.append(f"{wanted} should be confirmed and waiting: {seats}")
    return found
