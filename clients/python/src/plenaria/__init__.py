"""A client of the Plenaria API. The types and operations of `plenaria.generated` are made from the specification; this
package adds what every caller needs: tokens, errors, retries, lists, the feed of changes and webhooks."""

from .client import connect, ok
from .errors import FieldError, ProblemError, TokenError
from .lists import changes, items
from .tokens import ClientCredentials
from .webhooks import WebhookVerificationError, verify_webhook

__all__ = [
    "ClientCredentials",
    "FieldError",
    "ProblemError",
    "TokenError",
    "WebhookVerificationError",
    "changes",
    "connect",
    "items",
    "ok",
    "verify_webhook",
]
