"""The whole journey against a running server. scripts/contract starts one, and says where it is in the environment."""

import http.server
import os
import threading
import time
import unittest
from typing import Any

from plenaria import ClientCredentials, ProblemError, changes, connect, items, ok, verify_webhook
from plenaria.generated.api.definitions import put_definition
from plenaria.generated.api.events import read_event
from plenaria.generated.api.registrations import (
    cancel_registration,
    create_registration,
    create_registrations_batch,
    delete_registration,
    list_registrations,
    read_registration,
    update_registration,
)
from plenaria.generated.api.webhooks import create_webhook_endpoint
from plenaria.generated.models.batch_registrations import BatchRegistrations
from plenaria.generated.models.cancel_registration import CancelRegistration
from plenaria.generated.models.create_registration import CreateRegistration
from plenaria.generated.models.create_webhook_endpoint import CreateWebhookEndpoint
from plenaria.generated.models.definition import Definition
from plenaria.generated.models.registration import Registration
from plenaria.generated.types import UNSET, Unset

URL = os.environ.get("PLENARIA_URL", "")
RUN = os.environ.get("PLENARIA_RUN", str(int(time.time())))
SLUG = f"journey-py-{RUN}"


class Receiver(http.server.BaseHTTPRequestHandler):
    secret = ""
    messages: list[dict[str, Any]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Receiver.messages.append(verify_webhook(Receiver.secret, dict(self.headers.items()), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""


@unittest.skipUnless(URL, "PLENARIA_URL names no server")
class JourneyTest(unittest.TestCase):
    def test_an_organiser_publishes_people_register_and_a_partner_follows(self) -> None:
        tokens = ClientCredentials(URL, os.environ["PLENARIA_CLIENT_ID"], os.environ["PLENARIA_CLIENT_SECRET"])
        partner = connect(URL, token=tokens)
        visitor = connect(URL, language="en")

        # The organiser puts a definition.
        definition = Definition.from_dict({
            "slug": SLUG, "status": "published", "language": "en", "title": {"en": "A journey", "es": "Un viaje"},
            "starts": "2099-06-01T10:00", "time_zone": "Europe/Madrid", "duration_minutes": 60,
            "registration": {"capacity": 1, "waitlist": True},
        })
        put = ok(put_definition.sync(client=partner, event=SLUG, body=definition, if_none_match="*"))
        self.assertEqual(put.outcome, "created")
        event = ok(read_event.sync(client=visitor, event=SLUG))
        self.assertEqual((event.registration.capacity, event.phase), (1, "upcoming"))

        # The partner creates a webhook endpoint.
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        endpoint = ok(create_webhook_endpoint.sync(client=partner, body=CreateWebhookEndpoint(
            url=f"http://127.0.0.1:{server.server_port}/hook", types=["registration.promoted"])))
        Receiver.secret = endpoint.secret

        # A person registers, once, however often it is sent.
        ada = CreateRegistration(email=f"ada.{RUN}@example.org", name="Ada Lovelace", privacy_accepted=True)
        first = self.register(visitor, ada, key=f"py-{RUN}")
        again = self.register(visitor, ada, key=f"py-{RUN}")
        self.assertEqual((first.id, first.status), (again.id, "confirmed"))
        with self.assertRaises(ProblemError) as raised:
            self.register(visitor, ada)
        self.assertEqual(raised.exception.code, "already-registered")

        # The next one waits, and moves up when the first cancels.
        grace = CreateRegistration(email=f"grace.{RUN}@example.org", name="Grace Hopper", privacy_accepted=True)
        second = self.register(visitor, grace)
        self.assertEqual((second.status, second.waitlist_position), ("waitlisted", 1))
        holder = connect(URL, token=first.manage_token)
        patch = update_registration
        changed = ok(patch.sync(client=holder, registration=first.id, body=patch_of(organisation="Analytical Engines")))
        self.assertEqual(changed.organisation, "Analytical Engines")
        cancelled = ok(cancel_registration.sync(
            client=holder, registration=first.id, body=CancelRegistration(reason="Ill")))
        self.assertEqual(cancelled.status, "cancelled")
        promoted = ok(read_registration.sync(client=connect(URL, token=second.manage_token), registration=second.id))
        self.assertEqual(promoted.status, "confirmed")
        delete_registration.sync_detailed(client=holder, registration=first.id)
        with self.assertRaises(ProblemError) as raised:
            read_registration.sync(client=holder, registration=first.id)
        self.assertEqual(raised.exception.status, 404)

        # The partner sends a batch, reads it by cursor and follows the feed.
        people = [CreateRegistration(email=f"p{n}.{RUN}@example.org", name=f"Person {n}", privacy_accepted=True,
                                     external_reference=f"py-{RUN}-{n}") for n in range(3)]
        batch = ok(create_registrations_batch.sync(client=partner, event=SLUG, body=BatchRegistrations(items=people)))
        self.assertEqual([result.status for result in batch.results], [201, 201, 201])

        def page(cursor: str | Unset) -> Any:
            return list_registrations.sync(client=partner, event=SLUG, limit=2, cursor=cursor)

        statuses = sorted(one.status for one in items(page, Registration))
        self.assertEqual(statuses, ["confirmed", "waitlisted", "waitlisted", "waitlisted"])
        for found, _ in changes(partner, wait=10):
            if any(
                change.type_ == "registration.promoted"
                and change.to_dict()["data"]["registration"]["id"] == str(second.id)
                for change in found
            ):
                break

        # The webhook's message arrives and verifies.
        deadline = time.monotonic() + 30
        while not Receiver.messages and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(Receiver.messages[0]["data"]["registration"]["id"], str(second.id))

    def register(self, client: Any, person: CreateRegistration, key: str | None = None) -> Any:
        made = create_registration.sync(
            client=client, event=SLUG, body=person, idempotency_key=UNSET if key is None else key)
        return ok(made)


def patch_of(**fields: str) -> Any:
    from plenaria.generated import models

    return models.UpdateRegistration.from_dict(fields)
