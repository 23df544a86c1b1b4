"""The load: a mixture of every change of seats, by people and by organisers, who retry without a response."""

import random
import threading

from clients.caller import Caller
from clients.events import EVENTS
from clients.known import Register
from clients.organisers import Organisers
from clients.people import People

# How often a caller does what, and under what name of a method.
PEOPLE = {"register": 25, "confirm": 10, "cancel": 9, "register_again": 5, "duplicate": 3, "invalid": 2, "erase": 3, "update": 5,
          "read": 5}
ORGANISERS = {"batch": 6, "organiser_cancels": 6, "reinstate": 7, "organiser_erases": 1, "attendance": 5, "attendance_in_bulk": 3,
              "organiser_updates": 2, "capacity": 3}


class Actor(threading.Thread, People, Organisers):
    """A thread with one caller, which acts for one person or organiser after another."""

    def __init__(self, number, load):
        super().__init__(name=f"actor-{number}", daemon=True)
        self.number, self.load = number, load
        self.random = random.Random(f"{load.seed} actor {number}")
        self.caller = Caller(load.call_log, load.ports, number)
        self.people = 0
        self.failure = None

    def run(self):
        actions = PEOPLE | ORGANISERS
        try:
            while not self.load.stopping.is_set():
                action = self.random.choices(list(actions), list(actions.values()))[0]
                # Without a suitable registration yet, somebody registers.
                if not getattr(self, action)():
                    self.register()
                self.load.stopping.wait(self.random.uniform(0, 0.02))
        except Exception as error:
            self.failure = error
            raise
        finally:
            self.caller.close()

    def event(self, accept=lambda event: True):
        names = [name for name, event in EVENTS.items() if accept(event)]
        return self.random.choices(names, [EVENTS[name].share for name in names])[0]

    def new_person(self):
        """The name of a new person; the address and everything else that is personal contains it, so that it can be found."""
        self.people += 1
        return f"person-{self.number}-{self.people}"

    def key(self, share):
        return f"{self.random.getrandbits(128):032x}" if self.random.random() < share else None

    def retry(self, method, path, body, token=None, key=None, if_match=None, **entry):
        """Calls until there is a final response, with the same key and body. Now and then a caller gives up, or sends a request
        with a key again although it had its response."""
        while True:
            response = self.caller.call(method, path, body, token, key, if_match, **entry)
            if key and response.status in (200, 201, 202) and self.random.random() < 0.1:
                self.caller.call(method, path, body, token, key, if_match, **entry)
            if response.is_final or self.random.random() < 0.12 or self.load.stopping.wait(self.random.uniform(0.05, 0.4)):
                return response


class Load:
    def __init__(self, seed, call_log, ports, client, mailbox, actors=10):
        self.seed, self.call_log, self.ports, self.client, self.mailbox = seed, call_log, ports, client, mailbox
        self.known, self.stopping = Register(), threading.Event()
        self.threads = [Actor(number, self) for number in range(actors)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive() and thread.failure is None, f"{thread.name}: {thread.failure}"
