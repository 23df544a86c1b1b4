"""What the callers did, made of the call log: one operation for each effect that calls may have had, with its response."""

import math
from collections import defaultdict
from dataclasses import dataclass, field

from clients.mailbox import claims


@dataclass
class Operation:
    """A request, which calls with one key repeat; or the part of one that concerns one registration."""
    do: str
    n: int
    at: float
    # When the first final response came. Infinite if none came: it may have its effect at any time, or never.
    until: float
    status: int | None
    body: dict
    sent: dict
    event: str | None = None
    id: str | None = None
    email: str | None = None
    key: str | None = None
    if_match: int | None = None
    replayed: bool = False
    calls: list = field(default_factory=list, repr=False)

    @property
    def is_known(self):
        return self.status is not None

    def part(self, **changes):
        return Operation(**({name: getattr(self, name) for name in self.__dataclass_fields__} | changes))


def is_final(call):
    return call["status"] is not None and call["status"] < 500 and call["body"].get("code") != "idempotency-in-progress"


def requests(calls):
    """The requests, in the order of their first calls. Calls that no server received are left out."""
    groups = defaultdict(list)
    for call in calls:
        if call.get("received", True):
            groups[call["key"] or call["n"]].append(call)
    return [request(group) for group in groups.values()]


def request(group):
    first = group[0]
    final = min((call for call in group if is_final(call)), key=lambda call: call["until"], default=None)
    return Operation(
        do=first["do"], n=first["n"], at=min(call["at"] for call in group), until=final["until"] if final else math.inf,
        status=final["status"] if final else None, body=final["body"] if final else {}, sent=first.get("sent") or {},
        event=first.get("event"), id=first.get("id"), email=first.get("email"), key=first["key"], if_match=first.get("if_match"),
        replayed=bool(final and final.get("replayed")), calls=group)


def people(request):
    """The addresses that a request registers, each with what was sent, and the status (`None`: unknown) and body of the
    response's part for it."""
    if request.do in ("register", "request"):
        return [(request.email, request.sent, request.status, request.body)]
    if request.do != "batch":
        return []
    items = request.sent["items"]
    if request.status != 200:
        return [(item["email"], item, request.status, request.body) for item in items]
    return [(item["email"], item, result["status"] if result["status"] < 500 else None, result["registration"] or result["problem"])
            for item, result in zip(items, request.body["results"])]


def by_registration(requests):
    """For each registration that was acknowledged, the operations on it, beginning with the one that made it."""
    made, changes = {}, defaultdict(list)
    for one in requests:
        if one.do == "confirm":
            id = claims(one.sent["confirmation_token"], 1)["sub"].split(":")[0]
            # Of several confirmations the first response shows the registration; the others change nothing.
            if one.status in (200, 201) and (id not in made or one.until < made[id].until):
                made[id] = one.part(id=id, email=one.body["email"])
        elif one.do == "attendance":
            for operation in attendance(one):
                changes[operation.id].append(operation)
        elif one.id:
            changes[one.id] += split_if_erased(one)
        for email, sent, status, body in people(one):
            if status == 201:
                made[body["id"]] = one.part(id=body["id"], email=email, sent=sent, status=status, body=body)
    return {id: [first, *changes[id]] for id, first in made.items()}


def split_if_erased(one):
    """An erased registration's stored responses are erased too, so 404 for a repeated key does not say that the first call had no effect."""
    if one.status == 404 and one.key and len(one.calls) > 1:
        return [one, one.part(status=None, until=math.inf)]
    return [one]


def attendance(request):
    """The parts of a request that records attendance. A repetition shows the registrations as they are at that time."""
    results = request.body["results"] if request.status == 200 else [None] * len(request.sent["items"])
    for id, item, result in zip(request.calls[0]["ids"], request.sent["items"], results):
        part = request.part(do="attend", id=id, sent=item)
        if result is None:
            yield part
        elif not request.replayed:
            yield part.part(status=result["status"], body=result["registration"] or result["problem"])
        elif result["status"] == 404:
            yield part.part(status=None, until=math.inf)
        else:
            yield part.part(status=result["status"], body={})
            if result["registration"]:
                shown = min(call["at"] for call in request.calls if call["until"] == request.until)
                yield part.part(do="read", at=shown, body=result["registration"], key=None, if_match=None)
