"""Instances replaced one after the other while people use the service: nobody may notice."""

import random
import threading
import time
from collections import Counter

from caller import Caller
from ledger import Ledger, read


class Visitors:
    """Callers without a pause; nobody asks a second time."""

    def __init__(self, path, ports, slug, callers=8):
        self.path, self.ledger, self.slug = path, Ledger(path), slug
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.visit, args=(number, ports), daemon=True) for number in range(callers)]
        for thread in self.threads:
            thread.start()

    def visit(self, number, ports):
        caller, chance, people = Caller(self.ledger, ports, number), random.Random(number), 0
        while not self.stopping.is_set():
            people += 1
            if chance.random() < 0.3:
                caller.call("GET", f"/v1/events/{self.slug}/availability", do="read", event=self.slug)
                continue
            email = f"visitor-{number}-{people}@example.org"
            key = f"{chance.getrandbits(128):032x}" if chance.random() < 0.5 else None
            body = {"email": email, "name": "Ana Pérez", "privacy_accepted": True}
            status, found = caller.call("POST", f"/v1/events/{self.slug}/registrations", body, key=key, do="register",
                                        event=self.slug, email=email)
            if status == 201 and chance.random() < 0.2:
                caller.call("POST", f"/v1/registrations/{found['id']}/cancel", {}, found["manage_token"], do="cancel",
                            event=self.slug, email=email, id=found["id"])
        caller.close()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        self.ledger.close()
        return read(self.path)


def kind(call):
    return call["do"] + (" with a key" if call["key"] else "")


def restart(house, names, times, drain=False):
    """With `drain`, HAProxy is told first to send nothing new to the instance; else it must find out by its check."""
    found = []
    for _ in range(times):
        for name, instance in zip(names, house.instances):
            if drain:
                house.ask_haproxy(f"set server plenaria/{name} state drain")
                time.sleep(0.5)
            if not instance.stop():
                found.append(f"{name} did not stop as it should")
            instance.start()
            if drain:
                house.ask_haproxy(f"set server plenaria/{name} state ready")
            house.until_up(name)
            time.sleep(0.3)
    return found


def reckon(calls):
    """Findings, and how many of each kind of call went well and wrong."""
    bad = [call for call in calls if call["status"] not in (200, 201)]
    found = [f"call {call['n']}, {kind(call)}: {call['status']} {call.get('error') or call.get('body')}" for call in bad]
    return found, Counter(map(kind, calls)), Counter(map(kind, bad))
