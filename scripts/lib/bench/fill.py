"""Inserts registrations directly into the database, as many as an export needs, in seconds."""

import sqlite3

COLUMNS = """event_id, status, email, active_email, name, organisation, country, language, newsletter, answers, source,
    privacy_notice, privacy_accepted_at, created_at, updated_at, confirmed_at, revision, id"""
# `n` is a registration's number; {time} and {json} are what each engine makes of a text.
VALUES = """e.id, 'confirmed', 'person.' || n || '@example.org', 'person.' || n || '@example.org', 'Ana Pérez ' || n,
    'Ajuntament de Barcelona', 'ES', 'en', false, {json}, 'public', '1', {time}, {time}, {time}, {time}, 1"""
TIME = "'2026-11-23T09:00:00.123456+00:00'"


def fill(engine, slug, number):
    """Fills an event while no server runs."""
    (postgresql if engine.name == "PostgreSQL" else sqlite)(engine, slug, number)


def postgresql(engine, slug, number):
    values = VALUES.format(time=f"{TIME}::timestamptz", json="'{}'::jsonb")
    engine.rows(f"""INSERT INTO registrations ({COLUMNS})
        SELECT {values}, ('019a0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
        FROM events AS e, generate_series(1, {number}) AS numbers (n) WHERE e.slug = '{slug}'""")
    engine.rows(f"UPDATE event_seats SET confirmed = {number} WHERE event_id = (SELECT id FROM events WHERE slug = '{slug}')")
    engine.rows("VACUUM ANALYZE registrations")
    engine.rows("CHECKPOINT")


def sqlite(engine, slug, number):
    database = sqlite3.connect(engine.file)
    database.create_function("hex_id", 1, lambda n: bytes.fromhex("019a0000000070008000%012x" % n), deterministic=True)
    values = VALUES.format(time=TIME, json="'{}'")
    database.execute(f"""INSERT INTO registrations ({COLUMNS})
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {number})
        SELECT {values}, hex_id(n) FROM events AS e, numbers WHERE e.slug = '{slug}'""")
    database.execute(f"UPDATE event_seats SET confirmed = {number} WHERE event_id = (SELECT id FROM events WHERE slug = '{slug}')")
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
