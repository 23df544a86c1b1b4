"""Compares what responses promised with the database: the file that wrk's scripts write with `promise` (bench/load/results.lua)."""

# What a registration may be in the database after a response promised a status and nothing else was requested. Those on the
# waiting list may have been promoted.
KEPT = {"confirmed": {"confirmed"}, "waitlisted": {"waitlisted", "confirmed"}, "cancelled": {"cancelled"}, "attended": {"attended"}}
STATES = {
    "PostgreSQL": "SELECT replace(id::text, '-', ''), CASE WHEN attended_at IS NULL THEN status ELSE 'attended' END FROM registrations",
    "SQLite": "SELECT lower(hex(id)), CASE WHEN attended_at IS NULL THEN status ELSE 'attended' END FROM registrations",
}


def promised(lines):
    """The last promise about each registration, by its id without hyphens."""
    return {id.replace("-", ""): status for id, status in map(str.split, lines)}


def broken(promises, states, in_flight):
    """Yields findings. The load ends without waiting for responses, so up to `in_flight` registrations may have changed without
    a promise; none may be missing."""
    missing = [id for id in promises if id not in states]
    if missing:
        yield f"{len(missing)} acknowledged registrations are missing, {missing[0]} among them"
    differing = [id for id, status in promises.items() if id in states and states[id] not in KEPT[status]]
    if len(differing) > in_flight:
        id = differing[0]
        yield (f"{len(differing)} registrations are not as promised, and only {in_flight} requests had no response: "
               f"{id} was promised {promises[id]} and is {states[id]}")


def findings(engine, file, in_flight):
    if not file.exists():
        yield "no response promised anything"
        return
    with open(file) as lines:
        promises = promised(lines)
    yield from broken(promises, dict(engine.rows(STATES[engine.name])), in_flight)
