"""The load: people who register, cancel and register again, and who retry without a response."""

import random
import threading

from clients.caller import Caller

# The events: capacity, and whether there is a waiting list.
EVENTS = {"open": (None, False), "queue": (40, True), "tight": (25, False)}


def definition(slug):
    capacity, waitlist = EVENTS[slug]
    registration = {"waitlist": waitlist} | ({"capacity": capacity} if capacity else {})
    return {"slug": slug, "status": "published", "owner": "chaos", "language": "en", "title": slug.title(),
            "starts": "2090-01-01T10:00", "time_zone": "Etc/UTC", "duration_minutes": 60, "registration": registration}


class People(threading.Thread):
    """A thread with one caller, which acts for one person after another."""

    def __init__(self, number, seed, call_log, ports, stopping):
        super().__init__(name=f"people-{number}", daemon=True)
        self.number, self.stopping = number, stopping
        self.random = random.Random(f"{seed} people {number}")
        self.caller = Caller(call_log, ports, number)
        self.people, self.live, self.cancelled = 0, [], []
        self.failure = None

    def run(self):
        try:
            while not self.stopping.is_set():
                self.act()
                self.stopping.wait(self.random.uniform(0, 0.02))
        except Exception as error:
            self.failure = error
            raise
        finally:
            self.caller.close()

    def act(self):
        chance = self.random.random()
        if chance < 0.52:
            self.register(self.event(), self.address())
        elif chance < 0.72 and self.live:
            self.cancel(*self.pick(self.live))
        elif chance < 0.80 and self.cancelled:
            self.register(*self.pick(self.cancelled))
        elif chance < 0.86 and self.live:
            event, email, _, _ = self.random.choice(self.live)
            self.caller.call("POST", self.path(event), self.person(email), do="duplicate", event=event, email=email)
        elif chance < 0.90:
            event, email = self.event(), self.address()
            body = self.person(email) | {"privacy_accepted": False}
            self.caller.call("POST", self.path(event), body, do="invalid", event=event, email=email)
        elif self.live:
            event, _, id, token = self.random.choice(self.live)
            self.caller.call("GET", f"/v1/registrations/{id}", token=token, do="read", event=event, id=id)
        else:
            self.register(self.event(), self.address())

    def pick(self, people):
        return people.pop(self.random.randrange(len(people)))

    def event(self):
        return self.random.choices(list(EVENTS), (35, 45, 20))[0]

    def address(self):
        self.people += 1
        return f"person-{self.number}-{self.people}@example.org"

    @staticmethod
    def path(event):
        return f"/v1/events/{event}/registrations"

    @staticmethod
    def person(email):
        return {"email": email, "name": "Ana Pérez", "privacy_accepted": True}

    def key(self, share):
        return f"{self.random.getrandbits(128):032x}" if self.random.random() < share else None

    def call_with_retries(self, *call, **entry):
        """Retries with the same key and body until there is a final response; some people give up."""
        while True:
            status, found = self.caller.call(*call, **entry)
            again = status is None or status == 503 or (found or {}).get("code") == "idempotency-in-progress"
            if not again or self.random.random() < 0.12:
                return status, found
            if self.stopping.wait(self.random.uniform(0.05, 0.4)):
                return status, found

    def register(self, event, email):
        key = self.key(0.6)
        status, found = self.call_with_retries("POST", self.path(event), self.person(email), do="register", event=event,
                                    email=email, key=key)
        if status == 201:
            self.live.append((event, email, found["id"], found["manage_token"]))

    def cancel(self, event, email, id, token):
        key = self.key(0.3)
        status, _ = self.call_with_retries("POST", f"/v1/registrations/{id}/cancel", {}, token, do="cancel", event=event, email=email,
                                id=id, key=key)
        if status == 200:
            self.cancelled.append((event, email))


class Load:
    def __init__(self, seed, call_log, ports, people=10):
        self.stopping = threading.Event()
        self.threads = [People(number, seed, call_log, ports, self.stopping) for number in range(people)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive() and thread.failure is None, f"{thread.name}: {thread.failure}"
