"""What an organiser's program does: batches, cancelling, reinstating, attendance, erasing, and other capacities."""

from clients.events import CAPACITIES, EVENTS, definition
from clients.people import form, registrations


class Organisers:
    """The actions of organisers. Each returns whether there was something to do."""

    def batch(self):
        """Registers several people, half of the time all or none of them."""
        event = self.event(lambda event: not event.email_confirmation)
        people = [self.new_person() for _ in range(self.random.randint(2, 8))]
        items = [form(person) | {"external_reference": f"crm-{person}"} for person in people]
        # Now and then one of them is registered already.
        known = self.load.known.pick(self.random, lambda known: known.event == event and not known.erased)
        if known and self.random.random() < 0.15:
            items[self.random.randrange(len(items))] = form(known.email.split("@")[0])
        body = {"items": items, "atomic": self.random.random() < 0.5}
        response = self.retry("POST", f"{registrations(event)}/batch", body, self.load.client.token, self.key(0.6),
                              do="batch", event=event)
        for result in response.body.get("results", ()) if response.status == 200 else ():
            if result["status"] == 201:
                found = result["registration"]
                self.learn(found, event, found["email"], found.get("manage_token"), found["external_reference"])
        return True

    def organised(self, accept=lambda known: True):
        return self.load.known.pick(self.random, lambda known: not known.erased and accept(known))

    def organiser_cancels(self):
        known = self.organised(lambda known: known.status == "confirmed" and EVENTS[known.event].capacity)
        if known is None:
            return False
        if_match = known.tag if self.random.random() < 0.3 else None
        return self.change(known, "POST", "/cancel", {"reason": "Asked for it."}, self.load.client.token, "cancel", self.key(0.4), if_match)

    def reinstate(self):
        known = self.organised(lambda known: known.status == "cancelled")
        return known is not None and self.change(known, "POST", "/reinstate", None, self.load.client.token, "reinstate", self.key(0.5))

    def organiser_erases(self):
        known = self.organised()
        return known is not None and self.erase_with(known, self.load.client.token)

    def organiser_updates(self):
        known = self.organised(lambda known: known.status != "cancelled")
        return known is not None and self.update_with(known, self.load.client.token)

    def attendance(self):
        known = self.organised(lambda known: known.status == "confirmed")
        if known is None:
            return False
        body = {"attended": self.random.random() < 0.7}
        if_match = known.tag if self.random.random() < 0.2 else None
        return self.change(known, "POST", "/attendance", body, self.load.client.token, "attend", self.key(0.4), if_match)

    def attendance_in_bulk(self):
        event = self.event()
        people = self.load.known.some(self.random, event, self.random.randint(2, 30))
        if not people:
            return False
        items = []
        for known in people:
            by_reference = known.reference and self.random.random() < 0.5
            who = {"external_reference": known.reference} if by_reference else {"registration": known.id}
            items.append(who | {"attended": self.random.random() < 0.7})
        self.retry("POST", f"/v1/events/{event}/attendance", {"items": items}, self.load.client.token, self.key(0.5),
                   do="attendance", event=event, ids=[known.id for known in people])
        return True

    def capacity(self):
        """Reads a definition, and replaces it by one with another capacity, on the condition that nobody else has."""
        event, token = self.event(lambda event: event.moving), self.load.client.token
        path = f"/v1/events/{event}/definition"
        found = self.caller.call("GET", path, token=token, do="definition", event=event)
        if found.status == 200:
            body = definition(event, self.random.choice(CAPACITIES))
            self.retry("PUT", path, body, token, if_match=int(found.etag.strip('"')), do="capacity", event=event)
        return True
