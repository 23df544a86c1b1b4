"""A caller of the API with a persistent connection, which records every call in the call log."""

import http.client
import json
from dataclasses import dataclass, field

from clients.call_log import now

# Seconds; longer than any request may take, so that a hanging request is recorded as such.
TIMEOUT = 20


@dataclass
class Response:
    """A response; `status` is None if there was none."""
    status: int | None = None
    body: dict = field(default_factory=dict)
    etag: str | None = None

    @property
    def code(self):
        return self.body.get("code")

    @property
    def is_final(self):
        """Whether repeating the request with the same key cannot give another response."""
        return self.status is not None and self.status < 500 and self.code != "idempotency-in-progress"


class Caller:
    def __init__(self, call_log, ports, turn=0):
        self.call_log, self.ports, self.turn = call_log, ports, turn
        self.connection, self.opened = None, None

    @property
    def instance(self):
        return self.turn % len(self.ports)

    def call(self, method, path, body=None, token=None, key=None, if_match=None, **entry):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.ports[self.instance], timeout=TIMEOUT)
            self.opened = now()
        number = self.call_log.record_request(instance=self.instance, opened=self.opened, key=key, method=method, path=path,
                                              sent=body, token=token, if_match=if_match, **entry)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        try:
            self.connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = self.connection.getresponse()
            text = response.read()
            found = json.loads(text) if text else {}
        except (OSError, http.client.HTTPException, ValueError) as error:
            # A request that met no listener was never received, so it has no effect.
            self.call_log.record_response(number, status=None, error=repr(error), received=not isinstance(error, ConnectionRefusedError))
            self.close()
            # The next call goes to another instance.
            self.turn += 1
            return Response()
        self.call_log.record_response(
            number, status=response.status, retry_after=response.headers["Retry-After"],
            replayed=response.headers["Idempotency-Replayed"] == "true", body=found)
        return Response(response.status, found, response.headers["ETag"])

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None
