"""The model of one registration: the states that it may be in after operations, some of them with unknown outcome.

Operations on a registration overlap if several callers act on it. The model tries every order that agrees with the times of
requests and responses, in which every known response is right. An operation without a response may have its effect at
any time after its request, or never."""

import math
from typing import NamedTuple


class State(NamedTuple):
    status: str
    attended: bool
    name: str
    revision: int
    erased: bool = False


def of_body(body):
    """The state that a response shows."""
    return State(body["status"], body["attended_at"] is not None, body["name"], body["revision"])


def of_row(row):
    return State(row["status"], row["attended_at"] is not None, row["name"], row["revision"], row["erased_at"] is not None)


def effects(state, operation):
    """The possible results of an operation in a state: pairs of the next state and the status of the response."""
    if state.erased:
        return [(state, 404)]
    if operation.if_match is not None:
        revision, _, position = operation.if_match.partition("-")
        if int(revision) != state.revision or bool(position) != (state.status == "waitlisted"):
            return [(state, 412)]
        # The position on the waiting list, which the model does not know, is a part of the tag.
        return results(state, operation) + ([(state, 412)] if position else [])
    return results(state, operation)


def results(state, operation):
    """The results of an operation whose condition holds, on a registration that is not erased."""
    do, next_revision = operation.do, state.revision + 1
    cancelled = state.status == "cancelled"
    if do == "read":
        return [(state, 200)]
    if do == "cancel":
        return [(state if cancelled else State("cancelled", False, state.name, next_revision), 200)]
    if do == "erase":
        return [(State("cancelled", False, "", next_revision + (not cancelled), True), 204)]
    if do == "reinstate":
        if not cancelled:
            return [(state, 200)]
        admitted = [(state._replace(status=status, revision=next_revision), 200) for status in ("confirmed", "waitlisted")]
        # No seat is left, or the address has another registration.
        return [*admitted, (state, 409)]
    if do == "update":
        if cancelled:
            return [(state, 409)]
        name = operation.sent["name"]
        return [(state if name == state.name else state._replace(name=name, revision=next_revision), 200)]
    if do == "attend":
        if state.status != "confirmed":
            return [(state, 409)]
        attended = operation.sent["attended"]
        return [(state if attended == state.attended else state._replace(attended=attended, revision=next_revision), 200)]
    raise ValueError(do)


def next_states(state, operation):
    """The states after an operation whose response, if it is known, is right."""
    for after, status in effects(state, operation):
        if not operation.is_known:
            yield after
        elif status == operation.status and (status != 200 or not operation.body or of_body(operation.body) == after):
            yield after


def possible_states(first, operations):
    """The states in which a registration may be that was in the state `first` before the operations."""
    known = sum(1 << index for index, one in enumerate(operations) if one.is_known)
    seen, stack, found = set(), [(0, first)], set()
    while stack:
        if stack[-1] in seen:
            stack.pop()
            continue
        done, state = stack.pop()
        seen.add((done, state))
        if done & known == known:
            found.add(state)
        if state.status == "waitlisted":
            # A seat may become free at any time.
            stack.append((done, state._replace(status="confirmed", revision=state.revision + 1)))
        open_ones = [(index, one) for index, one in enumerate(operations) if not done >> index & 1]
        horizon = min((one.until for _, one in open_ones if one.is_known), default=math.inf)
        for index, one in open_ones:
            if one.at > horizon:
                continue
            for after in next_states(state, one):
                # An operation of unknown outcome that changes nothing is as good as none.
                if one.is_known or after != state:
                    stack.append((done | 1 << index, after))
    return found
