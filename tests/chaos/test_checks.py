"""Tests the checks: consistent data has no findings, and each planted error is found."""

import base64
import copy
import json
import sqlite3
import tempfile
import unittest
import uuid
from pathlib import Path

from checks import responses
from checks import database_invariants
from checks.operations import requests
from checks.registrations import RegistrationChecks
from servers.database import SqliteDatabase


def shown(id, status, revision=1, name="Ana", **more):
    """The body of a response that shows a registration."""
    return {"id": id, "status": status, "revision": revision, "name": name, "attended_at": None} | more


def call(n, do="register", email="a@example.org", status=201, key=None, event="queue", sent=None, body=None, **more):
    """An entry of the call log. Calls follow one another, and each takes half a second."""
    return {"n": n, "do": do, "event": event, "email": email, "key": key, "status": status, "at": n, "until": n + 0.5, "opened": n,
            "instance": 0, "replayed": False, "retry_after": None, "sent": sent or {"email": email}, "body": body or {},
            "token": None, "if_match": None, "error": "cut"} | more


def item(status, id=None, problem=None):
    return {"status": status, "registration": shown(id, "confirmed") if id else None, "problem": problem}


def row(id, email="a@example.org", status="confirmed", waitlist_number=None, event="queue", revision=1, name="Ana", reference=None):
    return {"id": id, "event": event, "email": email, "status": status, "waitlist_number": waitlist_number, "revision": revision,
            "name": name, "attended_at": None, "erased_at": None, "external_reference": reference}


BATCH = {"atomic": True, "items": [{"email": f"{one}@example.org", "external_reference": f"crm-{one}"} for one in "xy"]}
CONFIRMATION = "e30." + base64.urlsafe_b64encode(json.dumps({"sub": "10"}).encode()).decode() + ".x"
CALLS = [
    call(1, body=shown("1", "confirmed"), key="k1"),
    call(2, email="b@example.org", body=shown("2", "waitlisted")),
    call(3, email="c@example.org", body=shown("3", "waitlisted")),
    call(4, email="d@example.org", status=None),
    call(5, email="e@example.org", status=503, retry_after="1", key="k5"),
    call(6, do="cancel", status=200, id="1", body=shown("1", "cancelled", 2)),
    call(7, do="invalid", email="f@example.org", status=422, body={"code": "validation-failed"}),
    call(8, do="read", status=200, id="1", body=shown("1", "cancelled", 2)),
    call(9, email="b@example.org", status=409, body={"code": "already-registered"}),
    call(10, do="request", email="g@example.org", status=202, event="mailed", body={"status": "confirmation_sent"}),
    call(11, do="request", email="h@example.org", status=202, event="mailed", body={"status": "confirmation_sent"}),
    call(12, do="confirm", email=None, event="mailed", sent={"confirmation_token": CONFIRMATION},
         body=shown("10", "confirmed", 2, email="g@example.org")),
    call(13, do="batch", email=None, status=None, event="open", sent=BATCH, key="k13"),
    call(14, do="attendance", email=None, status=200, sent={"items": [{"registration": "2", "attended": True}]}, ids=["2"],
         body={"results": [item(409, problem={"code": "conflict"})]}),
]
# The second was promoted after its attendance was rejected.
ROWS = [row("1", status="cancelled", revision=2), row("2", "b@example.org", revision=2), row("3", "c@example.org", "waitlisted", 2),
        row("5", "e@example.org", "waitlisted", 3), row("10", "g@example.org", event="mailed", revision=2),
        row("11", "h@example.org", "pending", event="mailed"), row("13", "x@example.org", event="open", reference="crm-x"),
        row("14", "y@example.org", event="open", reference="crm-y")]


