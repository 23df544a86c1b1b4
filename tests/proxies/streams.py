"""Checks that live seats arrive through a proxy at once: nothing is buffered, compressed, cached, or shared between readers."""

import http.client
import json
import time
from urllib.parse import urlsplit

# Seconds in which a message must arrive: the server takes one.
SOON = 3
# The server sends a comment after 15 seconds without a message.
HEARTBEAT = 18
OVER = "internationalisation-and-metropolitan-spaces-es"


class Stream:
    def __init__(self, base, slug, last_id=None):
        self.connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=SOON)
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "gzip"} | ({"Last-Event-ID": last_id} if last_id else {})
        self.connection.request("GET", f"/v1/events/{slug}/availability/stream", headers=headers)
        # A response without a length takes over the connection's socket.
        self.socket = self.connection.sock
        self.response = self.connection.getresponse()

    def block(self, timeout=SOON):
        """The fields up to the next blank line, and its comments; empty at the end."""
        self.socket.settimeout(timeout)
        fields = {}
        while line := self.response.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            fields[name or "comment"] = value
        return fields

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.response.close()
        self.connection.close()


def confirmed(block):
    return json.loads(block["data"])["confirmed"] if "data" in block else None


def examine(proxy, program, slug):
    """Returns all errors as sentences. The event has no other people than those registered here."""
    try:
        return [f"{proxy.name}, streams: {error}" for error in errors(proxy, program, slug)]
    except OSError as error:
        return [f"{proxy.name}, streams: {error!r}"]


def errors(proxy, program, slug):
    def register():
        return program.post(f"/v1/events/{slug}/registrations", {"email": f"{time.time_ns()}@example.org", "name": "Ana Pérez",
                                                                 "privacy_accepted": True}).expect(201)

    with Stream(proxy.base, slug) as one, Stream(proxy.base, slug) as other:
        for name, expected in (("content-type", "text/event-stream"), ("content-encoding", None)):
            if one.response.headers[name] != expected:
                yield f"{name} is {one.response.headers[name]}"
        before = confirmed(one.block())
        if before is None or confirmed(other.block()) != before:
            yield "two readers did not get the same first message"
            return
        register()
        later = one.block()
        if confirmed(later) != before + 1 or confirmed(other.block()) != before + 1:
            yield f"the first change came as {later}"
        if "comment" not in one.block(HEARTBEAT):
            yield "there is no heartbeat"
    with Stream(proxy.base, slug, later["id"]) as again:
        if "data" in again.block():
            yield "a reader that knows the seats got them again"
        register()
        if confirmed(again.block()) != before + 2:
            yield "the change after Last-Event-ID did not come"
    with Stream(proxy.base, OVER) as over:
        last = over.block()
        if over.block():
            yield "the stream of an event that is over does not end"
    with Stream(proxy.base, OVER, last["id"]) as over:
        if over.response.status != 204:
            yield f"a reader that knows that the event is over got {over.response.status}"
