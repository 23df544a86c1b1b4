"""Checks the responses that callers got during a round, and measures how long they took."""

# The expected statuses of each kind of call.
EXPECTED = {"register": {201, 409}, "duplicate": {409}, "invalid": {422}, "cancel": {200}, "read": {200}}
CODES = {"already-registered", "event-full", "idempotency-in-progress"}
# Seconds; a longer call counts as hanging.
MAX_DURATION = 15


def was_disconnected(call, outages):
    """Whether an outage overlaps with the call or its connection. `outages`: pairs of times."""
    return any(call["opened"] <= until + 0.3 and call["until"] >= since for since, until in outages)


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
        elif call["status"] not in EXPECTED[call["do"]] or call["status"] == 409 and call["body"]["code"] not in CODES:
            found.append(f"{what} was answered {call['status']} {call['body']}")
    return found


def longest(calls):
    """The duration of the longest call, and of the longest that was answered 503, in seconds."""
    took = [(call["until"] - call["at"], call["status"]) for call in calls if call["until"]]
    return max((t for t, _ in took), default=0), max((t for t, status in took if status == 503), default=0)


def outcome_counts(calls):
    """The number of calls that were acknowledged, of unknown outcome, and rejected."""
    acknowledged = sum(call["status"] in (200, 201) and call["do"] != "read" for call in calls)
    rejected = sum(call["status"] is not None and 400 <= call["status"] < 500 for call in calls)
    unknown = sum((call["status"] is None or call["status"] >= 500) and call["do"] != "read" for call in calls)
    return acknowledged, unknown, rejected
