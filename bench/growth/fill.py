"""Fills a database by SQL with registrations, events and everything that belongs to them, as the program would have
written them; `plenaria doctor` checks the result."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from events import FIRST_START, HOT, QUEUE, TEMPLATE, TEMPLATE_START

# The fourth group of the filled-in ids, by kind.
REGISTRATION, QUEUED, OF_EVENT, CHANGE, MESSAGE, IDEMPOTENCY_RECORD, EVENT, SESSION, SPEAKER = (f"8{n:03x}" for n in range(9))


@dataclass(frozen=True)
class Amount:
    """The numbers of rows to fill in."""

    registrations: int
    events: int
    queue: int = 10_000
    of_each_event: int = 10
    speakers: int = 5_000
    answers: int = 100_000


COLUMNS = """id, event_id, status, email, active_email, name, organisation, country, language, newsletter, answers, source,
    waitlist_number, privacy_notice, privacy_accepted_at, created_at, updated_at, confirmed_at, revision"""


def fill(engine, amount):
    """Fills the database while no program runs."""
    now = (datetime.now(timezone.utc) - timedelta(hours=1)).isoformat()
    engine.run(*events(engine, amount), *registrations(engine, amount, now), *changes_and_messages(engine, amount, now),
               *counts(engine, amount))
    engine.update_statistics()


def waitlisted_id(number):
    """The id of the registration with this waiting list number."""
    return f"019a0000-0000-7000-{QUEUED}-{number:012x}"


def event_id(slug):
    return f"(SELECT id FROM events WHERE slug = '{slug}')"


def events(engine, amount):
    """Copies of the template at different times, with speakers who have several events each."""
    number, one = engine.numbers(amount.events), engine.id(EVENT, "c.n")
    starts = engine.minutes_after(FIRST_START, "c.n")
    begin, end = engine.instant(f"{starts} || '+00:00'"), engine.instant(engine.minutes_after(FIRST_START, "c.n + 60") + " || '+00:00'")
    pool = f"(c.n % {amount.speakers})"
    words = [("'" + TEMPLATE + "'", "'filled-' || c.n"), ("'" + TEMPLATE_START + "'", starts),
             ("'template-one'", f"'filled-one-' || {pool}"), ("'template-two'", f"'filled-two-' || {pool}")]
    document = "CAST(t.document AS text)"
    for old, new in words:
        document = f"replace({document}, {old}, {new})"
    template = f"FROM events AS t CROSS JOIN {number} WHERE t.slug = '{TEMPLATE}'"
    yield f"""INSERT INTO events (id, slug, series, status, title, owner, language, starts_at, ends_at, document, search_words, revision,
            catalogue_version, created_at, updated_at)
        SELECT {one}, 'filled-' || c.n, t.series, t.status, t.title, t.owner, t.language, {begin}, {end}, {engine.json(document)},
            t.search_words, 1, t.catalogue_version, t.created_at, t.updated_at {template}"""
    yield f"""INSERT INTO event_revisions (event_id, revision, document, changes, published_at, actor)
        SELECT id, revision, document, {engine.json("'[]'")}, updated_at, 'operator' FROM events WHERE slug LIKE 'filled-%'"""
    yield f"""INSERT INTO event_seats (event_id, status, opens_at, closes_at, starts_at, ends_at, capacity, waitlist, max_confirmed,
            confirmed, waitlisted, last_waitlist_number)
        SELECT {one}, s.status, s.opens_at, {begin}, {begin}, {end}, s.capacity, s.waitlist, s.max_confirmed,
            {amount.of_each_event}, 0, 0
        FROM event_seats AS s CROSS JOIN {number} WHERE s.event_id = {event_id(TEMPLATE)}"""
    for table, column in (("event_topics", "topic"), ("event_organisations", "organisation, role")):
        yield f"""INSERT INTO {table} (event_id, {column}) SELECT {one}, {column}
            FROM {table} AS t CROSS JOIN {number} WHERE t.event_id = {event_id(TEMPLATE)}"""
    yield f"""INSERT INTO sessions (id, event_id, key, position)
        SELECT {engine.id(SESSION, "c.n * 16 + t.position")}, {one}, t.key, t.position
        FROM sessions AS t CROSS JOIN {number} WHERE t.event_id = {event_id(TEMPLATE)}"""
    for index, name in enumerate(("one", "two")):
        key = f"'filled-{name}-' || (c.n - 1)"
        card = f"replace(CAST(t.card AS text), 'template-{name}', {key})"
        yield f"""INSERT INTO speakers (id, owner, key, slug, language, card, created_at, updated_at)
            SELECT {engine.id(SPEAKER, f"(c.n - 1) * 2 + {index}")}, t.owner, {key}, {key}, t.language, {engine.json(card)},
                t.created_at, t.updated_at
            FROM speakers AS t CROSS JOIN {engine.numbers(min(amount.speakers, amount.events))} WHERE t.key = 'template-{name}'"""
        yield f"""INSERT INTO event_speakers (event_id, speaker_id, position)
            SELECT {one}, {engine.id(SPEAKER, f"{pool} * 2 + {index}")}, {index} FROM {number}"""


def registrations(engine, amount, now):
    """Registrations of one large event, the waiting list of another, and some registrations of every other event."""
    at = engine.instant(f"'{now}'")
    address = "'person.' || c.n || '.' || {0} || '@example.org'"

    def person(own, event, status, kind, waitlist_number, confirmed_at):
        name = address.format(f"'{kind}'")
        return f"""{own}, {event}, '{status}', {name}, {name}, 'Ana Pérez ' || c.n, 'Ajuntament de Barcelona', 'ES', 'en', false,
            {engine.json("'{}'")}, 'public', {waitlist_number}, '1', {at}, {at}, {at}, {confirmed_at}, 1"""

    yield f"""INSERT INTO registrations ({COLUMNS})
        SELECT {person(engine.id(REGISTRATION, "c.n"), event_id(HOT), "confirmed", "hot", "NULL", at)}
        FROM {engine.numbers(amount.registrations)}"""
    yield f"""INSERT INTO registrations ({COLUMNS})
        SELECT {person(engine.id(QUEUED, "c.n"), event_id(QUEUE), "waitlisted", "queue", "c.n", "NULL")}
        FROM {engine.numbers(amount.queue)}"""
    of_each = f"(c.n - 1) / {amount.of_each_event} + 1"
    yield f"""INSERT INTO registrations ({COLUMNS})
        SELECT {person(engine.id(OF_EVENT, "c.n"), engine.id(EVENT, of_each), "confirmed", "each", "NULL", at)}
        FROM {engine.numbers(amount.events * amount.of_each_event)}"""


def changes_and_messages(engine, amount, now):
    """A change and a sent message for each registration, and the idempotency records of the last day."""
    at = engine.instant(f"'{now}'")
    kinds = (("confirmed", "registered", REGISTRATION, amount.registrations, event_id(HOT), 0),
             ("waitlisted", "waitlisted", QUEUED, amount.queue, event_id(QUEUE), amount.registrations))
    for status, mail, kind, number, event, before in kinds:
        yield f"""INSERT INTO changes (position, id, type, event_id, registration_id, source, sequence, occurred_at, data)
            SELECT f.last_position + {before} + c.n, {engine.id(CHANGE, f"{before} + c.n")}, 'registration.created', {event},
                {engine.id(kind, "c.n")}, 'public', 1, {at}, {engine.json(f"'{{{chr(34)}status{chr(34)}: {chr(34)}{status}{chr(34)}}}'")}
            FROM feed AS f CROSS JOIN {engine.numbers(number)}"""
        yield f"""INSERT INTO messages (id, kind, registration_id, event_id, language, created_at, next_attempt_at, attempts,
                state, data)
            SELECT {engine.id(MESSAGE, f"{before} + c.n")}, '{mail}', {engine.id(kind, "c.n")}, {event}, 'en', {at}, {at}, 1,
                'sent', {engine.json("'{}'")}
            FROM {engine.numbers(number)}"""
    yield f"""INSERT INTO idempotency_records (id, request_digest, status, location, body, registration_id, created_at)
        SELECT {engine.id(IDEMPOTENCY_RECORD, "c.n")}, {engine.id(IDEMPOTENCY_RECORD, "c.n")}, 201, '/v1/registrations/x', '{{}}',
            {engine.id(REGISTRATION, "c.n")}, {at}
        FROM {engine.numbers(min(amount.answers, amount.registrations))}"""


def counts(engine, amount):
    """The counts in the seat rows and in the tables with one row."""
    changes = amount.registrations + amount.queue
    yield f"UPDATE event_seats SET confirmed = confirmed + {amount.registrations} WHERE event_id = {event_id(HOT)}"
    yield f"""UPDATE event_seats SET waitlisted = {amount.queue}, last_waitlist_number = {amount.queue}
        WHERE event_id = {event_id(QUEUE)}"""
    yield f"UPDATE feed SET last_position = last_position + {changes} WHERE id = 1"
    yield "UPDATE mail_feed_position SET position = (SELECT last_position FROM feed) WHERE id = 1"
