"""Webhook messages (Standard Webhooks 1.0)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

__all__ = ["WebhookVerificationError", "verify_webhook"]


def verify_webhook(secret: str, headers: Mapping[str, str], body: str | bytes) -> dict[str, Any]:
    """Verifies a message with the official library, and returns it: `{"type", "timestamp", "data"}`.

    `secret` is the endpoint's `whsec_…`; `body` is what came, not parsed and serialised again. Raises
    `WebhookVerificationError` if the signature is wrong or the message is more than five minutes old.
    """
    message: dict[str, Any] = Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})
    return message
