"""Checks the log of calls against the registrations in the database."""

from collections import defaultdict

from checks import model
from checks.operations import by_registration, people, requests

NAMES = ("status", "attended", "name", "revision", "erased")


def person(row):
    return row["event"], row["email"]


def short(state):
    return ", ".join(f"{name} {value}" for name, value in zip(NAMES, state) if name != "name")


class RegistrationChecks:
    def __init__(self, calls, rows):
        """`calls`: the entries of the call log; `rows`: the registrations, each with its event's slug."""
        self.requests, self.rows, self.findings = requests(calls), rows, []
        self.by_id = {row["id"]: row for row in rows}
        self.registrations = by_registration(self.requests)
        # The requests that registered a person or tried to, and the responses.
        self.attempts = defaultdict(list)
        for one in self.requests:
            for email, _, status, body in people(one):
                self.attempts[one.event, email].append((one, status, body))

    def finding(self, text):
        self.findings.append(text)

    def all(self):
        for check in (self.states_follow, self.people_are_right, self.no_duplicates, self.keys_have_one_effect,
                      self.every_row_was_requested, self.requests_for_confirmation_hold, self.batches_are_whole,
                      self.rejections_are_justified, self.waitlist_order):
            check()
        return self.findings

    def states_follow(self):
        """Every response about a registration was right at some time during its request, and its row is what then follows."""
        for id, (made, *changes) in self.registrations.items():
            row = self.by_id.get(id)
            if row is None:
                self.finding(f"LOST: {id} was answered {made.status} (call {made.n})")
                continue
            possible = model.possible_states(model.of_body(made.body), changes)
            if not possible:
                calls = [f"{one.n} {one.do} {one.status}" for one in [made, *changes]]
                self.finding(f"the responses about {id} contradict one another: calls {', '.join(calls)}")
            elif model.of_row(row) not in possible:
                states = " or ".join(sorted(map(short, possible))[:4])
                self.finding(f"LOST: {id} is {short(model.of_row(row))}; by its calls from {made.n} it can only be {states}")

    def people_are_right(self):
        for id, (made, *_) in self.registrations.items():
            row = self.by_id.get(id)
            if row is None or row["erased_at"] is not None:
                continue
            if person(row) != (made.event, made.email):
                self.finding(f"{id} belongs to another: {person(row)}, not {made.event}, {made.email} (call {made.n})")
            if made.do != "confirm" and row["external_reference"] != made.sent.get("external_reference"):
                self.finding(f"{id} has the reference {row['external_reference']}, not that of call {made.n}")

    def no_duplicates(self):
        live, references, rows = defaultdict(list), defaultdict(list), defaultdict(list)
        for row in self.rows:
            if row["erased_at"] is not None:
                continue
            if row["status"] in ("confirmed", "waitlisted"):
                live[person(row)].append(row["id"])
            if row["external_reference"]:
                references[row["event"], row["external_reference"]].append(row["id"])
            if row["id"] not in self.registrations:
                rows[person(row)].append(row["id"])
        for who, ids in live.items():
            if len(ids) > 1:
                self.finding(f"DOUBLED: {who} has the active registrations {ids}")
        for reference, ids in references.items():
            if len(ids) > 1:
                self.finding(f"DOUBLED: {reference} is the reference of {ids}")
        # Any other row must come from a request without a response, or wait for its confirmation; each makes at most one.
        for who, ids in rows.items():
            open_ones = {one.n for one, status, _ in self.attempts.get(who, ()) if status in (None, 202)}
            if len(ids) > len(open_ones):
                self.finding(f"DOUBLED: {who} has {ids} beside what was acknowledged, for {len(open_ones)} unanswered requests")

    def keys_have_one_effect(self):
        """Of one person's only request, no repetition is rejected as if somebody else had registered the address."""
        for who, attempts in self.attempts.items():
            for one, status, body in attempts:
                if len(attempts) == 1 and one.do != "batch" and one.key and status == 409 and body["code"] == "already-registered":
                    self.finding(f"the repetition of a call with a key was rejected: {who} (call {one.n})")

    def every_row_was_requested(self):
        for row in self.rows:
            if row["erased_at"] is None and person(row) not in self.attempts:
                self.finding(f"{row['id']} of {person(row)}: no call requested it, or the call was rejected")

    def requests_for_confirmation_hold(self):
        """An acknowledged request has a row: pending, or confirmed, unless that was erased."""
        there = {person(row) for row in self.rows if row["email"]}
        erased = {(made.event, made.email) for id, (made, *_) in self.registrations.items()
                  if id in self.by_id and self.by_id[id]["erased_at"] is not None}
        for one in self.requests:
            if one.do == "request" and one.status == 202 and (one.event, one.email) not in there | erased:
                self.finding(f"LOST: the request of {one.email} for {one.event} (call {one.n})")

    def batches_are_whole(self):
        """Of a batch that is all or none, either everybody is registered or nobody."""
        references = {(row["event"], row["external_reference"]) for row in self.rows if row["external_reference"]}
        # Without a key, a repetition is a request of its own.
        batches = defaultdict(list)
        for one in self.requests:
            if one.do == "batch" and one.sent["atomic"]:
                sent = tuple(item["external_reference"] for item in one.sent["items"] if "external_reference" in item)
                batches[one.event, sent].append(one)
        for (event, sent), attempts in batches.items():
            there, number = sum((event, reference) in references for reference in sent), len(attempts[0].sent["items"])
            answers = {one.status for one in attempts}
            if 200 not in answers and there and (None not in answers or there < number):
                self.finding(f"HALF: of the batch of call {attempts[0].n}, answered {attempts[-1].status}, {there} of {number} are registered")

    def rejections_are_justified(self):
        for who, attempts in self.attempts.items():
            for one, status, body in attempts:
                if status == 404:
                    self.finding(f"{who} was not found before there was any response (call {one.n})")
                if status != 409 or one.do == "batch" and one.sent["atomic"]:
                    continue
                others = [other for other, status, _ in attempts if other is not one and other.at < one.until and status in (None, 200, 201)]
                if body["code"] == "already-registered" and not others:
                    self.finding(f"{who} was rejected as registered already, but never was (call {one.n})")
                if body["code"] == "event-full" and who[0] != "tight":
                    self.finding(f"{who[0]} was rejected as full (call {one.n})")

    def waitlist_order(self):
        """A person who was acknowledged before another's request was sent is ahead of them."""
        waiting, seated = [], []
        for id, (made, *changes) in self.registrations.items():
            row = self.by_id.get(id)
            # A repeated response, and 200 for a confirmed address, do not say when. A registration that was reinstated has left its place.
            joined = made.status == 201 and not made.replayed
            if row is None or not joined or made.body["status"] != "waitlisted" or any(one.do == "reinstate" for one in changes):
                continue
            if row["status"] == "waitlisted":
                waiting.append((made, row))
            elif row["status"] == "confirmed":
                seated.append(made)
        for one in seated:
            for other, row in waiting:
                if other.until < one.at and other.event == one.event:
                    self.finding(f"{one.id} got a seat before {row['id']}, who registered earlier")
        for one, row in waiting:
            for other, later in waiting:
                if one.until < other.at and row["event"] == later["event"] and row["waitlist_number"] >= later["waitlist_number"]:
                    self.finding(f"{row['id']} is behind {later['id']}, who registered later")
