"""What people do: they register, confirm their addresses, cancel, change what they said, and erase it."""

from clients.events import EVENTS
from clients.known import Known, tag


def registrations(event):
    return f"/v1/events/{event}/registrations"


def address(person):
    return f"{person}@example.org"


def form(person):
    return {"email": address(person), "name": f"Ana {person}", "privacy_accepted": True}


class People:
    """The actions of people. Each returns whether there was something to do."""

    def register(self):
        return self.send_registration(self.event(), self.new_person())

    def send_registration(self, event, person):
        body, key = form(person), self.key(0.6)
        client, reference = None, None
        # Some people register through an organiser's program, which may give a reference of its own.
        if self.random.random() < 0.2:
            client = self.load.client.token
            if self.random.random() < 0.7:
                reference = body["external_reference"] = f"crm-{person}-{self.random.randrange(10**6)}"
        do = "request" if EVENTS[event].email_confirmation else "register"
        response = self.retry("POST", registrations(event), body, client, key, do=do, event=event, email=body["email"])
        if response.status == 201:
            self.learn(response.body, event, body["email"], response.body["manage_token"], reference)
        return True

    def learn(self, body, event, email, token, reference=None):
        self.load.known.add(Known(body["id"], event, email, token, body["status"], tag(body), reference))

    def confirm(self):
        token = self.load.mailbox.take(self.random)
        if token is None:
            return False
        response = self.retry("POST", "/v1/registrations/confirm", {"confirmation_token": token}, None, self.key(0.5),
                              do="confirm", event="mailed")
        if response.status in (200, 201):
            self.learn(response.body, "mailed", response.body["email"], response.body["manage_token"])
            # Some follow the link again.
            if self.random.random() < 0.2:
                self.caller.call("POST", "/v1/registrations/confirm", {"confirmation_token": token}, do="confirm", event="mailed")
        return True

    def register_again(self):
        known = self.load.known.pick(self.random, lambda known: known.status == "cancelled")
        return known is not None and self.send_registration(known.event, known.email.split("@")[0])

    def duplicate(self):
        known = self.load.known.pick(self.random, lambda known: known.status != "cancelled" and known.event != "mailed")
        if known is None:
            return False
        body = form(known.email.split("@")[0])
        response = self.caller.call("POST", registrations(known.event), body, do="register", event=known.event, email=known.email)
        # It is registered anew if somebody else cancelled meanwhile.
        if response.status == 201:
            self.learn(response.body, known.event, known.email, response.body["manage_token"])
        return True

    def invalid(self):
        event, person = self.event(), self.new_person()
        body = form(person) | {"privacy_accepted": False}
        self.caller.call("POST", registrations(event), body, do="invalid", event=event, email=body["email"])
        return True

    def change(self, known, method, suffix, body, token, do, key=None, if_match=None, **entry):
        """A call that changes one registration."""
        path = f"/v1/registrations/{known.id}{suffix}"
        response = self.retry(method, path, body, token, key, if_match, do=do, event=known.event, id=known.id, **entry)
        if response.status == 200:
            known.see(response.body)
        return True

    def holder(self, accept=lambda known: True):
        """A registration with its holder's token."""
        return self.load.known.pick(self.random, lambda known: known.token and not known.erased and accept(known))

    def cancel(self):
        # Half of them give back a seat, so that the waiting lists move.
        seated = self.random.random() < 0.5
        known = self.holder(lambda known: known.status == "confirmed" if seated else known.status != "cancelled")
        return known is not None and self.change(known, "POST", "/cancel", {}, known.token, "cancel", self.key(0.4))

    def erase(self):
        known = self.holder()
        return known is not None and self.erase_with(known, known.token)

    def erase_with(self, known, token):
        # From then on all but the calls that are under way leave it alone, and some read it.
        known.erased = True
        return self.change(known, "DELETE", "", None, token, "erase")

    def update(self):
        known = self.holder(lambda known: known.status != "cancelled")
        return known is not None and self.update_with(known, known.token)

    def update_with(self, known, token):
        """Changes the name, mostly under the condition that nothing has changed since the last response."""
        name = f"Ana {known.email.split('@')[0]} {self.random.randrange(5)}"
        if_match = known.tag if self.random.random() < 0.7 else None
        return self.change(known, "PATCH", "", {"name": name}, token, "update", if_match=if_match)

    def read(self):
        known = self.load.known.pick(self.random, lambda known: known.token)
        if known is None:
            return False
        response = self.caller.call("GET", f"/v1/registrations/{known.id}", token=known.token, do="read", event=known.event, id=known.id)
        if response.status == 200:
            known.see(response.body)
        return True
