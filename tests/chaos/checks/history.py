"""Checks the seats during a round: snapshots of the database, each read by one statement, and what happened between them."""

from collections import defaultdict

SNAPSHOT = """SELECT e.slug AS event, e.revision AS event_revision, s.capacity, s.max_confirmed, s.confirmed, s.waitlisted,
    s.last_waitlist_number, r.id, r.status, r.waitlist_number
    FROM event_seats AS s JOIN events AS e ON e.id = s.event_id
    LEFT JOIN registrations AS r ON r.event_id = e.id AND r.status IN ('confirmed', 'waitlisted')
    WHERE s.capacity IS NOT NULL"""


class Seats:
    """One event in one snapshot."""

    def __init__(self, rows):
        first = rows[0]
        for name in ("event", "event_revision", "capacity", "max_confirmed", "confirmed", "waitlisted", "last_waitlist_number"):
            setattr(self, name, first[name])
        self.seated = {row["id"] for row in rows if row["status"] == "confirmed"}
        self.waiting = {row["id"]: row["waitlist_number"] for row in rows if row["status"] == "waitlisted"}


def snapshot(rows):
    """The events of one snapshot, by slug."""
    events = defaultdict(list)
    for row in rows:
        events[row["event"]].append(row)
    return {event: Seats(rows) for event, rows in events.items()}


def check(snapshots, capacities):
    """`snapshots`: in the order of time; `capacities`: for each event, the capacity by revision. Returns findings."""
    found = []
    for one in snapshots:
        for seats in one.values():
            found += check_one(seats)
    for before, after in zip(snapshots, snapshots[1:]):
        for event in before.keys() & after.keys():
            found += check_step(before[event], after[event], capacities.get(event, {}))
    return found


def check_one(seats):
    """What holds in every committed state."""
    what = f"during the round, {seats.event}:"
    if (seats.confirmed, seats.waitlisted) != (len(seats.seated), len(seats.waiting)):
        yield f"{what} its counts are {seats.confirmed} and {seats.waitlisted}, its people {len(seats.seated)} and {len(seats.waiting)}"
    if seats.waiting and len(seats.seated) < seats.capacity:
        yield f"{what} {seats.capacity - len(seats.seated)} free seats beside {len(seats.waiting)} people who wait"
    if len(set(seats.waiting.values())) < len(seats.waiting) or max(seats.waiting.values(), default=0) > seats.last_waitlist_number:
        yield f"{what} waiting list numbers are given twice, or beyond the last one"


def check_step(before, after, capacities):
    """What holds between one committed state and a later one."""
    what = f"during the round, {before.event}:"
    capacity = max([capacities[revision] for revision in range(before.event_revision, after.event_revision + 1) if revision in capacities]
                   + [before.capacity, after.capacity])
    if len(after.seated) > max(capacity, len(before.seated)):
        yield f"{what} OVERBOOKED: from {len(before.seated)} to {len(after.seated)} seats of at most {capacity}"
    if after.event_revision < before.event_revision:
        yield f"{what} LOST: its revision fell from {before.event_revision} to {after.event_revision}"
    if after.last_waitlist_number < before.last_waitlist_number:
        yield f"{what} the last waiting list number fell from {before.last_waitlist_number} to {after.last_waitlist_number}"
    for id, number in after.waiting.items():
        if number <= before.last_waitlist_number and before.waiting.get(id) != number:
            yield f"{what} {id} has joined the waiting list with the number {number}, not at its end"
    still = [number for id, number in after.waiting.items() if before.waiting.get(id) == number]
    if still:
        first = min(still)
        for id in after.seated - before.seated:
            if before.waiting.get(id, first) >= first:
                yield f"{what} {id} got a seat before somebody who waited all the time, with the number {first}"
