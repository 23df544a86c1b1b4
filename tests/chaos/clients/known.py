"""The registrations that callers know of, shared by all callers: their holders and the organisers."""

import threading
from dataclasses import dataclass


def tag(body):
    """The entity tag of a registration, without its quotes: the revision and the position on the waiting list."""
    position = body["waitlist_position"]
    return str(body["revision"]) if position is None else f"{body['revision']}-{position}"


@dataclass
class Known:
    id: str
    event: str
    email: str
    # The holder's token; `None` if the registration became known by a batch, whose results have none.
    token: str | None
    # As last seen in a response; other callers may have changed it since.
    status: str
    tag: str
    reference: str | None = None
    erased: bool = False

    def see(self, body):
        self.status, self.tag = body["status"], tag(body)


class Register:
    """All registrations that were acknowledged."""

    def __init__(self):
        self.lock, self.all = threading.Lock(), []

    def add(self, known):
        with self.lock:
            self.all.append(known)

    def pick(self, random, accept=lambda known: True):
        """A random registration that `accept` accepts; `None` if a few attempts find none."""
        for _ in range(12):
            with self.lock:
                known = random.choice(self.all) if self.all else None
            if known and accept(known):
                return known
        return None

    def some(self, random, event, number):
        """Up to `number` different registrations of an event."""
        with self.lock:
            found = [known for known in self.all if known.event == event and not known.erased]
        return random.sample(found, min(number, len(found)))
