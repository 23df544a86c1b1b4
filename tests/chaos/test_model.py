"""Tests the model of one registration: what is right passes, and each wrong response or state is found."""

import math
import unittest

from checks.model import State, possible_states
from checks.operations import Operation

CONFIRMED, WAITING = State("confirmed", False, "Ana", 1), State("waitlisted", False, "Ana", 1)


def operation(at, do, status, body=None, until=None, **more):
    """Operations follow one another, and each takes half a second."""
    shown = {} if body is None else {"status": body[0], "attended_at": "now" if body[1] else None, "name": body[2], "revision": body[3]}
    return Operation(do=do, n=at, at=at, until=(math.inf if status is None else at + 0.5) if until is None else until,
                     status=status, body=shown, **({"sent": {}} | more))


class Model(unittest.TestCase):
    def test_promotion_may_happen_at_any_time_and_to_those_who_wait_alone(self):
        self.assertEqual(possible_states(WAITING, []), {WAITING, ("confirmed", False, "Ana", 2, False)})
        self.assertEqual(possible_states(CONFIRMED, []), {CONFIRMED})

    def test_acknowledged_changes_hold(self):
        for do, status, state, sent in (
            ("cancel", 200, State("cancelled", False, "Ana", 2), {}),
            ("update", 200, State("confirmed", False, "Bea", 2), {"name": "Bea"}),
            ("attend", 200, State("confirmed", True, "Ana", 2), {"attended": True}),
            ("erase", 204, State("cancelled", False, "", 3, True), {}),
        ):
            with self.subTest(do):
                one = operation(1, do, status, None if status == 204 else state, sent=sent)
                self.assertEqual(possible_states(CONFIRMED, [one]), {state})

    def test_an_unknown_outcome_may_come_late_or_never(self):
        lost = operation(1, "cancel", None)
        update = operation(2, "update", 200, ("confirmed", False, "Bea", 2), sent={"name": "Bea"})
        self.assertEqual({(state.status, state.revision) for state in possible_states(CONFIRMED, [lost, update])},
                         {("confirmed", 2), ("cancelled", 3)})

    def test_overlapping_operations_have_either_order(self):
        cancel = operation(1, "cancel", 200, ("cancelled", False, "Ana", 2), until=3)
        attend = operation(2, "attend", 409, sent={"attended": True})
        self.assertEqual(possible_states(CONFIRMED, [cancel, attend]), {("cancelled", False, "Ana", 2, False)})

    def test_a_cancellation_removes_attendance_and_reinstating_does_not_bring_it_back(self):
        attend = operation(1, "attend", 200, ("confirmed", True, "Ana", 2), sent={"attended": True})
        cancel = operation(2, "cancel", 200, ("cancelled", False, "Ana", 3))
        again = operation(3, "reinstate", 200, ("confirmed", False, "Ana", 4))
        self.assertEqual(possible_states(CONFIRMED, [attend, cancel, again]), {("confirmed", False, "Ana", 4, False)})

    def test_wrong_responses_are_found(self):
        cancel = operation(1, "cancel", 200, ("cancelled", False, "Ana", 2))
        for name, first, operations in (
            ("a read after a cancellation", CONFIRMED, [cancel, operation(2, "read", 200, CONFIRMED)]),
            ("a revision too many", CONFIRMED, [operation(1, "cancel", 200, ("cancelled", False, "Ana", 3))]),
            ("a lost update", CONFIRMED, [operation(1, "update", 200, CONFIRMED, sent={"name": "Bea"})]),
            ("a condition that did not hold", CONFIRMED,
             [operation(1, "update", 200, ("confirmed", False, "Bea", 2), sent={"name": "Bea"}, if_match="2")]),
            ("a condition that held", CONFIRMED, [operation(1, "update", 412, sent={"name": "Bea"}, if_match="1")]),
            ("the tag of a place that is another's", WAITING,
             [operation(1, "update", 200, ("waitlisted", False, "Bea", 2), sent={"name": "Bea"}, if_match="1")]),
            ("attendance without a seat", CONFIRMED, [cancel, operation(2, "attend", 200, ("cancelled", True, "Ana", 3), sent={"attended": True})]),
            ("refused with a seat", CONFIRMED, [operation(1, "attend", 409, sent={"attended": True})]),
            ("not found, and not erased", CONFIRMED, [operation(1, "read", 404)]),
            ("found, though erased", CONFIRMED, [operation(1, "erase", 204), operation(2, "cancel", 200, ("cancelled", False, "", 3))]),
            ("a seat lost by itself", CONFIRMED, [operation(1, "read", 200, ("waitlisted", False, "Ana", 2))]),
        ):
            with self.subTest(name):
                self.assertEqual(possible_states(first, operations), set())


if __name__ == "__main__":
    unittest.main()
