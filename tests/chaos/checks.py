"""What must be true when everything is up again: the ledger against the rows of the database."""

from collections import defaultdict

# What a registration may have become that was answered thus, if nobody asked to cancel it.
FOLLOWS = {"confirmed": {"confirmed"}, "waitlisted": {"waitlisted", "confirmed"}}


def person(row):
    return row["event"], row["email"]


class Checks:
    def __init__(self, calls, rows):
        """`rows`: the registrations, each with its event's slug."""
        self.calls, self.rows, self.findings = calls, rows, []
        self.by_id = {row["id"]: row for row in rows}
        self.asked = [call for call in calls if call["do"] in ("register", "duplicate")]
        self.acknowledged = [call for call in self.asked if call["status"] == 201]
        self.cancels = [call for call in calls if call["do"] == "cancel"]

    def finding(self, text):
        self.findings.append(text)

    def all(self):
        for check in (self.nothing_lost, self.cancelled_stays, self.nothing_doubled, self.keys_count_once, self.nobody_unasked,
                      self.refusals_were_right, self.the_queue_is_in_order, self.readers_saw_it):
            check()
        return self.findings

    def nothing_lost(self):
        cancelling = {call["id"] for call in self.cancels}
        for call in self.acknowledged:
            answer = call["body"]
            row = self.by_id.get(answer["id"])
            if row is None:
                self.finding(f"LOST: {answer['id']} was answered 201 (call {call['n']})")
                continue
            if person(row) != person(call):
                self.finding(f"{answer['id']} belongs to another: {person(row)}, not {person(call)} (call {call['n']})")
            allowed = FOLLOWS[answer["status"]] | ({"cancelled"} if row["id"] in cancelling else set())
            if row["status"] not in allowed:
                self.finding(f"{row['id']} was answered {answer['status']} and is {row['status']} (call {call['n']})")

    def cancelled_stays(self):
        for call in self.cancels:
            if call["status"] == 200 and self.by_id.get(call["id"], {}).get("status") != "cancelled":
                self.finding(f"LOST: the cancelling of {call['id']}, which was answered 200 (call {call['n']})")

    def nothing_doubled(self):
        live, acknowledged = defaultdict(list), defaultdict(set)
        for row in self.rows:
            if row["status"] != "cancelled":
                live[person(row)].append(row["id"])
        for who, ids in live.items():
            if len(ids) > 1:
                self.finding(f"DOUBLED: {who} has the live registrations {ids}")
        for call in self.acknowledged:
            acknowledged[person(call)].add(call["body"]["id"])
        # Whatever else is there must come from a call that was not answered; a key's calls make one at most.
        unanswered = defaultdict(set)
        for call in self.asked:
            if not call["status"] or call["status"] >= 500:
                unanswered[person(call)].add(call["key"] or call["n"])
        others = defaultdict(list)
        for row in self.rows:
            if row["id"] not in acknowledged[person(row)]:
                others[person(row)].append(row["id"])
        for who, ids in others.items():
            if len(ids) > len(unanswered[who]):
                self.finding(f"DOUBLED: {who} has {ids} beside what was acknowledged, "
                             f"for {len(unanswered[who])} unanswered calls")

    def keys_count_once(self):
        ids, calls = defaultdict(set), defaultdict(list)
        for call in self.asked:
            if call["key"]:
                calls[call["key"]].append(call)
                if call["status"] == 201:
                    ids[call["key"]].add(call["body"]["id"])
        for key, found in ids.items():
            if len(found) > 1:
                self.finding(f"DOUBLED: the key {key} made {sorted(found)}")
        ever = defaultdict(set)
        for call in self.asked:
            ever[person(call)].add(call["key"] or call["n"])
        for key, all_calls in calls.items():
            for call in all_calls:
                # Nobody else ever asked for this person.
                alone = ever[person(call)] == {key}
                if alone and call["status"] == 409 and call["body"]["code"] == "already-registered":
                    self.finding(f"the repetition of a call with a key was refused (call {call['n']})")

    def nobody_unasked(self):
        asked = {person(call) for call in self.asked}
        for row in self.rows:
            if person(row) not in asked:
                self.finding(f"{row['id']} of {person(row)}: nobody asked for it, or it was refused")

    def refusals_were_right(self):
        there = {person(row) for row in self.rows}
        for call in self.asked:
            if call["status"] != 409:
                continue
            code = call["body"]["code"]
            if code == "already-registered" and person(call) not in there:
                self.finding(f"{person(call)} is said to be registered already, and never was (call {call['n']})")
            if code == "event-full" and call["event"] != "tight":
                self.finding(f"{call['event']} is said to be full (call {call['n']})")

    def the_queue_is_in_order(self):
        """Whoever was answered before another asked stands before them."""
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
                    self.finding(f"{call['body']['id']} got a seat before {row['id']}, who had come earlier")
        for call, row in waiting:
            for other, later in waiting:
                if call["until"] < other["at"] and row["event"] == later["event"] and row["queue_number"] >= later["queue_number"]:
                    self.finding(f"{row['id']} stands behind {later['id']}, who came later")

    def readers_saw_it(self):
        """Nobody who asked for an acknowledged registration was told that there is none, or that it lives again."""
        over = {}
        for call in self.cancels:
            if call["status"] == 200:
                over[call["id"]] = min(call["until"], over.get(call["id"], call["until"]))
        for call in self.calls:
            if call["do"] == "read" and call["status"] == 200:
                if call["body"]["status"] != "cancelled" and call["at"] > over.get(call["id"], float("inf")):
                    self.finding(f"{call['id']} was read as {call['body']['status']} after its cancelling (call {call['n']})")
