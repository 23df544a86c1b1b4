"""Connections to the API: tokens, idempotency keys, retries and errors."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from typing import TypeVar

import httpx

from .errors import ProblemError, retry_after
from .generated import AuthenticatedClient
from .generated.models.problem import Problem
from .tokens import ClientCredentials

T = TypeVar("T")
_SAFE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_TEMPORARY = frozenset({408, 429, 502, 503, 504})


def connect(
    base_url: str,
    *,
    token: str | ClientCredentials | None = None,
    language: str | None = None,
    retries: int = 4,
    longest_pause: float = 30.0,
    timeout: float = 60.0,
    transport: httpx.BaseTransport | None = None,
) -> AuthenticatedClient:
    """A client for the operations of `plenaria.generated.api`.

    `token` is a registration's `manage_token`, or gives access tokens. `language` is that of texts and errors. Every POST
    gets an `Idempotency-Key`, so sending it again is harmless; what failed for a while (no answer, 408, 429, 502, 503, 504,
    `idempotency-in-progress`) is sent again with the same key, `retries` times at most. Other problems are not, whatever
    their `retryable`: a full event stays full for longer than a pause, and the stored answer would be given again for the
    same key. A `Retry-After` beyond `longest_pause` seconds ends the attempts. Answers with an error status are raised as
    `ProblemError`.
    """
    headers = {} if language is None else {"Accept-Language": language}
    inner = transport if transport is not None else httpx.HTTPTransport()
    http = httpx.Client(
        base_url=base_url,
        headers=headers,
        timeout=timeout,
        transport=_Transport(inner, token, retries, longest_pause, time.sleep),
    )
    # The transport adds the tokens, so the generated client needs none of its own.
    return AuthenticatedClient(base_url=base_url, token="").set_httpx_client(http)


def ok(answer: T | Problem | None) -> T:
    """The answer of an operation without the types that were raised as errors."""
    if answer is None or isinstance(answer, Problem):
        raise TypeError("The answer is not one that the specification names.")
    return answer


class _Transport(httpx.BaseTransport):
    def __init__(
        self,
        inner: httpx.BaseTransport,
        token: str | ClientCredentials | None,
        retries: int,
        longest_pause: float,
        sleep: Callable[[float], None],
    ) -> None:
        self._inner = inner
        self._token = token
        self._retries = retries
        self._longest_pause = longest_pause
        self._sleep = sleep

    def close(self) -> None:
        self._inner.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            request.headers.setdefault("Idempotency-Key", str(uuid.uuid4()))
        may_repeat = request.method in _SAFE or "Idempotency-Key" in request.headers
        has_own_token = "Authorization" in request.headers
        rejected: str | None = None
        attempt = 0
        while True:
            token = None if has_own_token else self._bearer(rejected)
            if token is not None:
                request.headers["Authorization"] = f"Bearer {token}"
            is_last = not may_repeat or attempt >= self._retries
            response = None
            try:
                response = self._inner.handle_request(request)
                if not response.is_error:
                    return response
                response.read()
            except httpx.TransportError:
                if is_last:
                    raise
            wait = 0.0
            if response is not None:
                if response.status_code == 401 and rejected is None and isinstance(self._token, ClientCredentials):
                    rejected = token
                    continue
                response.request = request
                error = ProblemError(response)
                wait = retry_after(response) or 0.0
                is_temporary = error.status in _TEMPORARY or error.code == "idempotency-in-progress"
                if is_last or not is_temporary or wait > self._longest_pause:
                    raise error
            # Half a second, doubled each time, at random between half of that and all of it.
            pause = min(self._longest_pause, 0.5 * 2**attempt) * random.uniform(0.5, 1)
            self._sleep(max(pause, wait))
            attempt += 1

    def _bearer(self, rejected: str | None) -> str | None:
        return self._token.token(rejected) if isinstance(self._token, ClientCredentials) else self._token
