"""Tests the checks of the database, and what is made for scenarios: registrations and tokens."""

import base64
import json
import sqlite3
import unittest

from database import checks
from database import fill
from database import promises
from database import tokens


class FakeEngine:
    """An in-memory database with the tables that the checks read."""

    def __init__(self, capacity, confirmed, waitlisted, last, rows):
        self.database = sqlite3.connect(":memory:")
        self.database.executescript("""CREATE TABLE events (id, slug); INSERT INTO events VALUES (1, 'one');
            CREATE TABLE event_seats (event_id, capacity, confirmed, waitlisted, last_waitlist_number);
            CREATE TABLE registrations (event_id, status, waitlist_number);
            CREATE TABLE outbox (type); CREATE TABLE messages (kind); CREATE TABLE changes (type, registration_id, sequence)""")
        self.database.execute("INSERT INTO event_seats VALUES (1, ?, ?, ?, ?)", (capacity, confirmed, waitlisted, last))
        self.database.executemany("INSERT INTO registrations VALUES (1, ?, ?)", rows)

    def rows(self, sql):
        return self.database.execute(sql).fetchall()

    def one(self, sql):
        return self.rows(sql)[0][0]


SEATED, FIRST, SECOND, THIRD = ("confirmed", None), ("waitlisted", 1), ("waitlisted", 2), ("waitlisted", 3)


class Checks(unittest.TestCase):
    def test_consistent_data_has_no_findings(self):
        engine = FakeEngine(1, 1, 2, 2, [SEATED, FIRST, SECOND])
        self.assertEqual([*checks.counts(engine), *checks.full(engine, "one", 1)], [])

    def test_counters_that_disagree(self):
        for confirmed, waitlisted in ((2, 1), (1, 2)):
            self.assertTrue(list(checks.counts(FakeEngine(9, confirmed, waitlisted, 2, [SEATED, FIRST]))))

    def test_a_seat_too_many_and_one_left_empty(self):
        self.assertTrue(list(checks.counts(FakeEngine(1, 2, 0, 0, [SEATED, SEATED]))))
        self.assertTrue(list(checks.counts(FakeEngine(2, 1, 1, 1, [SEATED, FIRST]))))

    def test_a_gap_in_the_waitlist(self):
        self.assertTrue(list(checks.full(FakeEngine(1, 1, 2, 3, [SEATED, FIRST, THIRD]), "one", 1)))
        self.assertTrue(list(checks.full(FakeEngine(1, 1, 2, 3, [SEATED, SECOND, THIRD]), "one", 1)))

    def test_a_lost_acknowledged_registration(self):
        self.assertTrue(list(checks.acknowledged({"registrations": 9, "well": 10})))
        self.assertEqual(list(checks.acknowledged({"registrations": 11, "well": 10})), [])

    def test_transactions_that_left_another_number_of_changes(self):
        engine = FakeEngine(1, 1, 0, 0, [SEATED])
        engine.database.executemany("INSERT INTO outbox VALUES ('registration.' || ?)", [["cancelled"], ["promoted"], ["erased"]])
        engine.database.execute("INSERT INTO messages VALUES ('confirm_address')")
        of = lambda well, **more: list(checks.transactions(engine, {"well": well}, **more))  # noqa: E731
        self.assertEqual([of(2), of(1, exclude=["erased"]), of(2, exclude=["erased"], messages=True)], [[], [], []])
        self.assertTrue(of(1) and of(3) and of(3, exclude=["erased"], messages=True))

    def test_changes_that_are_missing_or_doubled(self):
        engine = FakeEngine(1, 1, 0, 0, [SEATED])
        engine.database.executemany("INSERT INTO changes VALUES ('registration.cancelled', ?, ?)", [(1, 2), (2, 2), (2, 3)])
        self.assertEqual(list(checks.changes(engine, cancelled=3, promoted=0)), [])
        self.assertTrue(list(checks.changes(engine, cancelled=4)))
        engine.database.execute("INSERT INTO changes VALUES ('registration.updated', 2, 3)")
        self.assertTrue(list(checks.changes(engine, cancelled=3)))


class Promises(unittest.TestCase):
    STATES = {"a": "confirmed", "b": "waitlisted", "c": "cancelled", "d": "attended"}

    def test_kept_promises(self):
        self.assertEqual(list(promises.broken(self.STATES, self.STATES, 0)), [])
        self.assertEqual(list(promises.broken({"a": "waitlisted"}, self.STATES, 0)), [], "promoted")

    def test_each_broken_promise(self):
        for promised, state in (("confirmed", "b"), ("confirmed", "c"), ("waitlisted", "c"), ("cancelled", "a"), ("attended", "a"), ("cancelled", "d")):
            self.assertTrue(list(promises.broken({state: promised}, self.STATES, 0)), (promised, state))
            self.assertEqual(list(promises.broken({state: promised}, self.STATES, 1)), [], "a request without a response did it")

    def test_what_is_missing_is_always_a_finding(self):
        self.assertTrue(list(promises.broken({"e": "confirmed"}, self.STATES, 64)))

    def test_the_last_promise_counts(self):
        self.assertEqual(promises.promised(["a-b confirmed\n", "c waitlisted\n", "a-b cancelled\n"]), {"ab": "cancelled", "c": "waitlisted"})


class Made(unittest.TestCase):
    def test_filled_registrations_have_the_ids_that_scripts_compute(self):
        database = sqlite3.connect(":memory:")
        database.create_function("unhex", 1, bytes.fromhex)
        columns = fill.COLUMNS.replace("\n", " ")
        database.executescript(f"CREATE TABLE events (id, slug); INSERT INTO events VALUES (7, 'one'); CREATE TABLE registrations ({columns})")
        for status, first, last in (("confirmed", 1, 2), ("waitlisted", 3, 4), ("pending", 5, 5)):
            database.execute(fill.insert("SQLite", "one", status, first, last, 2))
        found = database.execute("SELECT lower(hex(id)), status, active_email, waitlist_number, confirmed_at IS NOT NULL FROM registrations").fetchall()
        ids = [(fill.ids("one") % number).replace("-", "") for number in range(1, 6)]
        self.assertEqual(found, [(ids[0], "confirmed", "person.1@example.org", None, 1), (ids[1], "confirmed", "person.2@example.org", None, 1),
                                 (ids[2], "waitlisted", "person.3@example.org", 1, 0), (ids[3], "waitlisted", "person.4@example.org", 2, 0),
                                 (ids[4], "pending", "person.5@example.org 0", None, 0)])

    def test_tokens_name_their_registration_and_kind(self):
        secret = base64.b64encode(bytes(32)).decode()
        decode = lambda part: json.loads(base64.urlsafe_b64decode(part + "=="))  # noqa: E731
        made = {kind: tokens.signer(secret, kind, 1000)("the-id") for kind in tokens.KINDS}
        for kind, (audience, typ) in {"manage": ("plenaria:manage", "manage+jwt"), "confirm": ("plenaria:confirm", "confirm+jwt")}.items():
            header, claims, _ = made[kind].split(".")
            self.assertEqual(decode(header), {"alg": "HS256", "typ": typ})
            self.assertEqual(decode(claims), {"iss": "plenaria", "aud": audience, "sub": "the-id", "iat": 999, "exp": 999 + tokens.VALID})
        self.assertNotEqual(tokens.derived(secret, "manage-token"), tokens.derived(secret, "confirmation-token"))


if __name__ == "__main__":
    unittest.main()
