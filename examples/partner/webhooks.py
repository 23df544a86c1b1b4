"""Verifies webhooks (Standard Webhooks 1.0) with the standard library. The library `standardwebhooks` does the same."""

import base64
import hashlib
import hmac
import json
import time

TOLERANCE_SECONDS = 300


class InvalidSignature(Exception):
    """The message is not from Plenaria, or it is old."""


def verify(secret, headers, body):
    """Returns the message in a body, which must be the bytes as they came. `secret` is `whsec_…`."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        raise InvalidSignature("the timestamp is missing or old")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    # During a rotation of the secret there are two signatures.
    for signature in headers.get("webhook-signature", "").split():
        version, _, value = signature.partition(",")
        if version == "v1" and hmac.compare_digest(value, expected):
            return json.loads(body)
    raise InvalidSignature("no signature is right")
