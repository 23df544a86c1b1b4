"""Checks invariants of the database: seats, waiting list, idempotency keys, and the feed of changes."""

import json

REGISTRATIONS = """SELECT r.id, e.slug AS event, r.email, r.active_email, r.status, r.waitlist_number, r.revision,
    r.name, r.attended_at, r.erased_at, r.external_reference FROM registrations AS r JOIN events AS e ON e.id = r.event_id"""
SEATS = """SELECT e.slug AS event, s.capacity, s.max_confirmed, s.confirmed, s.waitlisted,
    (SELECT count(*) FROM registrations AS r WHERE r.event_id = s.event_id AND r.status = 'confirmed') AS have_seats,
    (SELECT count(*) FROM registrations AS r WHERE r.event_id = s.event_id AND r.status = 'waitlisted') AS wait,
    (SELECT count(*) FROM registrations AS r WHERE r.event_id = s.event_id AND r.waitlist_number IS NOT NULL) AS numbered,
    (SELECT count(DISTINCT r.waitlist_number) FROM registrations AS r WHERE r.event_id = s.event_id) AS numbers
    FROM event_seats AS s JOIN events AS e ON e.id = s.event_id"""
CHANGES = "SELECT position, id, type, registration_id, sequence, data FROM changes ORDER BY position"
KEYS = """SELECT registration_id, count(*) AS answers FROM idempotency_records
    WHERE status = 201 AND registration_id IS NOT NULL GROUP BY registration_id HAVING count(*) > 1"""
ACTIVE = ("confirmed", "waitlisted")
# For each type of change: the statuses before (`None`: there was no change before), and those after; empty: as before.
CHANGES_OF_STATUS = {
    "registration.created": ((None,), ACTIVE), "registration.confirmed": ((None,), ("confirmed",)),
    "registration.waitlisted": ((None,), ("waitlisted",)), "registration.promoted": (("waitlisted",), ("confirmed",)),
    "registration.cancelled": (ACTIVE, ("cancelled",)), "registration.reinstated": (("cancelled",), ACTIVE),
    "registration.updated": (ACTIVE, ()), "registration.attended": (("confirmed",), ()), "registration.erased": (("cancelled",), ()),
}


def check_seats(database, lowered=()):
    """`lowered`: the events whose capacity organisers lower."""
    found = []
    for row in database.rows(SEATS):
        if (row["confirmed"], row["waitlisted"]) != (row["have_seats"], row["wait"]):
            found.append(f"the counts of {row['event']} are wrong: {row}")
        # More seats than the capacity are taken only after it was lowered.
        most = row["max_confirmed"] if row["event"] in lowered else row["capacity"]
        if row["capacity"] is not None and row["have_seats"] > most:
            found.append(f"OVERBOOKED: {row}")
        if row["capacity"] is not None and row["wait"] and row["have_seats"] < row["capacity"]:
            found.append(f"a free seat beside a waiting list: {row}")
        if not row["wait"] == row["numbered"] == row["numbers"]:
            found.append(f"waiting list numbers of {row['event']} are duplicated or missing: {row}")
    return found


def check_idempotency_keys(database):
    return [f"DOUBLED: several keys created one registration: {row}" for row in database.rows(KEYS)]


def status_in(change):
    return (json.loads(change["data"]) if isinstance(change["data"], str) else change["data"])["status"]


def check_changes_of(registration, changes):
    """The changes of one registration: each revision once, and each possible after the one before."""
    id, sequences = registration["id"], [change["sequence"] for change in changes]
    if registration["status"] == "pending":
        return [f"there are changes of {id}, which is pending"] if changes else []
    # What was pending has no changes before the address was confirmed.
    first = max(sequences[0], 2) if changes and changes[0]["type"] in ("registration.confirmed", "registration.waitlisted") else 1
    if not changes or sequences != list(range(first, registration["revision"] + 1)):
        return [f"changes of {id}: {sequences}, from {first} to {registration['revision']} expected"]
    found, status = [], None
    for change in changes:
        before, after = CHANGES_OF_STATUS[change["type"]]
        now = status_in(change)
        if status not in before or now not in (after or (status,)):
            found.append(f"{id} was {status}, and {now} by its change {change['sequence']}, {change['type']}")
        status = now
    if status != registration["status"]:
        found.append(f"{id} is {registration['status']}, by its last change {status}")
    if (changes[-1]["type"] == "registration.erased") != (registration["erased_at"] is not None):
        found.append(f"{id}, erased at {registration['erased_at']}, has the last change {changes[-1]['type']}")
    return found


def check_changes(database, registrations, followed):
    """Each change appears once, those of a registration in order, and `followed`, the ids that a follower read, is the feed."""
    found, rows = [], database.rows(CHANGES)
    last = database.rows("SELECT last_position FROM feed")[0]["last_position"]
    if [row["position"] for row in rows] != list(range(1, last + 1)):
        found.append(f"the feed's positions have gaps, up to {last}")
    ids = [row["id"] for row in rows]
    if len(set(ids)) != len(ids):
        found.append("a change is in the feed twice")
    by_registration = {}
    for row in rows:
        by_registration.setdefault(row["registration_id"], []).append(row)
    by_registration.pop(None, None)
    for registration in registrations:
        found += check_changes_of(registration, by_registration.pop(registration["id"], []))
    for id in by_registration:
        found.append(f"there are changes of {id}, which does not exist")
    if followed != ids:
        twice, missed = len(followed) - len(set(followed)), len(set(ids) - set(followed))
        found.append(f"a follower of the feed missed {missed} changes of {len(ids)} and saw {twice} twice, or saw them in another order")
    return found
