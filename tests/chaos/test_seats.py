"""Tests the checks of seats during a round, of capacities, and of what is left of erased people."""

import json
import unittest

from checks import capacities, erasure, history
from checks.operations import Operation


def seats(seated="", waiting=(), capacity=2, revision=1, last=9, **more):
    """A snapshot with one event; people are letters, those who wait with their numbers."""
    counts = {"event": "queue", "event_revision": revision, "capacity": capacity, "max_confirmed": capacity, "last_waitlist_number": last,
              "confirmed": len(seated), "waitlisted": len(waiting)} | more
    people = [(one, "confirmed", None) for one in seated] + [(one, "waitlisted", number) for one, number in waiting]
    rows = [counts | {"id": id, "status": status, "waitlist_number": number} for id, status, number in people or [(None, None, None)]]
    return history.snapshot(rows)


class History(unittest.TestCase):
    def test_consistent_snapshots_pass(self):
        snapshots = [seats(), seats("ab", [("c", 10), ("d", 11)], last=11), seats("bc", [("d", 11), ("e", 12)], last=12),
                     seats("bc", [("d", 11), ("e", 12)], capacity=1, revision=2, last=12), seats("cd", [("e", 12)], last=12, revision=3)]
        self.assertEqual(history.check(snapshots, {"queue": {1: 2, 2: 1, 3: 2}}), [])

    def test_planted_errors_are_found(self):
        full = seats("ab", [("c", 8), ("d", 9)])
        for word, snapshots in {
            "its counts are": [seats("ab", confirmed=1)],
            "free seats beside": [seats("a", [("c", 1)])],
            "given twice": [seats("ab", [("c", 1), ("d", 1)])],
            "beyond the last one": [seats("ab", [("c", 10)])],
            "OVERBOOKED: from 2": [seats("ab"), seats("abc")],
            "OVERBOOKED: from 3": [seats("abc"), seats("abcd")],
            "its revision fell": [seats("ab", revision=2), seats("ab", revision=1)],
            "the last waiting list number fell": [seats(last=9), seats(last=8)],
            "not at its end": [full, seats("ab", [("c", 8), ("d", 9), ("e", 7)])],
            "d got a seat before": [full, seats("ad", [("c", 8)])],
            "e got a seat before": [full, seats("ae", [("d", 9)])],
        }.items():
            with self.subTest(word):
                found = history.check(snapshots, {"queue": {1: 2, 2: 2}})
                self.assertTrue(any(word in text for text in found), found)

    def test_a_capacity_that_held_in_between_counts(self):
        snapshots = [seats("ab", revision=1), seats("abcd", revision=3)]
        self.assertEqual(history.check(snapshots, {"queue": {1: 2, 2: 4, 3: 2}}), [])


def put(n, if_match, capacity, status=200, **body):
    return Operation("capacity", n, n, n + 0.5, status, body, {"registration": {"capacity": capacity}}, event="queue", if_match=if_match)


class Capacities(unittest.TestCase):
    PUTS = [put(1, 1, 5, outcome="changed", revision=2), put(2, 2, 5, outcome="unchanged", revision=2), put(3, 1, 7, 412), put(4, 2, 9, None)]

    def found(self, puts=PUTS, documents=(2, 5, 9), now=9, revision=3):
        rows = [{"event": "queue", "revision": number, "document": json.dumps({"registration": {"capacity": capacity}}),
                 "capacity_now": now, "revision_now": revision} for number, capacity in enumerate(documents, 1)]
        return capacities.check(puts, rows)

    def test_consistent_definitions_pass(self):
        self.assertEqual(self.found(), [])

    def test_planted_errors_are_found(self):
        for word, arguments in {
            "LOST: the capacity 5": {"documents": (2, 9), "now": 9, "revision": 2},
            "LOST: the capacity of queue": {"now": 2},
            "not 1 to 4": {"revision": 4},
            "nobody put revision 3": {"documents": (2, 5, 8), "now": 8},
            "based on an old revision": {"puts": [*self.PUTS, put(5, 3, 4, 412)]},
            "revision 3 of 1": {"puts": [put(1, 1, 5, outcome="changed", revision=3), *self.PUTS[1:]]},
        }.items():
            with self.subTest(word):
                found = self.found(**arguments)
                self.assertTrue(any(word in text for text in found), found)


class Erasure(unittest.TestCase):
    def test_people_whose_registrations_are_all_erased_are_gone(self):
        def made(email):
            return [Operation("register", 1, 1, 2, 201, {}, {}, email=email)]
        registrations = {"1": made("person-1-1@example.org"), "2": made("person-1-2@example.org"), "3": made("person-1-2@example.org")}
        rows = [{"id": "1", "email": "", "erased_at": "now"}, {"id": "2", "email": "", "erased_at": "now"},
                {"id": "3", "email": "person-1-2@example.org", "erased_at": None}]
        self.assertEqual(erasure.erased_people(registrations, rows), {"person-1-1"})

    def test_what_is_left_is_found(self):
        for content in (b'{"email":"person-1-1@example.org"}', b"Ana person-1-1", rb"\x" + b"Ana person-1-1".hex().encode()):
            self.assertIn("still in messages", erasure.check({"messages": content}, {"person-1-1"})[0])
        self.assertEqual(erasure.check({"messages": b"person-1-11@example.org"}, {"person-1-1"}), [])

    def test_an_address_in_a_log_is_found(self):
        self.assertEqual(erasure.check_log("api.log", b"started"), [])
        self.assertIn("api.log", erasure.check_log("api.log", b"refused person-3-4@example.org")[0])


if __name__ == "__main__":
    unittest.main()
