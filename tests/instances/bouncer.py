"""Tests Plenaria through PgBouncer: registrations, reads, the feed and webhooks over pooled connections."""

import hashlib
import hmac
import json
import threading
import time
from base64 import b64decode, b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from checks import api_responses
from checks import database_invariants
import crowd
from clients.follower import Follower

PREPARED = "max_prepared_statements = 200"
# The configurations to test: a name, PgBouncer's pool_mode and default_pool_size, further settings, and the suffix of the
# database's URL.
CONFIGURATIONS = (
    ("transaction, by itself", "transaction", 100, "", ""),
    ("transaction, no statement cache", "transaction", 100, "", "?statement-cache-capacity=0"),
    ("transaction", "transaction", 100, PREPARED, ""),
    ("transaction, few connections", "transaction", 8, PREPARED, ""),
    ("session", "session", 100, "", ""),
)


def supported(version):
    """The configurations that work with a version of PgBouncer: before 1.21 it does not support prepared statements."""
    major, minor = map(int, version.split()[1].split(".")[:2])
    return ("transaction", "transaction, few connections", "session") if (major, minor) >= (1, 21) else ("session",)


class Receiver:
    """Receives webhooks, and stores those with a valid signature."""

    def __init__(self):
        self.received, self.invalid, self.secret = [], 0, b""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                right = receiver.signed(self.headers, body)
                if right:
                    receiver.received.append((self.headers["webhook-id"], json.loads(body)))
                receiver.invalid += not right
                self.send_response(204 if right else 401)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def signed(self, headers, body):
        message = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = "v1," + b64encode(hmac.new(self.secret, message, hashlib.sha256).digest()).decode()
        return expected in headers["webhook-signature"].split()

    def set_secret(self, secret):
        self.secret = b64decode(secret.removeprefix("whsec_"))


def token(follower):
    follower.read(wait=0)
    return follower.token


def event_of(name):
    """The slug of the event for a configuration."""
    return "crowd-" + "".join(c if c.isalnum() else "-" for c in name).replace("--", "-").strip("-")


def test_configuration(environment, name, people=600, capacity=100):
    """Runs a crowd, a follower of the feed and a receiver of webhooks through PgBouncer; returns findings."""
    slug = event_of(name)
    ports = [instance.port for instance in environment.instances]
    _, added = environment.client("registrations:read", "webhooks:manage")
    follower, receiver, found = Follower(ports, added), Receiver(), []
    api = api_responses.Api(ports[0])
    status, endpoint, _ = api.call("POST", "/v1/webhook-endpoints", {"url": receiver.url, "types": ["registration.created"]},
                                   token=token(follower))
    if status != 201:
        return [f"making a webhook endpoint: {status} {endpoint}"] + follower.findings
    receiver.set_secret(endpoint["secret"])
    follower.start()
    before = len(environment.database.rows(database_invariants.REGISTRATIONS))
    calls = crowd.rush(environment.directory, slug, ports, slug, people)
    found += crowd.evaluate(environment.database, calls, slug, people, capacity)
    for _ in range(100):
        if not environment.database.rows("SELECT count(*) AS n FROM outbox")[0]["n"]:
            break
        time.sleep(0.1)
    rows, seats = environment.database.rows(database_invariants.REGISTRATIONS), environment.database.rows(database_invariants.SEATS)
    found += database_invariants.check_changes(environment.database, rows, follower.finish()) + follower.findings
    found += api_responses.check(ports[-1], calls, rows, [row for row in seats if row["event"] == slug], crowd.person)
    expected = len(rows) - before
    for _ in range(200):
        if len({id for id, _ in receiver.received}) >= expected:
            break
        time.sleep(0.1)
    if len({id for id, _ in receiver.received}) != expected or receiver.invalid:
        found.append(f"webhooks: {len({id for id, _ in receiver.received})} of {expected} came, {receiver.invalid} with an invalid signature")
    receiver.server.shutdown()
    return found
