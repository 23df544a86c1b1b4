"""Tests the checks: consistent data has no findings, and each planted error is found."""

import copy
import sqlite3
import tempfile
import unittest
import uuid
from pathlib import Path

from checks import responses
from checks import database_invariants
from checks.registrations import RegistrationChecks
from servers.database import SqliteDatabase


def call(n, do="register", email="a@example.org", status=201, key=None, event="queue", **more):
    """An entry of the call log. Calls follow one another, and each takes half a second."""
    return {"n": n, "do": do, "event": event, "email": email, "key": key, "status": status, "at": n, "until": n + 0.5, "opened": n,
            "instance": 0, "replayed": False, "retry_after": None} | more


def row(id, email="a@example.org", status="confirmed", waitlist_number=None, event="queue"):
    return {"id": id, "event": event, "email": email, "status": status, "waitlist_number": waitlist_number, "revision": 1}


CALLS = [
    call(1, body={"id": "1", "status": "confirmed"}, key="k1"),
    call(2, email="b@example.org", body={"id": "2", "status": "waitlisted"}),
    call(3, email="c@example.org", body={"id": "3", "status": "waitlisted"}),
    call(4, email="d@example.org", status=None, error="cut"),
    call(5, email="e@example.org", status=503, retry_after="1", key="k5"),
    call(6, do="cancel", status=200, id="1", body={"id": "1", "status": "cancelled"}),
    call(7, do="invalid", email="f@example.org", status=422, body={"code": "validation-failed"}),
    call(8, do="read", status=200, id="1", body={"id": "1", "status": "cancelled"}),
    call(9, do="duplicate", email="b@example.org", status=409, body={"code": "already-registered"}),
]
ROWS = [row("1", status="cancelled"), row("2", "b@example.org"), row("3", "c@example.org", "waitlisted", 2),
        row("5", "e@example.org", "waitlisted", 3)]


class CallLogAgainstRows(unittest.TestCase):
    def found(self, change=lambda calls, rows: None):
        calls, rows = copy.deepcopy(CALLS), copy.deepcopy(ROWS)
        change(calls, rows)
        return RegistrationChecks(calls, rows).all()

    def assert_found(self, word, change):
        self.assertTrue(any(word in text for text in self.found(change)), self.found(change))

    def test_consistent_data_passes(self):
        self.assertEqual(self.found(), [])

    def test_a_lost_registration(self):
        self.assert_found("LOST: 2", lambda calls, rows: rows.pop(1))

    def test_a_lost_cancellation(self):
        self.assert_found("LOST: the cancellation of 1", lambda calls, rows: rows[0].update(status="confirmed"))

    def test_a_status_that_does_not_follow(self):
        self.assert_found("is cancelled", lambda calls, rows: rows[1].update(status="cancelled"))

    def test_another_persons_registration(self):
        self.assert_found("belongs to another", lambda calls, rows: rows[1].update(email="e@example.org"))

    def test_two_live_registrations(self):
        self.assert_found("has the active registrations", lambda calls, rows: rows.append(row("9", "b@example.org")))

    def test_more_rows_than_unanswered_calls(self):
        self.assert_found("for 1 unanswered calls", lambda calls, rows: rows.append(row("9", "e@example.org", "cancelled")))

    def test_a_key_with_two_registrations(self):
        again = call(10, key="k1", body={"id": "5", "status": "confirmed"})
        self.assert_found("the key k1 created", lambda calls, rows: calls.append(again))

    def test_a_rejected_repetition(self):
        again = call(10, email="e@example.org", key="k5", status=409, body={"code": "already-registered"})
        self.assert_found("repetition", lambda calls, rows: calls.append(again))

    def test_a_row_of_a_rejected_call(self):
        self.assert_found("no call requested", lambda calls, rows: rows.append(row("9", "f@example.org")))

    def test_a_rejection_without_a_reason(self):
        rejected = call(10, email="d@example.org", status=409, body={"code": "already-registered"})
        self.assert_found("never was", lambda calls, rows: calls.append(rejected))

    def test_a_seat_out_of_order(self):
        def change(calls, rows):
            rows[1].update(status="waitlisted", waitlist_number=1)
            rows[2].update(status="confirmed", waitlist_number=None)
        self.assert_found("got a seat before", change)

    def test_a_waitlist_number_out_of_order(self):
        self.assert_found("is behind", lambda calls, rows: rows[1].update(status="waitlisted", waitlist_number=7))

    def test_a_cancelled_registration_that_was_read_as_live(self):
        self.assert_found("after its cancellation", lambda calls, rows: calls[7]["body"].update(status="confirmed"))


