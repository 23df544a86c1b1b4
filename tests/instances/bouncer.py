"""Plenaria through PgBouncer: registrations, reads, the feed and webhooks over connections that change hands."""

import hashlib
import hmac
import json
import threading
import time
from base64 import b64decode, b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import afterwards
import books
import crowd
from follower import Follower

PREPARED = "max_prepared_statements = 200"
# What to try, in this order: a name, PgBouncer's pool_mode and default_pool_size, more of its settings, what the database's
# URL ends in.
WAYS = (
    ("transaction, by itself", "transaction", 100, "", ""),
    ("transaction, no statement cache", "transaction", 100, "", "?statement-cache-capacity=0"),
    ("transaction", "transaction", 100, PREPARED, ""),
    ("transaction, few connections", "transaction", 8, PREPARED, ""),
    ("session", "session", 100, "", ""),
)


def usual(version):
    """The ways that work with this version of PgBouncer: before 1.21 it knows nothing of prepared statements."""
    major, minor = map(int, version.split()[1].split(".")[:2])
    return ("transaction", "transaction, few connections", "session") if (major, minor) >= (1, 21) else ("session",)


class Receiver:
    """Takes webhooks, and keeps those whose signature is right."""

    def __init__(self):
        self.taken, self.wrong, self.secret = [], 0, b""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                right = receiver.signed(self.headers, body)
                if right:
                    receiver.taken.append((self.headers["webhook-id"], json.loads(body)))
                receiver.wrong += not right
                self.send_response(204 if right else 401)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def signed(self, headers, body):
        message = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        wanted = "v1," + b64encode(hmac.new(self.secret, message, hashlib.sha256).digest()).decode()
        return wanted in headers["webhook-signature"].split()

    def know(self, secret):
        self.secret = b64decode(secret.removeprefix("whsec_"))


def token(follower):
    follower.read(wait=0)
    return follower.token


def event_of(name):
    """The event that a way is tried with."""
    return "crowd-" + "".join(c if c.isalnum() else "-" for c in name).replace("--", "-").strip("-")


def try_out(house, name, people=600, capacity=100):
    """Findings of a crowd, a follower of the feed and a receiver of webhooks, all through PgBouncer."""
    slug = event_of(name)
    ports = [instance.port for instance in house.instances]
    _, added = house.client("registrations:read", "webhooks:manage")
    follower, receiver, found = Follower(ports, added), Receiver(), []
    api = afterwards.Api(ports[0])
    status, endpoint, _ = api.call("POST", "/v1/webhook-endpoints", {"url": receiver.url, "types": ["registration.created"]},
                                   token=token(follower))
    if status != 201:
        return [f"making a webhook endpoint: {status} {endpoint}"] + follower.findings
    receiver.know(endpoint["secret"])
    follower.start()
    before = len(house.database.rows(books.REGISTRATIONS))
    calls = crowd.rush(house.directory, slug, ports, slug, people)
    found += crowd.reckon(house.database, calls, slug, people, capacity)
    for _ in range(100):
        if not house.database.rows("SELECT count(*) AS n FROM outbox")[0]["n"]:
            break
        time.sleep(0.1)
    rows, seats = house.database.rows(books.REGISTRATIONS), house.database.rows(books.SEATS)
    found += books.changes(house.database, rows, follower.finish()) + follower.findings
    found += afterwards.check(ports[-1], calls, rows, [row for row in seats if row["event"] == slug], crowd.person)
    wanted = len(rows) - before
    for _ in range(200):
        if len({id for id, _ in receiver.taken}) >= wanted:
            break
        time.sleep(0.1)
    if len({id for id, _ in receiver.taken}) != wanted or receiver.wrong:
        found.append(f"webhooks: {len({id for id, _ in receiver.taken})} of {wanted} came, {receiver.wrong} with a wrong signature")
    receiver.server.shutdown()
    return found