class CallLogAgainstRows(unittest.TestCase):
    def found(self, change=lambda calls, rows: None):
        calls, rows = copy.deepcopy(CALLS), copy.deepcopy(ROWS)
        change(calls, rows)
        return RegistrationChecks(calls, rows).all()

    def test_consistent_data_passes(self):
        self.assertEqual(self.found(), [])

    def test_a_batch_without_a_key_may_be_rejected_because_it_was_carried_out(self):
        again = call(20, do="batch", email=None, status=409, event="open", sent=BATCH, body={"code": "already-registered"})
        self.assertEqual(self.found(lambda calls, rows: calls.append(again)), [])

    def test_planted_errors_are_found(self):
        def seat_out_of_order(calls, rows):
            rows[1].update(status="waitlisted", waitlist_number=1, revision=1)
            rows[2].update(status="confirmed", waitlist_number=None, revision=2)
        rejected = {"status": 409, "body": {"code": "already-registered"}}
        for word, change in {
            "LOST: 2 was answered": lambda calls, rows: rows.pop(1),
            "LOST: 1 is status confirmed": lambda calls, rows: rows[0].update(status="confirmed"),
            "LOST: 2 is status cancelled": lambda calls, rows: rows[1].update(status="cancelled"),
            "LOST: 2 is status confirmed, attended True": lambda calls, rows: rows[1].update(attended_at="now"),
            "LOST: 10 is": lambda calls, rows: rows[4].update(status="pending"),
            "LOST: the request of h@": lambda calls, rows: rows.pop(5),
            "responses about 1 contradict": lambda calls, rows: calls[7]["body"].update(status="confirmed"),
            "2 belongs to another": lambda calls, rows: rows[1].update(email="e@example.org"),
            "has the reference other": lambda calls, rows: rows[1].update(external_reference="other"),
            "has the active registrations": lambda calls, rows: rows.append(row("9", "b@example.org")),
            "is the reference of": lambda calls, rows: rows.append(row("9", "d@example.org", event="open", reference="crm-x")),
            "for 1 unanswered requests": lambda calls, rows: rows.append(row("9", "e@example.org", "cancelled")),
            "for 0 unanswered requests": lambda calls, rows: rows.append(row("9", "a@example.org", "cancelled")),
            "repetition of a call with a key": lambda calls, rows: calls.append(call(20, "register", "i@example.org", key="k20", **rejected)),
            "no call requested": lambda calls, rows: rows.append(row("9", "f@example.org")),
            "never was": lambda calls, rows: calls.append(call(20, email="i@example.org", **rejected)),
            "not found before": lambda calls, rows: calls.append(call(20, email="i@example.org", key="k20", status=404)),
            "rejected as full": lambda calls, rows: calls.append(call(20, email="b@example.org", status=409, body={"code": "event-full"})),
            "HALF: of the batch": lambda calls, rows: rows.pop(),
            "answered 409, 2 of 2": lambda calls, rows: calls[12].update(rejected),
            "got a seat before": seat_out_of_order,
            "is behind": lambda calls, rows: rows[1].update(status="waitlisted", waitlist_number=7, revision=1),
        }.items():
            with self.subTest(word):
                self.assertTrue(any(word in text for text in self.found(change)), self.found(change))


class Responses(unittest.TestCase):
    def found(self, *more, outages=((3.9, 4.6), (12.9, 13.6))):
        return responses.check(copy.deepcopy(CALLS) + list(more), [outages], 4)

    def test_consistent_data_passes(self):
        self.assertEqual(self.found(), [])

    def test_planted_errors_are_found(self):
        for word, one in {
            "answered 500": call(10, status=500, body={"code": "internal"}),
            "without Retry-After": call(10, status=503),
            "before anything was wrong": call(3, status=503, retry_after="1"),
            "without an outage": call(10, status=None),
            "HANG": call(10, until=26, body={"id": "9", "status": "confirmed"}),
            "never ended": call(10, status=None, until=None),
            "answered 204": call(10, do="read", status=204),
            "answered 201": call(10, do="request", event="mailed"),
            "answered 409": call(10, status=409, body={"code": "conflict"}),
            "answered 409 {'code': 'idem": call(10, status=409, body={"code": "idempotency-in-progress"}),
            "answered 404": call(10, status=404, body={"code": "not-found"}),
            "answered 200": call(10, do="attendance", status=200, body={"results": [item(500)]}),
        }.items():
            with self.subTest(word):
                self.assertTrue(any(word in text for text in self.found(one)), self.found(one))

    def test_only_disconnected_calls_may_lack_a_response(self):
        self.assertIn("without an outage", self.found(outages=((1.0, 2.0),))[0])


class Repetitions(unittest.TestCase):
    def found(self, *calls, erased=()):
        return responses.check_repetitions(requests(calls), set(erased))

    def test_the_same_responses_pass(self):
        lost, first = call(1, status=None, key="k"), call(2, key="k", body=shown("1", "confirmed", request_id="2"))
        again = call(3, key="k", replayed=True, body=shown("1", "confirmed", request_id="3"))
        self.assertEqual(self.found(lost, first, again), [])
        self.assertEqual(self.found(lost, first, again, erased=["1"]), [])
        gone = call(4, key="k", status=404, body={"code": "not-found"})
        self.assertEqual(self.found(lost, first, again, gone, erased=["1"]), [])
        self.assertEqual(len(self.found(lost, first, again, gone)), 1)
        full = call(5, "reinstate", id="1", key="k5", status=409, body={"code": "event-full"})
        self.assertEqual(self.found(full, gone | {"n": 6, "id": "1", "key": "k5", "at": 6, "until": 7}, erased=["1"]), [])

    def test_different_responses_are_found(self):
        first = call(2, key="k", body=shown("1", "confirmed"))
        for again in (call(3, key="k", body=shown("2", "confirmed")), call(3, key="k", body=shown("1", "waitlisted")),
                      call(3, key="k", status=409, body={"code": "already-registered"})):
            self.assertIn("had different responses", self.found(first, again)[0])

    def test_items_of_a_batch_are_compared_but_for_the_erased(self):
        def batch(n, *items):
            return call(n, do="batch", status=200, key="k", sent=BATCH, body={"results": list(items)})
        first, second = item(201, "1"), item(201, "2")
        self.assertEqual(self.found(batch(1, first, second), batch(2, first, second)), [])
        self.assertEqual(self.found(batch(1, first, second), batch(2, first, item(404)), erased=["2"]), [])
        self.assertEqual(len(self.found(batch(1, first, second), batch(2, first, item(404)))), 1)

    def test_attendance_shows_the_present_state_in_a_repetition(self):
        def attendance(n, *items):
            return call(n, do="attendance", status=200, key="k", body={"results": list(items)})
        self.assertEqual(self.found(attendance(1, item(200, "1")), attendance(2, item(200, "2"))), [])
        self.assertEqual(len(self.found(attendance(1, item(200, "1")), attendance(2, item(409, problem={"code": "conflict"})))), 1)


