"""The journey of attendees from the form to the join link: every kind of message in each language, read by parsers that
share no code with the program.
"""

import calendars
import mail_server
from messages import LANGUAGES, METHODS, Message
from attendees import FOLLOW_UP_TEXTS, LOGO, MATERIALS, REASONS, address, definition, people


class Journey:
    def __init__(self, program, mailbox):
        self.program, self.mailbox = program, mailbox
        self.seen = mail_server.wait_until_idle(mailbox)

    def publish(self, document):
        logos = [document["branding"]["logo_url"]] if "branding" in document else []
        return self.program.publish(document) | {"titles": document["title"], "logos": logos}

    def register(self, event, group, status=201):
        path = f"/v1/events/{event['slug']}/registrations"
        return [self.program.post(path, person).expect(status).json for person in people(group)]

    def expect(self, event, **groups):
        """Waits for exactly one message of each kind to each member of its group; returns the messages of each kind by
        language."""
        arrived = mail_server.wait_for(self.mailbox, self.seen, len(groups) * len(LANGUAGES))
        self.seen |= set(arrived)
        new = {(one.kind, one.to[1]): one for one in map(Message, arrived)}
        expected = {(kind, address(group, language)) for kind, group in groups.items() for language in LANGUAGES}
        assert set(new) == expected, f"{sorted(new)} instead of {sorted(expected)}"
        for kind, group in groups.items():
            for person in people(group):
                self.check(new[kind, person["email"]], person, event)
            print(f"    {kind}, in {', '.join(LANGUAGES)}", flush=True)
        found = [{language: new[kind, address(group, language)] for language in LANGUAGES} for kind, group in groups.items()]
        return found[0] if len(found) == 1 else found

    def check(self, message, person, event):
        message.check(person, event)
        assert message.method == METHODS.get(message.kind), (message.kind, message.method)
        if message.calendar:
            status = "CANCELLED" if message.method == "CANCEL" else "CONFIRMED"
            message.entry = calendars.check(message.calendar, message.method, event, status)
            assert message.entry["attendee"] == f"mailto:{person['email']}", message.entry
            assert message.entry["organiser"] == "mailto:events@example.org", message.entry
            assert message.entry["summary"] == event["titles"][message.language], message.entry
        if message.kind in ("cancelled", "called_off", "address_replaced"):
            assert not message.links, message.links
        elif message.kind == "followed_up":
            assert message.links == [material["url"] for material in MATERIALS], message.links
        elif message.kind != "confirm":
            # The link has the token of the person's own registration.
            link = message.link()
            found = self.program.get(f"/v1/registrations/{link['registration']}", token=link["token"]).expect(200).json
            assert found["email"] == person["email"]

    def seats(self):
        """Registration, waiting list, promotion, a changed time, an event that is cancelled and reinstated, and what its
        organisers do for single people."""
        program = self.program
        document = definition("seats", "2031-03-01T15:00", capacity=4) | {"branding": {"colour": "#ffd700", "logo_url": LOGO}}
        event = self.publish(document)
        first = self.register(event, "first")
        registered = self.expect(event, registered="first")
        queued = self.register(event, "queued")
        assert [one["waitlist_position"] for one in queued] == [1, 2, 3, 4]
        waitlisted = self.expect(event, waitlisted="queued")
        for number, language in enumerate(LANGUAGES, 1):
            assert str(number) in waitlisted[language].text
        for one in first:
            program.post(f"/v1/registrations/{one['id']}/cancel", {}, token=one["manage_token"]).expect(200)
        cancelled, promoted = self.expect(event, cancelled="first", promoted="queued")
        for language in LANGUAGES:
            assert cancelled[language].entry["uid"] == registered[language].entry["uid"]
            assert cancelled[language].entry["sequence"] > registered[language].entry["sequence"]
        for person in people("queued"):
            program.post("/v1/events/seats/registrations/resend", {"email": person["email"]}).expect(202)
        self.expect(event, link="queued")
        document |= {"starts": "2031-07-05T09:30", "duration_minutes": 90}
        before, event = event, self.publish(document)
        assert event["starts_at"] != before["starts_at"]
        changed = self.expect(event, changed="queued")
        self.downloads(event, queued, promoted, changed)
        token = program.token("metropolis", "events:write registrations:write")
        program.post("/v1/events/seats/cancel", {"reason": REASONS}, token=token).expect(200)
        off = self.expect(event, called_off="queued")
        for language in LANGUAGES:
            assert REASONS[language] in off[language].text and REASONS[language] in off[language].page.text, off[language].text
            assert off[language].entry["uid"] == promoted[language].entry["uid"]
            assert off[language].entry["sequence"] > changed[language].entry["sequence"]
        text = program.get("/v1/events/seats/calendar.ics").expect(200).text
        calendars.check(text, "PUBLISH", event, "CANCELLED")
        program.post("/v1/events/seats/reinstate", token=token).expect(200)
        again = self.expect(event, reinstated="queued")
        for language in LANGUAGES:
            assert again[language].entry["uid"] == off[language].entry["uid"]
            assert again[language].entry["sequence"] > off[language].entry["sequence"]
        self.organisers_help(event, queued, token, again)

    def organisers_help(self, event, registrations, token, before):
        """Organisers correct addresses, cancel registrations and take that back."""
        paths = {one["language"]: f"/v1/registrations/{one['id']}" for one in registrations}
        for person in people("corrected"):
            self.program.call("PATCH", paths[person["language"]], {"email": person["email"]}, token).expect(200)
        changed, replaced = self.expect(event, address_changed="corrected", address_replaced="queued")
        for path in paths.values():
            self.program.post(f"{path}/cancel", {}, token=token).expect(200)
        cancelled = self.expect(event, cancelled="corrected")
        for path in paths.values():
            self.program.post(f"{path}/reinstate", token=token).expect(200)
        reinstated = self.expect(event, registration_reinstated="corrected")
        for language in LANGUAGES:
            entries = [messages[language].entry for messages in (before, changed, cancelled, reinstated)]
            assert len({entry["uid"] for entry in entries}) == 1, entries
            sequences = [entry["sequence"] for entry in entries]
            assert sequences == sorted(set(sequences)), sequences
            assert address("corrected", language) not in replaced[language].text, "the former address does not learn the new one"

    def downloads(self, event, registrations, promoted, changed):
        """Calendars over HTTP match the invitations."""
        text = self.program.get("/v1/events/seats/calendar.ics").expect(200).text
        entry = calendars.check(text, "PUBLISH", event, "CONFIRMED")
        for one in registrations:
            text = self.program.get(f"/v1/registrations/{one['id']}/calendar.ics", token=one["manage_token"]).expect(200).text
            own, language = calendars.check(text, "PUBLISH", event, "CONFIRMED"), one["language"]
            assert own["uid"] == promoted[language].entry["uid"] == changed[language].entry["uid"] != entry["uid"]
            assert own["sequence"] == changed[language].entry["sequence"] > promoted[language].entry["sequence"]

    def confirming(self):
        """Confirming an address takes the seat; a repeated request is answered by mail only."""
        event = self.publish(definition("confirming", "2031-09-01T15:00", email_confirmation=True))
        self.register(event, "unconfirmed", 202)
        for message in self.expect(event, confirm="unconfirmed").values():
            body = {"confirmation_token": message.link()["confirmation_token"]}
            created = self.program.post("/v1/registrations/confirm", body).expect(201).json
            assert (created["status"], created["email"]) == ("confirmed", message.to[1])
        self.expect(event, registered="unconfirmed")
        self.register(event, "unconfirmed", 202)
        self.expect(event, already="unconfirmed")

    def reminding(self):
        """One reminder is sent a day before the event and one before its start, and the materials after it; the join URL is
        available in time."""
        follow_up = {"hours_after": 24, "text": FOLLOW_UP_TEXTS}
        event = self.publish(definition("reminding", "2032-03-01T15:00") | {"follow_up": follow_up, "materials": MATERIALS})
        created = self.register(event, "reminded")
        self.expect(event, registered="reminded")
        join = f"/v1/registrations/{created[0]['id']}/join"
        assert self.program.get(join, token=created[0]["manage_token"]).expect(409).json["code"] == "join-not-open"
        self.program.restart(at="2032-02-29 13:59:57")
        self.expect(event, reminder="reminded")
        self.program.restart(at="2032-03-01 13:50:00")
        self.expect(event, reminder="reminded")
        found = self.program.get(join, token=created[0]["manage_token"]).expect(200).json
        assert found["join_url"] == "https://meet.example.org/room"
        self.program.restart(at="2032-03-02 15:01:57")
        for language, message in self.expect(event, followed_up="reminded").items():
            text = FOLLOW_UP_TEXTS[language]
            assert text in message.text and text in message.page.text, message.text
