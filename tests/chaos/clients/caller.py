"""A caller of the API with a persistent connection, which records every call in the call log."""

import http.client
import json

from clients.call_log import now

# Seconds; longer than any request may take, so that a hanging request is recorded as such.
TIMEOUT = 20


class Caller:
    def __init__(self, call_log, ports, turn=0):
        self.call_log, self.ports, self.turn = call_log, ports, turn
        self.connection, self.opened = None, None

    @property
    def instance(self):
        return self.turn % len(self.ports)

    def call(self, method, path, body=None, token=None, key=None, **entry):
        """The response's status and JSON; (None, None) without a response."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.ports[self.instance], timeout=TIMEOUT)
            self.opened = now()
        number = self.call_log.record_request(instance=self.instance, opened=self.opened, key=key, **entry)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        try:
            self.connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = self.connection.getresponse()
            text = response.read()
            found = json.loads(text) if text else {}
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.call_log.record_response(number, status=None, error=repr(error))
            self.close()
            # The next call goes to another instance.
            self.turn += 1
            return None, None
        names = ("id", "status", "waitlist_position", "manage_token", "cancelled_at", "code", "request_id")
        self.call_log.record_response(
            number, status=response.status, retry_after=response.headers["Retry-After"],
            replayed=response.headers["Idempotency-Replayed"] == "true",
            body={name: found[name] for name in names if name in found})
        return response.status, found

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None
