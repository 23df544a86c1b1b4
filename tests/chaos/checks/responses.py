"""Checks the responses that callers got during a round, and measures how long they took."""

from checks.operations import is_final

# The expected statuses of each kind of call, and the codes of the expected 409s.
EXPECTED = {
    "register": {201, 409}, "request": {202}, "invalid": {422}, "batch": {200, 409}, "confirm": {200, 201, 409, 422},
    "cancel": {200, 404, 412}, "reinstate": {200, 404, 409}, "erase": {204, 404}, "update": {200, 404, 409, 412},
    "attend": {200, 404, 409, 412}, "attendance": {200}, "read": {200, 404}, "definition": {200}, "capacity": {200, 412},
}
CODES = {
    "register": {"already-registered", "event-full"}, "batch": {"already-registered", "event-full", "conflict"},
    "confirm": {"already-registered", "conflict"}, "reinstate": {"already-registered", "event-full"}, "update": {"conflict"}, "attend": {"conflict"},
}
ITEMS = {"batch": {201, 409, 503}, "attendance": {200, 404, 409}}
# The calls that change nothing.
READS = ("read", "definition")
# Seconds; a longer call counts as hanging.
MAX_DURATION = 15


def was_disconnected(call, outages):
    """Whether an outage overlaps with the call or its connection. `outages`: pairs of times."""
    return any(call["opened"] <= until + 0.3 and call["until"] >= since for since, until in outages)


def is_expected(call):
    do, status, body = call["do"], call["status"], call["body"]
    if status == 409 and body["code"] == "idempotency-in-progress":
        return call["key"] is not None
    # The response to a registration that has been erased is not repeated.
    if do == "register" and status == 404:
        return call["key"] is not None
    if status not in EXPECTED[do] or status == 409 and body["code"] not in CODES[do]:
        return False
    return status != 200 or do not in ITEMS or all(result["status"] in ITEMS[do] for result in body["results"])


def check(calls, outages, first_fault):
    """Returns findings. `outages`: for each of the callers' ports, the times at which connections may have been cut."""
    found = []
    for call in calls:
        what = f"call {call['n']}, {call['do']}"
        if call["until"] is None:
            found.append(f"{what}: it never ended")
            continue
        took = call["until"] - call["at"]
        if took > MAX_DURATION:
            found.append(f"HANG: {what} took {took:.1f} s")
        if call["status"] is None:
            if not was_disconnected(call, outages[call["instance"]]):
                found.append(f"{what} got no response without an outage: {call['error']}")
        elif call["status"] == 503:
            if not call["retry_after"]:
                found.append(f"{what} was answered 503 without Retry-After")
            if call["until"] < first_fault:
                found.append(f"{what} was answered 503 before anything was wrong")
        elif not is_expected(call):
            found.append(f"{what} was answered {call['status']} {call['body']}")
    return found


def shown(call, body):
    """What a repetition must have in common with the first response: all of it, but where it shows the present state."""
    if call["do"] == "attendance" and "results" in body:
        return [(result["status"], (result["problem"] or {}).get("code")) for result in body["results"]]
    return {name: value for name, value in body.items() if name != "request_id"}


def without_erased(call, response, erased):
    """The first response as it is repeated after registrations were erased: `None` for all of it, or for an item."""
    status, body = response
    if call["do"] in ("batch", "attendance") and status == 200:
        ids = [(result["registration"] or {}).get("id") for result in body["results"]]
        items = body["results"] if call["do"] == "batch" else shown(call, body)
        return status, [None if id in erased else item for id, item in zip(ids, items)]
    if body.get("id") in erased or call.get("id") in erased:
        return None
    return status, shown(call, body)


def is_same(call, first, again, erased):
    """Whether `again` is the right response to the repetition of a call that had the response `first`; both are pairs of
    status and body. Of registrations in `erased` nothing is repeated: the response is 404, and a token for one is unknown."""
    expected = without_erased(call, first, erased)
    if expected is None:
        return again[0] == (422 if call["do"] == "confirm" else 404)
    if again[0] != expected[0]:
        return False
    if isinstance(expected[1], list):
        got = again[1]["results"] if call["do"] == "batch" else shown(call, again[1])
        return len(got) == len(expected[1]) and all(item is None or item == other for item, other in zip(expected[1], got))
    return shown(call, again[1]) == expected[1]


def has_failed_items(request):
    """Whether the server failed to process an item of a batch. Such a response is not stored, so that a repetition tries again."""
    return request.do == "batch" and any(result["status"] >= 500 for result in request.body.get("results", ()))


def check_repetitions(requests, erased):
    """All final responses to one key are the same. `erased`: the ids of registrations that may be erased at the end."""
    found = []
    for one in requests:
        for call in one.calls if one.key and not has_failed_items(one) else ():
            # A registration that is erased at the end may have been there still at the second response.
            if is_final(call) and call["until"] != one.until and not any(
                    is_same(call, (one.status, one.body), (call["status"], call["body"]), ids) for ids in (set(), erased)):
                found.append(f"calls {one.n} and {call['n']} with one key had different responses")
    return found


def longest(calls):
    """The duration of the longest call, and of the longest that was answered 503, in seconds."""
    took = [(call["until"] - call["at"], call["status"]) for call in calls if call["until"]]
    return max((t for t, _ in took), default=0), max((t for t, status in took if status == 503), default=0)


def outcome_counts(calls):
    """The number of calls that were acknowledged, of unknown outcome, and rejected."""
    acknowledged = sum(call["status"] in (200, 201, 202, 204) and call["do"] not in READS for call in calls)
    rejected = sum(call["status"] is not None and 400 <= call["status"] < 500 for call in calls)
    unknown = sum((call["status"] is None or call["status"] >= 500) and call["do"] not in READS for call in calls)
    return acknowledged, unknown, rejected
