"""Access tokens by OAuth 2.0 client credentials (RFC 6749, section 4.4)."""

from __future__ import annotations

import threading
import time
import urllib.parse

import httpx

from .errors import ProblemError, TokenError

# Tokens are renewed this many seconds before they expire.
EARLY = 30


class ClientCredentials:
    """Gives access tokens, and keeps each until shortly before it expires. Safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        scope: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(base_url=base_url, transport=transport, timeout=30)
        # Each part is form-encoded before Basic (RFC 6749, section 2.3.1).
        self._credentials = (urllib.parse.quote_plus(client_id), urllib.parse.quote_plus(client_secret))
        self._form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0

    def token(self, rejected: str | None = None) -> str:
        """The current token; a new one if it expires soon or is the `rejected` one."""
        with self._lock:
            if time.monotonic() >= self._until or self._token == rejected:
                self._request()
            return self._token

    def _request(self) -> None:
        asked = time.monotonic()
        response = self._http.post("/oauth/token", data=self._form, auth=self._credentials)
        if response.is_error:
            if response.headers.get("Content-Type", "").startswith("application/json"):
                error = response.json()
                raise TokenError(error.get("error", "unknown"), error.get("error_description", ""))
            raise ProblemError(response)
        answer = response.json()
        self._token = answer["access_token"]
        self._until = asked + answer["expires_in"] - EARLY
