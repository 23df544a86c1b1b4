"""Tests the checks of the database and the evaluation of results."""

import json
import sqlite3
import unittest

from database import checks
from reports.results import Results
from reports.goals import at_least, at_most
from load import Wrk, percentile
from merge import merged


class FakeEngine:
    """An in-memory database with the tables that the checks read."""

    def __init__(self, capacity, confirmed, waitlisted, last, rows):
        self.database = sqlite3.connect(":memory:")
        self.database.executescript("""CREATE TABLE events (id, slug); INSERT INTO events VALUES (1, 'one');
            CREATE TABLE event_seats (event_id, capacity, confirmed, waitlisted, last_waitlist_number);
            CREATE TABLE registrations (event_id, status, waitlist_number)""")
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


def run(*lines):
    return Results(map(json.dumps, [{"machine": {}, "options": {}}, *lines]))


class Evaluation(unittest.TestCase):
    def test_medians_and_ratios_are_of_rounds(self):
        found = run(*({"scenario": "s", "case": case, "engine": "e", "round": turn, "rate": rate}
                      for case, rates in (("base", (10, 100, 50)), ("api", (20, 300, 50))) for turn, rate in enumerate(rates)))
        self.assertEqual(found.median("rate", "s", "api"), 50)
        self.assertEqual(found.ratio("s", "api", "base"), 2)
        self.assertIsNone(found.ratio("s", "api", "nothing"))

    def test_each_is_per_registration(self):
        found = run({"scenario": "s", "case": "c", "round": 1, "wal": 100, "registrations": 4})
        self.assertEqual(found.each("wal", "s", "c"), 25)

    def test_unmeasured_goals_are_not_reached(self):
        self.assertEqual(at_least("a", 1, None).row()[2:], ["not measured", ""])
        self.assertTrue(at_least("a", 1, 1).reached and at_most("a", 1, 1).reached)
        self.assertFalse(at_least("a", 2, 1).reached or at_most("a", 1, 2).reached)

    def test_failed_requests_do_not_count_for_the_rate(self):
        results = Wrk.with_rates({"requests": 100, "refused": 40, "broken": 1, "late": 2, "seconds": 2})
        self.assertEqual((results["rate"], results["errors"]), (30, 43))

    def test_percentiles(self):
        self.assertEqual([percentile(range(1000), part) for part in (0.5, 0.99, 0.999)], [500, 990, 999])


class Merging(unittest.TestCase):
    """Replacing scenarios with those of a later run."""

    @staticmethod
    def of(commit, scenarios, seconds=7):
        options = {"rounds": 3, "seconds": seconds, "connections": [1], "exported": 1, "scenarios": scenarios}
        lines = [{"machine": {"commit": commit, "date": "today"}, "options": options}]
        return "\n".join(json.dumps(line) for line in lines + [{"scenario": name, "of": commit} for name in scenarios])

    def test_repeated_scenarios_are_replaced_and_recorded(self):
        head, *lines = merged(self.of("first", ["a", "b"]), self.of("second", ["b"]))
        self.assertEqual(lines, [{"scenario": "a", "of": "first"}, {"scenario": "b", "of": "second"}])
        self.assertEqual(head["machine"]["commit"], "first")
        self.assertEqual(head["again"], [{"commit": "second", "date": "today", "scenarios": ["b"]}])
        for commit, scenarios, expected in (("third", ["a", "b"], {"third": ["a", "b"]}), ("fourth", ["b"], {"third": ["a"], "fourth": ["b"]})):
            head, *lines = merged("\n".join(map(json.dumps, [head, *lines])), self.of(commit, scenarios))
            self.assertEqual({one["commit"]: one["scenarios"] for one in head["again"]}, expected)

    def test_different_options_are_not_merged(self):
        with self.assertRaises(SystemExit):
            merged(self.of("first", ["a"]), self.of("second", ["a"], seconds=2))


if __name__ == "__main__":
    unittest.main()
