"""Restarts instances one after the other under load; no call may fail."""

import random
import threading
import time
from collections import Counter

from clients.caller import Caller
from clients.call_log import CallLog, read


class Visitors:
    """Callers that send requests without pauses and without retries."""

    def __init__(self, path, ports, slug, callers=8):
        self.path, self.call_log, self.slug = path, CallLog(path), slug
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.visit, args=(number, ports), daemon=True) for number in range(callers)]
        for thread in self.threads:
            thread.start()

    def visit(self, number, ports):
        caller, chance, people = Caller(self.call_log, ports, number), random.Random(number), 0
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
        self.call_log.close()
        return read(self.path)


def kind(call):
    return call["do"] + (" with a key" if call["key"] else "")


def restart(environment, names, times, drain=False):
    """With `drain`, HAProxy is first set to send no new requests to the instance; otherwise its health check must notice."""
    found = []
    for _ in range(times):
        for name, instance in zip(names, environment.instances):
            if drain:
                environment.send_to_haproxy(f"set server plenaria/{name} state drain")
                time.sleep(0.5)
            if not instance.stop():
                found.append(f"{name} did not stop as it should")
            instance.start()
            if drain:
                environment.send_to_haproxy(f"set server plenaria/{name} state ready")
            environment.wait_until_up(name)
            time.sleep(0.3)
    return found


def evaluate(calls):
    """Returns findings, and the numbers of all and of failed calls by kind."""
    failed = [call for call in calls if call["status"] not in (200, 201)]
    found = [f"call {call['n']}, {kind(call)}: {call['status']} {call.get('error') or call.get('body')}" for call in failed]
    return found, Counter(map(kind, calls)), Counter(map(kind, failed))
