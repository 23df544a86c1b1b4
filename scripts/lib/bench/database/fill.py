"""Inserts registrations directly into the database, in seconds, where a scenario needs more of them than the API makes in that time."""

import sqlite3
import zlib
from datetime import datetime, timezone

COLUMNS = """event_id, status, email, active_email, name, organisation, country, language, newsletter, answers, source,
    waitlist_number, privacy_notice, privacy_accepted_at, created_at, updated_at, confirmed_at, revision, id"""
# `n` is a registration's number, from 1 for each event; {json} and {time} are what each engine makes of a text.
VALUES = """e.id, '{status}', 'person.' || n || '@example.org', 'person.' || n || '@example.org{slot}', 'Ana Pérez ' || n,
    'Ajuntament de Barcelona', 'ES', 'en', {false}, {json}, 'public', {waitlist_number}, '1', {time}, {time}, {time}, {confirmed_at}, 1"""
NUMBERS = "WITH RECURSIVE numbers (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})"


def ids(slug):
    """The form of the ids of an event's registrations, for printf with the registration's number."""
    return f"019a{zlib.crc32(slug.encode()) & 0xffff:04x}-0000-7000-8000-%012x"


def fill(engine, slug, confirmed=0, waitlisted=0, pending=0):
    """Fills an event while no server runs. The numbers of the confirmed come first, then those on the waiting list, in its
    order, then those whose requests wait for a confirmation."""
    statements, first = [], 1
    for status, number in (("confirmed", confirmed), ("waitlisted", waitlisted), ("pending", pending)):
        if number:
            statements.append(insert(engine.name, slug, status, first, first + number - 1, confirmed))
        first += number
    statements.append(f"UPDATE event_seats SET confirmed = {confirmed}, waitlisted = {waitlisted}, last_waitlist_number = {waitlisted} "
                      f"WHERE event_id = (SELECT id FROM events WHERE slug = '{slug}')")
    (postgresql if engine.name == "PostgreSQL" else sqlite)(engine, statements)


def insert(engine_name, slug, status, first, last, confirmed):
    now = datetime.now(timezone.utc).strftime("'%Y-%m-%dT%H:%M:%S.%f+00:00'")
    prefix = ids(slug).removesuffix("%012x")
    if engine_name == "PostgreSQL":
        time, json, no, id = f"{now}::timestamptz", "'{}'::jsonb", "false", f"('{prefix}' || lpad(to_hex(n), 12, '0'))::uuid"
    else:
        time, json, no, id = now, "'{}'", "0", f"unhex('{prefix.replace('-', '')}' || printf('%012x', n))"
    values = VALUES.format(status=status, json=json, time=time, false=no, slot=" 0" if status == "pending" else "",
                           waitlist_number=f"n - {confirmed}" if status == "waitlisted" else "NULL",
                           confirmed_at=time if status == "confirmed" else "NULL")
    return (f"INSERT INTO registrations ({COLUMNS}) {NUMBERS.format(first=first, last=last)} "
            f"SELECT {values}, {id} FROM events AS e, numbers WHERE e.slug = '{slug}'")


def postgresql(engine, statements):
    for statement in [*statements, "VACUUM ANALYZE registrations", "CHECKPOINT"]:
        engine.rows(statement)


def sqlite(engine, statements):
    database = sqlite3.connect(engine.file)
    # SQLite has this function from version 3.41 on.
    database.create_function("unhex", 1, bytes.fromhex, deterministic=True)
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
