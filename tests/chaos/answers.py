"""What callers were answered meanwhile, and how long it took."""

# What each kind of call may be answered by a service at work.
RIGHT = {"register": {201, 409}, "duplicate": {409}, "invalid": {422}, "cancel": {200}, "read": {200}}
CODES = {"already-registered", "event-full", "idempotency-in-progress"}
LONGEST = 15


def cut_off_by_us(call, away):
    """Whether the instance was away while the call, or its connection, lived. `away`: pairs of times."""
    return any(call["opened"] <= until + 0.3 and call["until"] >= since for since, until in away)


def check(calls, away, first_fault):
    """`away`: for each of the callers' ports, when connections to it may have been cut off."""
    found = []
    for call in calls:
        what = f"call {call['n']}, {call['do']}"
        if call["until"] is None:
            found.append(f"{what}: it never ended")
            continue
        took = call["until"] - call["at"]
        if took > LONGEST:
            found.append(f"HANG: {what} took {took:.1f} s")
        if call["status"] is None:
            if not cut_off_by_us(call, away[call["instance"]]):
                found.append(f"{what} was not answered, though nobody cut it off: {call['error']}")
        elif call["status"] == 503:
            if not call["retry_after"]:
                found.append(f"{what} was answered 503 without Retry-After")
            if call["until"] < first_fault:
                found.append(f"{what} was answered 503 before anything was wrong")
        elif call["status"] not in RIGHT[call["do"]] or call["status"] == 409 and call["body"]["code"] not in CODES:
            found.append(f"{what} was answered {call['status']} {call['body']}")
    return found


def times(calls):
    """The longest answers: any, and 503 alone."""
    took = [(call["until"] - call["at"], call["status"]) for call in calls if call["until"]]
    return max((t for t, _ in took), default=0), max((t for t, status in took if status == 503), default=0)


def numbers(calls):
    """How many acknowledged, of unknown outcome, refused."""
    acknowledged = sum(call["status"] in (200, 201) and call["do"] != "read" for call in calls)
    refused = sum(call["status"] is not None and 400 <= call["status"] < 500 for call in calls)
    unknown = sum((call["status"] is None or call["status"] >= 500) and call["do"] != "read" for call in calls)
    return acknowledged, unknown, refused