# The part of the schema that the checks read.
SCHEMA = """CREATE TABLE events (id BLOB, slug TEXT);
CREATE TABLE event_seats (event_id BLOB, capacity INT, max_confirmed INT, confirmed INT, waitlisted INT, last_waitlist_number INT);
CREATE TABLE registrations (id BLOB, event_id BLOB, email TEXT, active_email TEXT, status TEXT, waitlist_number INT, revision INT,
    name TEXT, attended_at TEXT, erased_at TEXT, external_reference TEXT);
CREATE TABLE changes (position INT, id BLOB, type TEXT, registration_id BLOB, sequence INT, data TEXT);
CREATE TABLE feed (last_position INT);
CREATE TABLE idempotency_records (status INT, registration_id BLOB);"""


def name(number):
    return uuid.UUID(int=number).bytes


class DatabaseInvariants(unittest.TestCase):
    def found(self, sql="", followed=None, lowered=()):
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "database_invariants.db"
            database = sqlite3.connect(file)
            database.executescript(SCHEMA)
            database.execute("INSERT INTO events VALUES (?, 'queue')", [name(1)])
            database.execute("INSERT INTO event_seats VALUES (?, 1, 1, 1, 2, 2)", [name(1)])
            people = [(10, "cancelled", None, 3, "now"), (11, "confirmed", None, 2, None), (12, "waitlisted", 2, 1, None),
                      (13, "waitlisted", 3, 2, None), (14, "pending", None, 1, None)]
            database.executemany("INSERT INTO registrations VALUES (?, ?, 'x', 'x', ?, ?, ?, 'Ana', NULL, ?, NULL)",
                                 [(name(id), name(1), *rest) for id, *rest in people])
            changes = [("event.published", None, 1, ""), ("registration.created", 10, 1, "confirmed"),
                       ("registration.created", 11, 1, "waitlisted"), ("registration.created", 12, 1, "waitlisted"),
                       ("registration.cancelled", 10, 2, "cancelled"), ("registration.promoted", 11, 2, "confirmed"),
                       ("registration.waitlisted", 13, 2, "waitlisted"), ("registration.erased", 10, 3, "cancelled")]
            database.executemany("INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?)",
                                 [(at, name(100 + at), kind, id and name(id), n, json.dumps({"status": status}))
                                  for at, (kind, id, n, status) in enumerate(changes, 1)])
            database.execute("INSERT INTO feed VALUES (8)")
            database.executemany("INSERT INTO idempotency_records VALUES (?, ?)", [(201, name(10)), (200, name(10)), (201, name(11))])
            database.executescript(sql)
            database.close()
            reader = SqliteDatabase(file)
            seen = followed or [row["id"] for row in reader.rows("SELECT id FROM changes ORDER BY position")]
            registrations = reader.rows(database_invariants.REGISTRATIONS)
            return (database_invariants.check_seats(reader, lowered) + database_invariants.check_idempotency_keys(reader)
                    + database_invariants.check_changes(reader, registrations, seen))

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
            "from 1 to 3 expected": "DELETE FROM changes WHERE position = 5",
            "from 2 to 3 expected": "UPDATE registrations SET revision = 3 WHERE waitlist_number = 3",
            "which is pending": "UPDATE registrations SET status = 'pending' WHERE waitlist_number = 2",
            "by its last change": "UPDATE registrations SET status = 'confirmed' WHERE waitlist_number = 2",
            "was confirmed, and confirmed by": "UPDATE changes SET data = '{\"status\":\"confirmed\"}' WHERE position = 3",
            "has the last change registration.erased": "UPDATE registrations SET erased_at = NULL",
            "which does not exist": "DELETE FROM registrations WHERE status = 'cancelled'",
            "[2, 1, 3]": "UPDATE changes SET sequence = 3 - sequence WHERE position IN (2, 5)",
        }.items():
            with self.subTest(word):
                self.assertTrue(any(word in text for text in self.found(sql)), self.found(sql))

    def test_more_people_than_seats_where_the_capacity_was_lowered(self):
        self.assertEqual(self.found("UPDATE event_seats SET capacity = 0", lowered=("queue",)), [])
        self.assertIn("OVERBOOKED", self.found("UPDATE event_seats SET capacity = 0, max_confirmed = 0", lowered=("queue",))[0])

    def test_a_follower_who_misses_or_repeats(self):
        seen = [str(uuid.UUID(int=100 + at)) for at in range(1, 9)]
        for wrong in (seen[:-1], [*seen, seen[-1]], [*seen[1:], seen[0]]):
            self.assertIn("follower", self.found(followed=wrong)[0])


if __name__ == "__main__":
    unittest.main()
