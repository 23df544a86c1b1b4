"""Are the books right after a measurement? Findings are sentences; none is what is wanted."""

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
    """Seats: counted as the rows say, never too many, none empty while somebody waits."""
    for finding, condition in COUNTS.items():
        events = engine.one(f"SELECT count(*) FROM event_seats AS s WHERE {condition}")
        if events:
            yield f"{finding} at {events} events"


def acknowledged(figures):
    """Each registration that was answered 201 is there. More may be: the load ends without waiting for answers."""
    if figures["registrations"] < figures["well"]:
        yield f"{figures['well']} registrations were answered and {figures['registrations']} are there"


def full(engine, slug, capacity):
    """The event is full to the last seat, and the queue's numbers go from 1 without a gap: nobody has cancelled."""
    confirmed, waiting, last = engine.rows(
        f"SELECT confirmed, waitlisted, last_queue_number FROM event_seats WHERE event_id = "
        f"(SELECT id FROM events WHERE slug = '{slug}')")[0]
    if confirmed != capacity:
        yield f"{confirmed} are confirmed for {capacity} seats"
    numbers, first, greatest = engine.rows(
        f"SELECT count(DISTINCT queue_number), coalesce(min(queue_number), 1), coalesce(max(queue_number), 0) FROM registrations "
        f"WHERE queue_number IS NOT NULL AND event_id = (SELECT id FROM events WHERE slug = '{slug}')")[0]
    if not numbers == greatest == waiting == last or first != 1:
        yield f"the queue's numbers go from {first} to {greatest} (last given: {last}), {numbers} of them, and {waiting} wait"


def positions(url, slug, token):
    """Places in the queue, as the API tells them in an export: from 1 on, none twice, none missing."""
    request = urllib.request.Request(f"{url}/v1/events/{slug}/registrations/export?format=ndjson",
                                     headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=60) as response:
        people = [json.loads(line) for line in response]
    places = sorted(one["waitlist_position"] for one in people if one["status"] == "waitlisted")
    if places != list(range(1, len(places) + 1)):
        yield f"{len(places)} places in the queue go from {places[0]} to {places[-1]}, {len(set(places))} of them different"
