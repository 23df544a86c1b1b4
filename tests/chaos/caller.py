"""One caller of the API over a connection that it keeps, writing every call into the ledger."""

import http.client
import json

from ledger import now

# Longer than any request may take, so that one that hangs is seen to hang.
PATIENCE = 20


class Caller:
    def __init__(self, ledger, ports, turn=0):
        self.ledger, self.ports, self.turn = ledger, ports, turn
        self.connection, self.opened = None, None

    @property
    def instance(self):
        return self.turn % len(self.ports)

    def call(self, method, path, body=None, token=None, key=None, **entry):
        """The answer's status and JSON; (None, None) if there was none."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.ports[self.instance], timeout=PATIENCE)
            self.opened = now()
        number = self.ledger.asks(instance=self.instance, opened=self.opened, key=key, **entry)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        try:
            self.connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = self.connection.getresponse()
            text = answer.read()
            found = json.loads(text) if text else {}
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.ledger.answered(number, status=None, error=repr(error))
            self.close()
            # Another instance may be better.
            self.turn += 1
            return None, None
        names = ("id", "status", "waitlist_position", "manage_token", "cancelled_at", "code", "request_id")
        self.ledger.answered(
            number, status=answer.status, retry_after=answer.headers["Retry-After"],
            replayed=answer.headers["Idempotency-Replayed"] == "true",
            body={name: found[name] for name in names if name in found})
        return answer.status, found

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None
