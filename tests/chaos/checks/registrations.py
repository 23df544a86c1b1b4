"""Checks the log of calls against the registrations in the database."""

from collections import defaultdict

# The possible statuses of a registration by the acknowledged status, if it was not cancelled.
STATUS_AFTER = {"confirmed": {"confirmed"}, "waitlisted": {"waitlisted", "confirmed"}}


def person(row):
    return row["event"], row["email"]


class RegistrationChecks:
    def __init__(self, calls, rows):
        """`calls`: the entries of the call log; `rows`: the registrations, each with its event's slug."""
        self.calls, self.rows, self.findings = calls, rows, []
        self.by_id = {row["id"]: row for row in rows}
        self.requests = [call for call in calls if call["do"] in ("register", "duplicate")]
        self.acknowledged = [call for call in self.requests if call["status"] == 201]
        self.cancels = [call for call in calls if call["do"] == "cancel"]

    def finding(self, text):
        self.findings.append(text)

    def all(self):
        for check in (self.acknowledged_exist, self.cancellations_hold, self.no_duplicates, self.keys_have_one_effect,
                      self.every_row_was_requested, self.rejections_are_justified, self.waitlist_order, self.reads_are_consistent):
            check()
        return self.findings

    def acknowledged_exist(self):
        cancelling = {call["id"] for call in self.cancels}
        for call in self.acknowledged:
            response = call["body"]
            row = self.by_id.get(response["id"])
            if row is None:
                self.finding(f"LOST: {response['id']} was answered 201 (call {call['n']})")
                continue
            if person(row) != person(call):
                self.finding(f"{response['id']} belongs to another: {person(row)}, not {person(call)} (call {call['n']})")
            allowed = STATUS_AFTER[response["status"]] | ({"cancelled"} if row["id"] in cancelling else set())
            if row["status"] not in allowed:
                self.finding(f"{row['id']} was answered {response['status']} and is {row['status']} (call {call['n']})")

    def cancellations_hold(self):
        for call in self.cancels:
            if call["status"] == 200 and self.by_id.get(call["id"], {}).get("status") != "cancelled":
                self.finding(f"LOST: the cancellation of {call['id']}, which was answered 200 (call {call['n']})")

    def no_duplicates(self):
        live, acknowledged = defaultdict(list), defaultdict(set)
        for row in self.rows:
            if row["status"] != "cancelled":
                live[person(row)].append(row["id"])
        for who, ids in live.items():
            if len(ids) > 1:
                self.finding(f"DOUBLED: {who} has the active registrations {ids}")
        for call in self.acknowledged:
            acknowledged[person(call)].add(call["body"]["id"])
        # Any other row must come from a call without a response; all calls with one key create at most one row.
        unanswered = defaultdict(set)
        for call in self.requests:
            if not call["status"] or call["status"] >= 500:
                unanswered[person(call)].add(call["key"] or call["n"])
        further_rows = defaultdict(list)
        for row in self.rows:
            if row["id"] not in acknowledged[person(row)]:
                further_rows[person(row)].append(row["id"])
        for who, ids in further_rows.items():
            if len(ids) > len(unanswered[who]):
                self.finding(f"DOUBLED: {who} has {ids} beside what was acknowledged, "
                             f"for {len(unanswered[who])} unanswered calls")

    def keys_have_one_effect(self):
        ids, calls = defaultdict(set), defaultdict(list)
        for call in self.requests:
            if call["key"]:
                calls[call["key"]].append(call)
                if call["status"] == 201:
                    ids[call["key"]].add(call["body"]["id"])
        for key, found in ids.items():
            if len(found) > 1:
                self.finding(f"DOUBLED: the key {key} created {sorted(found)}")
        keys_of_person = defaultdict(set)
        for call in self.requests:
            keys_of_person[person(call)].add(call["key"] or call["n"])
        for key, all_calls in calls.items():
            for call in all_calls:
                # No call with another key was made for this person.
                alone = keys_of_person[person(call)] == {key}
                if alone and call["status"] == 409 and call["body"]["code"] == "already-registered":
                    self.finding(f"the repetition of a call with a key was rejected (call {call['n']})")

    def every_row_was_requested(self):
        requested = {person(call) for call in self.requests}
        for row in self.rows:
            if person(row) not in requested:
                self.finding(f"{row['id']} of {person(row)}: no call requested it, or the call was rejected")

    def rejections_are_justified(self):
        registered = {person(row) for row in self.rows}
        for call in self.requests:
            if call["status"] != 409:
                continue
            code = call["body"]["code"]
            if code == "already-registered" and person(call) not in registered:
                self.finding(f"{person(call)} was rejected as registered already, but never was (call {call['n']})")
            if code == "event-full" and call["event"] != "tight":
                self.finding(f"{call['event']} was rejected as full (call {call['n']})")

    def waitlist_order(self):
        """A person who was acknowledged before another's request was sent is ahead of them."""
        waited = [call for call in self.acknowledged if call["body"]["status"] == "waitlisted" and not call["replayed"]]
        waiting, seated = [], []
        for call in waited:
            row = self.by_id.get(call["body"]["id"])
            if row and row["status"] == "waitlisted":
                waiting.append((call, row))
            elif row and row["status"] == "confirmed":
                seated.append(call)
        for call in seated:
            for other, row in waiting:
                if other["until"] < call["at"] and other["event"] == call["event"]:
                    self.finding(f"{call['body']['id']} got a seat before {row['id']}, who registered earlier")
        for call, row in waiting:
            for other, later in waiting:
                if call["until"] < other["at"] and row["event"] == later["event"] and row["waitlist_number"] >= later["waitlist_number"]:
                    self.finding(f"{row['id']} is behind {later['id']}, who registered later")

    def reads_are_consistent(self):
        """No read after an acknowledged cancellation shows the registration as active."""
        cancelled_at = {}
        for call in self.cancels:
            if call["status"] == 200:
                cancelled_at[call["id"]] = min(call["until"], cancelled_at.get(call["id"], call["until"]))
        for call in self.calls:
            if call["do"] == "read" and call["status"] == 200:
                if call["body"]["status"] != "cancelled" and call["at"] > cancelled_at.get(call["id"], float("inf")):
                    self.finding(f"{call['id']} was read as {call['body']['status']} after its cancellation (call {call['n']})")
