"""Tests the evaluation of results, and the turns of two programs that are compared."""

import json
import unittest

import comparison
from load import Wrk, percentile, transaction
from merge import merged
from reports import changes
from reports.goals import at_least, at_most, goals
from reports.results import Results


def run(*lines):
    return Results(map(json.dumps, [{"machine": {}, "options": {}}, *lines]))


class Evaluation(unittest.TestCase):
    def test_medians_and_ratios_are_of_rounds(self):
        found = run(*({"scenario": "s", "case": case, "engine": "e", "round": turn, "rate": rate}
                      for case, rates in (("base", (10, 100, 50)), ("api", (20, 300, 50))) for turn, rate in enumerate(rates)))
        self.assertEqual(found.median("rate", "s", "api"), 50)
        self.assertEqual(found.ratio("s", "api", "base"), 2)
        self.assertIsNone(found.ratio("s", "api", "nothing"))

    def test_a_baseline_of_a_round_counts_for_all_its_turns(self):
        found = run({"scenario": "s", "case": "base", "round": 1, "rate": 10},
                    *({"scenario": "s", "case": "api", "round": 1, "turn": turn, "rate": rate} for turn, rate in ((1, 20), (2, 40), (3, 30))),
                    {"scenario": "s", "case": "api", "round": 2, "turn": 1, "rate": 1})
        self.assertEqual((found.ratio("s", "api", "base"), found.pairs("s", "api", "base")), (3, 3))
        # Where the baseline has turns too, each counts for its own.
        found = run(*({"scenario": "s", "case": case, "round": 1, "turn": turn, "rate": rate}
                      for case, rates in (("base", (1, 2)), ("api", (5, 20))) for turn, rate in enumerate(rates)))
        self.assertEqual(found.ratios("s", "api", "base"), [5, 10])

    def test_goals_of_changes_compare_with_the_right_baseline(self):
        postgresql, sqlite = {"engine": "PostgreSQL", "round": 1}, {"engine": "SQLite", "round": 1}
        found = {goal.name: goal for goal in goals(run(
            *({"scenario": "asking", "case": case, "connections": count, "rate": rate, **engine}
              for engine in (postgresql, sqlite) for case, count, rate in
              (("registering", 1024, 1000), ("registering", 64, 1), ("asking", 1024, 600), ("asking", 64, 9))),
            {"scenario": "confirming", "case": "registering", "rate": 100, **sqlite}, {"scenario": "confirming", "case": "confirming", "rate": 69, **sqlite},
            {"scenario": "cancel-and-return", "case": "one-transaction", "rate": 100, **postgresql},
            {"scenario": "cancel-and-return", "case": "api", "rate": 1500, **sqlite},
            *({"scenario": "reminder", "case": "api", "turn": turn, "rate": rate, **postgresql} for turn, rate in enumerate((4000, 5000, 6000))),
            *({"scenario": "attendance", "case": "batches", "connections": count, "rate": rate, **postgresql} for count, rate in ((1, 49_999), (16, 50_000))),
            {"scenario": "hot-event", "case": "api", "connections": 64, "rate": 100, "p99": 9, **postgresql},
            {"scenario": "hot-event", "case": "api", "connections": 64, "rate": 109, "p99": 13, **sqlite},
            *({"scenario": "grown", "case": case, "turn": 1, "rate": rate, **sqlite} for case, rate in (("empty", 100), ("grown", 98))),
            *({"scenario": "instances", "case": case, "turn": turn, "rate": rate, "round": number, "engine": "PostgreSQL"}
              for number in (1, 2, 3) for turn in (1, 2, 3) for case, rate in (("one", 100), ("three", 93 + turn)))))}
        for name, measured, reached in (
                ("asking for confirmation, 1,024 connections, PostgreSQL, against registering", 0.6, True),
                ("confirming, 64 connections, SQLite, against registering", 0.69, False),
                ("confirming, 64 connections, PostgreSQL, against registering", None, False),
                ("cancelling and coming back, 64 connections, SQLite, against one transaction each", 15, True),
                ("3,000 people cancel at once, PostgreSQL", 5000, True),
                ("attendance in batches of 500, PostgreSQL, the faster of 1 and 16 connections", 50_000, True),
                ("hot event, 64 connections, SQLite against PostgreSQL", 1.09, False),
                ("hot event, 64 connections, SQLite, p99", 13, False),
                ("registering at an event with a million, SQLite, against an empty one", 0.98, True),
                ("three instances together, against one, median of 9 pairs", 0.95, True)):
            self.assertEqual((found[name].measured, bool(found[name].reached)), (measured, reached), name)

    def test_the_report_of_changes_needs_no_measurement(self):
        self.assertIn("| pgbench, one transaction each | 64 | – |", changes.section(run()))

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


class Comparing(unittest.TestCase):
    """Two programs in turn, and the ratios of what they measured."""

    @staticmethod
    def order(lengths, first=0, fails_at=None):
        """The cases of two runs of these lengths, in the order in which they begin."""
        turns, done = comparison.Turns(), []

        def of(which):
            def run_one():
                try:
                    for number in range(1, lengths[which] + 1):
                        turns.ask(which)
                        if (which, number) == fails_at:
                            raise OSError
                        done.append("AB"[which] + str(number))
                except OSError:
                    pass
            return run_one

        turns.run([of(0), of(1)], first)
        return " ".join(done)

    def test_cases_alternate_in_the_order_abba(self):
        self.assertEqual(self.order((5, 5)), "A1 B1 B2 A2 A3 B3 B4 A4 A5 B5")
        self.assertEqual(self.order((3, 3), first=1), "B1 A1 A2 B2 B3 A3")

    def test_one_ends_when_the_other_has_broken_off(self):
        self.assertEqual(self.order((4, 4), fails_at=(0, 2)), "A1 B1 B2 B3 B4")
        self.assertEqual(self.order((4, 4), fails_at=(1, 1)), "A1 A2 A3 A4")
        self.assertEqual(self.order((0, 2)), "B1 B2")

    def test_ratios_are_of_the_same_round_and_turn(self):
        lines = [{"program": program, "scenario": "s", "case": "c", "engine": "e", "round": number, "rate": rate, "well": 10, "cpu_server": cpu}
                 for program, values in (("this", ((10, 1), (30, 2))), ("other", ((5, 2), (10, 2)))) for number, (rate, cpu) in enumerate(values)]
        self.assertEqual(comparison.ratios(lines, "rate"), {("s", "c", "e", None): [2, 3]})
        self.assertEqual(comparison.ratios(lines, "server_cpu"), {("s", "c", "e", None): [0.5, 1]})
        self.assertEqual(comparison.ratios(lines[:3], "rate"), {("s", "c", "e", None): [2]}, "a round without the other is no pair")
        self.assertEqual(comparison.shown([2, 3, 1]), "**2.00** (1.00–3.00)")

    def test_the_transactions_of_pgbench_name_their_event(self):
        text = transaction("cancel", "\\set person 1", "moving")
        self.assertTrue(text.startswith("\\set person 1\n") and "= :moving FOR UPDATE" in text and ":event" not in text)


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
