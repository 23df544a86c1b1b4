"""Problems (RFC 9457) as exceptions."""

from __future__ import annotations

import email.utils
import time
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field. `pointer` is a JSON pointer (RFC 6901) into the body that was sent."""

    pointer: str
    code: str
    detail: str


class ProblemError(Exception):
    """The API answered with a problem. The message is in the language of the request and meant for people."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status = response.status_code
        self.problem = _document(response)
        self.code = str(self.problem["code"])
        self.retryable = bool(self.problem.get("retryable"))
        self.retry_after = retry_after(response)
        self.fields = tuple(
            FieldError(fault.get("pointer", ""), fault["code"], fault["detail"])
            for fault in self.problem.get("errors") or ()
        )
        super().__init__(f"{self.code}: {self.problem.get('detail') or self.problem.get('title')}")

    def field(self, pointer: str) -> FieldError | None:
        """The first fault of a field, named by its JSON pointer (`/email`)."""
        return next((fault for fault in self.fields if fault.pointer == pointer), None)


class TokenError(Exception):
    """No access token was given. `code` is OAuth's (RFC 6749, section 5.2)."""

    def __init__(self, code: str, description: str) -> None:
        self.code = code
        super().__init__(f"{code}: {description}")


def _document(response: httpx.Response) -> dict[str, Any]:
    """The problem document; answers of proxies, which have none, are described by their status."""
    if response.headers.get("Content-Type", "").startswith("application/problem+json"):
        document = response.json()
        if isinstance(document, dict) and "code" in document:
            return document
    is_temporary = response.status_code == 429 or response.status_code >= 502
    return {
        "type": "about:blank",
        "title": response.reason_phrase or f"HTTP {response.status_code}",
        "status": response.status_code,
        "code": "overloaded" if is_temporary else "internal",
        "detail": f"The answer has the status {response.status_code} and no problem document.",
        "retryable": is_temporary,
    }


def retry_after(response: httpx.Response) -> float | None:
    """`Retry-After` in seconds: the API sends seconds; proxies may send a date."""
    value = response.headers.get("Retry-After")
    if value is None:
        return None
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
