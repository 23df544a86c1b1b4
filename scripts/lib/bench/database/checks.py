"""Checks the database after a measurement. Each check yields its findings as sentences."""

import json
import urllib.request

COUNTS = {
    "rows and counters disagree": """s.confirmed <> (SELECT count(*) FROM registrations AS r
        WHERE r.event_id = s.event_id AND r.status = 'confirmed') OR s.waitlisted <> (SELECT count(*) FROM registrations AS r
        WHERE r.event_id = s.event_id AND r.status = 'waitlisted')""",
    "more are confirmed than there are seats": "s.capacity IS NOT NULL AND s.confirmed > s.capacity",
    "a seat is empty and people wait": "s.capacity IS NOT NULL AND s.confirmed < s.capacity AND s.waitlisted > 0",
}


def registered(engine):
    return engine.one("SELECT count(*) FROM registrations")


def counts(engine):
    """Seat counts match the rows, no event is overbooked, and no seat is free while people are on the waiting list."""
    for finding, condition in COUNTS.items():
        events = engine.one(f"SELECT count(*) FROM event_seats AS s WHERE {condition}")
        if events:
            yield f"{finding} at {events} events"


def acknowledged(measured):
    """Every registration with a 201 exists. There may be more, because the load ends without waiting for responses."""
    if measured["registrations"] < measured["well"]:
        yield f"{measured['well']} registrations were answered and {measured['registrations']} are there"


def full(engine, slug, capacity):
    """The event is full, and the waiting list's numbers start at 1 without gaps, because nobody has cancelled."""
    confirmed, waiting, last = engine.rows(
        f"SELECT confirmed, waitlisted, last_waitlist_number FROM event_seats WHERE event_id = "
        f"(SELECT id FROM events WHERE slug = '{slug}')")[0]
    if confirmed != capacity:
        yield f"{confirmed} are confirmed for {capacity} seats"
    numbers, first, greatest = engine.rows(
        f"SELECT count(DISTINCT waitlist_number), coalesce(min(waitlist_number), 1), coalesce(max(waitlist_number), 0) FROM registrations "
        f"WHERE waitlist_number IS NOT NULL AND event_id = (SELECT id FROM events WHERE slug = '{slug}')")[0]
    if not numbers == greatest == waiting == last or first != 1:
        yield f"the waiting list numbers go from {first} to {greatest} (last given: {last}), {numbers} of them, and {waiting} wait"


def positions(url, slug, token):
    """The waiting list positions in an export start at 1, without duplicates and gaps."""
    request = urllib.request.Request(f"{url}/v1/events/{slug}/registrations/export?format=ndjson",
                                     headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=60) as response:
        people = [json.loads(line) for line in response]
    positions_found = sorted(one["waitlist_position"] for one in people if one["status"] == "waitlisted")
    if positions_found != list(range(1, len(positions_found) + 1)):
        yield f"{len(positions_found)} positions on the waiting list go from {positions_found[0]} to {positions_found[-1]}, {len(set(positions_found))} of them different"


def transactions(engine, measured, exclude=(), messages=False):
    """pgbench's transactions have left one change each in the outbox, beside those of the types that follow from another; with
    `messages` a transaction that queues a message counts too."""
    types = ", ".join(f"'registration.{one}'" for one in ("promoted", *exclude))
    found = engine.one(f"SELECT count(*) FROM outbox WHERE type NOT IN ({types})")
    if messages:
        found += engine.one("SELECT count(*) FROM messages")
    if found != measured["well"]:
        yield f"{measured['well']} transactions were done and {found} changes are there"


def changes(engine, **numbers):
    """The feed has this number of changes of each type, the changes of a registration have different numbers, and the outbox is empty."""
    for name, number in numbers.items():
        found = engine.one(f"SELECT count(*) FROM changes WHERE type = 'registration.{name}'")
        if found != number:
            yield f"{found} changes in the feed are registration.{name}, of {number}"
    doubled = engine.one("SELECT count(*) FROM (SELECT 1 FROM changes WHERE registration_id IS NOT NULL "
                         "GROUP BY registration_id, sequence HAVING count(*) > 1) AS doubled")
    if doubled:
        yield f"{doubled} changes are in the feed more than once"
