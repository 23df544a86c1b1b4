"""A partner's program: registers people from a CSV file, follows the feed of changes, and receives webhooks."""

import argparse
import csv
import os
import pathlib
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from plenaria import Client, ProblemError
from webhooks import InvalidSignature, verify

# The partner of a sandbox (`cargo run --release -- --sandbox`), whose secret is known. Elsewhere: the operator gives you yours.
URL = os.environ.get("PLENARIA_URL", "http://127.0.0.1:8080")
CLIENT_ID = os.environ.get("PLENARIA_CLIENT_ID", "01900000-0000-7000-8000-000000000003")
CLIENT_SECRET = os.environ.get("PLENARIA_CLIENT_SECRET", "plenaria_sandbox_partner")
BATCH_SIZE = 500


def register(client, event, file):
    """Registers the people of a CSV file. To run it again does no harm: who is registered already is reported as such."""
    with open(file, encoding="utf-8", newline="") as rows:
        people = [
            {"external_reference": row["id"], "email": row["email"], "name": row["name"], "privacy_accepted": True}
            for row in csv.DictReader(rows)
        ]
    failed = 0
    for start in range(0, len(people), BATCH_SIZE):
        batch = people[start : start + BATCH_SIZE]
        results = client.request("POST", f"/v1/events/{event}/registrations/batch", {"items": batch})["results"]
        for person, result in zip(batch, results):
            if "registration" in result and result["registration"]:
                print(person["external_reference"], result["registration"]["status"])
                continue
            problem = result["problem"]
            errors = "; ".join(f"{error['pointer']} {error['detail']}" for error in problem.get("errors") or [])
            print(person["external_reference"], problem["code"], errors)
            failed += problem["code"] != "already-registered"
    return failed


def list_registrations(client, event):
    """Lists the registrations that the client's organisation may see."""
    for registration in client.pages(f"/v1/events/{event}/registrations", limit=100):
        print(registration["external_reference"], registration["status"], registration["email"])


def follow(client, cursor_file, once):
    """Prints changes. The cursor is stored with the work that was done, so that none is missed or done twice."""
    while True:
        cursor = f"&cursor={cursor_file.read_text()}" if cursor_file.exists() else ""
        try:
            page = client.request("GET", f"/v1/changes?limit=100&wait={0 if once else 30}{cursor}")
        except ProblemError as problem:
            if problem.code != "cursor-expired":
                raise
            # Changes may have been missed: read the registrations anew, and follow the feed from its beginning.
            cursor_file.unlink()
            continue
        for change in page["data"]:
            registration = change["data"].get("registration") or {}
            print(change["type"], registration.get("external_reference") or "", flush=True)
        cursor_file.write_text(page["page"]["next_cursor"])
        if once and not page["data"]:
            return


def receive(client, port, once):
    """Creates a webhook endpoint, sends itself a test, and prints the messages that come."""
    endpoint = client.request("POST", "/v1/webhook-endpoints", {"url": f"http://127.0.0.1:{port}/"})
    seen = set()  # in production: a table with webhook-id as its key

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                message = verify(endpoint["secret"], self.headers, body)
            except InvalidSignature:
                return self.answer(401)
            if self.headers["webhook-id"] not in seen:
                seen.add(self.headers["webhook-id"])
                print(message["type"], flush=True)  # in production: put it into a queue
            self.answer(204)

        def answer(self, status):
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", port), Receiver) as server:
        client.request("POST", f"/v1/webhook-endpoints/{endpoint['id']}/test")
        try:
            while not (once and seen):
                server.handle_request()
        finally:
            client.request("DELETE", f"/v1/webhook-endpoints/{endpoint['id']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    registering = commands.add_parser("register", help="register the people of a CSV file")
    registering.add_argument("event")
    registering.add_argument("file")
    commands.add_parser("list", help="list registrations").add_argument("event")
    following = commands.add_parser("follow", help="follow the feed of changes")
    following.add_argument("--cursor-file", type=pathlib.Path, default=pathlib.Path("cursor"))
    following.add_argument("--once", action="store_true", help="stop at the end of the feed")
    receiving = commands.add_parser("receive", help="receive webhooks")
    receiving.add_argument("--port", type=int, default=8081)
    receiving.add_argument("--once", action="store_true", help="stop after the first message")
    arguments = parser.parse_args()

    client = Client(URL, CLIENT_ID, CLIENT_SECRET)
    try:
        match arguments.command:
            case "register":
                return 1 if register(client, arguments.event, arguments.file) else 0
            case "list":
                list_registrations(client, arguments.event)
            case "follow":
                follow(client, arguments.cursor_file, arguments.once)
            case "receive":
                receive(client, arguments.port, arguments.once)
    except ProblemError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