class Responses(unittest.TestCase):
    def found(self, *more, outages=((3.9, 4.6),)):
        return responses.check(copy.deepcopy(CALLS) + list(more), [outages], 4)

    def test_consistent_data_passes(self):
        self.assertEqual(self.found(), [])

    def test_planted_errors_are_found(self):
        for word, one in {
            "answered 500": call(10, status=500, body={"code": "internal"}),
            "without Retry-After": call(10, status=503),
            "before anything was wrong": call(3, status=503, retry_after="1"),
            "without an outage": call(10, status=None, error="reset"),
            "HANG": call(10, until=26, body={"id": "9", "status": "confirmed"}),
            "never ended": call(10, status=None, until=None),
            "answered 404": call(10, do="read", status=404, body={"code": "not-found"}),
            "answered 201": call(10, do="duplicate", body={"id": "9", "status": "confirmed"}),
            "answered 409": call(10, status=409, body={"code": "conflict"}),
        }.items():
            with self.subTest(word):
                self.assertTrue(any(word in text for text in self.found(one)), self.found(one))

    def test_only_disconnected_calls_may_lack_a_response(self):
        self.assertIn("without an outage", self.found(outages=((1.0, 2.0),))[0])


# The part of the schema that the checks read.
SCHEMA = """CREATE TABLE events (id BLOB, slug TEXT);
CREATE TABLE event_seats (event_id BLOB, capacity INT, max_confirmed INT, confirmed INT, waitlisted INT, last_waitlist_number INT);
CREATE TABLE registrations (id BLOB, event_id BLOB, email TEXT, active_email TEXT, status TEXT, waitlist_number INT, revision INT);
CREATE TABLE changes (position INT, id BLOB, type TEXT, registration_id BLOB, sequence INT);
CREATE TABLE feed (last_position INT);
CREATE TABLE idempotency_records (status INT, registration_id BLOB);"""


def name(number):
    return uuid.UUID(int=number).bytes


class DatabaseInvariants(unittest.TestCase):
    def found(self, sql="", followed=None):
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "database_invariants.db"
            database = sqlite3.connect(file)
            database.executescript(SCHEMA)
            database.execute("INSERT INTO events VALUES (?, 'queue')", [name(1)])
            database.execute("INSERT INTO event_seats VALUES (?, 1, 1, 1, 2, 2)", [name(1)])
            people = [(10, "cancelled", None, 2), (11, "confirmed", None, 2), (12, "waitlisted", 2, 1), (13, "waitlisted", 3, 1)]
            database.executemany("INSERT INTO registrations VALUES (?, ?, 'x', 'x', ?, ?, ?)",
                                 [(name(id), name(1), *rest) for id, *rest in people])
            changes = [(1, "event.published", None, 1), (2, "registration.created", 10, 1), (3, "registration.created", 11, 1),
                       (4, "registration.created", 12, 1), (5, "registration.cancelled", 10, 2), (6, "registration.promoted", 11, 2),
                       (7, "registration.created", 13, 1)]
            database.executemany("INSERT INTO changes VALUES (?, ?, ?, ?, ?)",
                                 [(at, name(100 + at), kind, id and name(id), n) for at, kind, id, n in changes])
            database.execute("INSERT INTO feed VALUES (7)")
            database.executemany("INSERT INTO idempotency_records VALUES (?, ?)", [(201, name(10)), (200, name(10)), (201, name(11))])
            database.executescript(sql)
            database.close()
            reader = SqliteDatabase(file)
            seen = followed or [row["id"] for row in reader.rows("SELECT id FROM changes ORDER BY position")]
            registrations = reader.rows(database_invariants.REGISTRATIONS)
            return database_invariants.check_seats(reader) + database_invariants.check_idempotency_keys(reader) + database_invariants.check_changes(reader, registrations, seen)

    def test_consistent_data_passes(self):
        self.assertEqual(self.found(), [])

    def test_planted_errors_are_found(self):
        for word, sql in {
            "counts of queue are wrong": "UPDATE event_seats SET waitlisted = 3",
            "OVERBOOKED": "UPDATE event_seats SET capacity = 0",
            "a free seat beside a waiting list": "UPDATE event_seats SET capacity = 2",
            "waiting list numbers": "UPDATE registrations SET waitlist_number = 2 WHERE status = 'waitlisted'",
            "several keys created one": "UPDATE idempotency_records SET status = 201",
            "positions have gaps": "UPDATE changes SET position = 9 WHERE position = 7",
            "is in the feed twice": "UPDATE changes SET id = (SELECT id FROM changes WHERE position = 2) WHERE position = 7",
            "up to 2 expected": "DELETE FROM changes WHERE position = 5",
            "its last change": "UPDATE registrations SET status = 'confirmed' WHERE status = 'cancelled'",
            "which does not exist": "DELETE FROM registrations WHERE status = 'cancelled'",
            "[2, 1]": "UPDATE changes SET sequence = 3 - sequence WHERE type IN ('registration.cancelled', 'registration.created')",
        }.items():
            with self.subTest(word):
                self.assertTrue(any(word in text for text in self.found(sql)), self.found(sql))

    def test_a_follower_who_misses_or_repeats(self):
        seen = [str(uuid.UUID(int=100 + at)) for at in range(1, 8)]
        for wrong in (seen[:-1], [*seen, seen[-1]], [*seen[1:], seen[0]]):
            self.assertIn("follower", self.found(followed=wrong)[0])


if __name__ == "__main__":
    unittest.main()
