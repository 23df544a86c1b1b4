"""Checks invariants of the database: seats, waiting list, idempotency keys, and the feed of changes."""

REGISTRATIONS = """SELECT r.id, e.slug AS event, r.email, r.active_email, r.status, r.waitlist_number, r.revision
    FROM registrations AS r JOIN events AS e ON e.id = r.event_id"""
SEATS = """SELECT e.slug AS event, s.capacity, s.max_confirmed, s.confirmed, s.waitlisted, s.last_waitlist_number,
    (SELECT count(*) FROM registrations AS r WHERE r.event_id = s.event_id AND r.status = 'confirmed') AS have_seats,
    (SELECT count(*) FROM registrations AS r WHERE r.event_id = s.event_id AND r.status = 'waitlisted') AS wait,
    (SELECT count(*) FROM registrations AS r WHERE r.event_id = s.event_id AND r.waitlist_number IS NOT NULL) AS numbered,
    (SELECT count(DISTINCT r.waitlist_number) FROM registrations AS r WHERE r.event_id = s.event_id) AS numbers
    FROM event_seats AS s JOIN events AS e ON e.id = s.event_id"""
CHANGES = "SELECT position, id, type, registration_id, sequence FROM changes ORDER BY position"
KEYS = """SELECT registration_id, count(*) AS answers FROM idempotency_records
    WHERE status = 201 AND registration_id IS NOT NULL GROUP BY registration_id HAVING count(*) > 1"""
# The possible statuses of a registration after its last change.
STATUS_AFTER = {"registration.created": ("confirmed", "waitlisted"), "registration.promoted": ("confirmed",),
        "registration.cancelled": ("cancelled",)}


def check_seats(database):
    found = []
    for row in database.rows(SEATS):
        if (row["confirmed"], row["waitlisted"]) != (row["have_seats"], row["wait"]):
            found.append(f"the counts of {row['event']} are wrong: {row}")
        if row["capacity"] is not None and row["have_seats"] > row["capacity"]:
            found.append(f"OVERBOOKED: {row}")
        if row["capacity"] is not None and row["wait"] and row["have_seats"] < row["capacity"]:
            found.append(f"a free seat beside a waiting list: {row}")
        if not row["wait"] == row["numbered"] == row["numbers"]:
            found.append(f"waiting list numbers of {row['event']} are duplicated or missing: {row}")
    return found


def check_idempotency_keys(database):
    return [f"DOUBLED: several keys created one registration: {row}" for row in database.rows(KEYS)]


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
        own_changes = by_registration.pop(registration["id"], [])
        if [row["sequence"] for row in own_changes] != list(range(1, registration["revision"] + 1)):
            found.append(f"changes of {registration['id']}: {[row['sequence'] for row in own_changes]}, up to {registration['revision']} expected")
        elif registration["status"] not in STATUS_AFTER[own_changes[-1]["type"]]:
            found.append(f"{registration['id']} is {registration['status']}, its last change {own_changes[-1]['type']}")
    for id in by_registration:
        found.append(f"there are changes of {id}, which does not exist")
    if followed != ids:
        twice, missed = len(followed) - len(set(followed)), len(set(ids) - set(followed))
        found.append(f"a follower of the feed missed {missed} changes of {len(ids)} and saw {twice} twice, or saw them in another order")
    return found
